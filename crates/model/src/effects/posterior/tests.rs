use super::super::bank::BankArrays;
use super::super::entry::{BankEntry, Context, StoredBank};
use super::super::examples::entry;
use super::*;
use crate::error::Error;
use refcast_core::PerturbationType;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The bank of `reference.py` with the entries in the given order.
fn example(order: [usize; 3]) -> EffectBank {
    #[rustfmt::skip]
    let mean = [
        [0.5, -0.25, 1.5, 0.0, 0.125, 0.75, 0.0],
        [0.625, -0.5, 1.25, 0.0625, -0.25, 0.5, 0.0],
        [0.25, 0.25, 2.0, -0.125, 0.5, 0.0, 0.0],
    ];
    #[rustfmt::skip]
    let deviation = [
        [0.25, 0.5, 0.25, 0.125, 0.5, 0.25, 1.0],
        [0.25, 0.25, 0.5, 0.25, 0.5, 0.5, 1.0],
        [0.5, 0.25, 0.25, 0.25, 0.25, 1.0, 1.0],
    ];
    let signal = [
        [0.25, 0.125, 0.0625],
        [0.125, 0.5, -0.125],
        [0.0625, -0.125, 0.375],
    ];
    let errors = [[1.0, 0.5, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let scale = [1.0 / 3.0, 0.25, 0.5];
    let study = [0, 0, 1];
    let control = [2.0, 3.0, 1.0, 0.25, 4.0, 2.0, 0.0];
    let by_rows = |rows: [[f32; 7]; 3]| order.iter().flat_map(|&at| rows[at]).collect();
    let square = |rows: [[f32; 3]; 3]| {
        let row = |at: usize| order.iter().map(move |&other| rows[at][other]);
        order.iter().flat_map(|&at| row(at)).collect()
    };
    let arrays = BankArrays {
        mean: by_rows(mean),
        deviation: by_rows(deviation),
        control: [control, control].concat(),
        measured: [[1, 1, 1, 1, 1, 1, 0], [1, 1, 1, 1, 1, 0, 0]].concat(),
        signal: square(signal),
        error_correlation: square(errors),
    };
    let entries = order.iter().map(|&at| BankEntry {
        study: study[at],
        error_scale: scale[at],
        ..entry("CHEMBL25", PerturbationType::Compound, study[at])
    });
    let context = |study| Context {
        study,
        label: String::new(),
        footprint: false,
    };
    let rows = StoredBank {
        expressed: 0.53,
        studies: vec!["one".to_owned(), "other".to_owned()],
        contexts: vec![context(0), context(1)],
        entries: entries.collect(),
    };
    EffectBank::new(7, rows, arrays).expect("arrays that fit their rows")
}

const WEIGHTS: [f64; 3] = [0.75, 0.25, 0.5];

/// A bank of one entry with variance of effects `signal`, one value per gene.
fn single(means: &[f32], deviation: f32, error_scale: f64, signal: f32) -> EffectBank {
    let arrays = BankArrays {
        mean: means.to_vec(),
        deviation: vec![deviation; means.len()],
        control: vec![3.0; means.len()],
        measured: vec![1; means.len()],
        signal: vec![signal],
        error_correlation: vec![1.0],
    };
    let rows = StoredBank {
        expressed: 0.53,
        studies: vec!["study".to_owned()],
        contexts: vec![Context {
            study: 0,
            label: String::new(),
            footprint: false,
        }],
        entries: vec![BankEntry {
            error_scale,
            ..entry("CHEMBL25", PerturbationType::Compound, 0)
        }],
    };
    EffectBank::new(means.len(), rows, arrays).expect("arrays that fit their rows")
}

fn posterior(bank: &EffectBank, entries: &[usize]) -> Arc<EffectPosterior> {
    EffectPosterior::new(bank, entries, &|| false).expect("a posterior")
}

/// The posterior when all effects are of the one size `SIZES[at]`.
fn of_one_size(bank: &EffectBank, entries: &[usize], at: usize) -> Arc<EffectPosterior> {
    let covariance = covariance(bank, entries);
    let mut certain = [0.0; SIZES.len()];
    certain[at] = 1.0;
    let observed: Vec<Option<Observed>> = (0..bank.genes())
        .map(|gene| Observed::of(bank, entries, gene))
        .collect();
    EffectPosterior::at_sizes(
        entries,
        covariance,
        &observed,
        SIZES[at],
        |_| certain,
        &|| false,
    )
    .expect("a posterior")
}

fn assert_close(got: f64, expected: f64, tolerance: f64) {
    assert!(
        (got - expected).abs() <= tolerance * expected.abs().max(0.01),
        "{got} is not {expected}"
    );
}

#[test]
fn one_entry_under_a_normal_prior_shrinks_as_in_the_textbook() {
    // b ~ N(0, τ²), m ~ N(b, σ²): mean m·τ²/(τ² + σ²), variance τ²·σ²/(τ² + σ²).
    let bank = single(&[1.0, -0.5, 0.0], 0.5, 0.25, 0.25);
    let noise = 0.5 * 0.5 * 0.25;
    for (at, size) in [(2, 0.2), (4, 1.0), (6, 5.0)] {
        let prior: f64 = size * 0.25;
        let posterior = of_one_size(&bank, &[0], at);
        let target = posterior.target(&[1.0], 0.0);
        for (gene, mean) in [1.0, -0.5, 0.0].into_iter().enumerate() {
            let belief = target.gene(gene);
            assert_close(belief.mean, mean * prior / (prior + noise), 1e-5);
            assert_close(belief.variance, prior * noise / (prior + noise), 1e-5);
        }
    }
}

#[test]
fn correlated_entries_give_the_scale_mixture_that_numpy_gives() {
    // Printed by reference.py beside this file: mean and variance by gene.
    let expected = [
        (0.536_550_187_147_764_8, 0.123_467_924_088_708_38),
        (-0.120_339_941_538_200_82, 0.114_907_764_348_977_33),
        (2.389_575_960_941_438, 0.655_126_465_177_734_7),
        (-0.038_579_930_387_728_09, 0.076_040_340_945_248_36),
        (0.230_943_707_115_379_6, 0.122_620_104_542_090_19),
        (0.640_301_935_699_171_7, 0.306_862_589_777_901_5),
        (0.0, 0.731_937_640_069_675_2),
    ];
    let bank = example([0, 1, 2]);
    let posterior = posterior(&bank, &[0, 1, 2]);
    let target = posterior.target(&WEIGHTS, 0.125);
    for (gene, (mean, variance)) in expected.into_iter().enumerate() {
        let belief = target.gene(gene);
        assert_close(belief.mean, mean, 1e-4);
        assert_close(belief.variance, variance, 1e-4);
    }
}

#[test]
fn a_gene_that_no_entry_measures_keeps_the_prior() {
    let bank = example([0, 1, 2]);
    let posterior = posterior(&bank, &[0, 1, 2]);
    let belief = posterior.target(&WEIGHTS, 0.0).gene(6);
    assert_eq!(belief.mean, 0.0);
    assert!(belief.variance > 0.0);
    let variance = dot(&posterior.covariance().times(&WEIGHTS), &WEIGHTS);
    assert_close(belief.variance, posterior.sizes[6] * variance, 1e-12);
}

#[test]
fn a_gene_that_some_entries_measure_borrows_from_those() {
    // Gene 5 is not measured by entry 2; the answer for entry 2 alone is not nothing.
    let bank = example([0, 1, 2]);
    let posterior = posterior(&bank, &[0, 1, 2]);
    let belief = posterior.target(&[0.0, 0.0, 1.0], 0.0).gene(5);
    assert!(belief.mean.abs() > 0.01, "{belief:?}");
    let own = posterior.target(&[1.0, 0.0, 0.0], 0.0).gene(5);
    assert!(belief.variance > own.variance);
}

#[test]
fn the_order_of_the_entries_does_not_matter() {
    let straight = posterior(&example([0, 1, 2]), &[0, 1, 2]);
    let straight = straight.target(&WEIGHTS, 0.125);
    // In the bank, in the call, and in both.
    let turned = example([2, 0, 1]);
    for (bank, entries, weights) in [
        (&turned, [0, 1, 2], [0.5, 0.75, 0.25]),
        (&example([0, 1, 2]), [1, 2, 0], [0.25, 0.5, 0.75]),
        (&turned, [1, 0, 2], [0.75, 0.5, 0.25]),
    ] {
        let posterior = posterior(bank, &entries);
        let target = posterior.target(&weights, 0.125);
        for gene in 0..7 {
            assert_close(target.gene(gene).mean, straight.gene(gene).mean, 1e-5);
            assert_close(
                target.gene(gene).variance,
                straight.gene(gene).variance,
                1e-5,
            );
        }
    }
}

#[test]
fn more_donors_mean_less_shrinkage_and_less_doubt() {
    let mut before: Option<GenePosterior> = None;
    for donors in [2.0, 4.0, 16.0, 64.0] {
        let bank = single(&[1.0], 0.5, 1.0 / donors, 0.25);
        let belief = of_one_size(&bank, &[0], 4).target(&[1.0], 0.0).gene(0);
        assert!(belief.mean > 0.0 && belief.mean < 1.0);
        if let Some(fewer) = before {
            assert!(belief.mean > fewer.mean, "{belief:?} {fewer:?}");
            assert!(belief.variance < fewer.variance, "{belief:?} {fewer:?}");
        }
        before = Some(belief);
    }
    assert!(before.is_some_and(|most| most.mean > 0.95));
}

#[test]
fn sizes_are_learned_so_that_noise_is_shrunk_more_where_nothing_responds() {
    // The same middling gene among genes that do nothing, and among genes that respond.
    let quiet: Vec<f32> = (0..100)
        .map(|gene| if gene == 0 { 0.5 } else { 0.0 })
        .collect();
    let loud: Vec<f32> = (0..100)
        .map(|gene| match gene {
            0 => 0.5,
            even if even % 2 == 0 => 1.0,
            _ => -1.0,
        })
        .collect();
    let of = |means: &[f32]| {
        let bank = single(means, 0.5, 0.25, 0.25);
        posterior(&bank, &[0]).target(&[1.0], 0.0).gene(0).mean
    };
    let (among_quiet, among_loud) = (of(&quiet), of(&loud));
    assert!(among_loud > 0.35 && among_loud < 0.5, "{among_loud}");
    assert!(among_quiet < 0.5 * among_loud, "{among_quiet} {among_loud}");
}

#[test]
fn threads_do_not_change_a_bit() {
    let bank = example([0, 1, 2]);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let pool = pool.build().expect("a pool");
        let posterior = pool.install(|| posterior(&bank, &[0, 1, 2]));
        let target = posterior.target(&WEIGHTS, 0.125);
        (0..7)
            .map(|gene| target.gene(gene))
            .map(|belief| (belief.mean.to_bits(), belief.variance.to_bits()))
            .collect::<Vec<_>>()
    };
    assert_eq!(on(1), on(2));
    assert_eq!(on(1), on(7));
}

#[test]
fn a_preparation_ends_soon_after_it_is_unwanted() {
    let bank = example([0, 1, 2]);
    let asked = AtomicUsize::new(0);
    // As often as a preparation that is wanted to its end asks.
    let whole = EffectPosterior::new(&bank, &[0, 1, 2], &|| {
        asked.fetch_add(1, Ordering::SeqCst);
        false
    });
    assert!(whole.is_ok());
    for left_at in 0..asked.into_inner() {
        let asked = AtomicUsize::new(0);
        let ended = EffectPosterior::new(&bank, &[0, 1, 2], &|| {
            asked.fetch_add(1, Ordering::SeqCst) >= left_at
        });
        assert!(matches!(ended, Err(Error::Unwanted)), "at {left_at}");
        assert!(asked.into_inner() <= left_at + rayon::current_num_threads());
    }
}
