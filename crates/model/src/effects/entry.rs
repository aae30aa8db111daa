//! What the rows of the effect bank are: conditions, and the cells they were seen in.

use refcast_core::{Dose, Duration, OntologyId, PerturbationType};
use serde::{Deserialize, Serialize};

/// One condition of one study: a perturbation in a context at a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BankEntry {
    /// Index into the bank's studies.
    pub study: usize,
    /// Index into the bank's contexts.
    pub context: usize,
    /// The condition as the study names it.
    pub condition: String,
    /// What differs between the treated samples and their controls.
    pub entities: Vec<OntologyId>,
    /// How.
    pub kind: PerturbationType,
    /// What treated samples and controls share beyond the untreated state, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background: Option<String>,
    /// The doses, where the study states them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doses: Vec<Dose>,
    /// Time under perturbation, where the study states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Duration>,
    /// Whether it was measured on pools of cells, in a model of cells.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cells: bool,
    /// Treated samples.
    pub samples: u32,
    /// Squared standard error of the mean effect over the squared deviation of one sample: 1/n for
    /// pairs, 1/n + 1/n_controls where the samples share their controls.
    pub error_scale: f64,
    /// How well the effect repeats between donors, 0 to 1: what is left of it when it is
    /// multiplied by this is what another donor can be expected to show.
    pub reproducibility: f64,
    /// The curator's trust in the study, 0 to 1.
    pub weight: f64,
}

/// The unperturbed cells that effects were measured in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// Index into the bank's studies.
    pub study: usize,
    /// In words: cell type, line, tissue; the pathway of a footprint.
    pub label: String,
    /// No cells: what a pathway does to each gene, summed up over the many that it was seen in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub footprint: bool,
}

/// What `effects.json` holds: the rows of the bank's tensors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredBank {
    /// The level of the controls from which on a gene counts as expressed.
    #[serde(default = "expressed_in_bulk", skip_serializing_if = "is_bulk")]
    pub expressed: f64,
    /// The studies, by name.
    pub studies: Vec<String>,
    /// The contexts.
    pub contexts: Vec<Context>,
    /// The conditions.
    pub entries: Vec<BankEntry>,
}

/// ln(1 + CPM) of about 0.7 CPM.
const EXPRESSED_IN_BULK: f64 = 0.53;

fn expressed_in_bulk() -> f64 {
    EXPRESSED_IN_BULK
}

fn is_bulk(expressed: &f64) -> bool {
    *expressed == EXPRESSED_IN_BULK
}
