//! Fits the classifiers of the fields, with temperatures from donors and studies that were left out.

mod compared;
mod genes;
mod offsets;
mod temperatures;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use refcast_core::MetadataField;
use refcast_model::annotation::{Classifier, ClassifierSettings, Classifiers, LatentView, Novelty};
use refcast_model::latent::{Encoder, LatentModel};
use refcast_model::linalg::Symmetric;

use self::compared::Compared;
use self::genes::Telling;
use self::offsets::{Component, levels};
use self::temperatures::Member;
use super::annotated_samples::AnnotatedCorpusSample;
use super::groups::grouped;
use super::{markers, spread};
use crate::corpus::Corpus;

/// The fields that latents tell.
const FIELDS: [MetadataField; 5] = [
    MetadataField::CellLine,
    MetadataField::CellType,
    MetadataField::Disease,
    MetadataField::SampleType,
    MetadataField::Tissue,
];
/// What a value must have been seen in to be told.
const LEAST_SAMPLES: usize = 4;
const LEAST_DONORS: usize = 2;

/// Every classifier that the samples allow; `None` where they allow none.
pub fn fit(
    corpus: &Corpus,
    latent: &LatentModel,
    samples: &[AnnotatedCorpusSample<'_>],
    novelty: Novelty,
) -> Option<Classifiers> {
    let groups = grouped(samples, |_| true);
    let several: Vec<&Vec<usize>> = groups.iter().filter(|own| own.len() > 1).collect();
    if several.is_empty() {
        return None;
    }
    let (within, _) = spread::covariance(latent, samples, &several);
    let views = Views::new(corpus, latent);
    let mut work = ClassifierTraining {
        corpus,
        within: &within,
        views: &views,
        samples,
        compared: Vec::new(),
    };
    work.compared = FIELDS.map(|field| Compared::of(&work, field)).into();
    let fields: Vec<Classifier> = FIELDS
        .into_iter()
        .filter_map(|field| work.field(field))
        .collect();
    if fields.is_empty() {
        return None;
    }
    let n = within.n();
    let between = Symmetric::from_fn(n, |i, j| {
        let sum: f64 = fields.iter().map(|own| own.between.get(i, j)).sum();
        sum / fields.len() as f64
    });
    let untreated = grouped(samples, |sample| !sample.treated);
    Some(Classifiers {
        fields,
        markers: markers::fit(corpus, samples, &untreated)
            .into_iter()
            .collect(),
        between,
        groups: groups
            .iter()
            .flat_map(|own| mean(samples, own, n))
            .map(|value| value as f32)
            .collect(),
        within,
        novelty,
    })
}

/// The view of each study.
struct Views {
    by_study: Vec<LatentView>,
}

impl Views {
    fn new(corpus: &Corpus, latent: &LatentModel) -> Self {
        let view = |measured: &Vec<bool>| {
            LatentView::new(latent, &Encoder::new(latent, &measured.clone().into()))
        };
        let studies = corpus.studies.par_iter();
        Self {
            by_study: studies.map(|study| view(&study.measured)).collect(),
        }
    }
}

fn mean(samples: &[AnnotatedCorpusSample<'_>], members: &[usize], n: usize) -> Vec<f64> {
    let size = members.len().max(1) as f64;
    (0..n)
        .map(|k| {
            members
                .iter()
                .map(|&at| samples[at].latents[k])
                .sum::<f64>()
                / size
        })
        .collect()
}

struct ClassifierTraining<'a> {
    corpus: &'a Corpus,
    within: &'a Symmetric,
    views: &'a Views,
    samples: &'a [AnnotatedCorpusSample<'a>],
    /// How studies differ where they share values of a field, by field.
    compared: Vec<Compared>,
}

impl ClassifierTraining<'_> {
    fn value(&self, field: MetadataField, at: usize) -> Option<&str> {
        self.samples[at].metadata.get(field)
    }

    /// The samples of each value in each study, in the order of both.
    fn components(&self, members: &[Member]) -> Vec<Component> {
        let mut found: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        for &(at, value) in members {
            let own = found.entry((value, self.samples[at].study)).or_default();
            own.push(at);
        }
        let found = found.into_iter();
        found
            .map(|((value, study), members)| Component {
                value,
                study,
                members,
            })
            .collect()
    }

    fn means(&self, components: &[Component]) -> Vec<Vec<f64>> {
        let of = |own: &Component| mean(self.samples, &own.members, self.within.n());
        components.iter().map(of).collect()
    }

    /// The classifier of a field, `None` where it has fewer than two values to tell apart.
    fn field(&self, field: MetadataField) -> Option<Classifier> {
        let mut seen: BTreeMap<&str, (usize, BTreeSet<&str>)> = BTreeMap::new();
        for (at, sample) in self.samples.iter().enumerate() {
            if let Some(value) = self.value(field, at) {
                let (n, donors) = seen.entry(value).or_default();
                *n += 1;
                donors.insert(&sample.donor);
            }
        }
        seen.retain(|_, (n, donors)| *n >= LEAST_SAMPLES && donors.len() >= LEAST_DONORS);
        let values: Vec<String> = seen.keys().map(|value| (*value).to_owned()).collect();
        if values.len() < 2 {
            return None;
        }
        let members: Vec<Member> = (0..self.samples.len())
            .filter_map(|at| {
                let value = self.value(field, at)?;
                let code = values.iter().position(|own| own == value)?;
                Some((at, code))
            })
            .collect();
        let mut whole = self.classifier(field, &values, &members);
        let settings = &mut whole.settings;
        (settings.temperature, settings.rank_weight) =
            temperatures::choose(self, field, &values, &members);
        Some(whole)
    }

    /// The classifier of a field from some samples.
    fn classifier(
        &self,
        field: MetadataField,
        values: &[String],
        members: &[Member],
    ) -> Classifier {
        let (n, studies) = (self.within.n(), self.corpus.studies.len());
        let components = self.components(members);
        let means = self.means(&components);
        let kept: BTreeSet<usize> = components.iter().map(|own| own.study).collect();
        let unlabelled = |study: usize| {
            let mut samples = self.samples.iter().enumerate();
            !samples.any(|(at, own)| own.study == study && self.value(field, at).is_some())
        };
        let keep: Vec<bool> = (0..studies)
            .map(|study| kept.contains(&study) || unlabelled(study))
            .collect();
        let mut centres = vec![0.0_f32; values.len() * n];
        for k in 0..n {
            let of_latent: Vec<Option<f64>> = means.iter().map(|own| Some(own[k])).collect();
            let levels = levels(&components, &of_latent, values.len(), studies);
            for (value, level) in levels.into_iter().enumerate() {
                centres[value * n + k] = level.unwrap_or(0.0) as f32;
            }
        }
        let telling = Telling::of(self, &components, values.len());
        Classifier {
            between: compared::between(&self.compared, field, &keep, self.within),
            means: means.iter().flatten().map(|value| *value as f32).collect(),
            centres,
            levels: telling.levels,
            settings: ClassifierSettings {
                field,
                values: values.to_vec(),
                components: components
                    .iter()
                    .map(|own| (own.value, own.members.len() as u32))
                    .collect(),
                temperature: 1.0,
                rank_weight: 0.0,
                genes: telling.genes,
            },
        }
    }
}
