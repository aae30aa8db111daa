//! Samples that were generated from metadata into a file, one after the other.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use refcast_core::{BaselinePrediction, BaselineQuery, Counts, Metadata, Support};
use refcast_io::h5ad::{AnnData, Column, Embedding, Frame, Values, write_h5ad};
use refcast_io::{AtomicFile, Error, write_counts};
use refcast_model::Model;
use serde_json::json;

use crate::failure::{Failure, Result};
use crate::output::{Destination, Format, uns_entries};

/// A file that takes samples one by one, and has its name once it is whole.
pub trait Sink {
    /// Takes the next sample.
    ///
    /// # Errors
    /// When it cannot be stored, or a count does not fit the format.
    fn write(&mut self, made: &BaselinePrediction) -> Result<()>;

    /// Completes the file.
    ///
    /// # Errors
    /// When it cannot be written.
    fn finish(self: Box<Self>) -> Result<()>;
}

/// What every file says beside the samples.
#[derive(Clone, Copy)]
pub struct Provenance<'a> {
    /// The model.
    pub model: &'a Model,
    /// The query, with the seed in force.
    pub query: &'a BaselineQuery,
    /// The metadata, with names resolved to ids.
    pub metadata: &'a Metadata,
    /// What the samples rest on, the same for each.
    pub support: &'a Support,
}

/// Opens the sink for the format that the file's name asks for.
///
/// # Errors
/// When nothing can be created where the file should be.
pub fn open<'a>(
    destination: &'a Destination,
    provenance: Provenance<'a>,
) -> Result<Box<dyn Sink + 'a>> {
    let path = &destination.path;
    Ok(match destination.format {
        Format::Table => Box::new(TableSink {
            path,
            provenance,
            samples: Vec::new(),
        }),
        Format::Json => Box::new(JsonSink::create(path, provenance)?),
        Format::H5ad => Box::new(H5adSink::new(path, provenance)),
    })
}

fn name(made: &BaselinePrediction) -> String {
    format!("sample.{}", made.sample + 1)
}

/// Counts as text. A line holds a value of every sample, so they are held: 8 bytes for each gene of
/// each.
struct TableSink<'a> {
    path: &'a Path,
    provenance: Provenance<'a>,
    samples: Vec<(String, Counts)>,
}

impl Sink for TableSink<'_> {
    fn write(&mut self, made: &BaselinePrediction) -> Result<()> {
        self.samples.push((name(made), made.counts.clone()));
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<()> {
        let samples = self.samples.iter();
        let samples: Vec<(&str, &Counts)> = samples
            .map(|(name, counts)| (name.as_str(), counts))
            .collect();
        let axis = self.provenance.model.axis();
        Ok(write_counts(self.path, axis, &samples)?)
    }
}

/// The result of the wire protocol: outputs are written as they come.
struct JsonSink<'a> {
    path: &'a Path,
    provenance: Provenance<'a>,
    file: AtomicFile,
    is_begun: bool,
}

impl<'a> JsonSink<'a> {
    fn create(path: &'a Path, provenance: Provenance<'a>) -> Result<Self> {
        Ok(Self {
            file: AtomicFile::create(path)?,
            path,
            provenance,
            is_begun: false,
        })
    }

    fn begin(&mut self) -> io::Result<()> {
        let model = self.provenance.model;
        let ids: Vec<_> = model.axis().genes().iter().map(|gene| gene.id).collect();
        self.file.write_all(b"{\"gene_order\":")?;
        serde_json::to_writer(&mut self.file, &ids)?;
        self.file.write_all(b",\"model_id\":")?;
        serde_json::to_writer(&mut self.file, &model.manifest().id)?;
        self.file.write_all(b",\"model_version\":")?;
        serde_json::to_writer(&mut self.file, &model.manifest().version)?;
        self.file.write_all(b",\"outputs\":[")
    }

