//! Covariance of the true effects of any two conditions, and correlation of their errors.
//!
//! The mean over expressed genes of m_a·m_b is the covariance of the true effects plus that of the
//! errors; the latter is known from the donors and controls that the two conditions share, and is
//! taken off.

use rayon::prelude::*;
use refcast_model::effects::StoredBank;

use super::expressed;
use super::group::ContrastGroup;
use super::moderation::ChangeMoments;
use crate::corpus::Corpus;

/// What is measured on pairs of conditions, `[groups × groups]` each.
pub struct MeasuredCovariance {
    groups: usize,
    signal: Vec<f32>,
    errors: Vec<f32>,
}

impl MeasuredCovariance {
    /// Measures every pair of groups.
    pub fn of(corpus: &Corpus, groups: &[ContrastGroup<'_>], moments: &[ChangeMoments]) -> Self {
        let n = groups.len();
        let pairs: Vec<(usize, usize)> =
            (0..n).flat_map(|a| (0..=a).map(move |b| (a, b))).collect();
        let rows: Vec<Expressed> = groups
            .par_iter()
            .zip(moments)
            .map(|(group, moments)| {
                let measured = &corpus.studies[group.study].measured;
                Expressed::of(measured, moments, expressed(corpus.modality) as f32)
            })
            .collect();
        let measured: Vec<(f64, f64)> = pairs
            .par_iter()
            .map(|&(a, b)| {
                let correlation = error_correlation(corpus, groups, moments, a, b);
                let scale = (groups[a].error_scale() * groups[b].error_scale()).sqrt();
                let signal = signal(&rows[a], &rows[b], correlation * scale);
                (signal, correlation)
            })
            .collect();
        let (mut signals, mut errors) = (vec![0.0; n * n], vec![0.0; n * n]);
        for (&(a, b), &(signal, error)) in pairs.iter().zip(&measured) {
            for at in [a * n + b, b * n + a] {
                signals[at] = signal as f32;
                errors[at] = error as f32;
            }
        }
        Self {
            groups: n,
            signal: signals,
            errors,
        }
    }

    /// The same with the aggregated entries that follow the groups, `[entries × entries]` each.
    ///
    /// A footprint's covariance with a condition is the mean product over the genes that are
    /// expressed there. The mean over lost genes is made of its context's entries; it has none with
    /// them, so that no data is used twice.
    pub fn with_aggregates(
        &self,
        corpus: &Corpus,
        rows: &StoredBank,
        moments: &[ChangeMoments],
    ) -> (Vec<f32>, Vec<f32>) {
        let n = rows.entries.len();
        let is_footprint = |at: usize| rows.contexts[rows.entries[at].context].footprint;
        let everywhere = vec![true; moments.first().map_or(0, |row| row.mean.len())];
        let measured = |at: usize| -> &[bool] {
            let name = &rows.studies[rows.entries[at].study];
            let study = corpus.studies.iter().find(|study| study.name == *name);
            study.map_or(&everywhere, |study| &study.measured)
        };
        let least = expressed(corpus.modality) as f32;
        let expressed: Vec<Expressed> = (0..n)
            .into_par_iter()
            .map(|at| Expressed::of(measured(at), &moments[at], least))
            .collect();
        let of_pair = |a: usize, b: usize| -> (f32, f32) {
            if a < self.groups && b < self.groups {
                let at = a * self.groups + b;
                return (self.signal[at], self.errors[at]);
            }
            let crossed = [(a, b), (b, a)].into_iter().any(|(foot, other)| {
                is_footprint(foot) && (other < self.groups || is_footprint(other))
            });
            let signal = if a == b {
                signal(&expressed[a], &expressed[a], rows.entries[a].error_scale)
            } else if crossed {
                signal(&expressed[a], &expressed[b], 0.0)
            } else {
                0.0
            };
            (signal as f32, f32::from(u8::from(a == b)))
        };
        let of_rows: Vec<Vec<(f32, f32)>> = (0..n)
            .into_par_iter()
            .map(|a| (0..n).map(|b| of_pair(a, b)).collect())
            .collect();
        of_rows.into_iter().flatten().unzip()
    }
}

/// A row over the genes that its study measures and its cells express; 0 elsewhere, so that a
/// product of two rows is over the genes that both have.
struct Expressed {
    mean: Vec<f32>,
    deviation: Vec<f32>,
    has: Vec<f32>,
}

impl Expressed {
    fn of(measured: &[bool], moments: &ChangeMoments, least: f32) -> Self {
        let has: Vec<f32> = measured
            .iter()
            .zip(&moments.control)
            .map(|(measured, level)| f32::from(u8::from(*measured && *level > least)))
            .collect();
        let over = |values: &[f32]| {
            values
                .iter()
                .zip(&has)
                .map(|(value, has)| value * has)
                .collect()
        };
        Self {
            mean: over(&moments.mean),
            deviation: over(&moments.deviation),
            has,
        }
    }
}

/// In eight sums side by side, which the processor adds at once; always in the same order.
fn dot(a: &[f32], b: &[f32]) -> f64 {
    let mut sums = [0.0_f64; 8];
    let (whole, rest) = a.as_chunks::<8>();
    let (others, other_rest) = b.as_chunks::<8>();
    for (a, b) in whole.iter().zip(others) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += f64::from(*a) * f64::from(*b);
        }
    }
    let rest = rest.iter().zip(other_rest);
    sums.iter().sum::<f64>()
        + rest
            .map(|(a, b)| f64::from(*a) * f64::from(*b))
            .sum::<f64>()
}

