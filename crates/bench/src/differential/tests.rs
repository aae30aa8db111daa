//! The moderated t against `reference.py` beside this file, and where it says nothing.

use super::*;

const GENES: usize = 40;

/// From -0.5 to 0.5, of no pattern that matters.
fn wobble(a: usize, b: usize) -> f64 {
    ((a * 7919 + b * 104_729 + a * b * 31 + a * a * 17) % 1009) as f64 / 1009.0 - 0.5
}

/// ln(1 + CPM) of a sample: a level by gene, an effect on each third gene, and noise whose size
/// differs between genes by a factor of up to `spread`.
fn sample(seed: usize, treated: bool, spread: f64) -> Vec<f64> {
    let of_gene = |gene: usize| {
        let noise = spread.powf(2.0 * wobble(77, gene));
        let changes = treated && gene.is_multiple_of(3);
        let effect = if changes { 2.0 * wobble(55, gene) } else { 0.0 };
        3.0 + 0.1 * gene as f64 + effect + 0.3 * noise * wobble(seed, gene)
    };
    (0..GENES).map(of_gene).collect()
}

fn changes(spread: f64) -> Vec<Vec<f64>> {
    let change = |seed| {
        let (treated, control) = (sample(seed, true, spread), sample(seed + 50, false, spread));
        treated.iter().zip(control).map(|(x, y)| x - y).collect()
    };
    [1, 2, 3].map(change).to_vec()
}

fn groups(spread: f64) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
    (
        [1, 2].map(|seed| sample(seed, true, spread)).to_vec(),
        [51, 52, 53]
            .map(|seed| sample(seed, false, spread))
            .to_vec(),
    )
}

/// Rows of gene, change, t, p, q; then the genes that are found.
fn assert_finds(got: Option<Differential>, rows: &[(usize, [f64; 4])], found: &[usize]) {
    let got = got.expect("enough samples");
    for (gene, expected) in rows {
        let row = [got.change[*gene], got.t[*gene], got.p[*gene], got.q[*gene]];
        for (got, expected) in row.iter().zip(expected) {
            let error = (got - expected).abs() / expected.abs();
            assert!(error < 1e-7, "gene {gene}: {got} is not {expected}");
        }
    }
    let genes: Vec<usize> = (0..GENES).filter(|&gene| got.changed(FDR)[gene]).collect();
    assert_eq!(genes, found);
}

#[test]
fn changes_of_pairs_are_tested_as_limma_does() {
    let rows = [
        (
            0,
            [
                2.990_907_914_8e-1,
                7.940_702_554_7,
                3.007_192_762_9e-3,
                1.506_256_591_5e-2,
            ],
        ),
        (
            5,
            [
                -1.381_052_345_0e-2,
                -3.981_940_389_5e-1,
                7.150_300_980_4e-1,
                8.705_568_498_8e-1,
            ],
        ),
        (
            17,
            [
                4.615_846_704_6e-1,
                1.981_066_938_1,
                1.341_276_178_8e-1,
                3.155_943_950_1e-1,
            ],
        ),
        (
            39,
            [
                -8.113_347_000_9e-2,
                -1.482_907_168_7,
                2.272_585_281_4e-1,
                4.328_733_869_4e-1,
            ],
        ),
    ];
    let found = [0, 3, 9, 15, 18, 21, 24, 30];
    assert_finds(Differential::paired(&changes(6.0)), &rows, &found);
}

#[test]
fn samples_against_shared_controls_are_tested_as_limma_does() {
    let rows = [
        (
            0,
            [
                3.033_845_449_1e-1,
                9.029_877_719_7,
                6.934_677_681_2e-4,
                4.623_118_454_1e-3,
            ],
        ),
        (
            5,
            [
                -6.851_870_526_2e-3,
                -2.137_400_243_9e-1,
                8.408_200_011_0e-1,
                8.980_479_864_4e-1,
            ],
        ),
        (
            17,
            [
                3.793_171_785_0e-1,
                1.272_561_127_7,
                2.696_526_438_5e-1,
                4.031_160_724_7e-1,
            ],
        ),
        (
            39,
            [
                -9.781_238_457_0e-2,
                -1.264_979_800_9,
                2.721_033_489_2e-1,
                4.031_160_724_7e-1,
            ],
        ),
    ];
    let (treated, controls) = groups(6.0);
    let found = [0, 3, 9, 15, 18, 24, 30];
    assert_finds(Differential::two_group(&treated, &controls), &rows, &found);
}

