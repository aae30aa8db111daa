//! Fits the counts of cells, given the latents: what a decoded level stands for, and how far counts
//! scatter beyond Poisson.

mod gained;

use rayon::prelude::*;
use refcast_model::CellModel;
use refcast_model::latent::LatentModel;

use crate::corpus::Corpus;
use crate::corpus::cells::CellCorpus;
use crate::error::Result;
use crate::latent::Batches;

/// Bins of mean rate, whose genes share a trend of the dispersion.
const BINS: usize = 20;
/// No gene is believed to scatter more than this,
const MOST: f64 = 8.0;
/// and none of a bin less than this on the whole.
const LEAST_TREND: f64 = 0.01;
/// The dispersion that cells are weighted by.
const USUAL: f64 = 0.25;
/// A cell is of those that express a gene from this part of the mean rate over its molecules on.
const EXPRESSING: f64 = 0.5;
/// Molecules per 10,000, summed over cells, that the prior of a gene's factor, 1, is worth.
const PRIOR_RATES: f64 = 80.0;

/// Sums over the cells that measure a gene.
#[derive(Clone, Copy, Default)]
struct Sums {
    /// Counted molecules per 10,000: cells count alike, however deep.
    counted: f64,
    /// Expected rates,
    rates: f64,
    /// and their squares.
    squares: f64,
}

/// Weighted sums over the cells that express a gene, for X counted and m expected.
#[derive(Clone, Copy, Default)]
struct DispersionSums {
    /// (X − m)² − m, whose mean is φ·m²,
    excess: f64,
    /// m²,
    squares: f64,
    /// and the variance of the excess, under Poisson.
    noise: f64,
}

/// Fits the counts of cells; `corpus` has them by themselves, `whole` all there are.
///
/// The dispersion is that among cells which express the gene. Where few should have it, what is
/// found is mostly of cells that are something else than their latents say, and says nothing of
/// how the gene scatters where it is on: in treated cells, if the treatment induces it.
///
/// # Errors
/// Those of the products.
pub fn fit(whole: &CellCorpus, corpus: &Corpus, latent: &LatentModel) -> Result<CellModel> {
    let batches = Batches::of(latent);
    let genes = corpus.axis.len();
    let (share, gained) = (whole.share(), gained::fit(whole));
    let with = |factor: Vec<f32>, dispersion| {
        CellModel::new(share.clone(), factor, dispersion, gained.clone())
    };
    let plain = with(vec![1.0; genes], vec![0.0; genes]);
    let mut sums = vec![Sums::default(); genes];
    over_cells(
        corpus,
        &batches,
        &plain,
        &mut sums,
        |sums, count, rate, scale| {
            sums.counted += count / scale;
            sums.rates += rate;
            sums.squares += rate * rate;
        },
    )?;
    let factor: Vec<f32> = sums
        .iter()
        .map(|own| ((own.counted + PRIOR_RATES) / (own.rates + PRIOR_RATES)) as f32)
        .collect();
    // The rate from which on a cell expresses the gene.
    let least: Vec<f64> = sums
        .iter()
        .zip(&factor)
        .map(|(own, factor)| EXPRESSING * f64::from(*factor) * own.squares / own.rates.max(1e-12))
        .collect();
    let scaled = with(factor.clone(), vec![0.0; genes]);
    let mut sums_of: Vec<(f64, DispersionSums)> = least
        .into_iter()
        .map(|least| (least, DispersionSums::default()))
        .collect();
    over_cells(
        corpus,
        &batches,
        &scaled,
        &mut sums_of,
        |(least, sums), count, rate, scale| {
            if rate >= *least {
                sums.add(count, rate * scale);
            }
        },
    )?;
    let rates: Vec<f64> = sums.iter().map(|own| own.rates).collect();
    let excess: Vec<DispersionSums> = sums_of.into_iter().map(|(_, sums)| sums).collect();
    Ok(with(factor, moderated(&excess, &rates)))
}

impl DispersionSums {
    /// Adds a cell, with the weight that the excess of a usual gene is known with.
    fn add(&mut self, count: f64, mean: f64) {
        let weight = 1.0 / (1.0 + USUAL * mean).powi(2);
        self.excess += weight * ((count - mean).powi(2) - mean);
        self.squares += weight * mean * mean;
        let scatter = USUAL * mean;
        let noise = mean + 2.0 * mean * mean * (1.0 + scatter * (3.0 + 4.0 * scatter));
        self.noise += weight * weight * noise;
    }
}

