//! What a perturbation's name or id stands for, by the vocabulary of the model.

use refcast_core::PerturbationFields;
use refcast_model::vocabulary::{Completed, Understood};

use crate::error::{Error, Result};
use crate::session::Session;

/// The perturbation of that name, or of the id among `fields`, in the fields of a query, and how it
/// was understood. Where there is neither, nothing is done.
///
/// # Errors
/// A name or id that no table knows, with the nearest; a name beside an id.
pub fn resolve(
    session: &Session,
    name: Option<&str>,
    fields: PerturbationFields,
) -> Result<Completed> {
    let vocabulary = session.vocabulary()?;
    match (name, &fields.perturbation_ontology_id) {
        (Some(_), Some(_)) => Err(Error::invalid(
            "perturbation",
            "contradiction",
            "give either --perturbation (a name) or --perturbation-ontology-id",
        )),
        (Some(name), None) => Ok(vocabulary.complete_named(name, "perturbation", fields)?),
        (None, _) => Ok(vocabulary.complete(fields)?),
    }
}

/// The names for people: `dexamethasone`, `TNF + IL1B`, `control`.
pub fn label(understood: &[Understood]) -> String {
    let labels: Vec<&str> = understood.iter().map(|own| own.label.as_str()).collect();
    labels.join(" + ")
}
