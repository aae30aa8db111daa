//! The effect on one reference: what the bank says, adjusted to the reference's own levels and
//! rescaled to its library.

use refcast_core::elementary;

use super::calibration::{Calibration, Factors};
use crate::effects::{Cutting, EffectBank, Level, OwnChange, WeightedEvidence};

/// Spread of a matched pair where the bank has none.
const UNSEEN_DEVIATION: f64 = 0.3;
// What the deviation of a measured pair from the mean is made of, relative to the spread between
// pairs that the evidence itself shows. Chosen on held-out samples of 35 studies, so that one
// factor covers low and high genes, small and large predictions alike (docs/benchmarks/log.md).
/// What the evidence leaves open is more than it knows of.
const OF_BELIEF: f64 = 2.0;
/// Large responses differ more between donors, by this part of their square,
const OF_RESPONSE: f64 = 0.15;
/// and by as much more where nothing is explained.
const OF_UNEXPLAINED_RESPONSE: f64 = 0.35;
/// Unlike cells respond in genes that the evidence is silent about: by this part of the mean square
/// of all effects on the gene,
const OF_TYPICAL: f64 = 0.2;
/// and by this where the gene has hardly a count.
const OF_FEW_COUNTS: f64 = 0.3;
/// With no evidence at all, the part of the mean square of all effects on the gene.
const OF_UNKNOWN: f64 = 0.3;
/// What becomes of the targets of a regulator that is lost, ln(1 + CPM): the median over the lost
/// regulators of the corpus of the mean change of their targets in the direction that is known
/// (`cargo run --release -p refcast-train --example worth`).
const OF_LOST_REGULATOR: f64 = 0.15;

/// The change of ln(1 + CPM) by gene, with its interval.
#[derive(Debug, Clone, PartialEq)]
pub struct PredictedEffect {
    /// `[genes]`.
    pub mean: Vec<f64>,
    /// Deviation of the change that a measured pair would show from the mean, `[genes]`.
    pub deviation: Vec<f64>,
    /// Variance of the mean: what the evidence leaves open, `[genes]`.
    pub variance: Vec<f64>,
    /// Half-widths of its intervals, in deviations.
    pub factors: Factors,
    /// The lowest and the highest change that a pair can show, `[genes]`.
    reach: Vec<(f64, f64)>,
}

impl PredictedEffect {
    /// No change, with certainty: the answer for a control.
    pub fn none(genes: usize) -> Self {
        Self {
            mean: vec![0.0; genes],
            deviation: vec![0.0; genes],
            variance: vec![0.0; genes],
            factors: Calibration::default().at(1.0),
            reach: vec![(f64::NEG_INFINITY, f64::INFINITY); genes],
        }
    }

    /// The effect of the evidence on a profile of ln(1 + CPM).
    pub fn on(
        bank: &EffectBank,
        weighted: &WeightedEvidence,
        level: &Level,
        calibration: &Calibration,
        profile: &[f64],
        observed: &[bool],
    ) -> Self {
        let genes = bank.genes();
        let mut effect = Self::none(genes);
        effect.factors = calibration.at(weighted.explained);
        let is_open = weighted.target.entries().is_empty();
        let (unlike, unexplained) = (1.0 - weighted.nearness, 1.0 - weighted.explained);
        let averages = SourceAverages::new(bank, weighted);
        let beliefs = weighted.target.genes();
        let deviations: Vec<f64> = (0..genes)
            .map(|gene| {
                let weight = averages.weight[gene];
                if weight > 0.0 && observed[gene] {
                    profile[gene] - averages.control[gene] / weight
                } else {
                    // Nothing to compare with: the effect stays as it is.
                    0.0
                }
            })
            .collect();
        for (mean, belief) in effect.mean.iter_mut().zip(&beliefs) {
            *mean = belief.mean;
        }
        level.adjust(&mut effect.mean, &deviations, weighted.nearness);
        let mut few_counts: Vec<f64> = profile.iter().map(|level| -level).collect();
        elementary::exp(&mut few_counts);
        for gene in 0..genes {
            let typical = bank.typical_variance(gene);
            let (variance, open) = if is_open {
                (typical, OF_UNKNOWN * typical)
            } else {
                let variance = beliefs[gene].variance;
                (variance, OF_BELIEF * variance)
            };
            // No evidence tells of a change that is unlike all that were ever measured,
            let (lowest, highest) = bank.reach(gene);
            let least = if observed[gene] {
                // and counts do not fall below none.
                -profile[gene]
            } else {
                f64::NEG_INFINITY
            };
            let mean = effect.mean[gene].clamp(lowest, highest).max(least);
            effect.mean[gene] = mean;
            let pair = if averages.weight[gene] > 0.0 {
                averages.spread[gene] / averages.weight[gene]
            } else {
                let unseen = UNSEEN_DEVIATION * UNSEEN_DEVIATION;
                bank.pair_variance(gene).unwrap_or(unseen)
            };
            let response = OF_RESPONSE + OF_UNEXPLAINED_RESPONSE * unexplained;
            let elsewhere = unlike * (OF_TYPICAL * typical + OF_FEW_COUNTS * few_counts[gene]);
            effect.variance[gene] = variance;
            effect.deviation[gene] = (pair + open + response * mean * mean + elsewhere).sqrt();
            let scatter = effect.factors.ninety * pair.sqrt();
            effect.reach[gene] = ((lowest - scatter).max(least), highest + scatter);
        }
        effect
    }

