//! Samples that were generated from metadata into a file.

use std::io::Write;
use std::path::Path;

use refcast_core::{BaselinePrediction, BaselineQuery, Counts, Metadata};
use refcast_io::h5ad::{AnnData, Column, Embedding, Frame, Values, write_h5ad};
use refcast_io::{AtomicFile, Error, write_counts};
use refcast_model::Model;
use serde_json::json;

use crate::failure::{Failure, Result};
use crate::output::{Destination, Format, uns_entries};

/// Writes the samples in the format that the file's name asks for.
///
/// # Errors
/// When the file cannot be written, or a count does not fit the format.
pub fn write(
    destination: &Destination,
    model: &Model,
    query: &BaselineQuery,
    metadata: &Metadata,
    made: &[BaselinePrediction],
) -> Result<()> {
    let path = &destination.path;
    match destination.format {
        Format::Table => {
            let names: Vec<String> = made.iter().map(name).collect();
            let samples: Vec<(&str, &Counts)> = names
                .iter()
                .zip(made)
                .map(|(name, own)| (name.as_str(), &own.counts))
                .collect();
            Ok(write_counts(path, model.axis(), &samples)?)
        }
        Format::Json => json_file(path, model, query, metadata, made),
        Format::H5ad => h5ad_file(path, model, query, metadata, made),
    }
}

fn name(made: &BaselinePrediction) -> String {
    format!("sample.{}", made.sample + 1)
}

/// The result of the wire protocol.
fn json_file(
    path: &Path,
    model: &Model,
    query: &BaselineQuery,
    metadata: &Metadata,
    made: &[BaselinePrediction],
) -> Result<()> {
    let outputs: Vec<_> = made
        .iter()
        .map(|own| {
            json!({
                "counts": own.counts.values(),
                "metadata": metadata,
                "latents": own.latents,
                "support": own.support,
            })
        })
        .collect();
    let ids: Vec<_> = model.axis().genes().iter().map(|gene| gene.id).collect();
    let whole = json!({
        "outputs": outputs,
        "gene_order": ids,
        "model_id": model.manifest().id,
        "model_version": model.manifest().version,
        "query": query,
    });
    let mut file = AtomicFile::create(path)?;
    let written = serde_json::to_writer(&mut file, &whole)
        .map_err(std::io::Error::from)
        .and_then(|()| file.write_all(b"\n"));
    written.map_err(|error| Error::write(path, error))?;
    Ok(file.commit()?)
}

fn h5ad_file(
    path: &Path,
    model: &Model,
    query: &BaselineQuery,
    metadata: &Metadata,
    made: &[BaselinePrediction],
) -> Result<()> {
    let mut counts = Vec::with_capacity(made.len() * model.axis().len());
    for own in made {
        for &count in own.counts.values() {
            counts.push(i32::try_from(count).map_err(|_| {
                Failure::Failed(format!(
                    "{}: a count of {count} does not fit the 32-bit integers of this file: write .tsv or .json, \
                     or ask for a smaller total_count",
                    path.display()
                ))
            })?);
        }
    }
    let mut columns: Vec<(String, Column)> = metadata
        .iter()
        .map(|(field, value)| {
            let constant = vec![Some(value.to_owned()); made.len()];
            (field.name().to_owned(), Column::categorical(constant))
        })
        .collect();
    let level = made.iter().map(|own| Some(own.support.level.to_string()));
    columns.push(("support".to_owned(), Column::categorical(level)));
    let embedding = |name: &str, of: fn(&BaselinePrediction) -> &Vec<f32>| {
        let values: Vec<f32> = made
            .iter()
            .flat_map(|own| of(own).iter().copied())
            .collect();
        let columns = values.len() / made.len().max(1);
        (name.to_owned(), Embedding { columns, values })
    };
    let genes = model.axis().genes();
    let symbols = genes.iter().map(|gene| gene.symbol.clone()).collect();
    let reasons = made.first().map(|own| &own.support.reasons);
    let data = AnnData {
        obs: Frame {
            names: made.iter().map(name).collect(),
            columns,
            skipped: Vec::new(),
        },
        var: Frame {
            names: genes.iter().map(|gene| gene.id.to_string()).collect(),
            columns: vec![("gene_symbol".to_owned(), Column::Text(symbols))],
            skipped: Vec::new(),
        },
        x: Values::DenseI32(counts),
        layers: Vec::new(),
        obsm: vec![
            embedding("X_biological", |own| &own.latents.biological),
            embedding("X_perturbation", |own| &own.latents.perturbation),
            embedding("X_technical", |own| &own.latents.technical),
        ],
        uns: uns_entries(&json!({
            "model_id": model.manifest().id,
            "model_version": model.manifest().version,
            "query": query,
            "support": { "reasons": reasons },
        })),
    };
    Ok(write_h5ad(path, data)?)
}
