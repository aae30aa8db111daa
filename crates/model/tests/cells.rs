//! Cells through the model's front door: the small model of the other tests, measuring cells.

mod support;

use refcast_core::{Counts, Modality};
use refcast_model::latent::Encoder;
use refcast_model::{CellModel, Measurement, Model, ModelParts, Reference};
use support::*;

const DISPERSION: f32 = 0.5;

fn cells() -> Model {
    Model::from_parts(ModelParts {
        measurement: Measurement::Cells(CellModel::new(
            vec![1.0 / GENES as f32; GENES],
            vec![1.0; GENES],
            vec![DISPERSION; GENES],
            vec![DISPERSION; GENES],
        )),
        ..parts()
    })
}

/// A cell of few molecules: most genes have none or one.
fn cell(name: &str, number: usize) -> Reference {
    let counts = (0..GENES)
        .map(|gene| u64::from((gene * 7 + number * 5).is_multiple_of(4)) * (1 + gene as u64 % 5));
    Reference {
        name: name.to_owned(),
        counts: Counts::fully_observed(counts.collect()).expect("counts"),
        latents: None,
    }
}

#[test]
fn the_answer_to_a_control_is_the_cell_itself() {
    let model = cells();
    assert_eq!(model.modality(), Modality::SingleCell);
    let plan = model
        .plan(&query(refcast_core::Perturbation::control()))
        .expect("a plan");
    for number in 0..8 {
        let cell = cell("a cell", number);
        let answer = &model.predict(&plan, &cell).expect("an answer")[0];
        assert_eq!(answer.counts, cell.counts);
        assert!(answer.effect.iter().all(|change| *change == 0.0));
    }
}

#[test]
fn the_answer_for_a_cell_does_not_depend_on_the_cells_before_it() {
    let model = cells();
    for asked in [
        query(compound(TWO_CONTEXTS)),
        drawn(compound(TWO_CONTEXTS), 2, 3),
    ] {
        let plan = model.plan(&asked).expect("a plan");
        let all: Vec<_> = (0..6)
            .map(|number| {
                model
                    .predict(&plan, &cell(&format!("cell {number}"), number))
                    .expect("an answer")
            })
            .collect();
        for number in (0..6).rev() {
            let alone = model.plan(&asked).expect("a plan");
            let again = model
                .predict(&alone, &cell(&format!("cell {number}"), number))
                .expect("an answer");
            assert_eq!(again, all[number]);
        }
    }
}

#[test]
fn generated_cells_have_the_library_size_that_is_asked_for_and_no_count_of_a_gene_that_was_not_measured()
 {
    let model = cells();
    let mut asked = drawn(compound(TWO_CONTEXTS), 3, 5);
    let plan = model.plan(&asked).expect("a plan");
    let own = cell("a cell", 2);
    for answer in model.predict(&plan, &own).expect("answers") {
        assert_eq!(answer.counts.library_size(), own.counts.library_size());
        answer.check().expect("a sound answer");
    }
    asked.fixed_total_count = true;
    let plan = model.plan(&asked).expect("a plan");
    for answer in model
        .predict(&plan, &panel("a panel", 0, 60.0))
        .expect("answers")
    {
        assert_eq!(
            answer.counts.library_size(),
            Modality::SingleCell.default_total_count()
        );
        for gene in [5, 17, 39] {
            assert_eq!(answer.counts.values()[gene], 0);
        }
    }
}

#[test]
fn mean_estimates_of_a_cell_are_on_the_mean_of_their_roundings_what_is_expected() {
    let model = cells();
    let own = cell("a cell", 2);
    let mut asked = query(compound(TWO_CONTEXTS));
    asked.num_samples = 4000;
    let plan = model.plan(&asked).expect("a plan");
    let rounded = model.predict(&plan, &own).expect("answers");
    asked.num_samples = 1;
    asked.fixed_total_count = true;
    asked.total_count = Some(own.counts.library_size() * 1_000_000);
    let plan = model.plan(&asked).expect("a plan");
    let whole = model.predict(&plan, &own).expect("an answer").remove(0);
    let first = &rounded[0].counts;
    assert!(rounded.iter().any(|other| other.counts != *first));
    for gene in 0..GENES {
        let sum: u64 = rounded.iter().map(|own| own.counts.values()[gene]).sum();
        let expected = whole.counts.values()[gene] as f64 / 1e6;
        let mean = sum as f64 / rounded.len() as f64;
        // Half a count is the most that a rounding scatters by.
        assert!(
            (mean - expected).abs() < 4.0 * 0.5 / 4000_f64.sqrt(),
            "{mean} {expected}"
        );
    }
}

/// What a conditioning that drops the laboratory is answered with: another cell.
fn another_cell(mut asked: refcast_core::Query) -> refcast_core::Query {
    asked.conditioning.technical = false;
    asked
}

