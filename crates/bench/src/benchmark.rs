//! Benchmarks as data: what is left out, what is asked, beside which methods, and what must hold.

mod cells;
mod files;

use std::collections::BTreeMap;

use refcast_core::{Modality, OntologyId};
use serde::Deserialize;

pub use cells::{
    CellDonorsBenchmark, CellKindsBenchmark, CellPanelsBenchmark, CellRealismBenchmark, Pathway,
    RedrawnSet,
};
pub use files::{all, named, recipe_of};

use crate::error::{Error, Result};

/// One benchmark.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Benchmark {
    /// As on the command line.
    pub name: String,
    /// A title.
    pub title: String,
    /// What is left out, what is asked, how it is averaged.
    pub question: String,
    /// Baselines and ceilings by name, in the order of the tables.
    pub methods: Vec<String>,
    /// Metrics by name, the most important first; those that do not apply to a sample are left
    /// out there.
    pub metrics: Vec<String>,
    /// The folds of a quick look, by name.
    pub quick: Vec<String>,
    /// What is left out.
    pub split: Split,
    /// What must hold.
    #[serde(default)]
    pub requires: Vec<Requires>,
}

/// What a benchmark leaves out of training.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Split {
    /// One donor of each study.
    Donors(DonorsBenchmark),
    /// One study.
    Context(ContextBenchmark),
    /// One perturbation, everywhere.
    Unseen(UnseenBenchmark),
    /// Several genes, everywhere, whose knock-outs are asked for.
    Knockouts(KnockoutsBenchmark),
    /// One pair of perturbations, of which each alone stays.
    Combination(CombinationBenchmark),
    /// One time of a series.
    Time(TimeBenchmark),
    /// Whether intervals cover what they say and support ranks errors, on the folds of other
    /// benchmarks: a benchmark of another kind, see [`crate::calibration`].
    Calibration(CalibrationBenchmark),
    /// Samples that are generated from one replicate, against the other replicates: a benchmark of
    /// another kind, see [`crate::realism`].
    Realism(RealismBenchmark),
    /// Profiles from metadata alone: a benchmark of another kind, see [`crate::described`].
    Described(DescribedBenchmark),
    /// Metadata from profiles: a benchmark of another kind, see [`crate::annotation`].
    Annotation(AnnotationBenchmark),
    /// The treated cells of one kind.
    #[serde(rename = "cells-kinds")]
    CellKinds(CellKindsBenchmark),
    /// The cells of one donor.
    #[serde(rename = "cells-donors")]
    CellDonors(CellDonorsBenchmark),
    /// One lost gene, or one donor, of sets that measure some hundreds of genes.
    #[serde(rename = "cells-panels")]
    CellPanels(CellPanelsBenchmark),
    /// Cells that are generated from one half of the real ones, against the other half.
    #[serde(rename = "cells-realism")]
    CellRealism(CellRealismBenchmark),
    /// Metadata from cells.
    #[serde(rename = "cells-annotation")]
    CellAnnotation(AnnotationBenchmark),
}

/// Leave one donor out.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DonorsBenchmark {
    /// The studies of the design's baselines, which the requirements are about.
    pub core: Vec<String>,
    /// Other studies with real donors.
    pub more: Vec<String>,
    /// Least donors of a condition, the one that is left out among them.
    pub least_donors: usize,
    /// Study → the text from which on the column `replicate` names a culture, not the donor.
    #[serde(default)]
    pub cultures: BTreeMap<String, String>,
    /// Studies whose cultures share their controls, which stay in training.
    #[serde(default)]
    pub shared_controls: Vec<String>,
}

/// Leave one study out.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContextBenchmark {
    /// Perturbations that two studies or more hold.
    pub perturbations: Vec<Agent>,
    /// Studies that share donors: they leave together.
    #[serde(default)]
    pub shared_donors: Vec<Vec<String>>,
}

/// Leave one perturbation out.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnseenBenchmark {
    /// Perturbations by class; one of each class leaves at a time.
    pub classes: Vec<Class>,
}

/// Perturbations that are expected to do alike, or that are at least of one sort.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Class {
    /// Its name.
    pub name: String,
    /// Whether the effect of one says something of the others: the baseline of the class' mean.
    pub alike: bool,
    /// Its members.
    pub members: Vec<Agent>,
}

/// A perturbation, by all ids that stand for it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// Its name.
    pub name: String,
    /// Ids of the one agent: an agent of the corpus is it if all its entities are among these.
    pub entities: Vec<OntologyId>,
    /// Entities and backgrounds that hold it without being it (a mixture, a withdrawal): they
    /// leave with it, and are not asked for.
    #[serde(default)]
    pub within: Vec<String>,
}

/// Leave several genes out.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnockoutsBenchmark {
    /// Studies whose lost genes are asked for, each on the controls of each of its contrasts.
    pub studies: Vec<String>,
    /// So many folds share the genes.
    pub folds: usize,
}

/// Leave one pair out.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CombinationBenchmark {
    /// The pairs.
    pub pairs: Vec<Pair>,
}

/// Two perturbations given together.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// Its name.
    pub name: String,
    /// The study.
    pub study: String,
    /// The condition, as the annotation names it.
    pub condition: String,
    /// The two entities, each of which the study has alone.
    pub entities: Vec<OntologyId>,
    /// The condition of the controls that have neither, where the annotation's controls have one
    /// of the two.
    #[serde(default)]
    pub controls: Option<String>,
    /// Doses of the two, where the annotation has that of one only.
    #[serde(default)]
    pub doses: Option<String>,
}

/// Leave one time out.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeBenchmark {
    /// Studies with two times or more of one perturbation.
    pub studies: Vec<String>,
}

