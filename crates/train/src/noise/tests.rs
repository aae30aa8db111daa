//! Noise learned from replicates that were drawn with a known one.

use half::f16;
use refcast_core::random::{Random, RandomStream};
use refcast_model::bundle::LatentSizes;
use refcast_model::latent::MetadataPrior;

use super::*;
use crate::corpus::examples::{axis, conditions, corpus, sample, study};

const GENES: usize = 1200;

/// Expected reads of a gene per culture: ten levels, all above shot noise.
fn reads(gene: usize) -> f64 {
    200.0 * 1.6_f64.powi((gene % 10) as i32)
}

/// A study of `cultures` of one line, drawn with variance `tight` of ln expression; every sixth
/// gene with four times that.
fn cultures(name: &str, cultures: usize, tight: f64, seed: u64) -> Expression {
    let axis = axis(GENES);
    let rows = (0..cultures).map(|culture| {
        let mut row = sample(&format!("{name}{culture}"), &culture.to_string(), "", "");
        row.insert("sample_type".to_owned(), "cell line".to_owned());
        row
    });
    let mut study = study(&axis, name, GENES, rows.collect());
    let random = Random::new(seed);
    for (culture, row) in study.values.iter_mut().enumerate() {
        let counts: Vec<u64> = (0..GENES)
            .map(|gene| {
                let variance = if gene % 6 == 0 { 4.0 * tight } else { tight };
                let normal = random.normal(RandomStream(250), culture as u64, gene as u32);
                let mean = reads(gene) * (variance.sqrt() * normal - 0.5 * variance).exp();
                random
                    .at(RandomStream(251), culture as u64, gene as u32)
                    .poisson(mean)
            })
            .collect();
        let library: f64 = counts.iter().map(|count| *count as f64).sum();
        study.library_sizes[culture] = library;
        for (value, count) in row.iter_mut().zip(counts) {
            *value = (count as f64 * 1e6 / library).ln_1p() as f32;
        }
    }
    study
}

fn latent(residual: f32) -> LatentModel {
    let sizes = LatentSizes {
        technical: 0,
        biological: 1,
        perturbation: 0,
    };
    LatentModel {
        sizes,
        mean: vec![6.0; GENES],
        loadings: vec![f16::ZERO; GENES],
        residual_variance: vec![residual; GENES],
        technical_share: vec![0.5; GENES],
        prior: MetadataPrior::new(sizes, Vec::new(), vec![1.0], vec![1.0]),
    }
}

fn fitted(studies: Vec<Expression>, bank: &[&str], residual: f32) -> ObservationModel {
    let corpus = corpus(axis(GENES), studies, conditions(&[]));
    let bank: Vec<String> = bank.iter().map(|name| (*name).to_owned()).collect();
    fit(&corpus, &latent(residual), &bank)
}

/// Mean of the learned variance over the genes that `pick` picks, at their own levels.
fn mean_variance(
    model: &ObservationModel,
    study: Option<usize>,
    pick: impl Fn(usize) -> bool,
) -> f64 {
    let total: f64 = (0..GENES).map(reads).sum();
    let genes: Vec<usize> = (0..GENES).filter(|&gene| pick(gene)).collect();
    let noise = model.of_study(study);
    let variance = |&gene: &usize| noise.log_variance(gene, reads(gene) * 1e6 / total);
    genes.iter().map(variance).sum::<f64>() / genes.len() as f64
}

#[test]
fn the_deviation_between_replicates_is_learned_beyond_shot_noise() {
    let model = fitted(vec![cultures("one", 8, 0.04, 1)], &["one"], 0.5);
    // Five genes of six have 0.04 and one has 0.16: 0.06 in the mean.
    let all = mean_variance(&model, Some(0), |_| true);
    assert!((all / 0.06 - 1.0).abs() < 0.15, "{all}");
    let wide = mean_variance(&model, Some(0), |gene| gene % 6 == 0);
    let tight = mean_variance(&model, Some(0), |gene| gene % 6 != 0);
    // Seven degrees of freedom move a gene only part of the way from its level's mean.
    assert!(wide > 1.2 * all && tight < all, "{wide} {tight}");
}

