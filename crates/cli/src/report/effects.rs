//! The genes that change most, on average over everything that was generated.

use std::cmp::Ordering;
use std::f64::consts::LN_2;

use refcast::Row;
use refcast_core::{Counts, GeneAxis, GeneId, GeneIndex};
use serde::Serialize;

/// How many genes each direction lists.
const SHOWN: usize = 10;

/// Smaller changes of ln(1 + CPM) than this are what arithmetic leaves of no change.
const NEGLIGIBLE: f64 = 1e-9;

/// Sums over generated samples, `[genes]` each.
#[derive(Debug)]
pub struct Effects {
    samples: usize,
    references: usize,
    observed: Vec<bool>,
    effect: Vec<f64>,
    lower: Vec<f64>,
    upper: Vec<f64>,
    cpm: Vec<f64>,
    reference_cpm: Vec<f64>,
}

/// The genes that go up and down most.
#[derive(Debug, Clone, Default, Serialize)]
pub struct EffectSummary {
    /// Upwards, the strongest first.
    pub up: Vec<GeneEffect>,
    /// Downwards, the strongest first.
    pub down: Vec<GeneEffect>,
    /// Genes measured whose interval does not hold zero.
    pub n_beyond_interval: usize,
}

/// What happens to one gene, mean over references.
#[derive(Debug, Clone, Serialize)]
pub struct GeneEffect {
    /// The symbol; empty where there is none.
    pub gene: String,
    /// The Ensembl id.
    pub id: GeneId,
    /// log2 of (1 + CPM treated) / (1 + CPM reference).
    pub log2_fold_change: f64,
    /// Lower end of its interval.
    pub lower: f64,
    /// Upper end of its interval.
    pub upper: f64,
    /// Counts per million in the references.
    pub reference_cpm: f64,
    /// Counts per million in the generated samples.
    pub treated_cpm: f64,
}

impl Effects {
    /// Nothing yet, over `genes` genes.
    pub fn new(genes: usize) -> Self {
        let zeros = || vec![0.0; genes];
        Self {
            samples: 0,
            references: 0,
            observed: vec![false; genes],
            effect: zeros(),
            lower: zeros(),
            upper: zeros(),
            cpm: zeros(),
            reference_cpm: zeros(),
        }
    }

    /// Adds a reference.
    pub fn add_reference(&mut self, counts: &Counts) {
        self.references += 1;
        add(
            &mut self.reference_cpm,
            counts.cpm().values().iter().copied(),
        );
        for (seen, &observed) in self.observed.iter_mut().zip(counts.observed().iter()) {
            *seen |= observed;
        }
    }

    /// Adds a sample generated from it.
    pub fn add(&mut self, row: &Row<'_>) {
        self.samples += 1;
        add(&mut self.cpm, row.counts.cpm().values().iter().copied());
        let Some(effect) = &row.effect else {
            return;
        };
        for (sums, values) in [
            (&mut self.effect, &effect.mean),
            (&mut self.lower, &effect.lower),
            (&mut self.upper, &effect.upper),
        ] {
            add(sums, values.iter().copied().map(f64::from));
        }
    }

    /// The genes measured that change most; those that do not change are not listed.
    pub fn summary(&self, axis: &GeneAxis) -> EffectSummary {
        let mut ranked: Vec<GeneIndex> = axis
            .iter()
            .map(|(index, _)| index)
            .filter(|index| self.observed[index.as_usize()])
            .collect();
        let effect = |index: GeneIndex| self.effect[index.as_usize()];
        // Genes of equal effect keep the order of the axis.
        ranked.sort_by(|&a, &b| effect(b).partial_cmp(&effect(a)).unwrap_or(Ordering::Equal));
        let n_beyond_interval = ranked
            .iter()
            .filter(|index| {
                self.lower[index.as_usize()] > NEGLIGIBLE
                    || self.upper[index.as_usize()] < -NEGLIGIBLE
            })
            .count();
        let gene = |&index: &GeneIndex| self.gene(axis, index);
        let up = ranked.iter().filter(|&&index| effect(index) > NEGLIGIBLE);
        let down = ranked
            .iter()
            .rev()
            .filter(|&&index| effect(index) < -NEGLIGIBLE);
        EffectSummary {
            up: up.take(SHOWN).map(gene).collect(),
            down: down.take(SHOWN).map(gene).collect(),
            n_beyond_interval,
        }
    }

    fn gene(&self, axis: &GeneAxis, index: GeneIndex) -> GeneEffect {
        let mean = |sums: &[f64], n: usize| sums[index.as_usize()] / n.max(1) as f64;
        let log2 = |sums: &[f64]| mean(sums, self.samples) / LN_2;
        GeneEffect {
            gene: axis.symbol(index).to_owned(),
            id: axis.id(index),
            log2_fold_change: log2(&self.effect),
            lower: log2(&self.lower),
            upper: log2(&self.upper),
            reference_cpm: mean(&self.reference_cpm, self.references),
            treated_cpm: mean(&self.cpm, self.samples),
        }
    }
}

fn add(sums: &mut [f64], values: impl Iterator<Item = f64>) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += value;
    }
}

#[cfg(test)]
mod tests {
    use refcast::answer::{Effect, RowMetadata};
    use refcast_core::{Gene, Latents};

    use super::*;

    fn axis() -> GeneAxis {
        let gene = |n: u32| Gene {
            id: format!("ENSG{n:011}").parse().unwrap(),
            symbol: format!("G{n}"),
        };
        GeneAxis::new((1..=4).map(gene).collect()).unwrap()
    }

    fn row(effect: [f32; 4]) -> Row<'static> {
        Row {
            name: String::new(),
            metadata: RowMetadata::default(),
            counts: counts(),
            latents: Latents::default(),
            effect: Some(Effect {
                lower: effect.map(|e| e - 0.1).into(),
                upper: effect.map(|e| e + 0.1).into(),
                mean: effect.into(),
            }),
            support: None,
            probabilities: None,
            annotation: None,
        }
    }

    fn counts() -> Counts {
        Counts::new(vec![1, 2, 1, 0], vec![true, true, true, false]).unwrap()
    }

    #[test]
    fn genes_are_ranked_by_their_mean_and_unmeasured_ones_are_left_out() {
        let mut effects = Effects::new(4);
        effects.add_reference(&counts());
        effects.add_reference(&counts());
        effects.add(&row([1.0, -1.0, 0.0, 9.0]));
        effects.add(&row([3.0, -0.5, 0.0, 9.0]));
        let summary = effects.summary(&axis());
        let names = |genes: &[GeneEffect]| genes.iter().map(|g| g.gene.clone()).collect::<Vec<_>>();
        assert_eq!(
            (names(&summary.up), names(&summary.down)),
            (vec!["G1".into()], vec!["G2".into()])
        );
        assert!((summary.up[0].log2_fold_change - 2.0 / LN_2).abs() < 1e-6);
        assert_eq!(
            (summary.up[0].reference_cpm, summary.n_beyond_interval),
            (250_000.0, 2)
        );
    }
}
