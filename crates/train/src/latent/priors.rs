//! The priors: a shift of the latents for each value of each field, and the variance about them.

use refcast_model::bundle::LatentSizes;

use super::data::Data;

/// The variance of the shifts of a value about 0, relative to that of a sample about its prior:
/// a value seen in few samples stays near 0.
const SHIFT_SAMPLES: f64 = 1.0;
/// Rounds over the fields, each given the others.
const ROUNDS: usize = 3;
/// The variance of what is not treated about no perturbation at all.
const UNTREATED: f64 = 1e-3;
/// The least variance of a latent about its prior.
const LEAST: f64 = 1e-3;

/// Shifts by field, `[fields][values × latents of the field's group]`, and variances, `[latents]`.
#[derive(Debug, Clone)]
pub struct Priors {
    /// Sizes of the groups.
    pub sizes: LatentSizes,
    /// Shifts.
    pub shifts: Vec<Vec<f64>>,
    /// Variance about the prior mean; of the perturbation group, for treated samples.
    pub variance: Vec<f64>,
}

impl Priors {
    /// No shifts, variance 1.
    pub fn flat(data: &Data, sizes: LatentSizes) -> Self {
        let shifts = data
            .fields
            .iter()
            .map(|field| vec![0.0; field.values.len() * field.group.range(sizes).len()])
            .collect();
        Self {
            sizes,
            shifts,
            variance: vec![1.0; sizes.total()],
        }
    }

    /// The prior mean of one sample, `[latents]`.
    pub fn mean(&self, data: &Data, sample: usize) -> Vec<f64> {
        let mut mean = vec![0.0; self.sizes.total()];
        for (at, field) in data.fields.iter().enumerate() {
            let Some(code) = data.codes[at][sample] else {
                continue;
            };
            let range = field.group.range(self.sizes);
            let width = range.len();
            let shift = &self.shifts[at][code * width..(code + 1) * width];
            for (sum, shift) in mean[range].iter_mut().zip(shift) {
                *sum += shift;
            }
        }
        mean
    }

    /// The prior variance of a sample, `[latents]`: what was not treated has no perturbation.
    pub fn variance_of(&self, treated: bool) -> Vec<f64> {
        let mut variance = self.variance.clone();
        if !treated {
            let start = self.sizes.technical + self.sizes.biological;
            variance[start..].fill(UNTREATED);
        }
        variance
    }

    /// Fits shifts and variances to posterior means `[samples × latents]` and the posterior
    /// variances of each sample's pattern `[samples][latents]`.
    pub fn update(&mut self, data: &Data, means: &[f64], variances: &[&[f64]]) {
        let latents = self.sizes.total();
        for _ in 0..ROUNDS {
            for at in 0..data.fields.len() {
                self.update_field(data, means, at);
            }
        }
        let start = self.sizes.technical + self.sizes.biological;
        let mut sums = vec![0.0; latents];
        let mut counts = vec![0.0; latents];
        for sample in 0..data.samples {
            let prior = self.mean(data, sample);
            let end = if data.treated[sample] { latents } else { start };
            for k in 0..end {
                let deviation = means[sample * latents + k] - prior[k];
                sums[k] += deviation * deviation + variances[sample][k];
                counts[k] += 1.0;
            }
        }
        for k in 0..latents {
            if counts[k] > 0.0 {
                self.variance[k] = (sums[k] / counts[k]).max(LEAST);
            }
        }
    }

    fn update_field(&mut self, data: &Data, means: &[f64], at: usize) {
        let latents = self.sizes.total();
        let range = data.fields[at].group.range(self.sizes);
        let width = range.len();
        let values = data.fields[at].values.len();
        let mut sums = vec![0.0; values * width];
        let mut counts = vec![0.0; values];
        for sample in 0..data.samples {
            let Some(code) = data.codes[at][sample] else {
                continue;
            };
            let prior = self.mean(data, sample);
            counts[code] += 1.0;
            for (offset, k) in range.clone().enumerate() {
                let own = self.shifts[at][code * width + offset];
                sums[code * width + offset] += means[sample * latents + k] - (prior[k] - own);
            }
        }
        for (code, count) in counts.iter().enumerate() {
            for offset in 0..width {
                let place = code * width + offset;
                self.shifts[at][place] = sums[place] / (count + SHIFT_SAMPLES);
            }
        }
        // Leaving a field out must average over its values: its shifts have mean 0 over samples.
        let total: f64 = counts.iter().sum();
        if total > 0.0 && data.fields[at].name != super::data::PERTURBATION {
            for offset in 0..width {
                let weighted =
                    (0..values).map(|code| counts[code] * self.shifts[at][code * width + offset]);
                let centre = weighted.sum::<f64>() / total;
                for code in 0..values {
                    self.shifts[at][code * width + offset] -= centre;
                }
            }
        }
    }
}
