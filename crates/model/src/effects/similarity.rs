//! How much of an observed effect carries over to what is asked for: kriging over likeness of
//! dose, time and context.

use refcast_core::{Dose, Duration};
use serde::{Deserialize, Serialize};

use super::bank::EffectBank;
use super::entry::BankEntry;
use super::size::ResponseSize;
use crate::linalg::{Symmetric, dot};

/// The parameters of likeness. Measured on pairs of conditions of one perturbation in two contexts
/// of the corpus, by the correlation of their true effects.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SimilarityParameters {
    /// Correlation of the effects of one perturbation in two contexts that have nothing in common.
    pub shared_by_all_contexts: f64,
    /// Correlation of control profiles from which on two contexts count as the same.
    pub same_context: f64,
    /// How likeness of effects follows from that of control profiles.
    #[serde(skip_serializing_if = "ContextLikeness::is_saturating")]
    pub contexts: ContextLikeness,
    /// Loss of correlation per factor e of time: exp(−rate · |ln(t / t')|).
    pub rate_per_log_time: f64,
    /// Loss of correlation per factor e of dose.
    pub rate_per_log_dose: f64,
    /// Correlation where one of two times is not stated.
    pub unstated_time: f64,
    /// Correlation with an effect measured on top of another perturbation.
    pub other_background: f64,
    /// Correlation of an effect measured on pools of cells with the same measured in bulk.
    pub other_measurement: f64,
    /// Correlation of the effect of losing one gene with that of losing another in the same cells,
    /// where nothing ties the two. What they have in common is their mean over genes, which each
    /// is correlated with by the root of it.
    pub any_loss: f64,
    /// Correlation of what any loss does in two contexts that have nothing in common.
    pub any_loss_elsewhere: f64,
    /// How the size of a response goes from the cells that it was seen in to others.
    pub size: ResponseSize,
}

impl Default for SimilarityParameters {
    fn default() -> Self {
        Self {
            shared_by_all_contexts: 0.35,
            same_context: 0.78,
            contexts: ContextLikeness::Saturating,
            rate_per_log_time: 0.4,
            rate_per_log_dose: 0.15,
            unstated_time: 0.9,
            other_background: 0.7,
            other_measurement: 1.0,
            any_loss: 0.13,
            any_loss_elsewhere: 0.05,
            size: ResponseSize::default(),
        }
    }
}

/// How the likeness of effects in two contexts follows from the correlation of control profiles.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum ContextLikeness {
    /// It grows with the square of the correlation, up to `same_context`; contexts speak by their
    /// likeness only. For bulk samples, whose contexts are few and far between.
    Saturating,
    /// It grows in step with the correlation, below what all contexts share as well as above, up
    /// to the part that is each context's `own`. Kriging is then the regression of the reference's
    /// profile on those of the contexts, and the response is combined as the profile is: a context
    /// can be what another has beyond a third. For kinds of cells that were all treated alike.
    Linear {
        /// The part of an effect that a context has for itself, 0 to 1.
        own: f64,
    },
}

impl ContextLikeness {
    /// What a bundle means that does not say.
    fn is_saturating(&self) -> bool {
        *self == Self::Saturating
    }
}

/// Sweeps of coordinate descent; a dozen entries settle in a few tens.
const SWEEPS: usize = 200;
/// Added to the variance of each entry.
const RIDGE: f64 = 1e-3;

/// What is known of one side of a comparison.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// Time under perturbation.
    pub time: Option<Duration>,
    /// Doses.
    pub doses: &'a [Dose],
    /// Background, if any.
    pub background: Option<&'a str>,
    /// Whether it is of pools of cells.
    pub cells: bool,
}

impl<'a> From<&'a BankEntry> for Side<'a> {
    fn from(entry: &'a BankEntry) -> Self {
        Self {
            time: entry.time,
            doses: &entry.doses,
            background: entry.background.as_deref(),
            cells: entry.cells,
        }
    }
}

impl SimilarityParameters {
    /// Correlation of effects by context, from the correlation of the control profiles.
    pub fn of_contexts(&self, profile_correlation: f64) -> f64 {
        let shared = self.shared_by_all_contexts;
        match self.contexts {
            ContextLikeness::Saturating => {
                shared + (1.0 - shared) * self.nearness(profile_correlation)
            }
            ContextLikeness::Linear { own } => {
                (1.0 - own) * (shared + (1.0 - shared) * profile_correlation)
            }
        }
    }

    /// The same of a context and a reference.
    pub fn with_reference(&self, profile_correlation: f64) -> f64 {
        match self.contexts {
            ContextLikeness::Saturating => self.of_contexts(profile_correlation),
            ContextLikeness::Linear { .. } => {
                self.of_contexts(profile_correlation / self.same_context)
            }
        }
    }

