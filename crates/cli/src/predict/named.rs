//! What a perturbation's name or id stands for, by the vocabulary of the model.

use refcast_core::PerturbationFields;
use refcast_model::Model;
use refcast_model::vocabulary::Completed;

use crate::chosen_model::vocabulary;
use crate::failure::{Failure, Result};
use crate::flags::PredictFlags;

/// What `--example` shows when nothing is named: a response that many cells have and biologists
/// know.
const EXAMPLE: &str = "dexamethasone";

/// The perturbation that `flags` name, in the fields of a query, and how it was understood.
///
/// # Errors
/// A name or id that no table knows, with the nearest; a name beside an id.
pub fn resolve(flags: &PredictFlags, model: &Model) -> Result<Completed> {
    let vocabulary = vocabulary(model)?;
    let fields = PerturbationFields {
        perturbation_ontology_id: flags.perturbation_ontology_id.clone(),
        perturbation_type: flags.perturbation_type.clone(),
        perturbation_time: flags.perturbation_time.clone(),
        perturbation_dose: flags.perturbation_dose.clone(),
    };
    let nothing_named = fields == PerturbationFields::default();
    let name = match (&flags.perturbation, &flags.perturbation_ontology_id) {
        (Some(_), Some(_)) => {
            return Err(Failure::invalid(
                "perturbation",
                "contradiction",
                "give either --perturbation (a name) or --perturbation-ontology-id",
            ));
        }
        (Some(name), None) => Some(name.as_str()),
        (None, None) if flags.example && nothing_named => Some(EXAMPLE),
        (None, _) => None,
    };
    Ok(match name {
        Some(name) => vocabulary.complete_named(name, "perturbation", fields)?,
        None => vocabulary.complete(fields)?,
    })
}
