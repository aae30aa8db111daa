//! How well a condition's effect repeats from donor to donor.
//!
//! For donors i ≠ j the mean over genes of change_i · change_j is the signal that they share,
//! free of noise that they do not. Its mean u over pairs against the error of that mean gives
//! u² / (u² + se²): near 1 where every donor shows the effect, 0 where the donors' changes point
//! different ways, whatever their size. Genes err together, so that no count of genes makes up
//! for a count of donors.

use super::expressed;
use super::group::ContrastGroup;
use super::moderation::ChangeMoments;
use crate::corpus::Corpus;

/// With a single sample nothing is known; most of an effect repeats in the corpus' other studies.
const UNREPLICATED: f64 = 0.6;
/// Two samples give one product and no error of it.
const ONE_PAIR: f64 = 0.85;

/// Part of the effect that another donor can be expected to show, 0 to 1.
pub fn of(corpus: &Corpus, group: &ContrastGroup<'_>, moments: &ChangeMoments) -> f64 {
    let n = group.contrasts.len();
    if n < 2 {
        return UNREPLICATED;
    }
    let measured = &corpus.studies[group.study].measured;
    let least = expressed(corpus.modality) as f32;
    let expressed: Vec<usize> = (0..measured.len())
        .filter(|&gene| measured[gene] && moments.control[gene] > least)
        .collect();
    if expressed.is_empty() {
        return UNREPLICATED;
    }
    let genes = expressed.len() as f64;
    // Controls that are shared put the same error into both factors.
    let common: f64 = if group.shares_controls() {
        let squares = expressed
            .iter()
            .map(|&gene| f64::from(moments.deviation[gene]).powi(2));
        squares.sum::<f64>() / genes / group.controls().len() as f64
    } else {
        0.0
    };
    let product = |i: usize, j: usize| {
        let (a, b) = (&group.contrasts[i].change, &group.contrasts[j].change);
        expressed
            .iter()
            .map(|&gene| f64::from(a[gene]) * f64::from(b[gene]))
            .sum::<f64>()
            / genes
            - common
    };
    let mut by_donor = vec![0.0; n];
    for i in 0..n {
        for j in 0..i {
            let product = product(i, j) / (n as f64 - 1.0);
            by_donor[i] += product;
            by_donor[j] += product;
        }
    }
    let signal = by_donor.iter().sum::<f64>() / n as f64;
    if signal <= 0.0 {
        return 0.0;
    }
    if n == 2 {
        return ONE_PAIR;
    }
    let spread: f64 = by_donor
        .iter()
        .map(|own| (own - signal).powi(2))
        .sum::<f64>()
        / (n as f64 - 1.0);
    // Each product counts for two donors, so that the error of the mean is that of half as many.
    let error = 2.0 * spread / n as f64;
    signal * signal / (signal * signal + error)
}