/// Adds up every cell and gene that its set measures: `add` is given the gene's sum, the count, the
/// expected rate and the molecules per unit of rate. The sum of a gene takes the cells in their
/// order.
fn over_cells<S: Send>(
    corpus: &Corpus,
    batches: &Batches<'_>,
    model: &CellModel,
    sums: &mut [S],
    add: impl Fn(&mut S, f64, f64, f64) + Sync,
) -> Result<()> {
    let genes = sums.len();
    for study in &corpus.studies {
        batches.decoded(study, |cells, mut rates| {
            let rows = rates.par_chunks_mut(genes).zip(cells.clone());
            rows.for_each(|(row, cell)| to_rates(model, study.library_sizes[cell], row));
            let genes_of = sums.par_iter_mut().enumerate();
            genes_of
                .filter(|(gene, _)| study.measured[*gene])
                .for_each(|(gene, sum)| {
                    for (row, cell) in rates.chunks(genes).zip(cells.clone()) {
                        let scale = study.library_sizes[cell] / corpus.modality.per();
                        let count = f64::from(study.values[cell][gene]).exp_m1() * scale;
                        add(sum, count.round(), f64::from(row[gene]), scale);
                    }
                });
        })?;
    }
    Ok(())
}

/// Turns levels at a library size into rates per 10,000, `[genes]`.
fn to_rates(model: &CellModel, library_size: f64, levels: &mut [f32]) {
    let depth = model.depth(library_size);
    for (level, factor) in levels.iter_mut().zip(&model.factor) {
        *level = (f64::from(*factor) * depth.rate(f64::from(*level))) as f32;
    }
}

/// The corpus with ln(1 + the rate) of each cell and gene, per 10,000, for the measured level; 0
/// where not measured.
///
/// # Errors
/// Those of the products.
pub fn with_rates(corpus: &Corpus, latent: &LatentModel, model: &CellModel) -> Result<Corpus> {
    let batches = Batches::of(latent);
    let mut with = corpus.clone();
    for (study, to) in corpus.studies.iter().zip(&mut with.studies) {
        batches.decoded(study, |cells, mut rates| {
            let rows = rates.par_chunks_mut(latent.genes()).zip(cells.clone());
            let rows = rows.zip(&mut to.values[cells.clone()]);
            rows.for_each(|((row, cell), values)| {
                to_rates(model, study.library_sizes[cell], row);
                for ((value, rate), seen) in values.iter_mut().zip(row).zip(&study.measured) {
                    *value = if *seen { rate.ln_1p() } else { 0.0 };
                }
            });
        })?;
    }
    Ok(with)
}

/// Dispersions by moments, each drawn towards that of genes of like rate as far as it is noise.
fn moderated(sums: &[DispersionSums], rates: &[f64]) -> Vec<f32> {
    let genes = rates.len();
    let mut order: Vec<usize> = (0..genes).collect();
    order.sort_by(|a, b| rates[*a].total_cmp(&rates[*b]).then(a.cmp(b)));
    let mut dispersion = vec![0.0_f32; genes];
    for bin in order.chunks(genes.div_ceil(BINS).max(1)) {
        let sum =
            |of: fn(&DispersionSums) -> f64| bin.iter().map(|&gene| of(&sums[gene])).sum::<f64>();
        let trend = sum(|own| own.excess) / sum(|own| own.squares).max(1e-9);
        let trend = trend.clamp(LEAST_TREND, MOST);
        // Relative to the trend, genes differ about as much as the trend itself.
        let prior = (trend * trend).max(1e-4);
        for &gene in bin {
            let own = &sums[gene];
            if own.squares <= 0.0 {
                dispersion[gene] = trend as f32;
                continue;
            }
            let weight = prior / (prior + own.noise / (own.squares * own.squares));
            let value = weight * own.excess / own.squares + (1.0 - weight) * trend;
            dispersion[gene] = value.clamp(0.0, MOST) as f32;
        }
    }
    dispersion
}

#[cfg(test)]
mod tests {
    use refcast_core::random::{Random, RandomStream};

    use super::*;

    #[test]
    fn a_gene_gets_its_own_dispersion_where_its_counts_tell_and_that_of_others_elsewhere() {
        // A hundred genes of dispersion 0.25, one of 2.5 that is seen well, one without a count.
        let random = Random::new(3);
        let mut sums = vec![DispersionSums::default(); 102];
        for (gene, sums) in sums.iter_mut().enumerate() {
            let (cells, dispersion) = match gene {
                100 => (2000, 2.5),
                101 => (0, 0.0),
                _ => (2000, 0.25),
            };
            for cell in 0..cells {
                let mut draws = random.at(RandomStream(9), cell, gene as u32);
                let mean = if cell % 3 == 0 { 0.6 } else { 3.0 };
                sums.add(draws.negative_binomial(mean, dispersion) as f64, mean);
            }
        }
        let rates: Vec<f64> = (0..102)
            .map(|gene| if gene == 101 { 0.5 } else { 1.0 })
            .collect();
        let found = moderated(&sums, &rates);
        let off = |gene: usize, value: f32| (found[gene] - value).abs();
        let usual = (0..100).map(|gene| found[gene]).sum::<f32>() / 100.0;
        assert!((usual - 0.25).abs() < 0.03, "{usual}");
        assert!((0..100).all(|gene| off(gene, 0.25) < 0.15), "{found:?}");
        assert!(off(100, 2.5) < 0.6, "{}", found[100]);
        assert!(off(101, 0.25) < 0.3, "{}", found[101]);
    }
}
