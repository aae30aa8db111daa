//! The model that `--model` names: one in the program, or a bundle in a folder.

use std::path::Path;

use refcast_core::Fault;
use refcast_core::error::quoted;
use refcast_core::nearest::nearest;
use refcast_model::Model;
use refcast_model::bundle::BUILT_IN;
use refcast_model::vocabulary::Vocabulary;

use crate::failure::{Failure, Result};

/// The endings by which a model's interfaces are known on the wire.
const INTERFACES: [&str; 3] = [
    "_reference-conditioning",
    "_condition-on-sample-ids",
    "_predict-metadata",
];

/// Where a model comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source<'a> {
    /// The program itself, under this id.
    Program(&'static str),
    /// A folder.
    Folder(&'a Path),
}

/// What `name` means: an existing folder is one even if it is called like the built-in model.
///
/// # Errors
/// When it is neither a known id nor a folder.
pub fn source(name: &str) -> Result<Source<'_>> {
    let path = Path::new(name);
    if path.is_dir() {
        return Ok(Source::Folder(path));
    }
    let suffix = INTERFACES
        .iter()
        .find_map(|suffix| name.strip_suffix(suffix));
    let base = suffix.unwrap_or(name);
    if let Some(id) = BUILT_IN.into_iter().find(|id| *id == base) {
        return Ok(Source::Program(id));
    }
    let message = format!(
        "{} is neither a model in the program nor the folder of a bundle: use {}, or the folder that holds \
         manifest.json",
        quoted(name),
        BUILT_IN.map(|id| format!("`{id}`")).join(" or ")
    );
    let fault = Fault::new("model", "unknown_model", message);
    Err(Failure::Invalid(vec![
        fault.with_nearest(nearest(base, BUILT_IN, 1)),
    ]))
}

/// Loads a model, every hash and shape checked.
///
/// # Errors
/// When a bundle is damaged or not one.
pub fn load(source: Source<'_>) -> Result<Model> {
    match source {
        Source::Program(id) => match Model::built_in(id) {
            Some(Ok(model)) => Ok(model),
            Some(Err(error)) => Err(Failure::Failed(format!(
                "{error} (install refcast again: the program is damaged)"
            ))),
            None => Err(Failure::Failed(format!("{id} is not in the program"))),
        },
        Source::Folder(folder) => Model::load(folder).map_err(|error| match error {
            refcast_model::Error::Query(error) => error.into(),
            error => Failure::invalid(
                format!("model: {}", folder.display()),
                "invalid_bundle",
                error.to_string(),
            ),
        }),
    }
}

/// The vocabulary of a model. Every model that was loaded has one.
///
/// # Errors
/// When it has none, which a bundle does not allow.
pub fn vocabulary(model: &Model) -> Result<&Vocabulary> {
    let missing = || Failure::Failed(format!("{} has no vocabulary", model.manifest().id));
    model.vocabulary().ok_or_else(missing)
}
