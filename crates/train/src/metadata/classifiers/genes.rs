//! The genes whose order tells the values of a field.

use rayon::prelude::*;

use super::ClassifierTraining;
use super::offsets::{Component, levels};

/// The genes by which one value exceeds another most that are taken, for each pair of values.
const PAIR: usize = 20;
/// How many are taken in all.
const GENES: usize = 1_000;

/// The genes that tell the values of a field.
pub struct Telling {
    /// Their places on the axis.
    pub genes: Vec<u32>,
    /// Level of each value, rid of what studies add, `[values × genes]`.
    pub levels: Vec<f32>,
}

impl Telling {
    /// The genes by which each value exceeds each other one most, of those that are measured in all
    /// values; those that are first for some pair before those that are second.
    pub fn of(work: &ClassifierTraining<'_>, components: &[Component], values: usize) -> Self {
        let genes = work.corpus.axis.len();
        let seen: Vec<usize> = (0..values)
            .filter(|value| components.iter().any(|own| own.value == *value))
            .collect();
        let profiles: Vec<Vec<f64>> = components
            .par_iter()
            .map(|own| profile(work, own))
            .collect();
        let by_gene: Vec<Vec<Option<f64>>> = (0..genes)
            .into_par_iter()
            .map(|gene| {
                let of = |(own, profile): (&Component, &Vec<f64>)| {
                    work.corpus.studies[own.study].measured[gene].then(|| profile[gene])
                };
                let means: Vec<Option<f64>> = components.iter().zip(&profiles).map(of).collect();
                levels(components, &means, values, work.corpus.studies.len())
            })
            .collect();
        let measured: Vec<usize> = (0..genes)
            .filter(|&gene| seen.iter().all(|value| by_gene[gene][*value].is_some()))
            .collect();
        let level = |gene: usize, value: usize| by_gene[gene][value].unwrap_or(0.0);
        let pairs: Vec<(usize, usize)> = seen
            .iter()
            .flat_map(|a| seen.iter().map(move |b| (*a, *b)))
            .filter(|(a, b)| a != b)
            .collect();
        let best: Vec<Vec<(usize, f64)>> = pairs
            .par_iter()
            .map(|&(a, b)| {
                let mut excess: Vec<(usize, f64)> = measured
                    .iter()
                    .map(|&gene| (gene, level(gene, a) - level(gene, b)))
                    .filter(|(_, excess)| *excess > 0.0)
                    .collect();
                excess.sort_by(|x, y| y.1.total_cmp(&x.1).then(x.0.cmp(&y.0)));
                excess.truncate(PAIR);
                excess
            })
            .collect();
        // The place in the list of a pair that a gene is highest in, and its excess there.
        let mut place: Vec<(usize, f64)> = vec![(PAIR, 0.0); genes];
        for (at, &(gene, excess)) in best.iter().flat_map(|own| own.iter().enumerate()) {
            let own = &mut place[gene];
            if at < own.0 || (at == own.0 && excess > own.1) {
                *own = (at, excess);
            }
        }
        let mut order: Vec<usize> = (0..genes).filter(|&gene| place[gene].0 < PAIR).collect();
        order.sort_by(|&a, &b| {
            let ((at, excess), (other, less)) = (place[a], place[b]);
            at.cmp(&other).then(less.total_cmp(&excess)).then(a.cmp(&b))
        });
        order.truncate(GENES);
        order.sort_unstable();
        let levels = (0..values).flat_map(|value| order.iter().map(move |&gene| (gene, value)));
        Self {
            levels: levels
                .map(|(gene, value)| level(gene, value) as f32)
                .collect(),
            genes: order.iter().map(|&gene| gene as u32).collect(),
        }
    }
}

/// The mean level of each gene, `[genes]`.
fn profile(work: &ClassifierTraining<'_>, component: &Component) -> Vec<f64> {
    let mut mean = vec![0.0; work.corpus.axis.len()];
    for &at in &component.members {
        for (sum, level) in mean.iter_mut().zip(work.samples[at].values) {
            *sum += f64::from(*level);
        }
    }
    let n = component.members.len() as f64;
    mean.iter_mut().for_each(|sum| *sum /= n);
    mean
}
