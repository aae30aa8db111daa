//! Everything about the samples as an AnnData.

mod matrices;
mod uns;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use refcast_core::Latents;
use refcast_io::AlignmentReport;
use refcast_io::h5ad::{AnnData, Column, Embedding, Frame, write_h5ad};
use serde_json::json;

use super::head::Head;
use super::metadata::Entry;
use super::row::Row;
use super::writer::Writer;
use crate::error::{Error, Result};
use matrices::Matrices;

/// The key of the name of a row that has one.
const SAMPLE: &str = "sample";

/// An AnnData in the making.
///
/// The HDF5 library writes matrices whole, so they are held in memory: 16 bytes for each gene of
/// each bulk sample with an effect, 4 without, 8 for each gene that a cell expresses.
pub(super) struct H5adFile {
    path: PathBuf,
    head: Head,
    observed: Option<Arc<[bool]>>,
    names: Vec<String>,
    columns: Vec<(String, Cells)>,
    library_sizes: Vec<i64>,
    matrices: Matrices,
    has_effects: bool,
    /// Biological, of the perturbation, technical.
    latents: [Vec<f32>; 3],
    /// Why each sample can be trusted as far as its support says, each sentence once.
    reasons: Option<Vec<String>>,
}

/// One column of `obs`.
enum Cells {
    Text(Vec<Option<String>>),
    Whole(Vec<u64>),
    Number(Vec<f64>),
    Truth(Vec<bool>),
}

impl H5adFile {
    pub(super) fn new(path: &Path, head: &Head) -> Self {
        Self {
            path: path.to_owned(),
            head: head.clone(),
            observed: None,
            names: Vec::with_capacity(head.samples),
            columns: Vec::new(),
            library_sizes: Vec::with_capacity(head.samples),
            matrices: Matrices::new(head.modality, head.axis.len(), head.samples),
            has_effects: false,
            latents: [const { Vec::new() }; 3],
            reasons: None,
        }
    }

    /// Adds what is said of a row to the columns, which its first row decides.
    fn describe(&mut self, row: &Row<'_>) {
        let entries = row.metadata.0.iter().filter(|(key, entry)| match entry {
            // The name of the row is its index.
            Entry::Text(_) => key != SAMPLE,
            // How genes were matched is said once for all rows.
            Entry::Report(_) => false,
            _ => true,
        });
        if self.names.is_empty() {
            self.columns = entries
                .clone()
                .map(|(key, entry)| (key.to_string(), Cells::of(entry)))
                .collect();
        }
        for ((_, cells), (_, entry)) in self.columns.iter_mut().zip(entries) {
            match (cells, entry) {
                (Cells::Text(all), Entry::Text(own)) => {
                    all.push(own.as_deref().map(str::to_owned));
                }
                (Cells::Whole(all), Entry::Whole(own)) => all.push(*own),
                (Cells::Number(all), Entry::Number(own)) => all.push(*own),
                (Cells::Truth(all), Entry::Truth(own)) => all.push(*own),
                // Every row has the same keys with values of the same kind.
                _ => {}
            }
        }
    }

    fn counts(&self, row: &Row<'_>) -> Result<Vec<i32>> {
        let fitting = |&count: &u64| {
            i32::try_from(count).map_err(|_| {
                Error::Failed(format!(
                    "{}: a count of {count} does not fit the 32-bit integers of this file: write .tsv or .json, \
                     or ask for a smaller total_count",
                    self.path.display()
                ))
            })
        };
        row.counts.values().iter().map(fitting).collect()
    }

    fn var(&self) -> Frame {
        let axis = &self.head.axis;
        let symbols = axis.genes().iter().map(|gene| gene.symbol.clone());
        let observed = match &self.observed {
            Some(observed) => observed.to_vec(),
            None => vec![false; axis.len()],
        };
        let mut columns = vec![
            ("gene_symbol".to_owned(), Column::Text(symbols.collect())),
            ("observed".to_owned(), Column::Boolean(observed)),
        ];
        if self.has_effects {
            columns.extend(self.matrices.mean_effects());
        }
        frame(
            axis.genes()
                .iter()
                .map(|gene| gene.id.to_string())
                .collect(),
            columns,
        )
    }
}

impl Cells {
    fn of(entry: &Entry<'_>) -> Self {
        match entry {
            Entry::Text(_) | Entry::Report(_) => Self::Text(Vec::new()),
            Entry::Whole(_) => Self::Whole(Vec::new()),
            Entry::Number(_) => Self::Number(Vec::new()),
            Entry::Truth(_) => Self::Truth(Vec::new()),
        }
    }

    fn into_column(self) -> Column {
        match self {
            Self::Text(values) => Column::categorical(values),
            Self::Number(values) => Column::Float(values),
            Self::Truth(values) => Column::Boolean(values),
            // As numbers where HDF5 readers have such numbers; a seed of 2⁶³ and more as text.
            Self::Whole(values) => {
                let whole: std::result::Result<Vec<i64>, _> =
                    values.iter().map(|&value| i64::try_from(value)).collect();
                whole.map_or_else(
                    |_| Column::Text(values.iter().map(u64::to_string).collect()),
                    Column::Integer,
                )
            }
        }
    }
}

impl Writer for H5adFile {
    fn write(&mut self, row: &Row<'_>) -> Result<()> {
        let counts = self.counts(row)?;
        self.matrices.push(&counts, row.effect.as_ref());
        self.has_effects |= row.effect.is_some();
        let Latents {
            biological,
            technical,
            perturbation,
        } = &row.latents;
        for (all, own) in self
            .latents
            .iter_mut()
            .zip([biological, perturbation, technical])
        {
            all.extend(own);
        }
        self.observed
            .get_or_insert_with(|| Arc::clone(row.counts.observed()));
        if let Some(support) = &row.support {
            let known = self.reasons.get_or_insert_default();
            for reason in &support.reasons {
                if !known.contains(reason) {
                    known.push(reason.clone());
                }
            }
        }
        self.describe(row);
        // Below 2⁵³ by the rules of counts.
        self.library_sizes.push(row.counts.library_size() as i64);
        self.names.push(row.name.clone());
        Ok(())
    }

    fn finish(mut self: Box<Self>, alignment: Option<&AlignmentReport>) -> Result<()> {
        let var = self.var();
        let uns = uns::entries(&json!({
            "model_id": self.head.model_id,
            "model_version": self.head.model_version,
            "query": self.head.query,
            "alignment": alignment,
            "support": self.reasons.as_ref().map(|reasons| json!({ "reasons": reasons })),
        }));
        let samples = self.names.len();
        let mut columns: Vec<(String, Column)> = std::mem::take(&mut self.columns)
            .into_iter()
            .map(|(name, cells)| (name, cells.into_column()))
            .collect();
        let sizes = std::mem::take(&mut self.library_sizes);
        columns.push(("library_size".to_owned(), Column::Integer(sizes)));
        let groups = ["X_biological", "X_perturbation", "X_technical"];
        let embeddings = groups.into_iter().zip(self.latents).map(|(name, values)| {
            let columns = values.len() / samples.max(1);
            (name.to_owned(), Embedding { columns, values })
        });
        let (x, layers) = self.matrices.finish(self.has_effects);
        let data = AnnData {
            obs: frame(self.names, columns),
            var,
            x,
            layers,
            obsm: embeddings.collect(),
            uns,
        };
        Ok(write_h5ad(&self.path, data)?)
    }
}

fn frame(names: Vec<String>, columns: Vec<(String, Column)>) -> Frame {
    Frame {
        names,
        columns,
        skipped: Vec::new(),
    }
}