/// Folds of other benchmarks, and what intervals promise on them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalibrationBenchmark {
    /// The folds.
    pub folds: Vec<Borrowed>,
    /// Parts explained at which factors are fitted.
    pub knots: Vec<f64>,
    /// What intervals promise.
    pub promises: Vec<Promise>,
    /// A condition that nothing is known to change in.
    pub nothing: Condition,
    /// The one that its size is held against.
    pub beside: Condition,
}

/// Folds of another benchmark.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Borrowed {
    /// Its name.
    pub benchmark: String,
    /// Their names; all of them if empty.
    #[serde(default)]
    pub names: Vec<String>,
}

/// Least and most coverage of an interval that is to cover a share of the genes.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// The share: 0.5 or 0.9.
    pub covered: f64,
    /// Least.
    pub least: f64,
    /// Most.
    pub most: f64,
}

/// A condition of a study.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// In words.
    pub name: String,
    /// The study.
    pub study: String,
    /// Its entities.
    pub entities: Vec<OntologyId>,
    /// Hours under it, if only one time is meant.
    #[serde(default)]
    pub hours: Option<f64>,
}

/// Studies whose conditions have replicates of one source.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RealismBenchmark {
    /// The studies that the requirements are about: no choice was made on them.
    pub core: Vec<String>,
    /// The studies that the model of measurement noise was chosen on.
    pub chosen_on: Vec<String>,
    /// Least replicates of a condition.
    pub least_replicates: usize,
    /// Rounds of fitting the latents.
    pub rounds: usize,
    /// Splits of the conditions into halves.
    pub splits: u64,
    /// Difference of AUC to that of real against real that is let pass.
    pub tolerance: f64,
    /// Study → column: conditions with one value in it leave training together.
    #[serde(default)]
    pub together: BTreeMap<String, String>,
    /// Study → the text from which on the column `replicate` names a culture of a clone. Clones
    /// are conditions of their own.
    #[serde(default)]
    pub cultures: BTreeMap<String, String>,
}

/// Folds of studies and of their parts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DescribedBenchmark {
    /// How many.
    pub folds: usize,
    /// Rounds of fitting the latents.
    pub rounds: usize,
}

/// Folds of donors and of studies, and what annotation must reach.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnnotationBenchmark {
    /// How many.
    pub folds: usize,
    /// Rounds of fitting the latents.
    pub rounds: usize,
    /// Least accuracy of sex on tissue of the atlas, donors left out, if that is asked.
    pub sex: Option<f64>,
    /// Least accuracy of tissue, donors left out, if that is asked.
    pub tissue: Option<f64>,
    /// Largest expected calibration error of any field, donors left out.
    pub calibration_error: f64,
    /// Most samples of studies that were left out which are called unlike all of training, if that
    /// is asked.
    pub false_alarms: Option<f64>,
}

/// What must hold: the model against the best of some methods, or against a figure.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requires {
    /// In words.
    pub asked: String,
    /// The metric.
    pub metric: String,
    /// Whether it is about the core studies of the split only, not about all groups.
    #[serde(default)]
    pub core: bool,
    /// The groups that it is about; all of them if empty.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Whether it must hold in each of the groups, not only in their mean.
    #[serde(default)]
    pub each: bool,
    /// Whether the 95 % interval of the difference, groups drawn, must lie above `least`, not only
    /// the difference. For metrics that methods are compared on, against all groups.
    #[serde(default)]
    pub surely: bool,
    /// Methods, of which the best counts; the model must be better than it by `least`: have so much
    /// more, or less of a metric of which less is better. If empty, the model's own figure must be
    /// at least `least`.
    #[serde(default)]
    pub against: Vec<String>,
    /// Least difference, or least figure.
    pub least: f64,
}

impl Benchmark {
    /// Reads a benchmark's file.
    ///
    /// # Errors
    /// A field that is missing, unknown or of another type.
    pub fn parse(name: &str, text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|problem| Error::Benchmark {
            benchmark: name.to_owned(),
            problem: problem.to_string(),
        })
    }

    /// The groups that requirements on the core are about, where the split has some.
    pub fn core(&self) -> &[String] {
        match &self.split {
            Split::Donors(donors) => &donors.core,
            Split::Realism(replicated) => &replicated.core,
            _ => &[],
        }
    }

    /// What the samples are of: only a recipe of that modality can be measured.
    pub fn modality(&self) -> Modality {
        match &self.split {
            Split::CellKinds(_)
            | Split::CellDonors(_)
            | Split::CellPanels(_)
            | Split::CellRealism(_)
            | Split::CellAnnotation(_) => Modality::SingleCell,
            _ => Modality::Bulk,
        }
    }

    /// The classes of perturbations, where the split has some.
    pub fn classes(&self) -> &[Class] {
        match &self.split {
            Split::Unseen(unseen) => &unseen.classes,
            _ => &[],
        }
    }
}

impl Agent {
    /// Whether entities are this agent and nothing else.
    pub fn is(&self, entities: &[OntologyId]) -> bool {
        !entities.is_empty() && entities.iter().all(|id| self.entities.contains(id))
    }
}

impl DonorsBenchmark {
    /// The donor of a sample, from its `replicate`.
    pub fn donor<'a>(&self, study: &str, replicate: &'a str) -> &'a str {
        let cut = self.cultures.get(study);
        cut.and_then(|text| replicate.split(text.as_str()).next())
            .unwrap_or(replicate)
    }

    /// All studies, the core first.
    pub fn studies(&self) -> impl Iterator<Item = &String> {
        self.core.iter().chain(&self.more)
    }
}
