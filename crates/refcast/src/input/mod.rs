//! Samples in: picked, checked, and on the genes of a model.

mod faults;
mod names;
mod options;
mod samples;
mod spool;

use std::path::PathBuf;

use refcast_core::IntoFaults;
use refcast_io::AlignmentReport;
use refcast_model::Reference;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::session::Session;

pub use options::InputOptions;

use faults::SampleFaults;
use samples::FileSamples;

/// Where samples come from, some at a time.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use refcast::{Input, InputOptions, Session};
///
/// let session = Session::open("gem-1-bulk")?;
/// let folder = tempfile::tempdir()?;
/// let file = folder.path().join("counts.tsv");
/// let genes = session.model().axis().genes().iter().take(500).enumerate();
/// let lines: String = genes.map(|(at, gene)| format!("{}\t{at}\n", gene.id)).collect();
/// std::fs::write(&file, format!("gene\tmock\n{lines}"))?;
///
/// let mut input = Input::open(&[file], InputOptions::default(), &session)?;
/// let samples = input.next_batch(10)?;
/// assert_eq!(samples[0].name, "mock");
/// # Ok(())
/// # }
/// ```
pub struct Input(Source);

enum Source {
    /// One that the model generated.
    Example(Option<Box<Reference>>),
    /// The samples of a file.
    File(Box<FileSamples>),
}

/// What was read.
#[derive(Debug, Clone, Serialize)]
pub struct InputSummary {
    /// The file; none for a generated reference.
    pub file: Option<String>,
    /// How many samples the file has.
    pub in_file: usize,
    /// What of the file was left out, a sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The names of those that were used.
    pub used: Vec<String>,
}

impl Input {
    /// Opens files of raw counts, several as one matrix; `-` is standard input.
    ///
    /// # Errors
    /// Options that do not fit the file, a file that cannot be read or has too few of the model's
    /// genes, samples that it does not have.
    pub fn open(paths: &[PathBuf], options: InputOptions<'_>, session: &Session) -> Result<Self> {
        let samples = FileSamples::open(options, paths, session)?;
        Ok(Self(Source::File(Box::new(samples))))
    }

    /// One sample that the model generates.
    ///
    /// # Errors
    /// A failure of the model.
    pub fn example(session: &Session, seed: u64) -> Result<Self> {
        let reference = session.model().example_reference(seed)?;
        Ok(Self(Source::Example(Some(Box::new(reference)))))
    }

    /// How many samples there are in all.
    pub fn len(&self) -> usize {
        match &self.0 {
            Source::Example(_) => 1,
            Source::File(file) => file.n_picked(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The next samples, at most `most` of them; none after the last. After a fault the rest is read
    /// for its faults only.
    ///
    /// # Errors
    /// The faults of all samples from here on, or of the file.
    pub fn next_batch(&mut self, most: usize) -> Result<Vec<Reference>> {
        let (mut batch, mut faults) = (Vec::new(), SampleFaults::default());
        while batch.len() < most || !faults.is_empty() {
            match self.next().map_err(Error::try_into_faults) {
                Ok(Some(sample)) if faults.is_empty() => batch.push(sample),
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(Ok(found)) => {
                    faults.extend(found);
                    if self.is_broken() {
                        break;
                    }
                }
                Err(Err(error)) => return Err(error),
            }
        }
        faults.check()?;
        Ok(batch)
    }

    /// The next sample, or `None` after the last. A faulty one is passed over.
    fn next(&mut self) -> Result<Option<Reference>> {
        match &mut self.0 {
            Source::Example(reference) => Ok(reference.take().map(|reference| *reference)),
            Source::File(file) => file.next(),
        }
    }

    /// Whether the last fault was one of the file, after which nothing more can be read.
    fn is_broken(&self) -> bool {
        match &self.0 {
            Source::Example(_) => true,
            Source::File(file) => file.is_broken(),
        }
    }

    /// How genes were matched, with the counts kept of every sample read so far; none for a sample
    /// that the model generated.
    pub fn alignment(&self) -> Option<AlignmentReport> {
        match &self.0 {
            Source::Example(_) => None,
            Source::File(file) => Some(file.alignment()),
        }
    }

    /// What was read so far.
    pub fn summary(&self) -> InputSummary {
        match &self.0 {
            Source::Example(_) => InputSummary {
                file: None,
                in_file: 1,
                notes: Vec::new(),
                used: vec!["example".to_owned()],
            },
            Source::File(file) => file.summary(),
        }
    }
}
