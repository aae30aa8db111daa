//! Covariance of the true effects of any two conditions, and correlation of their errors.
//!
//! The mean over expressed genes of m_a·m_b is the covariance of the true effects plus that of the
//! errors; the latter is known from the donors and controls that the two conditions share, and is
//! taken off.

use rayon::prelude::*;

use super::EXPRESSED;
use super::group::Group;
use super::moderation::Moments;
use crate::corpus::Corpus;

/// Signal and error correlation, each `[groups × groups]`.
pub fn of(corpus: &Corpus, groups: &[Group<'_>], moments: &[Moments]) -> (Vec<f32>, Vec<f32>) {
    let n = groups.len();
    let pairs: Vec<(usize, usize)> = (0..n).flat_map(|a| (0..=a).map(move |b| (a, b))).collect();
    let measured: Vec<(f64, f64)> = pairs
        .par_iter()
        .map(|&(a, b)| {
            let correlation = error_correlation(corpus, groups, moments, a, b);
            (
                signal(corpus, groups, moments, a, b, correlation),
                correlation,
            )
        })
        .collect();
    let mut signals = vec![0.0; n * n];
    let mut errors = vec![0.0; n * n];
    for (&(a, b), &(signal, error)) in pairs.iter().zip(&measured) {
        for at in [a * n + b, b * n + a] {
            signals[at] = signal as f32;
            errors[at] = error as f32;
        }
    }
    (signals, errors)
}

fn signal(
    corpus: &Corpus,
    groups: &[Group<'_>],
    moments: &[Moments],
    a: usize,
    b: usize,
    errors: f64,
) -> f64 {
    let genes = expressed_in_both(corpus, groups, moments, a, b);
    if genes.is_empty() {
        return 0.0;
    }
    let (x, y) = (&moments[a], &moments[b]);
    let scale = errors * (groups[a].error_scale() * groups[b].error_scale()).sqrt();
    let sum: f64 = genes
        .iter()
        .map(|&gene| {
            let product = f64::from(x.mean[gene]) * f64::from(y.mean[gene]);
            product - scale * f64::from(x.deviation[gene]) * f64::from(y.deviation[gene])
        })
        .sum();
    sum / genes.len() as f64
}

fn expressed_in_both(
    corpus: &Corpus,
    groups: &[Group<'_>],
    moments: &[Moments],
    a: usize,
    b: usize,
) -> Vec<usize> {
    let (one, other) = (
        &corpus.studies[groups[a].study].measured,
        &corpus.studies[groups[b].study].measured,
    );
    (0..one.len())
        .filter(|&gene| {
            let levels = moments[a].control[gene].min(moments[b].control[gene]);
            one[gene] && other[gene] && levels > EXPRESSED
        })
        .collect()
}

fn error_correlation(
    corpus: &Corpus,
    groups: &[Group<'_>],
    moments: &[Moments],
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
fn by_controls(one: &Group<'_>, other: &Group<'_>) -> f64 {
    let (mine, theirs) = (one.controls(), other.controls());
    let common = mine
        .iter()
        .filter(|control| theirs.contains(control))
        .count() as f64;
    let shared = common / (mine.len() * theirs.len()) as f64;
    let variance = |group: &Group<'_>, controls: usize| {
        1.0 / group.contrasts.len() as f64 + 1.0 / controls as f64
    };
    shared / (variance(one, mine.len()) * variance(other, theirs.len())).sqrt()
}

/// By the residuals of the donors in common: their controls, and whatever else is theirs.
fn by_residuals(
    corpus: &Corpus,
    groups: &[Group<'_>],
    moments: &[Moments],
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
