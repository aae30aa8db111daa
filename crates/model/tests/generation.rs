//! What a prediction holds: counts, effect, library size, support.

mod support;

use refcast_core::{
    Conditioning, Counts, Perturbation, PerturbationType, Prediction, Query, SamplingStrategy,
    SupportLevel,
};
use refcast_model::{Model, Reference};
use support::*;

fn predict(model: &Model, query: &Query, reference: &Reference) -> Vec<Prediction> {
    let plan = model.plan(query).expect("a plan");
    let predictions = model.predict(&plan, reference).expect("a prediction");
    for prediction in &predictions {
        prediction
            .check()
            .expect("lengths, finite values, intervals");
    }
    predictions
}

fn one(model: &Model, query: &Query, reference: &Reference) -> Prediction {
    predict(model, query, reference).remove(0)
}

#[test]
fn a_control_by_mean_estimation_is_the_reference_to_the_count() {
    let model = model();
    for library_size in [50.0, 12_345.0, 3e7, 4e12] {
        for reference in [
            reference("whole", 0, library_size),
            sparse("sparse", 0, library_size),
            reference("far", 1, library_size),
            panel("panel", 0, library_size),
        ] {
            for deterministic_latents in [true, false] {
                let query = Query {
                    deterministic_latents,
                    ..query(Perturbation::control())
                };
                let answer = one(&model, &query, &reference);
                assert_eq!(answer.counts, reference.counts, "{library_size}");
                assert!(answer.effect.iter().all(|effect| effect.abs() < 1e-6));
                assert_eq!(answer.support.level, SupportLevel::Strong);
            }
        }
    }
}

#[test]
fn the_effect_is_the_change_of_the_generated_counts() {
    let model = model();
    for reference in [
        reference("whole", 0, 2e6),
        sparse("sparse", 0, 2e6),
        panel("panel", 0, 2e6),
    ] {
        for deterministic_latents in [true, false] {
            // At ten billion reads rounding changes no CPM by more than 0.0001.
            let query = Query {
                deterministic_latents,
                fixed_total_count: true,
                total_count: Some(10_000_000_000),
                ..query(compound(TWO_CONTEXTS))
            };
            let answer = one(&model, &query, &reference);
            let (before, after) = (reference.counts.log_cpm(), answer.counts.log_cpm());
            assert_eq!(before.observed(), after.observed());
            for gene in (0..GENES).filter(|&gene| before.observed()[gene]) {
                let change = after.values()[gene] - before.values()[gene];
                let stated = f64::from(answer.effect[gene]);
                assert!(
                    (change - stated).abs() < 1e-4,
                    "gene {gene}: {change} {stated}"
                );
            }
        }
    }
}

#[test]
fn the_effect_follows_what_was_observed_in_like_cells() {
    let model = model();
    let correlation = |context: usize, entry: usize| {
        let reference = reference("r", context, 2e6);
        let effect = one(&model, &query(compound(TWO_CONTEXTS)), &reference).effect;
        refcast_model::effects::correlation((0..GENES).map(|gene| {
            (
                f64::from(effect[gene]),
                f64::from(observed_effect(entry, gene)),
            )
        }))
    };
    assert!(correlation(0, 0) > 0.9, "{}", correlation(0, 0));
    assert!(correlation(1, 1) > 0.9, "{}", correlation(1, 1));
}

#[test]
fn an_effect_is_stated_for_genes_that_the_reference_does_not_measure() {
    let model = model();
    let answer = one(
        &model,
        &query(compound(TWO_CONTEXTS)),
        &panel("panel", 0, 2e6),
    );
    for gene in [5, 17, 39] {
        assert_eq!(answer.counts.values()[gene], 0);
        assert!(!answer.counts.observed()[gene]);
        let observed = f64::from(observed_effect(0, gene));
        let stated = f64::from(answer.effect[gene]);
        assert!(
            (stated - observed).abs() < 0.15,
            "gene {gene}: {stated} {observed}"
        );
    }
}

#[test]
fn a_gene_that_the_study_did_not_measure_has_no_effect_before_rescaling() {
    let model = model();
    let edited = perturbation(EDITED, PerturbationType::Crispr);
    // Unobserved in the panel, so that rescaling does not touch it.
    let answer = one(&model, &query(edited), &panel("panel", 0, 2e6));
    assert_eq!(answer.effect[39], 0.0);
    assert!(answer.effect_upper[39] > 0.1 && answer.effect_lower[39] < -0.1);
    assert!(answer.effect[5].abs() > 0.1);
}