#[test]
fn variances_that_differ_by_chance_alone_are_taken_as_one() {
    let rows = [
        (
            0,
            [
                3.800_792_864_2e-1,
                5.080_030_122_3,
                2.417_540_184_9e-6,
                1.074_462_304_4e-5,
            ],
        ),
        (
            5,
            [
                -7.690_782_953_4e-2,
                -1.027_927_868_3,
                3.070_817_386_6e-1,
                5.063_453_878_5e-1,
            ],
        ),
        (
            39,
            [
                -9.137_760_158_6e-2,
                -1.221_326_668_3,
                2.255_494_143_0e-1,
                4.296_179_319_9e-1,
            ],
        ),
    ];
    let found = [0, 3, 9, 15, 18, 21, 24, 27, 30, 33, 36];
    assert_finds(Differential::paired(&changes(1.0)), &rows, &found);
    let rows = [
        (
            0,
            [
                3.918_731_417_2e-1,
                4.920_881_274_2,
                2.773_251_162_2e-6,
                1.232_556_072_1e-5,
            ],
        ),
        (
            17,
            [
                7.631_318_136_8e-2,
                9.582_899_800_6e-1,
                3.398_433_061_5e-1,
                4.687_493_877_9e-1,
            ],
        ),
    ];
    let (treated, controls) = groups(1.0);
    let found = [0, 3, 6, 9, 15, 18, 21, 24, 27, 30, 36];
    assert_finds(Differential::two_group(&treated, &controls), &rows, &found);
}

#[test]
fn a_gene_without_variance_is_not_certain() {
    let mut flat = changes(6.0);
    for row in &mut flat {
        row[5] = 0.25;
    }
    let rows = [
        (
            0,
            [
                2.990_907_914_8e-1,
                1.102_428_487_6e1,
                1.983_613_575_8e-3,
                1.322_409_050_6e-2,
            ],
        ),
        (
            5,
            [
                0.25,
                1.235_931_402_8e1,
                1.438_372_299_4e-3,
                1.150_697_839_5e-2,
            ],
        ),
    ];
    let found = [0, 3, 5, 9, 15, 18, 21, 24, 30];
    assert_finds(Differential::paired(&flat), &rows, &found);
}

#[test]
fn too_little_to_tell_variance_by_is_no_test() {
    let changes = changes(6.0);
    assert_eq!(Differential::paired(&changes[..1]), None);
    assert_eq!(Differential::paired(&[]), None);
    let (treated, controls) = groups(6.0);
    assert_eq!(Differential::two_group(&treated[..1], &controls[..1]), None);
    assert_eq!(Differential::two_group(&treated, &[]), None);
    assert_eq!(Differential::two_group(&[], &controls), None);
    assert!(Differential::two_group(&treated[..1], &controls).is_some());
    let one_gene: Vec<Vec<f64>> = changes.iter().map(|row| row[..1].to_vec()).collect();
    assert_eq!(Differential::paired(&one_gene), None);
    let the_same = vec![changes[0].clone(); 3];
    assert_eq!(Differential::paired(&the_same), None);
}

#[test]
fn p_values_agree_with_scipy() {
    // 2 * scipy.stats.t.sf(t, degrees)
    for (t, degrees, expected) in [
        (2.0, 3.0, 1.393_259_685_588e-1),
        (-12.0, 7.3, 4.555_785_229_571e-6),
        (5.0, 64.0, 4.727_813_983_964e-6),
        (3.0, 40_000.0, 2.701_458_278_555e-3),
        (30.0, 200.0, 5.724_161_208_828e-76),
        (0.0, 5.0, 1.0),
    ] {
        let got = two_sided(t, degrees);
        assert!(
            (got / expected - 1.0).abs() < 1e-9,
            "t {t}: {got} is not {expected}"
        );
    }
}

#[test]
fn false_discovery_rates_agree_with_scipy() {
    // scipy.stats.false_discovery_control([0.01, 0.5, 0.02, 0.03, 0.03])
    let got = false_discovery_rates(&[0.01, 0.5, 0.02, 0.03, 0.03]);
    for (got, expected) in got.iter().zip([0.0375, 0.5, 0.0375, 0.0375, 0.0375]) {
        assert!((got - expected).abs() < 1e-12, "{got} is not {expected}");
    }
}

/// The share of wrong calls stays near the rate asked for, over many conditions of noise and a few
/// changed genes.
#[test]
fn few_of_the_genes_found_are_wrong() {
    let random = refcast_core::random::Random::new(7);
    let (genes, trials) = (400, 40);
    let mut share = 0.0;
    for trial in 0..trials {
        let row = |sample: u64| -> Vec<f64> {
            let value = |gene: u32| {
                let noise = random.normal(
                    refcast_core::random::RandomStream(1),
                    trial * 8 + sample,
                    gene,
                );
                noise + if gene < 60 { 6.0 } else { 0.0 }
            };
            (0..genes).map(value).collect()
        };
        let rows: Vec<Vec<f64>> = (0..3).map(row).collect();
        let called = Differential::paired(&rows)
            .expect("three samples")
            .changed(FDR);
        let wrong = called[60..].iter().filter(|called| **called).count();
        let right = called[..60].iter().filter(|called| **called).count();
        assert!(right > 50, "{right}");
        share += wrong as f64 / (wrong + right) as f64 / trials as f64;
    }
    assert!((0.02..0.07).contains(&share), "{share}");
}