    fn append(&mut self, made: &BaselinePrediction) -> io::Result<()> {
        if self.is_begun {
            self.file.write_all(b",")?;
        } else {
            self.begin()?;
            self.is_begun = true;
        }
        let output = json!({
            "counts": made.counts.values(),
            "metadata": self.provenance.metadata,
            "latents": made.latents,
            "support": made.support,
        });
        Ok(serde_json::to_writer(&mut self.file, &output)?)
    }

    fn close(&mut self) -> io::Result<()> {
        if !self.is_begun {
            self.begin()?;
        }
        self.file.write_all(b"],\"query\":")?;
        // By name, as the outputs have their keys.
        let query = json!(self.provenance.query);
        serde_json::to_writer(&mut self.file, &query)?;
        self.file.write_all(b"}\n")
    }
}

impl Sink for JsonSink<'_> {
    fn write(&mut self, made: &BaselinePrediction) -> Result<()> {
        let written = self.append(made);
        Ok(written.map_err(|error| Error::write(self.path, error))?)
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        let written = self.close();
        written.map_err(|error| Error::write(self.path, error))?;
        Ok(self.file.commit()?)
    }
}

/// An AnnData. The HDF5 library writes matrices whole, so the counts are held: 4 bytes for each
/// gene of each sample.
struct H5adSink<'a> {
    path: PathBuf,
    provenance: Provenance<'a>,
    names: Vec<String>,
    counts: Vec<i32>,
    /// Biological, of the perturbation, technical.
    latents: [Vec<f32>; 3],
}

impl<'a> H5adSink<'a> {
    fn new(path: &Path, provenance: Provenance<'a>) -> Self {
        let values = provenance.query.num_samples as usize * provenance.model.axis().len();
        Self {
            path: path.to_owned(),
            provenance,
            names: Vec::new(),
            counts: Vec::with_capacity(values),
            latents: [const { Vec::new() }; 3],
        }
    }
}

impl Sink for H5adSink<'_> {
    fn write(&mut self, made: &BaselinePrediction) -> Result<()> {
        for &count in made.counts.values() {
            self.counts.push(i32::try_from(count).map_err(|_| {
                Failure::Failed(format!(
                    "{}: a count of {count} does not fit the 32-bit integers of this file: write .tsv or .json, \
                     or ask for a smaller total_count",
                    self.path.display()
                ))
            })?);
        }
        self.names.push(name(made));
        let own = &made.latents;
        let groups = [&own.biological, &own.perturbation, &own.technical];
        for (all, own) in self.latents.iter_mut().zip(groups) {
            all.extend(own);
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<()> {
        let Provenance {
            model,
            query,
            metadata,
            support,
        } = self.provenance;
        let samples = self.names.len();
        let constant = |value: &str| Column::categorical(vec![Some(value.to_owned()); samples]);
        let fields = metadata.iter();
        let mut columns: Vec<(String, Column)> = fields
            .map(|(field, value)| (field.name().to_owned(), constant(value)))
            .collect();
        columns.push(("support".to_owned(), constant(&support.level.to_string())));
        let groups = ["X_biological", "X_perturbation", "X_technical"];
        let embeddings = groups.into_iter().zip(self.latents).map(|(name, values)| {
            let columns = values.len() / samples.max(1);
            (name.to_owned(), Embedding { columns, values })
        });
        let genes = model.axis().genes();
        let symbols = genes.iter().map(|gene| gene.symbol.clone()).collect();
        let data = AnnData {
            obs: Frame {
                names: self.names,
                columns,
                skipped: Vec::new(),
            },
            var: Frame {
                names: genes.iter().map(|gene| gene.id.to_string()).collect(),
                columns: vec![("gene_symbol".to_owned(), Column::Text(symbols))],
                skipped: Vec::new(),
            },
            x: Values::DenseI32(self.counts),
            layers: Vec::new(),
            obsm: embeddings.collect(),
            uns: uns_entries(&json!({
                "model_id": model.manifest().id,
                "model_version": model.manifest().version,
                "query": query,
                "support": { "reasons": support.reasons },
            })),
        };
        Ok(write_h5ad(&self.path, data)?)
    }
}
