//! What is asked for: the untreated samples of a study and tissue.

use std::collections::BTreeMap;

use refcast_core::{Metadata, MetadataField};
use refcast_train::corpus::Corpus;
use refcast_train::metadata::{AnnotatedCorpusSample, annotated_samples, grouped};

/// Samples of one study and tissue.
pub(super) struct StudyTissue {
    /// The place of the study in the corpus.
    pub study: usize,
    /// The tissue's id.
    pub tissue: String,
    /// Their mean ln(1 + CPM), `[genes]`.
    pub profile: Vec<f64>,
    /// Those of one description each.
    pub parts: Vec<DescriptionGroup>,
}

/// Samples of one description.
pub(super) struct DescriptionGroup {
    /// The description, with the study.
    pub metadata: Metadata,
    /// How many they are.
    pub samples: f64,
}

/// The units of tissues that two studies or more hold, by study.
pub(super) fn units(corpus: &Corpus) -> Vec<StudyTissue> {
    let samples = annotated_samples(corpus);
    let mut by_place: BTreeMap<(usize, String), Vec<Vec<usize>>> = BTreeMap::new();
    for members in grouped(&samples, |sample| !sample.treated) {
        let first = &samples[members[0]];
        if let Some(tissue) = first.metadata.get(MetadataField::Tissue) {
            let place = (first.study, tissue.to_owned());
            by_place.entry(place).or_default().push(members);
        }
    }
    let mut studies: BTreeMap<String, usize> = BTreeMap::new();
    for (_, tissue) in by_place.keys() {
        *studies.entry(tissue.clone()).or_default() += 1;
    }
    by_place
        .into_iter()
        .filter(|((_, tissue), _)| studies[tissue] > 1)
        .map(|((study, tissue), parts)| StudyTissue {
            profile: mean(&samples, &parts.concat(), corpus.axis.len()),
            parts: parts.iter().map(|own| part(&samples, own)).collect(),
            study,
            tissue,
        })
        .collect()
}

/// The values that all samples of a part share, of the fields that a user would give.
fn part(samples: &[AnnotatedCorpusSample<'_>], members: &[usize]) -> DescriptionGroup {
    let first = &samples[members[0]].metadata;
    let mut metadata = Metadata::default();
    for (field, value) in first.iter() {
        if members
            .iter()
            .all(|&at| samples[at].metadata.get(field) == Some(value))
        {
            metadata.set(field, value);
        }
    }
    DescriptionGroup {
        metadata,
        samples: members.len() as f64,
    }
}

/// Mean profile of some samples, `[genes]`.
pub(super) fn mean(
    samples: &[AnnotatedCorpusSample<'_>],
    members: &[usize],
    genes: usize,
) -> Vec<f64> {
    let mut sums = vec![0.0; genes];
    for &at in members {
        for (sum, value) in sums.iter_mut().zip(samples[at].values) {
            *sum += f64::from(*value) / members.len() as f64;
        }
    }
    sums
}
