//! Where the reference of an input comes from: its counts, or a sample of training by its id.

use refcast_core::Faults;
use refcast_io::AlignmentReport;
use refcast_model::SAMPLE_FIELD;

use super::inputs;
use super::keys::keep;
use super::shared::Shared;
use crate::registry::Served;
use crate::wire::held::HeldReference;
use crate::wire::json::Fields;
use crate::wire::scalar::text;

/// The keys of a query, of which the first are about counts.
const KEYS: [&str; 11] = [
    "gene_order",
    "alignment_report",
    "inputs",
    "conditioning",
    "sampling_strategy",
    "fixed_total_count",
    "total_count",
    "deterministic_latents",
    "seed",
    // Clients add who they are and, some, which of several operations they mean.
    "source",
    "operation",
];
/// How many are about counts.
const OF_COUNTS: usize = 2;

/// Where references come from, which the model id says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// From the query.
    Counts,
    /// From the training data.
    Training,
}

/// A reference, and what is to be said of it.
pub(super) struct Found {
    pub(super) reference: HeldReference,
    /// The sample of training that it is.
    pub(super) sample: Option<SampleOfTraining>,
    /// How its genes were matched.
    pub(super) alignment: Option<AlignmentReport>,
    pub(super) warnings: Vec<String>,
}

/// A sample of training.
pub(super) struct SampleOfTraining {
    pub(super) id: String,
    /// Its own; the reference is as deep as decoded latents are.
    pub(super) library_size: u64,
}

impl Origin {
    /// The keys of a query; others are reported and ignored, so that newer clients still work.
    pub(super) fn query_keys(self) -> &'static [&'static str] {
        match self {
            Self::Counts => &KEYS,
            Self::Training => &KEYS[OF_COUNTS..],
        }
    }

    /// The keys of one input.
    pub(super) fn input_keys(self) -> &'static [&'static str] {
        match self {
            Self::Counts => &["counts", "gene_ids", "metadata", "num_samples"],
            Self::Training => &[SAMPLE_FIELD, "metadata", "num_samples"],
        }
    }

    /// What an input holds, in words.
    pub(super) fn input_words(self) -> &'static str {
        match self {
            Self::Counts => "`counts`, `metadata` and `num_samples`",
            Self::Training => "`sample_id`, `metadata` and `num_samples`",
        }
    }

    /// The reference of the input at `path`, which is number `position`.
    pub(super) fn find(
        self,
        input: &Fields,
        position: usize,
        path: &str,
        served: &Served,
        shared: &Shared,
        faults: &mut Faults,
    ) -> Option<Found> {
        // Part of the key of every draw; the same wherever the input came from.
        let name = position.to_string();
        match self {
            Self::Counts => {
                let order = shared.gene_order.as_ref();
                let aligned = inputs::counts(input, order, path, served, faults)?;
                Some(Found {
                    reference: HeldReference::of_counts(name, &aligned.counts),
                    sample: None,
                    alignment: aligned.report.filter(|_| shared.alignment_report),
                    warnings: aligned.warnings,
                })
            }
            Self::Training => training(input, name, path, served, faults),
        }
    }
}

fn training(
    input: &Fields,
    name: String,
    path: &str,
    served: &Served,
    faults: &mut Faults,
) -> Option<Found> {
    let samples = served.model.training_samples()?;
    let at = format!("{path}.{SAMPLE_FIELD}");
    let given = input.get(SAMPLE_FIELD).map(|value| text(value, &at));
    let id = match given.transpose() {
        Ok(given) => given.flatten().unwrap_or_default(),
        Err(fault) => {
            faults.push(fault);
            return None;
        }
    };
    if id.trim().is_empty() {
        let message = format!(
            "give the id of a sample of training (GET …/vocab?field={SAMPLE_FIELD}&search= finds them by id, \
             study, cells or treatment)"
        );
        faults.add(at, "missing", message);
        return None;
    }
    let found = samples.find(&id).map_err(|fault| fault.under(path));
    let place = keep(faults, found.map(Some))?;
    let sample = &samples.samples()[place];
    Some(Found {
        reference: HeldReference::of_training(name, place),
        sample: Some(SampleOfTraining {
            id: sample.id.clone(),
            library_size: sample.library_size,
        }),
        alignment: None,
        warnings: Vec::new(),
    })
}
