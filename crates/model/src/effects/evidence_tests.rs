//! Which entries answer for what, and how much.

use refcast_core::{Dose, Perturbation, PerturbationType};

use super::examples::{
    GENES, bank, centre, effect, entry, gather, id, matched, perturbation, posterior_of, profile,
    weighted,
};
use super::{BankEntry, DoseUse, EffectBank, Evidence, SimilarityParameters, StandIns, any_loss};
use PerturbationType::{
    Compound, Crispr, Genetic, Infection, Other, Overexpression, PeptideOrBiologic, Shrna, Sirna,
};

const GENE: &str = "ENSG00000141510";
const A: &str = "CHEMBL25";
const B: &str = "CHEMBL384467";

#[test]
fn a_combination_is_found_in_any_order_of_its_entities() {
    let bank = bank(vec![(entry(&format!("{A}|{B}"), Compound, 0), 1.0)]);
    for asked in [format!("{A}|{B}"), format!("{B}|{A}")] {
        let evidence = gather(&bank, &asked, Compound);
        assert_eq!(matched(&evidence), [(0, 1.0)]);
        assert!(!evidence.is_sum_of_parts());
    }
}

#[test]
fn a_combination_does_not_answer_for_one_of_its_parts_nor_a_part_for_it() {
    let both = bank(vec![(entry(&format!("{A}|{B}"), Compound, 0), 1.0)]);
    assert_eq!(gather(&both, A, Compound).silent(), [0]);
    let one = bank(vec![(entry(A, Compound, 0), 1.0)]);
    let evidence = gather(&one, &format!("{A}|{B}"), Compound);
    assert_eq!(evidence.silent(), [1]);
}

#[test]
fn losses_of_a_gene_answer_for_each_other_with_less_weight() {
    let losses = [Crispr, Genetic, Shrna, Sirna];
    for seen in losses {
        let bank = bank(vec![(entry(GENE, seen, 0), 1.0)]);
        let same = effect(&bank, GENE, seen, 0);
        assert!(same > 0.98, "{seen}: {same}");
        for asked in losses.into_iter().filter(|asked| *asked != seen) {
            let other = effect(&bank, GENE, asked, 0);
            assert!(
                other > 0.5 * same && other < 0.95 * same,
                "{asked} by {seen}: {other}"
            );
        }
    }
}

#[test]
fn the_same_type_is_preferred_to_another_loss() {
    let bank = bank(vec![
        (entry(GENE, Sirna, 0), -1.0),
        (entry(GENE, Crispr, 0), 1.0),
    ]);
    assert!(effect(&bank, GENE, Crispr, 0) > 0.0);
    assert!(effect(&bank, GENE, Sirna, 0) < 0.0);
}

#[test]
fn giving_or_raising_a_gene_does_not_answer_for_losing_it() {
    for (seen, asked) in [
        (Overexpression, Crispr),
        (Crispr, Overexpression),
        (PeptideOrBiologic, Crispr),
        (Sirna, PeptideOrBiologic),
        (Overexpression, PeptideOrBiologic),
    ] {
        let bank = bank(vec![(entry(GENE, seen, 0), 1.0)]);
        let evidence = gather(&bank, GENE, asked);
        assert_eq!(evidence.silent(), [0], "{asked} by {seen}");
    }
}

#[test]
fn agents_under_another_word_answer_nearly_whole() {
    let given = bank(vec![(entry(GENE, PeptideOrBiologic, 0), 1.0)]);
    let other = effect(&given, GENE, Other, 0);
    assert!(other > 0.9 && other < 0.98, "{other}");
    // The type of a combination is that of one of its parts, and says nothing.
    let mixed = bank(vec![(
        entry(&format!("{A}|NCBITaxon:1773"), Infection, 0),
        1.0,
    )]);
    let evidence = gather(&mixed, &format!("{A}|NCBITaxon:1773"), Compound);
    assert_eq!(matched(&evidence), [(0, 1.0)]);
}

