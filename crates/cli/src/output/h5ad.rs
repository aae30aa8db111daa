//! Everything about the generated samples as an AnnData.

mod body;
mod uns;

pub use uns::entries as uns_entries;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use refcast_core::{GeneAxis, Latents, PerturbationFields, Prediction, Support};
use refcast_io::AlignmentReport;
use refcast_io::h5ad::{AnnData, Column, Embedding, Frame, Uns, write_h5ad};
use serde_json::json;

use super::{Provenance, Sink, sample_number};
use crate::failure::{Failure, Result};
use body::Body;

/// An AnnData in the making.
///
/// The HDF5 library writes matrices whole, so they are held in memory: 16 bytes for each gene of
/// each bulk sample, 8 for each gene that a cell expresses.
#[derive(Debug)]
pub struct H5adSink {
    path: PathBuf,
    provenance: Provenance,
    observed: Option<Arc<[bool]>>,
    rows: Vec<Row>,
    body: Body,
    biological: Vec<f32>,
    technical: Vec<f32>,
    perturbation: Vec<f32>,
}

/// What `obs` says of a sample.
#[derive(Debug)]
struct Row {
    name: String,
    reference: String,
    sample: u32,
    library_size: u64,
    support: Support,
}

impl H5adSink {
    /// The file that will be at `path`.
    pub fn new(path: &Path, provenance: Provenance) -> Self {
        let samples = provenance.query.num_samples as usize;
        let body = Body::new(provenance.modality, provenance.axis.len(), samples);
        Self {
            path: path.to_owned(),
            provenance,
            observed: None,
            rows: Vec::new(),
            body,
            biological: Vec::new(),
            technical: Vec::new(),
            perturbation: Vec::new(),
        }
    }

    fn obs(&self) -> Frame {
        let rows = &self.rows;
        let provenance = &self.provenance;
        let constant = |value: Option<&str>| Column::categorical(vec![value; rows.len()]);
        let PerturbationFields {
            perturbation_ontology_id,
            perturbation_type,
            perturbation_time,
            perturbation_dose,
        } = provenance.fields();
        let reasons = |row: &Row| Some(row.support.reasons.join("; "));
        let columns = [
            (
                "reference",
                Column::categorical(rows.iter().map(|row| Some(&row.reference))),
            ),
            ("sample", integers(rows, |row| i64::from(row.sample))),
            ("perturbation", constant(Some(&provenance.perturbation))),
            (
                "perturbation_ontology_id",
                constant(perturbation_ontology_id.as_deref()),
            ),
            ("perturbation_type", constant(perturbation_type.as_deref())),
            ("perturbation_dose", constant(perturbation_dose.as_deref())),
            ("perturbation_time", constant(perturbation_time.as_deref())),
            ("seed", self.seed()),
            // Below 2⁵³ by the rules of counts.
            (
                "library_size",
                integers(rows, |row| row.library_size as i64),
            ),
            (
                "support",
                Column::categorical(rows.iter().map(|row| Some(row.support.level.to_string()))),
            ),
            ("support_score", floats(rows, |row| row.support.score)),
            (
                "support_reasons",
                Column::categorical(rows.iter().map(reasons)),
            ),
        ];
        frame(rows.iter().map(|row| row.name.clone()).collect(), columns)
    }

    /// As numbers where HDF5 readers have such numbers; a seed of 2⁶³ and more as text.
    fn seed(&self) -> Column {
        let seed = self.provenance.query.seed;
        match i64::try_from(seed) {
            Ok(seed) => Column::Integer(vec![seed; self.rows.len()]),
            Err(_) => Column::Text(vec![seed.to_string(); self.rows.len()]),
        }
    }

    fn var(&self, axis: &GeneAxis) -> Frame {
        let symbols = axis
            .genes()
            .iter()
            .map(|gene| gene.symbol.clone())
            .collect();
        let observed = match &self.observed {
            Some(observed) => observed.to_vec(),
            None => vec![false; axis.len()],
        };
        let columns = [
            ("gene_symbol", Column::Text(symbols)),
            ("observed", Column::Boolean(observed)),
        ];
        let ids = axis.genes().iter().map(|gene| gene.id.to_string());
        let mut frame = frame(ids.collect(), columns);
        frame.columns.extend(self.body.mean_effects());
        frame
    }

    fn uns(&self, alignment: Option<&AlignmentReport>) -> Vec<(String, Uns)> {
        let Provenance {
            model_id,
            model_version,
            query,
            ..
        } = &self.provenance;
        let mut reasons: Vec<&String> = Vec::new();
        for reason in self.rows.iter().flat_map(|row| &row.support.reasons) {
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        uns::entries(&json!({
            "model_id": model_id,
            "model_version": model_version,
            "query": query,
            "alignment": alignment,
            "support": { "reasons": reasons },
        }))
    }
}

impl Sink for H5adSink {
    fn write(&mut self, prediction: &Prediction) -> Result<()> {
        let mut counts = Vec::with_capacity(prediction.counts.len());
        for &count in prediction.counts.values() {
            let count = i32::try_from(count).map_err(|_| {
                Failure::Failed(format!(
                    "{}: a count of {count} does not fit the 32-bit integers of this file: write .tsv or .json, \
                     or ask for a smaller total_count",
                    self.path.display()
                ))
            })?;
            counts.push(count);
        }
        self.body.push(&counts, prediction);
        let Latents {
            biological,
            technical,
            perturbation,
        } = &prediction.latents;
        self.biological.extend(biological);
        self.technical.extend(technical);
        self.perturbation.extend(perturbation);
        self.observed
            .get_or_insert_with(|| Arc::clone(prediction.counts.observed()));
        self.rows.push(Row {
            name: self.provenance.sample_name(prediction),
            reference: prediction.reference.clone(),
            sample: sample_number(prediction),
            library_size: prediction.counts.library_size(),
            support: prediction.support.clone(),
        });
        Ok(())
    }

    fn finish(self: Box<Self>, alignment: Option<&AlignmentReport>) -> Result<()> {
        let obs = self.obs();
        let var = self.var(&self.provenance.axis);
        let uns = self.uns(alignment);
        let samples = self.rows.len();
        let embedding = |name: &str, values: Vec<f32>| {
            let columns = values.len() / samples.max(1);
            (name.to_owned(), Embedding { columns, values })
        };
        let (x, layers) = self.body.finish();
        let data = AnnData {
            obs,
            var,
            x,
            layers,
            obsm: vec![
                embedding("X_biological", self.biological),
                embedding("X_perturbation", self.perturbation),
                embedding("X_technical", self.technical),
            ],
            uns,
        };
        Ok(write_h5ad(&self.path, data)?)
    }
}

fn frame<const N: usize>(names: Vec<String>, columns: [(&str, Column); N]) -> Frame {
    let columns = columns
        .map(|(name, column)| (name.to_owned(), column))
        .into();
    Frame {
        names,
        columns,
        skipped: Vec::new(),
    }
}

fn integers(rows: &[Row], value: impl Fn(&Row) -> i64) -> Column {
    Column::Integer(rows.iter().map(value).collect())
}

fn floats(rows: &[Row], value: impl Fn(&Row) -> f32) -> Column {
    Column::Float(rows.iter().map(|row| f64::from(value(row))).collect())
}
