//! The model that `--model` names: the one in the program, or a bundle in a folder.

use std::path::Path;

use refcast_core::Fault;
use refcast_core::error::quoted;
use refcast_model::Model;
use refcast_model::vocabulary::Vocabulary;

use crate::failure::{Failure, Result};

/// The id of the model that is built into the program.
pub const EMBEDDED: &str = "gem-1-bulk";

/// The ending by which a model's reference-conditioned interface is known on the wire.
const REFERENCE_CONDITIONING: &str = "_reference-conditioning";

/// Where a model comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source<'a> {
    /// The program itself.
    Program,
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
    if name.strip_suffix(REFERENCE_CONDITIONING).unwrap_or(name) == EMBEDDED {
        return Ok(Source::Program);
    }
    let message = format!(
        "{} is neither a model in the program nor the folder of a bundle: use `{EMBEDDED}`, or the folder that \
         holds manifest.json",
        quoted(name)
    );
    Err(Failure::Invalid(vec![Fault::new(
        "model",
        "unknown_model",
        message,
    )]))
}

/// Loads a model, every hash and shape checked.
///
/// # Errors
/// When a bundle is damaged or not one.
pub fn load(source: Source<'_>) -> Result<Model> {
    match source {
        Source::Program => Model::embedded().map_err(|error| {
            Failure::Failed(format!(
                "{error} (install refcast again: the program is damaged)"
            ))
        }),
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