#[test]
fn an_unseen_combination_is_the_sum_of_its_parts() {
    let bank = bank(vec![
        (entry(A, Compound, 0), 1.0),
        (entry(B, Compound, 0), -0.25),
    ]);
    let evidence = gather(&bank, &format!("{A}|{B}"), Compound);
    assert!(evidence.is_sum_of_parts());
    let sum = weighted(&evidence, &bank, 0);
    for gene in 0..GENES {
        let got = sum.target.gene(gene).mean;
        assert!((got - 0.75).abs() < 0.01, "{got}");
    }
    assert!(sum.explained > 0.98);
}

#[test]
fn a_combination_that_was_seen_in_these_cells_overrides_its_parts() {
    let both = format!("{A}|{B}");
    let bank = bank(vec![
        (entry(A, Compound, 0), 1.0),
        (entry(B, Compound, 0), 1.0),
        (entry(&both, Compound, 0), 0.25),
    ]);
    let got = effect(&bank, &both, Compound, 0);
    assert!((got - 0.25).abs() < 0.02, "{got}");
    // Where the whole was seen only far away, its parts from here count too.
    let far = bank_with_far_whole(&both);
    let got = effect(&far, &both, Compound, 0);
    assert!(got > 1.0 && got < 2.0, "{got}");
}

fn bank_with_far_whole(both: &str) -> EffectBank {
    bank(vec![
        (entry(A, Compound, 0), 1.0),
        (entry(B, Compound, 0), 1.0),
        (entry(both, Compound, 1), 0.25),
    ])
}

#[test]
fn a_seen_combination_does_not_lean_on_half_of_its_parts() {
    let both = format!("{A}|{B}");
    let far_whole = vec![
        (entry(A, Compound, 0), 1.0),
        (entry(&both, Compound, 1), 0.25),
    ];
    let bank = bank(far_whole);
    let evidence = gather(&bank, &both, Compound);
    assert_eq!(matched(&evidence), [(1, 1.0)]);
}

#[test]
fn every_entity_that_nothing_speaks_for_is_named_by_its_position() {
    let bank = bank(vec![
        (entry(A, Compound, 0), 1.0),
        (entry(B, Compound, 0), 1.0),
    ]);
    let asked = format!("{A}|CHEMBL1|{B}|CHEMBL2");
    assert_eq!(gather(&bank, &asked, Compound).silent(), [1, 3]);
    assert_eq!(gather(&bank, "CHEMBL1", Compound).silent(), [0]);
}

#[test]
fn what_does_not_repeat_between_donors_is_not_predicted() {
    let of = |reproducibility| {
        let mut seen = entry(A, Compound, 0);
        seen.reproducibility = reproducibility;
        let bank = bank(vec![(seen, 1.0)]);
        let evidence = gather(&bank, A, Compound);
        let weighted = weighted(&evidence, &bank, 0);
        (weighted.target.gene(0).mean, weighted.explained)
    };
    assert_eq!(of(0.0), (0.0, 0.0));
    let (half, half_explained) = of(0.5);
    let (whole, whole_explained) = of(1.0);
    assert!((half / whole - 0.5).abs() < 1e-6);
    assert!((half_explained / whole_explained - 0.5).abs() < 1e-6);
}

#[test]
fn the_nearest_context_dominates() {
    let bank = bank(vec![
        (entry(A, Compound, 0), 1.0),
        (entry(A, Compound, 1), -1.0),
    ]);
    let evidence = gather(&bank, A, Compound);
    for (context, sign) in [(0, 1.0), (1, -1.0)] {
        let near = weighted(&evidence, &bank, context);
        assert!(near.weights[context] > 0.95, "{:?}", near.weights);
        assert!(near.weights[1 - context] < 0.05, "{:?}", near.weights);
        assert!(sign * near.target.gene(0).mean > 0.9);
        assert!(near.nearness > 0.95);
    }
    // A reference like neither: both speak alike, and little of the effect is known.
    let far = weighted(&evidence, &bank, 2);
    assert!((far.weights[0] - far.weights[1]).abs() < 1e-9);
    assert!(far.target.gene(0).mean.abs() < 1e-6);
    assert!(far.explained < 0.3 && far.nearness < 1e-6);
    let (unsure, sure) = (
        far.target.gene(0),
        weighted(&evidence, &bank, 0).target.gene(0),
    );
    assert!(unsure.variance > 3.0 * sure.variance);
}

