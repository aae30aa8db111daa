//! Groups of untreated samples that are described alike, and the profiles of each.

use std::collections::BTreeMap;

use half::f16;
use rayon::prelude::*;
use refcast_core::{Metadata, MetadataField};
use refcast_model::baseline::kernel::FIELDS;
use refcast_model::baseline::{BaselineModel, SampleGroup, level_byte};
use refcast_model::latent::LatentModel;
use refcast_model::terms::Terms;

use super::annotated_samples::AnnotatedCorpusSample;
use super::choice::choose;
use super::shifts::{decades, sex, slopes};
use super::spread;
use crate::corpus::Corpus;

/// Groups of fewer than this many are too few to make a baseline of.
const LEAST_GROUPS: usize = 3;

/// The samples of each study × description, in the order of their text.
pub fn grouped(
    samples: &[AnnotatedCorpusSample<'_>],
    keep: impl Fn(&AnnotatedCorpusSample<'_>) -> bool,
) -> Vec<Vec<usize>> {
    let mut groups: BTreeMap<Vec<&str>, Vec<usize>> = BTreeMap::new();
    for (at, sample) in samples.iter().enumerate() {
        if !keep(sample) {
            continue;
        }
        let value = |field| sample.metadata.get(field).unwrap_or_default();
        let key = std::iter::once(MetadataField::Study)
            .chain(FIELDS)
            .map(value);
        groups.entry(key.collect()).or_default().push(at);
    }
    groups.into_values().collect()
}

/// What samples are made from metadata with; `None` for a corpus of too few groups.
pub fn fit(
    corpus: &Corpus,
    latent: &LatentModel,
    terms: &Terms,
    samples: &[AnnotatedCorpusSample<'_>],
    seed: u64,
) -> Option<BaselineModel> {
    let members = grouped(samples, |sample| !sample.treated);
    if members.len() < LEAST_GROUPS {
        return None;
    }
    let sex_shift: Vec<f16> = slopes(corpus, samples, &members, sex)
        .shrunk()
        .into_iter()
        // Between the sexes is 1, from the mean of both to one of them ½.
        .map(|slope| f16::from_f32(0.5 * slope.to_f32()))
        .collect();
    let age_shift = slopes(corpus, samples, &members, decades).shrunk();
    let groups: Vec<SampleGroup> = members.iter().map(|own| group(samples, own)).collect();
    let profiles: Vec<Vec<f32>> = members
        .par_iter()
        .zip(&groups)
        .map(|(own, group)| {
            let mut profile = profile(corpus, latent, samples, own);
            let years = group
                .age_years
                .unwrap_or(refcast_model::baseline::REFERENCE_AGE);
            let decades = (years - refcast_model::baseline::REFERENCE_AGE) / 10.0;
            for (gene, level) in profile.iter_mut().enumerate() {
                *level -= (group.sex() * sex_shift[gene].to_f64()
                    + decades * age_shift[gene].to_f64()) as f32;
            }
            profile
        })
        .collect();
    let kernel = choose(terms, &groups, &profiles, &latent.mean, seed);
    let bytes = profiles
        .iter()
        .flatten()
        .map(|level| level_byte(f64::from(*level)));
    let spread = spread::fit(corpus, latent, samples, &members, &sex_shift);
    Some(BaselineModel::new(
        groups,
        bytes.collect(),
        kernel,
        [sex_shift, age_shift],
        spread,
    ))
}

fn group(samples: &[AnnotatedCorpusSample<'_>], members: &[usize]) -> SampleGroup {
    let mut metadata = Metadata::default();
    let first = &samples[members[0]].metadata;
    for field in std::iter::once(MetadataField::Study).chain(FIELDS) {
        if let Some(value) = first.get(field) {
            metadata.set(field, value);
        }
    }
    let mean = |values: Vec<f64>| {
        let n = values.len();
        (n > 0).then(|| values.iter().sum::<f64>() / n as f64)
    };
    let of = |value: fn(&AnnotatedCorpusSample<'_>) -> Option<f64>| {
        mean(
            members
                .iter()
                .filter_map(|&at| value(&samples[at]))
                .collect(),
        )
    };
    SampleGroup {
        metadata,
        samples: members.len() as u32,
        male: of(sex).map(|mean| mean + 0.5),
        age_years: of(decades).map(|mean| 10.0 * mean + refcast_model::baseline::REFERENCE_AGE),
    }
}

/// The mean of a group, `[genes]`; what its study does not measure is decoded from its latents.
fn profile(
    corpus: &Corpus,
    latent: &LatentModel,
    samples: &[AnnotatedCorpusSample<'_>],
    members: &[usize],
) -> Vec<f32> {
    let n = members.len() as f64;
    let mut latents = vec![0.0; latent.sizes.total()];
    let mut sums = vec![0.0_f64; corpus.axis.len()];
    for &at in members {
        for (sum, z) in latents.iter_mut().zip(&samples[at].latents) {
            *sum += z / n;
        }
        for (sum, value) in sums.iter_mut().zip(samples[at].values) {
            *sum += f64::from(*value) / n;
        }
    }
    let measured = &corpus.studies[samples[members[0]].study].measured;
    let decoded = latent.decode(&latents).into_iter();
    decoded
        .zip(sums)
        .zip(measured)
        .map(|((decoded, mean), measured)| {
            if *measured {
                mean as f32
            } else {
                decoded.max(0.0) as f32
            }
        })
        .collect()
}
