//! `refcast models`: which models are to hand, and what they are.

use std::io::Write;

use refcast::{ModelSource, Session};
use refcast_model::Model;
use serde_json::{Value, json};

use refcast_model::bundle::BUILT_IN;

use crate::failure::{Failure, Result};
use crate::flags::{CommonFlags, ModelsFlags};
use crate::stdout::{print, print_json};

/// Digits of a version that tell models apart for people.
const VERSION_DIGITS: usize = 12;

/// Lists the models, or prints the card of one.
///
/// # Errors
/// When a model cannot be loaded, or standard output cannot be written.
pub fn run(flags: &ModelsFlags, common: &CommonFlags) -> Result<()> {
    if flags.card {
        let session = Session::open(flags.model.as_deref().unwrap_or(BUILT_IN[0]))?;
        return print(|out| write!(out, "{}", session.model().card()));
    }
    let mut sources: Vec<ModelSource<'_>> =
        BUILT_IN.into_iter().map(ModelSource::Program).collect();
    if let Some(name) = &flags.model {
        let named = ModelSource::of(name)?;
        if !sources.contains(&named) {
            sources.push(named);
        }
    }
    let listed = sources
        .into_iter()
        .map(|source| Ok((Session::load(source)?, place(source))))
        .collect::<Result<Vec<_>>>()?;
    if common.json {
        let models: Result<Vec<Value>> = listed
            .iter()
            .map(|(session, place)| manifest(session.model(), place))
            .collect();
        return print_json(&json!({ "models": models? }));
    }
    let mut rows =
        vec![["id", "modality", "genes", "version", "licence", "from"].map(str::to_owned)];
    rows.extend(
        listed
            .iter()
            .map(|(session, place)| row(session.model(), place)),
    );
    print(|out| write_columns(out, &rows))
}

fn place(source: ModelSource<'_>) -> String {
    match source {
        ModelSource::Program(_) => "built in".to_owned(),
        ModelSource::Folder(folder) => folder.display().to_string(),
    }
}

/// The manifest, with the id by the name that clients know.
fn manifest(model: &Model, place: &str) -> Result<Value> {
    let manifest = serde_json::to_value(model.manifest());
    let mut manifest = manifest.map_err(|error| Failure::Failed(error.to_string()))?;
    manifest["model_id"] = manifest["id"].clone();
    manifest["from"] = place.into();
    Ok(manifest)
}

fn row(model: &Model, place: &str) -> [String; 6] {
    let manifest = model.manifest();
    [
        manifest.id.clone(),
        manifest.modality.to_string(),
        manifest.genes.to_string(),
        manifest.version.chars().take(VERSION_DIGITS).collect(),
        manifest.licence.clone(),
        place.to_owned(),
    ]
}

fn write_columns<const N: usize>(out: &mut dyn Write, rows: &[[String; N]]) -> std::io::Result<()> {
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..N).map(width).collect();
    for row in rows {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, &width)| format!("{cell:<width$}"));
        writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}