    /// Half-width of the 90 % interval of the change that a measured pair would show.
    pub fn margin(&self, gene: usize) -> f64 {
        self.factors.ninety * self.deviation[gene]
    }

    /// The ends of the 90 % interval: nothing falls below none, and what was never measured of any
    /// gene is not expected of this one.
    pub fn interval(&self, gene: usize) -> (f64, f64) {
        let (mean, margin) = (self.mean[gene], self.margin(gene));
        let (lowest, highest) = self.reach[gene];
        (
            (mean - margin).max(lowest).min(mean),
            (mean + margin).min(highest).max(mean),
        )
    }

    /// The effect without the answer to being cut, as it was told from `entries` of the bank with
    /// these `weights`.
    pub fn leave(&mut self, cutting: &Cutting, entries: &[usize], weights: &[f64]) {
        let left: Vec<f64> = cutting.left(&self.mean, entries, weights).collect();
        for (mean, left) in self.mean.iter_mut().zip(left) {
            *mean *= left;
        }
    }

    /// The effect with the targets of regulators that are lost, by place and direction, going where
    /// they are known to go. What other losses have in common does not count against that. A gene
    /// that is hardly there hardly changes.
    pub fn agree(&mut self, regulated: &[(usize, f64)], profile: &[f64], observed: &[bool]) {
        for &(gene, direction) in regulated {
            let (there, least) = if observed[gene] {
                (1.0 - libm::exp(-profile[gene]), -profile[gene])
            } else {
                (1.0, f64::NEG_INFINITY)
            };
            let expected = OF_LOST_REGULATOR * there;
            let along = (direction * self.mean[gene]).max(expected);
            self.mean[gene] = (direction * along).max(least);
            self.variance[gene] += expected * expected;
            self.deviation[gene] = self.deviation[gene].hypot(expected);
        }
    }

    /// The effect with the change of genes that the perturbation is aimed at set to what is known
    /// of others. A gene that is hardly there can hardly fall.
    pub fn aim(&mut self, aimed_at: &[(usize, OwnChange)], profile: &[f64], observed: &[bool]) {
        for &(gene, change) in aimed_at.iter().filter(|(gene, _)| observed[*gene]) {
            let spread = change.variance + UNSEEN_DEVIATION * UNSEEN_DEVIATION;
            self.mean[gene] = change.mean.max(-profile[gene]);
            self.variance[gene] = change.variance;
            self.deviation[gene] = spread.sqrt();
            self.reach[gene] = (-profile[gene], f64::INFINITY);
        }
    }

    /// The effect after the treated profile is brought back to the `whole` that the profile has over
    /// the genes that the reference measures: a million in bulk. Genes that it does not measure
    /// keep theirs.
    ///
    /// Returns the treated expression on the profile's scale, without the logarithm, `[genes]`, 0
    /// where not measured.
    pub fn rescale(&mut self, profile: &[f64], observed: &[bool], whole: f64) -> Vec<f64> {
        let mut cpm: Vec<f64> = profile.iter().zip(&self.mean).map(|(a, b)| a + b).collect();
        elementary::exp_m1(&mut cpm);
        for (cpm, seen) in cpm.iter_mut().zip(observed) {
            *cpm = if *seen { cpm.max(0.0) } else { 0.0 };
        }
        let total: f64 = cpm.iter().sum();
        if total <= 0.0 {
            return cpm;
        }
        let factor = whole / total;
        for cpm in &mut cpm {
            *cpm *= factor;
        }
        let mut levels = cpm.clone();
        elementary::ln_1p(&mut levels);
        for gene in (0..cpm.len()).filter(|&gene| observed[gene]) {
            let shift = levels[gene] - profile[gene] - self.mean[gene];
            self.mean[gene] += shift;
            self.reach[gene].1 += shift;
        }
        cpm
    }
}

/// The cells behind the evidence, `[genes]` each: sums over the entries that measure the gene, by
/// the absolute weight of each.
struct SourceAverages {
    weight: Vec<f64>,
    /// Of ln(1 + CPM) of the controls.
    control: Vec<f64>,
    /// Of the variance of a matched pair.
    spread: Vec<f64>,
}

impl SourceAverages {
    fn new(bank: &EffectBank, weighted: &WeightedEvidence) -> Self {
        let genes = bank.genes();
        let mut averages = Self {
            weight: vec![0.0; genes],
            control: vec![0.0; genes],
            spread: vec![0.0; genes],
        };
        let (mut controls, mut deviations) = (vec![0.0; genes], vec![0.0; genes]);
        for (&entry, &share) in weighted.target.entries().iter().zip(&weighted.weights) {
            // A footprint has no cells.
            if share == 0.0 || bank.is_footprint(entry) {
                continue;
            }
            let context = bank.entries()[entry].context;
            bank.read_controls(context, &mut controls);
            bank.read_deviations(entry, &mut deviations);
            let measured = bank.measured_by(bank.contexts()[context].study);
            for gene in 0..genes {
                let share = if measured[gene] == 0 {
                    0.0
                } else {
                    share.abs()
                };
                let deviation = f64::from(deviations[gene]);
                averages.weight[gene] += share;
                averages.control[gene] += share * f64::from(controls[gene]);
                averages.spread[gene] += share * deviation * deviation;
            }
        }
        averages
    }
}
