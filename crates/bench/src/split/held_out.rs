//! What is kept from training, and the corpus without it.

use std::fmt;

use refcast_core::{Duration, OntologyId};
use refcast_train::corpus::{Corpus, Expression, SampleAnnotation, StudyKind};

use crate::benchmark::Agent;

/// A part of the corpus that a fold keeps from training.
#[derive(Debug, Clone, PartialEq)]
pub enum HeldOutPart {
    /// A donor, with all samples and controls.
    Donor {
        /// The study.
        study: String,
        /// The labels of the donor's cultures in the column `replicate`.
        replicates: Vec<String>,
        /// Untreated samples stay: the study's cultures share them.
        controls_stay: bool,
    },
    /// A study.
    Study(String),
    /// A perturbation, alone, in combination and as background.
    Agent(Agent),
    /// A condition of a study, and its entities together anywhere.
    Condition {
        /// The study.
        study: String,
        /// As the annotation names it.
        condition: String,
        /// The entities, none of which leaves alone.
        entities: Vec<OntologyId>,
    },
    /// A time of a study, controls too.
    Time {
        /// The study.
        study: String,
        /// The time.
        time: Duration,
    },
}

impl HeldOutPart {
    /// Whether a sample is of this part.
    pub fn takes(&self, corpus: &Corpus, study: &Expression, sample: &SampleAnnotation) -> bool {
        match self {
            Self::Donor {
                study: name,
                replicates,
                controls_stay,
            } => {
                study.name == *name
                    && replicates.iter().any(|own| own == sample.get("replicate"))
                    && !(*controls_stay && is_untreated(sample))
            }
            Self::Study(name) => study.name == *name,
            Self::Agent(agent) => {
                let given = given_to(corpus, study, sample);
                let ids = agent.entities.iter().map(ToString::to_string);
                ids.chain(agent.within.iter().cloned())
                    .any(|id| given.contains(&id))
                    || of_pair(study, sample).is_some_and(|own| self.takes(corpus, study, own))
            }
            Self::Condition {
                study: name,
                condition,
                entities,
            } => {
                let given = given_to(corpus, study, sample);
                (study.name == *name && sample.get("condition") == condition)
                    || entities.iter().all(|id| given.contains(&id.to_string()))
            }
            Self::Time { study: name, time } => {
                study.name == *name && time_of(sample) == Some(*time)
            }
        }
    }
}

impl fmt::Display for HeldOutPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Donor {
                study, replicates, ..
            } => write!(f, "donor {} of {study}", replicates.join(", ")),
            Self::Study(study) => write!(f, "study {study}"),
            Self::Agent(agent) => write!(f, "{}", agent.name),
            Self::Condition {
                study, condition, ..
            } => write!(f, "{condition} in {study}"),
            Self::Time { study, time } => write!(f, "{time} of {study}"),
        }
    }
}

/// The corpus without some parts. Studies keep their places, even without samples.
pub fn without(corpus: &Corpus, held: &[HeldOutPart]) -> Corpus {
    let studies = corpus.studies.iter().map(|study| {
        study.filtered(|sample| !held.iter().any(|held| held.takes(corpus, study, sample)))
    });
    Corpus {
        modality: corpus.modality,
        pool_error: corpus.pool_error,
        axis: corpus.axis.clone(),
        studies: studies.collect(),
        conditions: corpus.conditions.clone(),
        footprints: corpus.footprints.clone(),
    }
}

/// The treated profile that an untreated one was published with: neither is a sample, both come
/// from the same fold change, and they leave together.
fn of_pair<'s>(study: &'s Expression, sample: &SampleAnnotation) -> Option<&'s SampleAnnotation> {
    if study.kind != StudyKind::Published || !is_untreated(sample) {
        return None;
    }
    let mut samples = study.samples.iter();
    samples.find(|treated| treated.controls().any(|id| id == sample.id()))
}

/// Whether nothing was done to a sample.
pub fn is_untreated(sample: &SampleAnnotation) -> bool {
    matches!(sample.get("perturbation_type"), "" | "control")
}

/// The time of a sample, from its annotation.
pub fn time_of(sample: &SampleAnnotation) -> Option<Duration> {
    sample.get("perturbation_time").parse().ok()
}

/// What names a sample's cells, joined: ontology ids, or the system of published profiles.
pub fn cells_of(sample: &SampleAnnotation) -> String {
    [
        "tissue_ontology_id",
        "cell_type_ontology_id",
        "cell_line_ontology_id",
        "system",
    ]
    .map(|field| sample.get(field))
    .join("|")
}

/// All that a sample was given: what sets it apart from its controls and what it shares with them,
/// by the curated table and by the annotation. A condition that the table leaves out still counts
/// by its annotation.
pub fn given_to(corpus: &Corpus, study: &Expression, sample: &SampleAnnotation) -> Vec<String> {
    let mut given: Vec<String> = sample
        .get("perturbation_ontology_id")
        .split('|')
        .filter(|id| !id.is_empty())
        .map(str::to_owned)
        .collect();
    if let Ok(Some(treatment)) = corpus.conditions.of(&study.name, sample) {
        given.extend(treatment.entities.iter().map(ToString::to_string));
        if let Some(background) = &treatment.background {
            given.push(background.clone());
            given.extend(background.split('|').map(str::to_owned));
        }
    }
    given
}