#[test]
fn a_laboratory_keeps_its_own_noise_and_another_gets_the_median() {
    let studies = vec![
        cultures("tight", 6, 0.0025, 1),
        cultures("usual", 6, 0.02, 2),
        cultures("wide", 6, 0.2, 3),
    ];
    let model = fitted(studies, &["wide", "elsewhere", "tight"], 0.5);
    assert_eq!(model.trends.len(), 4);
    for (study, expected) in [
        (Some(0), 0.3),
        (Some(1), 0.03),
        (Some(2), 0.00375),
        (None, 0.03),
    ] {
        let got = mean_variance(&model, study, |_| true);
        assert!(
            (got / expected - 1.0).abs() < 0.25,
            "{study:?}: {got} {expected}"
        );
    }
}

#[test]
fn donors_are_not_replicates() {
    // The same samples, which the annotation does not call a cell line.
    let axis = axis(GENES);
    let rows = (0..6).map(|at| sample(&at.to_string(), &at.to_string(), "", ""));
    let unnamed = Expression {
        samples: study(&axis, "donors", GENES, rows.collect()).samples,
        ..cultures("donors", 6, 0.2, 1)
    };
    let model = fitted(vec![unnamed], &["donors"], 0.5);
    assert!(
        model
            .factor
            .iter()
            .all(|factor| (factor - 1.0).abs() < 1e-6)
    );
    assert!(mean_variance(&model, Some(0), |_| true) < 0.01);
}

#[test]
fn what_persists_is_the_residual_less_the_noise_and_at_least_half_of_it() {
    let roomy = fitted(vec![cultures("one", 6, 0.02, 1)], &["one"], 1.0);
    let crowded = fitted(vec![cultures("one", 6, 0.2, 1)], &["one"], 0.1);
    for gene in 0..GENES {
        let persistent = roomy.persistent_variance[gene];
        assert!(
            persistent > 0.8 && persistent < 1.0,
            "gene {gene}: {persistent}"
        );
        let persistent = crowded.persistent_variance[gene];
        assert!(
            (persistent - 0.05).abs() < 1e-6,
            "gene {gene}: {persistent}"
        );
    }
}

/// Cultures of which each goes its own way along one direction of half of the genes.
fn drifting(name: &str, cultures_of: usize, drift: f64, seed: u64) -> Expression {
    let mut study = cultures(name, cultures_of, 0.0025, seed);
    let random = Random::new(seed);
    for (culture, row) in study.values.iter_mut().enumerate() {
        let length = drift * random.normal(RandomStream(252), culture as u64, 0);
        for (gene, value) in row.iter_mut().enumerate() {
            let sign = if gene % 4 < 2 { 1.0 } else { -1.0 };
            *value += (sign * length) as f32;
        }
    }
    study
}

#[test]
fn a_direction_that_replicates_share_is_not_counted_as_the_genes_own_deviation() {
    let studies = vec![drifting("one", 8, 0.3, 1), drifting("two", 8, 0.3, 2)];
    let model = fitted(studies, &["one", "two"], 0.5);
    let first = &model.directions[0];
    // Half up, half down, all of one size: length 1 over all genes.
    let expected = 1.0 / (GENES as f32).sqrt();
    let alike = (0..GENES).filter(|&gene| {
        let sign = if gene % 4 < 2 { 1.0 } else { -1.0 };
        (first[gene] * sign * first[0].signum() - expected).abs() < 0.5 * expected
    });
    assert!(alike.count() > GENES * 9 / 10);
    for study in [Some(0), Some(1), None] {
        let noise = model.of_study(study);
        let total: f64 = (0..GENES).map(reads).sum();
        let cpm = |gene: usize| reads(gene) * 1e6 / total;
        let mean = |of: &dyn Fn(usize) -> f64| (0..GENES).map(of).sum::<f64>() / GENES as f64;
        let own = mean(&|gene| noise.own_variance(gene, cpm(gene)));
        let whole = mean(&|gene| noise.log_variance(gene, cpm(gene)));
        assert!(own < 0.006, "{study:?}: {own}");
        assert!(whole > 0.03 && whole < 0.2, "{study:?}: {whole}");
    }
}