    /// Whether a context of pools of cells may count against the sign of its own likeness.
    pub fn takes_contrasts(&self) -> bool {
        matches!(self.contexts, ContextLikeness::Linear { .. })
    }

    /// How near two contexts are, 0 to 1.
    pub fn nearness(&self, profile_correlation: f64) -> f64 {
        let share = (profile_correlation.max(0.0) / self.same_context).min(1.0);
        share * share
    }

    /// The relation between means over lost genes.
    #[must_use]
    pub fn for_any_loss(self) -> Self {
        Self {
            shared_by_all_contexts: self.any_loss_elsewhere,
            contexts: ContextLikeness::Saturating,
            ..self
        }
    }

    /// The size of an entry's effect relative to the effects that it speaks for: the mean over lost
    /// genes is smaller than what the loss of one does.
    pub fn part_of(&self, bank: &EffectBank, entry: usize) -> f64 {
        if bank.is_any_loss(entry) {
            self.any_loss.sqrt()
        } else {
            1.0
        }
    }

    /// Correlation by everything but context: time, dose, background.
    pub fn of_treatment(&self, one: Side<'_>, other: Side<'_>) -> f64 {
        self.of_times(one.time, other.time)
            * self.of_doses(one.doses, other.doses)
            * {
                if one.background == other.background {
                    1.0
                } else {
                    self.other_background
                }
            }
            * {
                if one.cells == other.cells {
                    1.0
                } else {
                    self.other_measurement
                }
            }
    }

    fn of_times(&self, one: Option<Duration>, other: Option<Duration>) -> f64 {
        match (one.map(Duration::hours), other.map(Duration::hours)) {
            (None, None) => 1.0,
            (Some(a), Some(b)) if a == b => 1.0,
            (Some(a), Some(b)) => {
                // Below half an hour the logarithm would make much of nothing.
                let ratio = libm::log(a.max(0.5) / b.max(0.5)).abs();
                libm::exp(-self.rate_per_log_time * ratio)
            }
            _ => self.unstated_time,
        }
    }

    fn of_doses(&self, one: &[Dose], other: &[Dose]) -> f64 {
        match amounts(one, other) {
            Some((x, y)) => libm::exp(-self.rate_per_log_dose * libm::log(x / y).abs()),
            None => 1.0,
        }
    }

    /// Whether it makes a difference of which of two doses each is.
    pub fn tells_doses(&self, one: &[Dose], other: &[Dose]) -> bool {
        self.rate_per_log_dose != 0.0 && amounts(one, other).is_some()
    }
}

/// The amounts of two doses that can be compared: one each, of the same dimension.
fn amounts(one: &[Dose], other: &[Dose]) -> Option<(f64, f64)> {
    let ([a], [b]) = (one, other) else {
        return None;
    };
    let (x, y) = (a.canonical_value(), b.canonical_value());
    (a.dimension() == b.dimension() && x > 0.0 && y > 0.0).then_some((x, y))
}

/// Kriging weights: the asked effect is Σ weights · (effects of the entries) plus a remainder that
/// the entries say nothing about.
#[derive(Debug, Clone, PartialEq)]
pub struct Kriging {
    /// A weight for each entry.
    pub weights: Vec<f64>,
    /// The part of the asked effect's variance that the entries explain, 0 to 1.
    pub explained: f64,
}

impl Kriging {
    /// Simple kriging: the weights a with the least ½·aᵀ·C·a − cᵀ·a for the correlations C among
    /// the entries and c with the target. None but the contrasts has a weight against the sign of
    /// its own correlation: that would say that an effect runs against what was observed of it
    /// elsewhere.
    ///
    /// By coordinate descent, whose steps never raise the sum; C is a product of likenesses that is
    /// not positive definite by construction, so that it gets a ridge.
    pub fn solve(
        among: &Symmetric,
        with_target: &[f64],
        is_contrast: impl Fn(usize) -> bool,
    ) -> Self {
        let n = with_target.len();
        let mut weights = vec![0.0; n];
        for _ in 0..SWEEPS {
            for i in 0..n {
                let others: f64 = (0..n)
                    .filter(|&j| j != i)
                    .map(|j| among.get(i, j) * weights[j])
                    .sum();
                let own = (with_target[i] - others) / (among.get(i, i) + RIDGE);
                weights[i] = if is_contrast(i) || own * with_target[i] > 0.0 {
                    own
                } else {
                    0.0
                };
            }
        }
        let explained = dot(&weights, with_target);
        if explained > 1.0 {
            let shrink = 1.0 / explained;
            return Self {
                weights: weights.into_iter().map(|a| a * shrink).collect(),
                explained: 1.0,
            };
        }
        Self { weights, explained }
    }
}

