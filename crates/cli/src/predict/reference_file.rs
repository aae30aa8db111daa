//! The samples of a file as references: picked, checked and on the model's genes.

use std::path::Path;

use refcast_core::Fault;
use refcast_core::error::quoted;
use refcast_core::nearest::nearest;
use refcast_io::{Alignment, AlignmentReport, GeneResolver, SampleSource, check_sample, open};
use refcast_model::vocabulary::GeneName;
use refcast_model::{Model, Reference};

use super::read_options::{InputOptions, read_options};
use super::spool::{Spool, is_stdin};
use crate::chosen_model::vocabulary;
use crate::failure::{Failure, Gathered, Result};
use crate::report;

/// Nearest names that a message shows.
const NEAREST: usize = 5;

/// The samples of a file that are references.
pub struct ReferenceFile {
    source: Box<dyn SampleSource>,
    alignment: Alignment,
    /// Which samples of the file are references, `[file samples]`.
    picked: Vec<bool>,
    /// The sample that comes next.
    position: usize,
    fractions: Vec<f64>,
    broken: bool,
    spool: Option<Spool>,
    shown: String,
}

impl ReferenceFile {
    /// Opens `path` and aligns its genes with the model's.
    ///
    /// # Errors
    /// Flags that do not fit the file, a file that cannot be read or has too few of the model's
    /// genes, samples that it does not have.
    pub fn open(flags: InputOptions<'_>, path: &Path, model: &Model) -> Result<Self> {
        let spool = is_stdin(path).then(Spool::read).transpose()?;
        let file = spool.as_ref().map_or_else(|| path.to_owned(), Spool::path);
        let opened = || -> Result<_> {
            let options = read_options(flags, &file)?;
            let source = open(&file, &options)?;
            let mut gathered = Gathered::default();
            let picked = gathered.keep(picked(flags.samples, source.sample_names()))?;
            let resolver = resolver(model)?;
            let aligned = Alignment::new(source.gene_names(), source.gene_symbols(), &resolver)
                .map(|alignment| alignment.with_shares(model.typical_shares()));
            let alignment = gathered.keep(aligned.map_err(|error| in_file(error, path)))?;
            gathered.check()?;
            Ok((source, picked.unwrap_or_default(), alignment))
        };
        let (source, picked, alignment) = opened().map_err(|failure| match &spool {
            Some(spool) => spool.named_stdin(failure),
            None => failure,
        })?;
        let Some(alignment) = alignment else {
            return Err(Failure::Failed("the alignment went missing".to_owned()));
        };
        Ok(Self {
            source,
            alignment,
            picked,
            position: 0,
            fractions: Vec::new(),
            broken: false,
            shown: if spool.is_some() {
                "standard input".to_owned()
            } else {
                path.display().to_string()
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
        AlignmentReport {
            fraction_of_counts_kept: self.fractions.clone(),
            ..self.alignment.report().clone()
        }
    }

    /// What the report says of them.
    pub fn summary(&self) -> report::References {
        let names = self.source.sample_names().iter().zip(&self.picked);
        report::References {
            file: Some(self.shown.clone()),
            in_file: self.picked.len(),
            notes: self.source.notes().to_vec(),
            used: names
                .filter(|(_, picked)| **picked)
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
            Some(spool) => read.map_err(|failure| spool.named_stdin(failure)),
            None => read,
        }
    }

    fn read(&mut self) -> Result<Option<Reference>> {
        loop {
            let raw = self
                .source
                .next_sample()
                .inspect_err(|_| self.broken = true)?;
            let Some(raw) = raw else {
                return Ok(None);
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
            let counts = check_sample(path, &name, self.source.gene_names(), raw)?;
            let sample = self.alignment.align_sample(path, &name, &counts)?;
            self.fractions.push(sample.fraction_kept);
            return Ok(Some(Reference {
                name,
                counts: sample.counts,
            }));
        }
    }
}

/// The model's genes by every name that its vocabulary knows.
fn resolver(model: &Model) -> Result<GeneResolver> {
    let names = vocabulary(model)?.gene_names()?;
    let names = names.into_iter().map(GeneName::into_parts);
    Ok(GeneResolver::new(
        model.axis().as_ref().clone(),
        names.collect(),
    ))
}

/// Which of the file's samples `wanted` names; all of them where it is not given.
fn picked(wanted: Option<&[String]>, names: &[String]) -> Result<Vec<bool>> {
    let Some(wanted) = wanted else {
        return Ok(vec![true; names.len()]);
    };
    let mut picked = vec![false; names.len()];
    let mut gathered = Gathered::default();
    for name in wanted.iter().map(|name| name.trim()) {
        match names.iter().position(|known| known == name) {
            Some(position) => picked[position] = true,
            None => {
                let message = format!(
                    "{} is not a sample of the file, which has {}",
                    quoted(name),
                    counted(names)
                );
                let near = nearest(name, names.iter().map(String::as_str), NEAREST);
                gathered.push(Fault::new("samples", "unknown_sample", message).with_nearest(near));
            }
        }
    }
    gathered.check()?;
    Ok(picked)
}

fn counted(names: &[String]) -> String {
    match names {
        [] => "none".to_owned(),
        [only] => format!("only {}", quoted(only)),
        [first, .., last] => format!("{} from {} to {}", names.len(), quoted(first), quoted(last)),
    }
}

/// Names the file, which an alignment does not know.
fn in_file(error: refcast_io::Error, path: &Path) -> Failure {
    let shown = if is_stdin(path) {
        "stdin".to_owned()
    } else {
        path.display().to_string()
    };
    Failure::Invalid(refcast_core::Error::from(error).into_faults(&shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn samples_are_picked_by_name_and_a_wrong_one_is_answered_with_the_nearest() {
        let known = names(&["donor1", "donor2", "donor3"]);
        assert_eq!(picked(None, &known).unwrap(), [true; 3]);
        let wanted = names(&["donor3", " donor1"]);
        assert_eq!(picked(Some(&wanted), &known).unwrap(), [true, false, true]);
        let Err(Failure::Invalid(faults)) = picked(Some(&names(&["doner2", "x"])), &known) else {
            panic!("a wrong name was accepted");
        };
        assert_eq!(faults.len(), 2);
        assert_eq!(faults[0].nearest[0], "donor2");
    }
}