#[test]
fn the_library_size_is_the_references_or_the_one_asked_for() {
    let model = model();
    let references = [sparse("r", 0, 1e5), panel("p", 1, 1e5)];
    for strategy in SamplingStrategy::ALL {
        for perturbation in [Perturbation::control(), compound(TWO_CONTEXTS)] {
            for (fixed, total, expected) in [
                (false, None, None),
                (true, Some(17), Some(17)),
                (true, Some(123_457), Some(123_457)),
                (true, Some(90_000_001), Some(90_000_001)),
                (true, None, Some(10_000_000)),
            ] {
                let query = Query {
                    sampling_strategy: strategy,
                    num_samples: 3,
                    deterministic_latents: false,
                    fixed_total_count: fixed,
                    total_count: total,
                    ..query(perturbation.clone())
                };
                for reference in &references {
                    let expected = expected.unwrap_or(reference.counts.library_size());
                    for answer in predict(&model, &query, reference) {
                        assert_eq!(answer.counts.library_size(), expected, "{strategy:?}");
                        assert_eq!(answer.counts.observed(), reference.counts.observed());
                    }
                }
            }
        }
    }
}

#[test]
fn leaving_a_group_out_changes_the_base_and_keeps_the_effect_finite() {
    let model = model();
    let reference = reference("r", 0, 2e6);
    let of = |biological, technical, perturbation: Perturbation| {
        let query = Query {
            conditioning: Conditioning {
                biological,
                technical,
            },
            ..query(perturbation)
        };
        one(&model, &query, &reference)
    };
    let distance = |one: &Prediction, other: &Counts| -> f64 {
        let (one, other) = (one.counts.log_cpm(), other.log_cpm());
        let pairs = one.values().iter().zip(other.values());
        pairs.map(|(a, b)| (a - b).abs()).sum::<f64>() / GENES as f64
    };
    let own = &reference.counts;
    let without_technical = of(true, false, Perturbation::control());
    let without_biological = of(false, true, Perturbation::control());
    let without_both = of(false, false, Perturbation::control());
    assert!(distance(&without_technical, own) > 0.01);
    // Three quarters of the residual are biological here: dropping them moves the base further.
    assert!(distance(&without_biological, own) > distance(&without_technical, own));
    assert!(distance(&without_both, own) > 0.01);
    for untreated in [&without_technical, &without_biological, &without_both] {
        assert!(untreated.effect.iter().all(|effect| effect.abs() < 1e-6));
    }
    // The treatment acts on that base: its own control is what it is compared with.
    for (biological, technical) in [(true, false), (false, true), (false, false)] {
        let control = of(biological, technical, Perturbation::control());
        let treated = of(biological, technical, compound(TWO_CONTEXTS));
        let (before, after) = (control.counts.log_cpm(), treated.counts.log_cpm());
        for gene in (0..GENES).filter(|&gene| control.counts.values()[gene] > 1000) {
            let change = after.values()[gene] - before.values()[gene];
            let stated = f64::from(treated.effect[gene]);
            assert!(
                (change - stated).abs() < 0.01,
                "gene {gene}: {change} {stated}"
            );
        }
    }
}

#[test]
fn latents_of_a_group_left_out_are_the_populations_and_others_the_references() {
    let model = model();
    let reference = reference("r", 0, 2e6);
    let of = |technical| {
        let query = Query {
            conditioning: Conditioning {
                biological: true,
                technical,
            },
            ..query(Perturbation::control())
        };
        one(&model, &query, &reference).latents
    };
    let (kept, dropped) = (of(true), of(false));
    assert_eq!(kept.biological, dropped.biological);
    assert_eq!(dropped.technical, [0.0]);
    assert!(kept.technical[0].abs() > 1e-3);
    let sizes = [
        kept.technical.len(),
        kept.biological.len(),
        kept.perturbation.len(),
    ];
    assert_eq!(
        sizes,
        [SIZES.technical, SIZES.biological, SIZES.perturbation]
    );
}

#[test]
fn the_perturbation_latents_move_with_the_effect() {
    let model = model();
    let reference = reference("r", 0, 2e6);
    let of = |perturbation| {
        one(&model, &query(perturbation), &reference)
            .latents
            .perturbation
    };
    let control = of(Perturbation::control());
    let treated = of(compound(TWO_CONTEXTS));
    let moved = control.iter().zip(&treated).map(|(a, b)| (a - b).abs());
    assert!(moved.fold(0.0, f32::max) > 0.01);
}
