//! The control profiles of the bank's contexts, ready to be compared with a reference.

use half::f16;
use pulp::{Arch, NullaryFnOnce};

use super::bank::EffectBank;
use crate::linalg::StoredFloat;

/// Products that are added up side by side, in single precision,
const LANES: usize = 32;
/// and how many of these before the sum is carried on in double precision.
const STEPS: usize = 64;

/// What of the control profiles does not depend on the reference. They are taken about the mean
/// profile of the training data.
#[derive(Debug, Clone)]
pub struct ContextProfiles {
    /// The mean profile, ln(1 + CPM), `[genes]`.
    centre: Vec<f32>,
    contexts: Vec<ContextMoments>,
    /// The sets of genes that studies measure, each once: 1 where measured, `[genes]`.
    masks: Vec<Vec<u8>>,
}

#[derive(Debug, Clone)]
struct ContextMoments {
    /// Its mask; none for a footprint, which is of no cells.
    mask: Option<usize>,
    /// Of the profile about the centre, over the genes measured.
    moments: RunningMoments,
}

impl ContextProfiles {
    /// The profiles of a bank about `centre`, ln(1 + CPM) `[genes]`.
    pub fn new(bank: &EffectBank, centre: &[f32]) -> Self {
        let mut masks: Vec<Vec<u8>> = Vec::new();
        let mut context = |at: usize| {
            let context = &bank.contexts()[at];
            if context.footprint {
                return ContextMoments {
                    mask: None,
                    moments: RunningMoments::default(),
                };
            }
            let measured = bank.measured_by(context.study);
            let measured: Vec<u8> = measured.iter().map(|seen| u8::from(*seen != 0)).collect();
            let mut moments = RunningMoments::default();
            let controls = bank.controls(at).iter().zip(centre).zip(&measured);
            for ((control, centre), _) in controls.filter(|(_, seen)| **seen != 0) {
                moments.add(control.to_f64() - f64::from(*centre));
            }
            let known = masks.iter().position(|known| *known == measured);
            let mask = known.unwrap_or_else(|| {
                masks.push(measured);
                masks.len() - 1
            });
            ContextMoments {
                mask: Some(mask),
                moments,
            }
        };
        Self {
            contexts: (0..bank.contexts().len()).map(&mut context).collect(),
            centre: centre.to_vec(),
            masks,
        }
    }

    /// The profile that others are taken about, `[genes]`.
    pub fn centre(&self) -> &[f32] {
        &self.centre
    }

    /// Correlation between the control profile of each context of the bank and a reference of
    /// ln(1 + CPM) `[genes]`, `[contexts]`, over the genes that both measure; 0 with a footprint.
    pub fn correlations(
        &self,
        bank: &EffectBank,
        reference: &[f64],
        observed: &[bool],
    ) -> Vec<f64> {
        let mut own = Own::default();
        for (gene, centre) in self.centre.iter().enumerate() {
            let deviation = reference[gene] as f32 - centre;
            let seen = observed[gene];
            own.deviation.push(if seen { deviation } else { 0.0 });
            if !seen {
                own.lacking.push(gene);
            }
        }
        let of_mask = |mask: &Vec<u8>| {
            Arch::new().dispatch(OverMask {
                own: &own.deviation,
                centre: &self.centre,
                mask,
            })
        };
        let by_mask: Vec<Overlap> = self.masks.iter().map(of_mask).collect();
        let correlation = |(at, context): (usize, &ContextMoments)| {
            let Some(mask) = context.mask else {
                return 0.0;
            };
            let controls = bank.controls(at);
            let mut theirs = context.moments;
            let lost = own
                .lacking
                .iter()
                .filter(|&&gene| self.masks[mask][gene] != 0);
            for &gene in lost {
                theirs.take(controls[gene].to_f64() - f64::from(self.centre[gene]));
            }
            let Overlap {
                mut own_moments,
                with_centre,
            } = by_mask[mask];
            own_moments.n = theirs.n;
            let with_controls = Arch::new().dispatch(SumOfProducts(controls, &own.deviation));
            theirs.correlation(&own_moments, with_controls - with_centre)
        };
        self.contexts.iter().enumerate().map(correlation).collect()
    }
}

/// A reference about the centre.
#[derive(Default)]
struct Own {
    /// ln(1 + CPM) less the centre, `[genes]`; 0 where not measured.
    deviation: Vec<f32>,
    /// Genes that it does not measure.
    lacking: Vec<usize>,
}