#[test]
fn drawn_counts_scatter_as_a_negative_binomial_of_the_genes_dispersion() {
    // One state, drawn many times: Var = m + φ·m², Johnson, Kemp & Kotz, Univariate Discrete
    // Distributions, ch. 5; less what the exact library size takes, about a fortieth.
    let model = cells();
    let mut asked = another_cell(drawn(refcast_core::Perturbation::control(), 4000, 11));
    asked.deterministic_latents = true;
    asked.fixed_total_count = true;
    asked.total_count = Some(2000);
    let plan = model.plan(&asked).expect("a plan");
    let drawn = model.predict(&plan, &cell("a cell", 1)).expect("answers");
    let n = drawn.len() as f64;
    let mut ratios = Vec::new();
    for gene in 0..GENES {
        let counts = drawn
            .iter()
            .map(|answer| answer.counts.values()[gene] as f64);
        let mean = counts.clone().sum::<f64>() / n;
        let variance = counts.map(|count| (count - mean).powi(2)).sum::<f64>() / n;
        if mean > 5.0 {
            ratios.push(variance / (mean + f64::from(DISPERSION) * mean * mean));
        }
    }
    let mean = ratios.iter().sum::<f64>() / ratios.len() as f64;
    assert!(
        ratios.len() > GENES / 2 && (0.85..1.1).contains(&mean),
        "{mean}"
    );
}

/// Cells as the model has them: another cell of the state of each, `[cells][genes]`.
fn of_the_model(model: &Model, n: usize) -> Vec<Reference> {
    let mut asked = another_cell(drawn(refcast_core::Perturbation::control(), 1, 5));
    asked.deterministic_latents = true;
    asked.fixed_total_count = true;
    asked.total_count = Some(600);
    let plan = model.plan(&asked).expect("a plan");
    let named = (0..n).map(|at| Reference {
        name: format!("cell {at}"),
        ..cell("", 3)
    });
    named
        .map(|cell| {
            let counts = model
                .predict(&plan, &cell)
                .expect("an answer")
                .remove(0)
                .counts;
            Reference { counts, ..cell }
        })
        .collect()
}

#[test]
fn cells_measured_again_have_the_counts_of_a_second_measurement() {
    // Each is measured again: the mean of every gene stays, its scatter stays about that of the
    // negative binomial, and the two measurements are alike, for a gene that scatters is high or
    // low in the cell itself, but not the same.
    let model = cells();
    let first = of_the_model(&model, 1500);
    let plan = model
        .plan(&drawn(refcast_core::Perturbation::control(), 1, 8))
        .expect("a plan");
    let again: Vec<_> = first
        .iter()
        .map(|cell| {
            model
                .predict(&plan, cell)
                .expect("an answer")
                .remove(0)
                .counts
        })
        .collect();
    let (mut means, mut scatters, mut alike) = (Vec::new(), Vec::new(), Vec::new());
    for gene in 0..GENES {
        let pairs: Vec<(f64, f64)> = first
            .iter()
            .zip(&again)
            .map(|(one, two)| (one.counts.values()[gene] as f64, two.values()[gene] as f64))
            .collect();
        let n = pairs.len() as f64;
        let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / n;
        let (one, two) = (mean(|pair| pair.0), mean(|pair| pair.1));
        if one < 4.0 {
            continue;
        }
        let product = |of: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / n;
        let v_one = product(&|pair| (pair.0 - one).powi(2));
        let v_two = product(&|pair| (pair.1 - two).powi(2));
        let both = product(&|pair| (pair.0 - one) * (pair.1 - two));
        means.push(two / one);
        scatters.push(v_two / v_one);
        alike.push(both / (v_one * v_two).sqrt());
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    assert!(means.len() > 10);
    assert!((mean(&means) - 1.0).abs() < 0.05, "{}", mean(&means));
    assert!(
        (0.8..1.25).contains(&mean(&scatters)),
        "{}",
        mean(&scatters)
    );
    assert!((0.6..0.98).contains(&mean(&alike)), "{}", mean(&alike));
    assert!(
        again
            .iter()
            .zip(&first)
            .all(|(two, one)| *two != one.counts)
    );
}

#[test]
fn a_panels_library_is_what_all_genes_would_have_had() {
    let model = cells();
    let read = |observed: &[bool]| {
        let observed: std::sync::Arc<[bool]> = observed.into();
        let mut values = vec![0; GENES];
        values[GENES - 1] = 300;
        let counts = Counts::new(values, observed.clone()).expect("counts");
        let (latent, typical) = (model.latent(), model.typical_shares());
        let encoder = Encoder::new(latent, &observed);
        let reading = model.measurement().read(latent, typical, &encoder, &counts);
        reading.library
    };
    let mut observed = vec![true; GENES];
    observed[..GENES / 4].fill(false);
    assert!((read(&observed) - 400.0).abs() < 1e-3);
    assert!((read(&[true; GENES]) - 300.0).abs() < 1e-3);
}