#[test]
fn the_nearest_time_and_dose_dominate() {
    let timed = |hours: &str| {
        let mut seen = entry(A, Compound, 0);
        seen.time = Some(hours.parse().expect("a time"));
        seen
    };
    let bank = bank(vec![(timed("6 h"), 0.25), (timed("48 h"), 1.0)]);
    let asked = |hours: &str| {
        let time = Some(hours.parse().expect("a time"));
        let perturbation =
            Perturbation::new(vec![id(A)], Compound, Vec::new(), time).expect("a perturbation");
        let own = [vec![(id(A), 1.0)]];
        let relation = SimilarityParameters::default();
        let evidence = Evidence::gather(
            &bank,
            &centre(),
            &perturbation,
            &own,
            relation,
            posterior_of(&bank),
        )
        .expect("evidence");
        weighted(&evidence, &bank, 0).target.gene(0).mean
    };
    assert!((asked("6 h") - 0.25).abs() < 0.02);
    assert!((asked("48 h") - 1.0).abs() < 0.02);
    assert!(asked("12 h") < asked("24 h"));
}

#[test]
fn a_dose_has_a_part_where_one_of_its_dimension_was_seen() {
    let dosed = |dose: &str| {
        let mut seen = entry(A, Compound, 0);
        seen.doses = Dose::parse_joined(dose).expect("doses");
        (seen, 1.0)
    };
    let use_of = |bank: &EffectBank, dose: &str| {
        let doses = vec![dose.parse().expect("a dose")];
        let perturbation =
            Perturbation::new(vec![id(A)], Compound, doses, None).expect("a perturbation");
        let own = [vec![(id(A), 1.0)]];
        let relation = SimilarityParameters::default();
        Evidence::gather(
            bank,
            &centre(),
            &perturbation,
            &own,
            relation,
            posterior_of(bank),
        )
        .expect("evidence")
        .use_of_dose(bank, 0)
    };
    let molar = bank(vec![dosed("1 uM"), dosed("10 uM")]);
    assert_eq!(use_of(&molar, "3 nM"), DoseUse::Told);
    let stated = ["1 uM".to_owned(), "10 uM".to_owned()];
    assert_eq!(
        use_of(&molar, "3 ng/ml"),
        DoseUse::NotComparable(stated.into())
    );
    let unstated = bank(vec![(entry(A, Compound, 0), 1.0)]);
    assert_eq!(use_of(&unstated, "3 nM"), DoseUse::NoneStated);
    // Of what was never seen it is said that nothing is known, and nothing of its dose.
    let other = bank(vec![(entry(B, Compound, 0), 1.0)]);
    assert_eq!(use_of(&other, "3 nM"), DoseUse::Told);
}

#[test]
fn a_study_that_the_curator_leaves_out_is_silent_and_a_doubtful_one_says_less() {
    let of = |weight| {
        let mut seen = entry(A, Compound, 0);
        seen.weight = weight;
        bank(vec![(seen, 1.0)])
    };
    assert_eq!(gather(&of(0.0), A, Compound).silent(), [0]);
    let doubtful = effect(&of(0.5), A, Compound, 0);
    // Half of it by the doubt, and less by caution about its size.
    assert!(doubtful > 0.35 && doubtful < 0.5, "{doubtful}");
}

#[test]
fn a_stand_in_answers_as_far_as_it_is_alike() {
    let bank = bank(vec![(entry("NCBITaxon:1773", Infection, 0), 1.0)]);
    let asked = perturbation("NCBITaxon:83332", Infection);
    let kin: StandIns = vec![(id("NCBITaxon:83332"), 1.0), (id("NCBITaxon:1773"), 0.75)];
    let evidence = Evidence::gather(
        &bank,
        &centre(),
        &asked,
        &[kin],
        SimilarityParameters::default(),
        posterior_of(&bank),
    )
    .expect("evidence");
    assert_eq!(matched(&evidence), [(0, 0.75)]);
    let got = weighted(&evidence, &bank, 0).target.gene(0).mean;
    assert!(got > 0.6 && got < 0.75, "{got}");
}

