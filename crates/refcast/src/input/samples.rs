//! The samples of a file as references: picked, checked and on the model's genes.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use refcast_core::Faults;
use refcast_core::error::quoted;
use refcast_io::{Alignment, AlignmentReport, CountShares, SampleSource, check_sample, open_all};
use refcast_model::Reference;

use super::InputSummary;
use super::names::picked;
use super::options::{InputOptions, read_options};
use super::spool::{Spool, is_stdin};
use crate::error::{Error, Result};
use crate::session::Session;

/// Samples without a count that a note names.
const EMPTY_SHOWN: usize = 20;

/// The samples of a file that are references.
pub struct FileSamples {
    source: Box<dyn SampleSource>,
    alignment: Alignment,
    /// Which samples of the file are references, `[file samples]`.
    picked: Vec<bool>,
    /// The sample that comes next.
    position: usize,
    shares: CountShares,
    /// Samples without a count that were passed over; only of a file that is read whole.
    empty: Vec<String>,
    is_whole: bool,
    broken: bool,
    spool: Option<Spool>,
    shown: String,
}

impl FileSamples {
    /// Opens `paths`, several as one matrix, and aligns its genes with the model's.
    ///
    /// # Errors
    /// Flags that do not fit the file, a file that cannot be read or has too few of the model's
    /// genes, samples that it does not have.
    pub fn open(given: InputOptions<'_>, paths: &[PathBuf], session: &Session) -> Result<Self> {
        let path = paths.first().map_or(Path::new(""), PathBuf::as_path);
        let spool = match paths {
            [only] => is_stdin(only).then(Spool::read).transpose()?,
            _ => None,
        };
        let files = match &spool {
            Some(spool) => vec![spool.path()],
            None => paths.to_vec(),
        };
        let opened = || -> Result<_> {
            let options = read_options(given, &files[0])?;
            let source = open_all(&files, &options)?;
            let mut faults = Faults::new();
            let picked = faults.gather(picked(given.samples, source.sample_names()))?;
            let resolver = session.resolver()?;
            let aligned = Alignment::new(source.gene_names(), source.gene_symbols(), resolver)
                .map(|alignment| alignment.with_shares(session.model().typical_shares()));
            let aligned = faults.gather(aligned.map_err(|error| in_file(error, path)))?;
            match (picked, aligned) {
                (Some(picked), Some(alignment)) => Ok((source, picked, alignment)),
                _ => Err(faults.into_error().into()),
            }
        };
        let (source, picked, alignment) = opened().map_err(|error| match &spool {
            Some(spool) => spool.named_stdin(error),
            None => error,
        })?;
        Ok(Self {
            source,
            alignment,
            picked,
            position: 0,
            shares: CountShares::default(),
            empty: Vec::new(),
            is_whole: given.samples.is_none(),
            broken: false,
            shown: if spool.is_some() {
                "standard input".to_owned()
            } else {
                match paths {
                    [only] => only.display().to_string(),
                    several => format!("{} files", several.len()),
                }
            },
            spool,
        })
    }

    /// How many of the file's samples are references.
    pub fn n_picked(&self) -> usize {
        self.picked.iter().filter(|&&picked| picked).count()
    }

    /// Whether the last fault was one of the file, after which nothing more can be read.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// How genes were matched, with the counts kept of every reference read so far.
    pub fn alignment(&self) -> AlignmentReport {
        self.shares.report(&self.alignment)
    }

    /// What the report says of them.
    pub fn summary(&self) -> InputSummary {
        let names = self.source.sample_names().iter().zip(&self.picked);
        let empty: HashSet<&String> = self.empty.iter().collect();
        InputSummary {
            file: Some(self.shown.clone()),
            in_file: self.picked.len(),
            notes: self
                .source
                .notes()
                .iter()
                .cloned()
                .chain(self.left_out())
                .collect(),
            used: names
                .filter(|(name, picked)| **picked && !empty.contains(name))
                .map(|(name, _)| name.clone())
                .collect(),
        }
    }

    /// The next reference, or `None` after the last; a faulty sample is passed over.
    ///
    /// # Errors
    /// The faults of the sample that comes next, or of the file.
    pub fn next(&mut self) -> Result<Option<Reference>> {
        let read = self.read();
        match &self.spool {
            Some(spool) => read.map_err(|error| spool.named_stdin(error)),
            None => read,
        }
    }

    /// The end of the file, which must have had a sample with counts.
    fn finished(&mut self) -> Result<Option<Reference>> {
        if !self.empty.is_empty() && self.empty.len() == self.n_picked() && !self.broken {
            self.broken = true;
            let message = format!(
                "none of its {} samples has a count in a gene of the model: check that they were counted against \
                 this annotation",
                self.empty.len()
            );
            return Err(Error::invalid(&self.shown, "all_zero", message));
        }
        Ok(None)
    }

    /// Which samples were passed over, in words.
    fn left_out(&self) -> Option<String> {
        let shown: Vec<String> = self
            .empty
            .iter()
            .take(EMPTY_SHOWN)
            .map(|name| quoted(name))
            .collect();
        let more = self.empty.len() - shown.len();
        let more = match more {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        (!shown.is_empty()).then(|| {
            format!(
                "left out {} of {} samples, without a count in any gene of the model: {}{more}",
                self.empty.len(),
                self.picked.len(),
                shown.join(", ")
            )
        })
    }

    fn read(&mut self) -> Result<Option<Reference>> {
        loop {
            let raw = self
                .source
                .next_sample()
                .inspect_err(|_| self.broken = true)?;
            let Some(raw) = raw else {
                return self.finished();
            };
            let position = self.position;
            self.position += 1;
            // What is wrong with a sample that nobody asked for is nobody's concern.
            if !self.picked.get(position).copied().unwrap_or(false) {
                continue;
            }
            let name = self
                .source
                .sample_names()
                .get(position)
                .cloned()
                .unwrap_or_default();
            let path = self.source.path();
            let checked = check_sample(path, &name, self.source.gene_names(), raw)
                .and_then(|counts| self.alignment.align_sample(path, &name, &counts));
            let sample = match checked {
                Ok(sample) => sample,
                Err(error) if self.is_whole && error.is_of_an_empty_sample() => {
                    self.empty.push(name);
                    continue;
                }
                Err(error) => {
                    let error = self.source.explain(error);
                    self.broken = !error.is_of_a_sample();
                    return Err(error.into());
                }
            };
            self.shares.add(&sample);
            return Ok(Some(Reference {
                name,
                counts: sample.counts,
                latents: None,
            }));
        }
    }
}

/// Names the file, which an alignment does not know.
fn in_file(error: refcast_io::Error, path: &Path) -> Error {
    let shown = if is_stdin(path) {
        "stdin".to_owned()
    } else {
        path.display().to_string()
    };
    Error::faults(refcast_core::Error::from(error).into_faults(&shown))
}