/// Of a reference over the genes that a mask has.
#[derive(Clone, Copy)]
struct Overlap {
    own_moments: RunningMoments,
    /// Sum of its products with the centre.
    with_centre: f64,
}

/// Sums of one side over the genes that both sides measure.
#[derive(Debug, Clone, Copy, Default)]
struct RunningMoments {
    n: f64,
    sum: f64,
    square: f64,
}

impl RunningMoments {
    fn add(&mut self, value: f64) {
        self.n += 1.0;
        self.sum += value;
        self.square += value * value;
    }

    fn take(&mut self, value: f64) {
        self.n -= 1.0;
        self.sum -= value;
        self.square -= value * value;
    }

    /// Pearson's correlation with the other side, from the sum of products; 0 where one side does
    /// not vary.
    fn correlation(&self, other: &Self, products: f64) -> f64 {
        let n = self.n;
        if n < 2.0 {
            return 0.0;
        }
        let one = self.square - self.sum * self.sum / n;
        let two = other.square - other.sum * other.sum / n;
        // What rounding leaves of a side that does not vary.
        let varies = one > 1e-6 * self.square && two > 1e-6 * other.square;
        if varies {
            let together = products - self.sum * other.sum / n;
            (together / (one * two).sqrt()).clamp(-1.0, 1.0)
        } else {
            0.0
        }
    }
}

/// Σ control·deviation over all genes, in an order that is fixed by their number alone.
struct SumOfProducts<'a>(&'a [f16], &'a [f32]);

impl NullaryFnOnce for SumOfProducts<'_> {
    type Output = f64;

    #[inline(always)]
    fn call(self) -> f64 {
        let mut total = 0.0;
        let blocks = self.0.chunks(LANES * STEPS);
        for (controls, own) in blocks.zip(self.1.chunks(LANES * STEPS)) {
            let mut sums = [0.0_f32; LANES];
            let (left, rest_of_left) = controls.as_chunks::<LANES>();
            let (right, rest_of_right) = own.as_chunks::<LANES>();
            for (left, right) in left.iter().zip(right) {
                for lane in 0..LANES {
                    sums[lane] += left[lane].single() * right[lane];
                }
            }
            for sum in sums {
                total += f64::from(sum);
            }
            for (control, own) in rest_of_left.iter().zip(rest_of_right) {
                total += f64::from(control.single() * own);
            }
        }
        total
    }
}

/// Sums over the genes of a mask, in such an order.
struct OverMask<'a> {
    own: &'a [f32],
    centre: &'a [f32],
    mask: &'a [u8],
}

impl NullaryFnOnce for OverMask<'_> {
    type Output = Overlap;

    #[inline(always)]
    fn call(self) -> Overlap {
        let mut overlap = Overlap {
            own_moments: RunningMoments::default(),
            with_centre: 0.0,
        };
        let length = LANES * STEPS;
        let blocks = self.own.chunks(length).zip(self.centre.chunks(length));
        for ((own, centre), mask) in blocks.zip(self.mask.chunks(length)) {
            let mut sums = [0.0_f32; LANES];
            let mut squares = [0.0_f32; LANES];
            let mut products = [0.0_f32; LANES];
            let (own, rest_of_own) = own.as_chunks::<LANES>();
            let (centre, rest_of_centre) = centre.as_chunks::<LANES>();
            let (mask, rest_of_mask) = mask.as_chunks::<LANES>();
            for ((own, centre), mask) in own.iter().zip(centre).zip(mask) {
                for lane in 0..LANES {
                    let own = own[lane] * f32::from(mask[lane]);
                    sums[lane] += own;
                    squares[lane] += own * own;
                    products[lane] += own * centre[lane];
                }
            }
            let rest = rest_of_own.iter().zip(rest_of_centre).zip(rest_of_mask);
            for (lane, ((own, centre), seen)) in rest.enumerate() {
                let own = own * f32::from(*seen);
                sums[lane] += own;
                squares[lane] += own * own;
                products[lane] += own * centre;
            }
            for ((sum, square), product) in sums.iter().zip(squares).zip(products) {
                overlap.own_moments.sum += f64::from(*sum);
                overlap.own_moments.square += f64::from(square);
                overlap.with_centre += f64::from(product);
            }
        }
        overlap
    }
}
