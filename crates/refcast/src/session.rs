//! A model that is ready to be asked.

use std::path::Path;
use std::sync::OnceLock;

use refcast_core::Fault;
use refcast_core::error::quoted;
use refcast_core::nearest::nearest;
use refcast_io::GeneResolver;
use refcast_model::Model;
use refcast_model::bundle::BUILT_IN;
use refcast_model::vocabulary::{GeneName, Vocabulary};

use crate::error::{Error, Result};

/// The endings by which a model's interfaces are known on the wire.
const INTERFACES: [&str; 3] = [
    "_reference-conditioning",
    "_condition-on-sample-ids",
    "_predict-metadata",
];

/// Where a model comes from.
///
/// ```
/// use refcast::ModelSource;
///
/// let source = ModelSource::of("gem-1-bulk_reference-conditioning").expect("a model's interface");
/// assert_eq!(source, ModelSource::Program("gem-1-bulk"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelSource<'a> {
    /// The program itself, under this id.
    Program(&'static str),
    /// A folder.
    Folder(&'a Path),
}

/// A model with what every question to it needs.
///
/// ```
/// # fn main() -> refcast::Result<()> {
/// let session = refcast::Session::open("gem-1-bulk")?;
/// assert!(session.model().axis().len() > 10_000);
/// # Ok(())
/// # }
/// ```
pub struct Session {
    model: Model,
    resolver: OnceLock<GeneResolver>,
}

impl<'a> ModelSource<'a> {
    /// What `name` means: an existing folder is one even if it is called like the built-in model.
    ///
    /// # Errors
    /// When it is neither a known id nor a folder.
    pub fn of(name: &'a str) -> Result<Self> {
        let path = Path::new(name);
        if path.is_dir() {
            return Ok(Self::Folder(path));
        }
        let suffix = INTERFACES
            .iter()
            .find_map(|suffix| name.strip_suffix(suffix));
        let base = suffix.unwrap_or(name);
        if let Some(id) = BUILT_IN.into_iter().find(|id| *id == base) {
            return Ok(Self::Program(id));
        }
        let message = format!(
            "{} is neither a model in the program nor the folder of a bundle: use {}, or the folder that holds \
             manifest.json",
            quoted(name),
            BUILT_IN.map(|id| format!("`{id}`")).join(" or ")
        );
        let fault = Fault::new("model", "unknown_model", message);
        Err(fault.with_nearest(nearest(base, BUILT_IN, 1)).into())
    }
}

impl Session {
    /// Opens the model that `name` means: a known id, or the folder of a bundle.
    ///
    /// # Errors
    /// As [`ModelSource::of`] and [`Session::load`].
    pub fn open(name: &str) -> Result<Self> {
        Self::load(ModelSource::of(name)?)
    }

    /// Loads a model, every hash and shape checked.
    ///
    /// # Errors
    /// When a bundle is damaged or not one.
    pub fn load(source: ModelSource<'_>) -> Result<Self> {
        let model = match source {
            ModelSource::Program(id) => match Model::built_in(id) {
                Some(Ok(model)) => model,
                Some(Err(error)) => {
                    return Err(Error::Failed(format!(
                        "{error} (install refcast again: the program is damaged)"
                    )));
                }
                None => return Err(Error::Failed(format!("{id} is not in the program"))),
            },
            ModelSource::Folder(folder) => Model::load(folder).map_err(|error| match error {
                refcast_model::Error::Query(error) => error.into(),
                error => Error::invalid(
                    format!("model: {}", folder.display()),
                    "invalid_bundle",
                    error.to_string(),
                ),
            })?,
        };
        Ok(Self {
            model,
            resolver: OnceLock::new(),
        })
    }

    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The names that it knows. Every model that was loaded has them.
    ///
    /// # Errors
    /// When it has none, which a bundle does not allow.
    pub fn vocabulary(&self) -> Result<&Vocabulary> {
        let missing = || Error::Failed(format!("{} has no vocabulary", self.model.manifest().id));
        self.model.vocabulary().ok_or_else(missing)
    }

    /// Finds its genes by every name that its vocabulary knows.
    ///
    /// # Errors
    /// A vocabulary whose names of genes are damaged.
    pub fn resolver(&self) -> Result<&GeneResolver> {
        if let Some(resolver) = self.resolver.get() {
            return Ok(resolver);
        }
        let resolver = gene_resolver(&self.model, self.vocabulary()?)?;
        Ok(self.resolver.get_or_init(|| resolver))
    }
}

/// Finds the genes of a model by every name that its vocabulary knows.
///
/// # Errors
/// A vocabulary whose names of genes are damaged.
pub fn gene_resolver(
    model: &Model,
    vocabulary: &Vocabulary,
) -> refcast_model::Result<GeneResolver> {
    let names = vocabulary.gene_names()?;
    let names = names.into_iter().map(GeneName::into_parts).collect();
    Ok(GeneResolver::new(model.axis().as_ref().clone(), names))
}
