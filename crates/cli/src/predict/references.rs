//! The references: samples of a file on the model's genes, or one that the model generates.

use refcast_core::Fault;
use refcast_io::AlignmentReport;
use refcast_model::{Model, Reference};

use super::batches::failed;
use super::reference_file::ReferenceFile;
use crate::failure::{Failure, Gathered, Result};
use crate::flags::PredictFlags;
use crate::report;

/// Where references come from, one at a time.
pub enum References {
    /// One that the model generated.
    Example(Option<Box<Reference>>),
    /// The samples of a file.
    File(Box<ReferenceFile>),
}

impl References {
    /// Opens what the flags name. `seed` makes the example; it is known unless the query is wrong.
    ///
    /// # Errors
    /// No input or two of them, flags that do not fit the file, a file that cannot be read or has
    /// too few of the model's genes, samples that it does not have.
    pub fn open(flags: &PredictFlags, model: &Model, seed: Option<u64>) -> Result<Self> {
        match (flags.input.as_slice(), flags.example) {
            ([_, ..], true) => Err(Failure::invalid(
                "input",
                "contradiction",
                "give either --input or --example: the example needs no input",
            )),
            ([], false) => Err(Failure::invalid(
                "input",
                "missing",
                "name a file of raw counts (-i counts.tsv.gz, .csv, .h5ad, .h5 or a folder of Cell Ranger; - for standard input), or use \
                 --example for a reference that the model generates",
            )),
            ([], true) => Self::example(flags, model, seed),
            (paths, false) => Ok(Self::File(Box::new(ReferenceFile::open(
                flags.into(),
                paths,
                model,
            )?))),
        }
    }

    fn example(flags: &PredictFlags, model: &Model, seed: Option<u64>) -> Result<Self> {
        let of_files = [
            (flags.samples.is_some(), "samples"),
            (flags.layer.is_some(), "layer"),
            (flags.raw, "raw"),
            (flags.samples_in_rows, "samples_in_rows"),
            (flags.transcript_genes.is_some(), "transcript_genes"),
        ];
        let mut gathered = Gathered::default();
        for (_, field) in of_files.into_iter().filter(|(given, _)| *given) {
            gathered.push(Fault::new(
                field,
                "contradiction",
                "belongs to an input file; leave it out with --example",
            ));
        }
        gathered.check()?;
        let reference = model.example_reference(seed.unwrap_or(0)).map_err(failed)?;
        Ok(Self::Example(Some(Box::new(reference))))
    }

    /// How many references there are in all.
    pub fn len(&self) -> usize {
        match self {
            Self::Example(_) => 1,
            Self::File(file) => file.n_picked(),
        }
    }

    /// The next reference, or `None` after the last. A faulty sample is passed over, so that the
    /// faults of those after it can be found as well.
    ///
    /// # Errors
    /// The faults of the sample that comes next, or of the file.
    pub fn next(&mut self) -> Result<Option<Reference>> {
        match self {
            Self::Example(reference) => Ok(reference.take().map(|reference| *reference)),
            Self::File(file) => file.next(),
        }
    }

    /// Whether the last fault was one of the file, after which nothing more can be read.
    pub fn is_broken(&self) -> bool {
        match self {
            Self::Example(_) => true,
            Self::File(file) => file.is_broken(),
        }
    }

    /// How genes were matched, with the counts kept of every reference read so far.
    pub fn alignment(&self) -> Option<AlignmentReport> {
        match self {
            Self::Example(_) => None,
            Self::File(file) => Some(file.alignment()),
        }
    }

    /// What the report says of them.
    pub fn summary(&self) -> report::References {
        match self {
            Self::Example(_) => report::References {
                file: None,
                in_file: 1,
                notes: Vec::new(),
                used: vec!["example".to_owned()],
            },
            Self::File(file) => file.summary(),
        }
    }
}