/// Correlation between the control profiles of two contexts of the bank, over the genes that both
/// measure, each profile taken about the mean profile of the training data; 0 with a footprint,
/// which is of no cells.
pub fn context_correlation(bank: &EffectBank, centre: &[f32], one: usize, other: usize) -> f64 {
    if one == other {
        return 1.0;
    }
    if bank.contexts()[one].footprint || bank.contexts()[other].footprint {
        return 0.0;
    }
    correlation((0..bank.genes()).filter_map(|gene| {
        let centre = f64::from(centre[gene]);
        Some((
            bank.control(one, gene)? - centre,
            bank.control(other, gene)? - centre,
        ))
    }))
}

/// Pearson's correlation of pairs; 0 where one side does not vary.
pub fn correlation(pairs: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (mut n, mut x, mut y, mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    for (a, b) in pairs {
        n += 1.0;
        x += a;
        y += b;
        xx += a * a;
        yy += b * b;
        xy += a * b;
    }
    if n < 2.0 {
        return 0.0;
    }
    let (vx, vy) = (xx - x * x / n, yy - y * y / n);
    if vx <= 0.0 || vy <= 0.0 {
        0.0
    } else {
        (xy - x * y / n) / (vx * vy).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_like_the_target_in_everything_is_used_whole() {
        let among = Symmetric::from_fn(2, |i, j| if i == j { 1.0 } else { 0.35 });
        let kriging = Kriging::solve(&among, &[1.0, 0.35], |_| false);
        assert!((kriging.weights[0] - 1.0).abs() < 0.01, "{kriging:?}");
        assert!(kriging.weights[1] < 0.01);
        assert!(kriging.explained > 0.98);
    }

    #[test]
    fn several_far_contexts_explain_more_than_one() {
        let equal = |n| Symmetric::from_fn(n, |i, j| if i == j { 1.0 } else { 0.35 });
        let one = Kriging::solve(&equal(1), &[0.35], |_| false);
        let four = Kriging::solve(&equal(4), &[0.35; 4], |_| false);
        assert!((one.explained - 0.35 * 0.35).abs() < 1e-3);
        assert!(four.explained > 1.8 * one.explained);
        assert!((four.weights[0] - four.weights[3]).abs() < 1e-9);
    }

    #[test]
    fn a_context_may_be_what_another_has_beyond_a_third() {
        // numpy.linalg.solve([[1.001, 0.5], [0.5, 1.001]], [0.9, 0.1])
        let among = Symmetric::from_fn(2, |i, j| if i == j { 1.0 } else { 0.5 });
        let kriging = Kriging::solve(&among, &[0.9, 0.1], |_| true);
        assert!(
            (kriging.weights[0] - 1.131_514_45).abs() < 1e-6,
            "{kriging:?}"
        );
        assert!(
            (kriging.weights[1] + 0.465_291_93).abs() < 1e-6,
            "{kriging:?}"
        );
        let one_sided = Kriging::solve(&among, &[0.9, 0.1], |_| false);
        assert!(one_sided.weights[1].abs() < 1e-12);
    }

    #[test]
    fn linear_likeness_goes_below_what_contexts_share_as_well_as_above() {
        let relation = SimilarityParameters {
            contexts: ContextLikeness::Linear { own: 0.1 },
            shared_by_all_contexts: 0.4,
            same_context: 0.8,
            ..SimilarityParameters::default()
        };
        assert!((relation.of_contexts(0.5) - 0.9 * 0.7).abs() < 1e-12);
        assert!((relation.of_contexts(-0.5) - 0.9 * 0.1).abs() < 1e-12);
        // A reference is itself at the correlation that a cell has with its own kind.
        assert!((relation.with_reference(0.8) - 0.9).abs() < 1e-12);
    }

    #[test]
    fn nearness_of_contexts_raises_the_likeness_and_distance_leaves_what_all_share() {
        let relation = SimilarityParameters::default();
        let of = |correlation| relation.of_contexts(correlation);
        assert!((of(-0.2) - 0.35).abs() < 1e-12);
        assert!((of(0.95) - 1.0).abs() < 1e-12);
        assert!(of(0.6) < of(0.7));
    }

    #[test]
    fn correlation_agrees_with_numpy() {
        // numpy.corrcoef([1, 2, 4, 8], [2, 1, 5, 6])[0, 1]
        let got = correlation([(1.0, 2.0), (2.0, 1.0), (4.0, 5.0), (8.0, 6.0)].into_iter());
        assert!((got - 0.882_045_982_411_206_3).abs() < 1e-9, "{got}");
    }
}
