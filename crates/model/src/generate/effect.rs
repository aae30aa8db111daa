//! The effect on one reference: what the bank says, adjusted to the reference's own levels and
//! rescaled to its library.

use crate::effects::{Bearing, EffectBank, Level};
use crate::noise::MILLION;

/// Half-width of a 90 % interval of a normal variable, in standard deviations.
const NINETY_PERCENT: f64 = 1.644_853_626_951_472_2;
/// Spread of a matched pair for a gene that no entry of the evidence measures.
const UNSEEN_DEVIATION: f64 = 0.3;

/// The change of ln(1 + CPM) by gene, with its interval.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// `[genes]`.
    pub mean: Vec<f64>,
    /// Half-width of the 90 % interval of the change that a measured pair would show, `[genes]`.
    pub margin: Vec<f64>,
    /// Variance of the mean: what the evidence leaves open, `[genes]`.
    pub variance: Vec<f64>,
}

impl Effect {
    /// No change, with certainty: the answer for a control.
    pub fn none(genes: usize) -> Self {
        Self {
            mean: vec![0.0; genes],
            margin: vec![0.0; genes],
            variance: vec![0.0; genes],
        }
    }

    /// The effect of the evidence on a profile of ln(1 + CPM).
    pub fn on(
        bank: &EffectBank,
        bearing: &Bearing<'_>,
        level: &Level,
        profile: &[f64],
        observed: &[bool],
    ) -> Self {
        let genes = bank.genes();
        let mut effect = Self::none(genes);
        let entries = bearing.target.entries();
        for gene in 0..genes {
            let belief = bearing.target.gene(gene);
            let (mut weight, mut control, mut spread) = (0.0, 0.0, 0.0);
            for (&entry, &share) in entries.iter().zip(&bearing.weights) {
                let context = bank.entries()[entry].context;
                if let (Some(own), true) = (bank.control(context, gene), share > 0.0) {
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
                UNSEEN_DEVIATION * UNSEEN_DEVIATION
            };
            effect.mean[gene] = mean;
            effect.variance[gene] = belief.variance;
            effect.margin[gene] = NINETY_PERCENT * (belief.variance + pair).sqrt();
        }
        effect
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
