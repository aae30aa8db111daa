//! What is said of one generated sample. Every sample of an answer has the same keys.

use refcast_core::{PerturbationFields, Prediction};
use refcast_io::AlignmentReport;
use serde::Serialize;

use super::query::Task;

/// The metadata of one output.
#[derive(Debug, Clone, Serialize)]
pub struct SampleMetadata<'a> {
    /// What was done, by name: `dexamethasone`, `TNF + IL1B`, `control`.
    pub perturbation: String,
    /// Ids of what was done, joined by `|`; null for a control.
    pub perturbation_ontology_id: Option<String>,
    /// How.
    pub perturbation_type: Option<String>,
    /// How long; null where the query does not say.
    pub perturbation_time: Option<String>,
    /// How much; null where the query does not say.
    pub perturbation_dose: Option<String>,
    /// Which input of the query, from 0.
    pub input: u64,
    /// Which sample of that input, from 0.
    pub sample: u32,
    /// The seed, given or drawn.
    pub seed: u64,
    /// How far to trust the answer: none, weak, moderate or strong.
    pub support: String,
    /// The same from 0 to 1, in thousandths, so that it is the same number in every format.
    pub support_score: f64,
    /// Why, in sentences.
    pub support_reasons: String,
    /// How the genes of the input were matched, where the query asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alignment: Option<&'a AlignmentReport>,
}

impl<'a> SampleMetadata<'a> {
    /// Of one prediction for input number `input`.
    pub fn of(task: &'a Task, input: usize, prediction: &Prediction) -> Self {
        let fields = PerturbationFields::from(task.query.perturbation.clone());
        let names: Vec<&str> = task
            .understood
            .iter()
            .map(|entity| entity.label.as_str())
            .collect();
        Self {
            perturbation: names.join(" + "),
            perturbation_ontology_id: fields.perturbation_ontology_id,
            perturbation_type: fields.perturbation_type,
            perturbation_time: fields.perturbation_time,
            perturbation_dose: fields.perturbation_dose,
            input: input as u64,
            sample: prediction.sample,
            seed: prediction.seed,
            support: prediction.support.level.to_string(),
            support_score: (f64::from(prediction.support.score) * 1000.0).round() / 1000.0,
            support_reasons: prediction.support.reasons.join("; "),
            alignment: task.alignment.as_ref(),
        }
    }
}