/// Mean over genes of the product of two true effects; `errors` is the covariance that shared
/// donors and controls put between them, relative to the product of the deviations.
fn signal(one: &Expressed, other: &Expressed, errors: f64) -> f64 {
    let genes = dot(&one.has, &other.has);
    if genes <= 0.0 {
        return 0.0;
    }
    let noise = if errors == 0.0 {
        0.0
    } else {
        errors * dot(&one.deviation, &other.deviation)
    };
    (dot(&one.mean, &other.mean) - noise) / genes
}

fn expressed_in_both(
    corpus: &Corpus,
    groups: &[ContrastGroup<'_>],
    moments: &[ChangeMoments],
    a: usize,
    b: usize,
) -> Vec<usize> {
    let (one, other) = (
        &corpus.studies[groups[a].study].measured,
        &corpus.studies[groups[b].study].measured,
    );
    let least = expressed(corpus.modality) as f32;
    (0..one.len())
        .filter(|&gene| {
            let levels = moments[a].control[gene].min(moments[b].control[gene]);
            one[gene] && other[gene] && levels > least
        })
        .collect()
}

fn error_correlation(
    corpus: &Corpus,
    groups: &[ContrastGroup<'_>],
    moments: &[ChangeMoments],
    a: usize,
    b: usize,
) -> f64 {
    if a == b {
        return 1.0;
    }
    let (one, other) = (&groups[a], &groups[b]);
    if one.study != other.study {
        return 0.0;
    }
    if one.shares_controls() || other.shares_controls() {
        return by_controls(one, other);
    }
    by_residuals(corpus, groups, moments, a, b)
}

/// By design: the part of the two errors' variance that comes from controls in common.
fn by_controls(one: &ContrastGroup<'_>, other: &ContrastGroup<'_>) -> f64 {
    let (mine, theirs) = (one.controls(), other.controls());
    let common = mine
        .iter()
        .filter(|control| theirs.contains(control))
        .count() as f64;
    let shared = common / (mine.len() * theirs.len()) as f64;
    let variance = |group: &ContrastGroup<'_>, controls: usize| {
        1.0 / group.contrasts.len() as f64 + 1.0 / controls as f64
    };
    shared / (variance(one, mine.len()) * variance(other, theirs.len())).sqrt()
}

/// By the residuals of the donors in common: their controls, and whatever else is theirs.
fn by_residuals(
    corpus: &Corpus,
    groups: &[ContrastGroup<'_>],
    moments: &[ChangeMoments],
    a: usize,
    b: usize,
) -> f64 {
    let genes = expressed_in_both(corpus, groups, moments, a, b);
    let (one, other) = (groups[a].donors(corpus), groups[b].donors(corpus));
    let (mut xy, mut xx, mut yy, mut common) = (0.0, 0.0, 0.0, 0.0);
    for (i, donor) in one.iter().enumerate() {
        let Some(j) = other.iter().position(|name| name == donor) else {
            continue;
        };
        common += 1.0;
        for &gene in &genes {
            let x = f64::from(groups[a].contrasts[i].change[gene] - moments[a].mean[gene]);
            let y = f64::from(groups[b].contrasts[j].change[gene] - moments[b].mean[gene]);
            xy += x * y;
            xx += x * x;
            yy += y * y;
        }
    }
    if xx <= 0.0 || yy <= 0.0 || common < 2.0 {
        return 0.0;
    }
    let overlap = common / (one.len() as f64 * other.len() as f64).sqrt();
    overlap * xy / (xx * yy).sqrt()
}