#[test]
fn one_entity_of_an_entry_does_not_stand_for_two_that_are_asked() {
    // Two salts of A together are not A with B.
    let bank = bank(vec![(entry(&format!("{A}|{B}"), Compound, 0), 1.0)]);
    let asked = perturbation("CHEMBL1|CHEMBL2", Compound);
    let salt = |of: &str| vec![(id(of), 1.0), (id(A), 0.9)];
    let salts = [salt("CHEMBL1"), salt("CHEMBL2")];
    let evidence = Evidence::gather(
        &bank,
        &centre(),
        &asked,
        &salts,
        SimilarityParameters::default(),
        posterior_of(&bank),
    )
    .expect("evidence");
    assert_eq!(evidence.silent(), [0, 1]);
}

#[test]
fn a_well_measured_entry_that_resembles_the_match_supports_it_and_another_does_not() {
    // A is measured badly, B well; both show 1.
    let of = |likeness: f32| {
        let rows = super::StoredBank {
            expressed: 0.53,
            studies: vec!["study".to_owned()],
            contexts: vec![super::Context {
                study: 0,
                label: String::new(),
                footprint: false,
            }],
            entries: vec![entry(A, Compound, 0), entry(B, Compound, 0)],
        };
        let arrays = super::BankArrays {
            mean: vec![1.0; 2 * GENES],
            deviation: [vec![2.0; GENES], vec![0.02; GENES]].concat(),
            control: profile(0).into_iter().map(|level| level as f32).collect(),
            measured: vec![1; GENES],
            signal: vec![1.0, likeness, likeness, 1.0],
            error_correlation: vec![1.0, 0.0, 0.0, 1.0],
        };
        let bank = EffectBank::new(GENES, rows, arrays).expect("a bank");
        let evidence = gather(&bank, A, Compound);
        let used = evidence.posterior().entries().to_vec();
        (used, weighted(&evidence, &bank, 0).target.gene(0).mean)
    };
    let (used, alone) = of(0.2);
    assert_eq!(used, [0]);
    assert!(alone < 0.5, "{alone}");
    let (used, helped) = of(0.9);
    assert_eq!(used, [0, 1]);
    assert!(helped > 0.6, "{helped}");
}

/// The loss of a gene that was never lost, answered from means over others.
fn any_loss_of(bank: &EffectBank, context: usize) -> (Vec<(usize, f64)>, f64, f64) {
    let relation = SimilarityParameters::default();
    let asked = perturbation("ENSG00000000003", Crispr);
    let ties: StandIns = vec![
        (id("ENSG00000000003"), 1.0),
        (any_loss(), relation.any_loss.sqrt()),
    ];
    let evidence = Evidence::gather(
        bank,
        &centre(),
        &asked,
        &[ties],
        relation,
        posterior_of(bank),
    )
    .expect("evidence");
    let weighted = weighted(&evidence, bank, context);
    let effect = weighted.target.gene(0);
    (matched(&evidence), effect.mean, weighted.explained)
}

fn mean_over_losses(context: usize, genes: f64) -> BankEntry {
    BankEntry {
        entities: vec![any_loss()],
        error_scale: 1.0 / genes,
        cells: false,
        samples: 0,
        ..entry("ENSG00000000005", Crispr, context)
    }
}

#[test]
fn what_lost_genes_share_is_answered_at_its_own_size_and_in_like_cells_only() {
    let bank = bank(vec![(mean_over_losses(0, 4.0), 1.0)]);
    let (_, near, explained) = any_loss_of(&bank, 0);
    // The whole of the mean, less caution about what is not explained.
    assert!(near > 0.7 && near < 0.85, "{near}");
    assert!((explained - SimilarityParameters::default().any_loss).abs() < 0.02);
    let (_, far, explained) = any_loss_of(&bank, 1);
    assert!(far < 0.1 * near && explained < 0.01, "{far} {explained}");
}

#[test]
fn means_over_many_lost_genes_come_before_means_over_few() {
    let rows = (0..30).map(|at| (mean_over_losses(0, f64::from(1 + at)), 1.0));
    let (matched, ..) = any_loss_of(&bank(rows.collect()), 0);
    assert_eq!(matched[0].0, 29);
    assert_eq!(matched.len(), crate::linalg::MOST);
}
