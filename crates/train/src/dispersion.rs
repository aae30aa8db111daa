//! Fits the counts of cells, given the latents: what a decoded level stands for, and how far counts
//! scatter beyond Poisson.

use rayon::prelude::*;
use refcast_model::CellModel;
use refcast_model::latent::{Encoder, LatentModel};
use std::sync::Arc;

use crate::corpus::Corpus;

/// Bins of mean count that share a trend of the dispersion.
const BINS: usize = 20;
/// No gene is believed to scatter more than this.
const MOST: f64 = 8.0;
/// Counts that the prior of a gene's factor, 1, is worth.
const PRIOR_COUNTS: f64 = 20.0;
/// Cells whose expectations are made at a time.
const BATCH: usize = 64;

/// Sums over cells, `[genes]` each.
#[derive(Clone)]
struct Sums {
    /// Counts,
    counts: Vec<f64>,
    /// and what was expected of them.
    means: Vec<f64>,
}

/// Of squares, about the expectation times the gene's factor.
#[derive(Clone)]
struct Squares {
    /// (X − m)² − m,
    excess: Vec<f64>,
    /// m²,
    squares: Vec<f64>,
    /// m + 2 m²: the variance of the excess where there is none.
    noise: Vec<f64>,
}

/// Fits the counts of the corpus' cells; `share` is the mean cell's, `[genes]`.
pub fn fit(corpus: &Corpus, latent: &LatentModel, share: Vec<f32>) -> CellModel {
    let genes = corpus.axis.len();
    let plain = CellModel::new(share.clone(), vec![1.0; genes], vec![0.0; genes]);
    let none = Sums {
        counts: vec![0.0; genes],
        means: vec![0.0; genes],
    };
    let sums = over_cells(corpus, latent, &plain, none, |sums, gene, count, mean| {
        sums.counts[gene] += count;
        sums.means[gene] += mean;
    });
    let factor: Vec<f32> = sums
        .counts
        .iter()
        .zip(&sums.means)
        .map(|(counts, means)| ((counts + PRIOR_COUNTS) / (means + PRIOR_COUNTS)) as f32)
        .collect();
    let none = Squares {
        excess: vec![0.0; genes],
        squares: vec![0.0; genes],
        noise: vec![0.0; genes],
    };
    let factors = &factor;
    let squares = over_cells(corpus, latent, &plain, none, |sums, gene, count, mean| {
        let mean = mean * f64::from(factors[gene]);
        sums.excess[gene] += (count - mean) * (count - mean) - mean;
        sums.squares[gene] += mean * mean;
        sums.noise[gene] += mean + 2.0 * mean * mean;
    });
    let dispersion = moderated(&squares, &sums.means);
    CellModel::new(share, factor, dispersion)
}

/// Sums over every cell and gene that its set measures: `add` is given the gene, the count and the
/// expected count. Cells are added up in their order.
fn over_cells<S>(
    corpus: &Corpus,
    latent: &LatentModel,
    model: &CellModel,
    mut sums: S,
    add: impl Fn(&mut S, usize, f64, f64),
) -> S {
    let nothing_known = vec![0.0; latent.sizes.total()];
    for study in &corpus.studies {
        let observed: Arc<[bool]> = study.measured.clone().into();
        let encoder = Encoder::new(latent, &observed);
        let cells: Vec<usize> = (0..study.values.len()).collect();
        for batch in cells.chunks(BATCH) {
            let expected: Vec<Vec<f64>> = batch
                .par_iter()
                .map(|&cell| {
                    let levels: Vec<f64> =
                        study.values[cell].iter().map(|v| f64::from(*v)).collect();
                    let posterior = encoder.encode(latent, &levels, &nothing_known);
                    let depth = model.depth(study.library_sizes[cell]);
                    model.rates(&depth, latent, &posterior.mean)
                })
                .collect();
            for (&cell, rates) in batch.iter().zip(expected) {
                let scale = study.library_sizes[cell] / corpus.modality.per();
                let genes = (0..rates.len()).filter(|&gene| study.measured[gene]);
                for gene in genes {
                    let count = (f64::from(study.values[cell][gene]).exp_m1() * scale).round();
                    add(&mut sums, gene, count, rates[gene] * scale);
                }
            }
        }
    }
    sums
}

/// The corpus with ln(1 + the rate) of each cell and gene, per 10,000, for the measured level; 0
/// where not measured.
pub fn with_rates(corpus: &Corpus, latent: &LatentModel, model: &CellModel) -> Corpus {
    let mut rates = corpus.clone();
    let nothing_known = vec![0.0; latent.sizes.total()];
    for study in &mut rates.studies {
        let observed: Arc<[bool]> = study.measured.clone().into();
        let encoder = Encoder::new(latent, &observed);
        let libraries = &study.library_sizes;
        study
            .values
            .par_iter_mut()
            .zip(libraries)
            .for_each(|(values, library)| {
                let levels: Vec<f64> = values.iter().map(|v| f64::from(*v)).collect();
                let posterior = encoder.encode(latent, &levels, &nothing_known);
                let rates = model.rates(&model.depth(*library), latent, &posterior.mean);
                for ((value, rate), seen) in values.iter_mut().zip(rates).zip(observed.iter()) {
                    *value = if *seen { rate.ln_1p() as f32 } else { 0.0 };
                }
            });
    }
    rates
}

/// Dispersions by moments, each drawn towards that of genes of like mean as far as it is noise.
fn moderated(squares: &Squares, means: &[f64]) -> Vec<f32> {
    let genes = means.len();
    let mut order: Vec<usize> = (0..genes).collect();
    order.sort_by(|a, b| means[*a].total_cmp(&means[*b]).then(a.cmp(b)));
    let mut dispersion = vec![0.0_f32; genes];
    for bin in order.chunks(genes.div_ceil(BINS).max(1)) {
        let sum = |of: &[f64]| bin.iter().map(|&gene| of[gene]).sum::<f64>();
        let trend = (sum(&squares.excess) / sum(&squares.squares).max(1e-9)).clamp(0.0, MOST);
        for &gene in bin {
            let square = squares.squares[gene];
            if square <= 0.0 {
                dispersion[gene] = trend as f32;
                continue;
            }
            let own = squares.excess[gene] / square;
            // Relative to the trend, genes differ about as much as the trend itself.
            let prior = (trend * trend).max(1e-4);
            let error = squares.noise[gene] / (square * square);
            let weight = prior / (prior + error);
            let value = weight * own + (1.0 - weight) * trend;
            dispersion[gene] = value.clamp(0.0, MOST) as f32;
        }
    }
    dispersion
}
