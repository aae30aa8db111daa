//! Annotations into a file.

use std::io::Write;
use std::path::Path;

use refcast_core::{Annotation, AnnotationQuery, FieldPrediction};
use refcast_io::h5ad::{AnnData, Column, Embedding, Frame, Values, write_h5ad};
use refcast_io::{AtomicFile, Error};
use refcast_model::Model;
use serde_json::{Map, Value, json};

use crate::failure::{Failure, Result};
use crate::output::{Destination, Format, uns_entries};

/// Writes annotations in the format that the file's name asks for.
///
/// # Errors
/// When the file cannot be written.
pub fn write(
    destination: &Destination,
    model: &Model,
    query: &AnnotationQuery,
    told: &[Annotation],
) -> Result<()> {
    let path = &destination.path;
    match destination.format {
        Format::Table => text_file(path, &table(path, told)),
        Format::Json => {
            let whole = json!({
                "outputs": told.iter().map(output_json).collect::<Vec<_>>(),
                "gene_order": model.axis().genes().iter().map(|gene| gene.id).collect::<Vec<_>>(),
                "model_id": model.manifest().id,
                "model_version": model.manifest().version,
                "query": query,
            });
            text_file(path, &format!("{whole}\n"))
        }
        Format::H5ad => h5ad_file(path, model, query, told),
    }
}

fn text_file(path: &Path, text: &str) -> Result<()> {
    let mut file = AtomicFile::create(path)?;
    file.write_all(text.as_bytes())
        .map_err(|error| Error::write(path, error))?;
    Ok(file.commit()?)
}

/// A row a sample; for each field its value, what that means, its probability, and the narrowest
/// term that is sure; empty where none is.
fn table(path: &Path, told: &[Annotation]) -> String {
    let is_csv = path
        .extension()
        .is_some_and(|own| own.eq_ignore_ascii_case("csv"));
    let separator = if is_csv { "," } else { "\t" };
    let cell = |text: &str| {
        let plain = text.replace(['\t', '\n', '\r'], " ");
        if is_csv && plain.contains([',', '"']) {
            format!("\"{}\"", plain.replace('"', "\"\""))
        } else {
            plain
        }
    };
    let mut header = vec![
        "sample".to_owned(),
        "is_familiar".to_owned(),
        "novelty".to_owned(),
    ];
    for field in told.first().iter().flat_map(|first| &first.fields) {
        let name = field.field.name();
        header.extend([
            name.to_owned(),
            format!("{name}_label"),
            format!("{name}_probability"),
            format!("{name}_sure"),
            format!("{name}_sure_label"),
        ]);
    }
    let mut text = header.join(separator) + "\n";
    for own in told {
        let mut row = vec![
            cell(&own.reference),
            own.is_familiar.to_string(),
            format!("{:.4}", own.novelty),
        ];
        for field in &own.fields {
            row.extend([
                cell(&field.value),
                cell(&field.label),
                format!("{:.4}", field.probability),
                cell(field.sure.as_ref().map_or("", |sure| &sure.value)),
                cell(field.sure.as_ref().map_or("", |sure| &sure.label)),
            ]);
        }
        text += &row.join(separator);
        text += "\n";
    }
    text
}

/// A field with all its probabilities.
pub fn field_json(field: &FieldPrediction) -> Value {
    json!({
        "field": field.field,
        "value": field.value,
        "label": field.label,
        "probability": field.probability,
        "sure": field.sure,
        "probabilities": field.probabilities,
    })
}

/// An output of the wire protocol.
fn output_json(own: &Annotation) -> Value {
    let (mut metadata, mut probabilities) = (Map::new(), Map::new());
    metadata.insert("sample".to_owned(), json!(own.reference));
    metadata.insert("is_familiar".to_owned(), json!(own.is_familiar));
    metadata.insert("novelty".to_owned(), json!(own.novelty));
    metadata.insert("notes".to_owned(), json!(own.notes));
    for field in &own.fields {
        let name = field.field.name();
        metadata.insert(name.to_owned(), json!(field.value));
        metadata.insert(format!("{name}_label"), json!(field.label));
        let values = field.probabilities.iter();
        let by_value: Map<String, Value> = values
            .map(|value| (value.value.clone(), json!(value.probability)))
            .collect();
        probabilities.insert(name.to_owned(), Value::Object(by_value));
    }
    json!({
        "metadata": metadata,
        "classifier_probs": probabilities,
        "latents": own.latents,
        "decoder_sample": { "counts": own.decoder_sample.values() },
    })
}

fn h5ad_file(
    path: &Path,
    model: &Model,
    query: &AnnotationQuery,
    told: &[Annotation],
) -> Result<()> {
    let mut counts = Vec::with_capacity(told.len() * model.axis().len());
    for own in told {
        for &count in own.decoder_sample.values() {
            counts.push(i32::try_from(count).map_err(|_| {
                Failure::Failed(format!(
                    "{}: a count of {count} does not fit this file: write .json",
                    path.display()
                ))
            })?);
        }
    }
    let mut columns = vec![
        (
            "is_familiar".to_owned(),
            Column::Boolean(told.iter().map(|own| own.is_familiar).collect()),
        ),
        (
            "novelty".to_owned(),
            Column::Float(told.iter().map(|own| f64::from(own.novelty)).collect()),
        ),
    ];
    let fields = told.first().map_or(0, |first| first.fields.len());
    for at in 0..fields {
        let name = told[0].fields[at].field.name();
        let text = |of: fn(&FieldPrediction) -> &String| {
            Column::categorical(told.iter().map(|own| Some(of(&own.fields[at]).clone())))
        };
        columns.push((name.to_owned(), text(|own| &own.value)));
        columns.push((format!("{name}_label"), text(|own| &own.label)));
        let sure = told.iter().map(|own| f64::from(own.fields[at].probability));
        columns.push((format!("{name}_probability"), Column::Float(sure.collect())));
        let broader = told.iter().map(|own| {
            let sure = own.fields[at].sure.as_ref();
            sure.map(|sure| sure.label.clone())
        });
        columns.push((format!("{name}_sure_label"), Column::categorical(broader)));
    }
    let embedding = |name: &str, of: fn(&Annotation) -> &Vec<f32>| {
        let values: Vec<f32> = told
            .iter()
            .flat_map(|own| of(own).iter().copied())
            .collect();
        let columns = values.len() / told.len().max(1);
        (name.to_owned(), Embedding { columns, values })
    };
    let genes = model.axis().genes();
    let symbols = genes.iter().map(|gene| gene.symbol.clone()).collect();
    let data = AnnData {
        obs: Frame {
            names: told.iter().map(|own| own.reference.clone()).collect(),
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
        })),
    };
    Ok(write_h5ad(path, data)?)
}
