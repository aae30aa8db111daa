//! The effect on one reference: what the bank says, adjusted to the reference's own levels and
//! rescaled to its library.

use super::calibration::{Calibration, Factors};
use crate::effects::{Bearing, EffectBank, Level, OwnChange};
use crate::noise::MILLION;

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

/// The change of ln(1 + CPM) by gene, with its interval.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// `[genes]`.
    pub mean: Vec<f64>,
    /// Deviation of the change that a measured pair would show from the mean, `[genes]`.
    pub deviation: Vec<f64>,
    /// Variance of the mean: what the evidence leaves open, `[genes]`.
    pub variance: Vec<f64>,
    /// Half-widths of its intervals, in deviations.
    pub factors: Factors,
}

impl Effect {
    /// No change, with certainty: the answer for a control.
    pub fn none(genes: usize) -> Self {
        Self {
            mean: vec![0.0; genes],
            deviation: vec![0.0; genes],
            variance: vec![0.0; genes],
            factors: Calibration::default().at(1.0),
        }
    }

    /// The effect of the evidence on a profile of ln(1 + CPM).
    pub fn on(
        bank: &EffectBank,
        bearing: &Bearing<'_>,
        level: &Level,
        calibration: &Calibration,
        profile: &[f64],
        observed: &[bool],
    ) -> Self {
        let genes = bank.genes();
        let mut effect = Self::none(genes);
        effect.factors = calibration.at(bearing.explained);
        let entries = bearing.target.entries();
        let (unlike, unexplained) = (1.0 - bearing.nearness, 1.0 - bearing.explained);
        for gene in 0..genes {
            let mut belief = bearing.target.gene(gene);
            if entries.is_empty() {
                belief.variance = bank.typical_variance(gene);
            }
            let (mut weight, mut control, mut spread) = (0.0, 0.0, 0.0);
            for (&entry, &share) in entries.iter().zip(&bearing.weights) {
                let context = bank.entries()[entry].context;
                let share = share.abs();
                let no_cells = bank.contexts()[context].footprint;
                if let (Some(own), true) = (bank.control(context, gene), share > 0.0 && !no_cells) {
                    let deviation = bank.deviation(entry, gene);
                    weight += share;
                    control += share * own;
                    spread += share * deviation * deviation;
                }
            }
            let mut mean = belief.mean;
            if weight > 0.0 && observed[gene] {
                mean = level.adjust(mean, profile[gene] - control / weight, bearing.nearness);
            }
            if observed[gene] {
                // Counts do not fall below none.
                mean = mean.max(-profile[gene]);
            }
            let pair = if weight > 0.0 {
                spread / weight
            } else {
                usual_pair(bank, gene)
            };
            let typical = if unlike > 0.0 {
                bank.typical_variance(gene)
            } else {
                0.0
            };
            let open = if entries.is_empty() {
                OF_UNKNOWN * typical
            } else {
                OF_BELIEF * belief.variance
            };
            let response = OF_RESPONSE + OF_UNEXPLAINED_RESPONSE * unexplained;
            let few_counts = OF_FEW_COUNTS * libm::exp(-profile[gene]);
            let elsewhere = unlike * (OF_TYPICAL * typical + few_counts);
            effect.mean[gene] = mean;
            effect.variance[gene] = belief.variance;
            effect.deviation[gene] = (pair + open + response * mean * mean + elsewhere).sqrt();
        }
        effect
    }

    /// Half-width of the 90 % interval of the change that a measured pair would show.
    pub fn margin(&self, gene: usize) -> f64 {
        self.factors.ninety * self.deviation[gene]
    }

    /// The effect with the change of genes that the perturbation is aimed at set to what is known
    /// of others. A gene that is hardly there can hardly fall.
    pub fn aim(&mut self, aimed_at: &[(usize, OwnChange)], profile: &[f64], observed: &[bool]) {
        for &(gene, change) in aimed_at.iter().filter(|(gene, _)| observed[*gene]) {
            let spread = change.variance + UNSEEN_DEVIATION * UNSEEN_DEVIATION;
            self.mean[gene] = change.mean.max(-profile[gene]);
            self.variance[gene] = change.variance;
            self.deviation[gene] = spread.sqrt();
        }
    }

    /// The effect after the treated profile is brought back to a million over the genes that the
    /// reference measures. Genes that it does not measure keep theirs.
    ///
    /// Returns the treated counts per million, `[genes]`, 0 where not measured.
    pub fn rescale(&mut self, profile: &[f64], observed: &[bool]) -> Vec<f64> {
        let mut cpm: Vec<f64> = profile
            .iter()
            .zip(&self.mean)
            .zip(observed)
            .map(|((level, effect), seen)| {
                if *seen {
                    libm::expm1(level + effect).max(0.0)
                } else {
                    0.0
                }
            })
            .collect();
        let total: f64 = cpm.iter().sum();
        if total <= 0.0 {
            return cpm;
        }
        let factor = MILLION / total;
        for gene in (0..cpm.len()).filter(|&gene| observed[gene]) {
            cpm[gene] *= factor;
            self.mean[gene] = libm::log1p(cpm[gene]) - profile[gene];
        }
        cpm
    }
}

/// Variance of a matched pair in the bank as a whole: the geometric mean over its conditions that
/// have replicates, as laboratories differ tenfold.
fn usual_pair(bank: &EffectBank, gene: usize) -> f64 {
    let (mut sum, mut n) = (0.0, 0.0);
    for (at, entry) in bank.entries().iter().enumerate() {
        let deviation = bank.deviation(at, gene);
        if entry.samples > 1 && bank.measures(at, gene) && deviation > 0.0 {
            sum += libm::log(deviation);
            n += 1.0;
        }
    }
    if n > 0.0 {
        libm::exp(2.0 * sum / n)
    } else {
        UNSEEN_DEVIATION * UNSEEN_DEVIATION
    }
}
