//! Several tables of one run as one matrix: programs that count write a file for each sample.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use refcast_core::{Fault, Faults, quoted};

use crate::error::{Error, Result};
use crate::sample_names::check_sample_names;
use crate::source::{RawSample, SampleSource};

/// Endings of tables that hold one sample each, in lower case.
const ONE_SAMPLE: &[&str] = &[
    ".genes.results",
    ".isoforms.results",
    "readspergene.out.tab",
    "quant.sf",
    "quant.genes.sf",
    "abundance.tsv",
    ".augmented_star_gene_counts.tsv",
    ".htseq.counts",
    ".htseq.counts.txt",
    ".htseq.txt",
    ".counts.txt",
    ".counts.tsv",
    ".counts",
    ".count",
];
/// Files whose genes differ from the first's that a message names.
const NAMED_FILES: usize = 5;

/// The tables of one sample each in `folder`, or in folders in it, if they are all of one program:
/// by name; none where there is no such table.
///
/// # Errors
/// When the folder cannot be read, or holds tables of several programs.
pub(crate) fn tables_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found: Vec<(usize, PathBuf)> = Vec::new();
    let mut folders = vec![(folder.to_owned(), 0)];
    while let Some((inner, depth)) = folders.pop() {
        let entries = fs::read_dir(&inner).map_err(|error| Error::read(&inner, error))?;
        for entry in entries {
            let path = entry.map_err(|error| Error::read(&inner, error))?.path();
            if path.is_dir() {
                if depth == 0 {
                    folders.push((path, depth + 1));
                }
                continue;
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let name = name.to_lowercase();
            let stem = name.strip_suffix(".gz").unwrap_or(&name);
            if let Some(kind) = ONE_SAMPLE.iter().position(|ending| stem.ends_with(ending)) {
                found.push((kind, path));
            }
        }
    }
    found.sort();
    let kinds: Vec<usize> = {
        let mut kinds: Vec<usize> = found.iter().map(|(kind, _)| *kind).collect();
        kinds.dedup();
        kinds
    };
    // RSEM writes genes and isoforms side by side; the genes are the ones asked for.
    let kept = match kinds.as_slice() {
        [only] => *only,
        [0, 1] => 0,
        [3, 4] => 4,
        [] => return Ok(Vec::new()),
        several => {
            let endings: Vec<&str> = several.iter().map(|&kind| ONE_SAMPLE[kind]).collect();
            return Err(Error::format(
                folder,
                crate::error::Place::Whole,
                "several_kinds",
                format!(
                    "holds tables of several programs ({}): pass the files of one, as in `-i {}/*{}`",
                    endings.join(", "),
                    folder.display(),
                    endings[0]
                ),
            ));
        }
    };
    let kept = found.into_iter().filter(|(kind, _)| *kind == kept);
    Ok(kept.map(|(_, path)| path).collect())
}

/// Tables with the same genes, one after the other.
pub(crate) struct Several {
    sources: Vec<Box<dyn SampleSource>>,
    /// For each source but the first, the place among the first's genes of each of its own.
    orders: Vec<Option<Vec<u32>>>,
    folder: PathBuf,
    samples: Vec<String>,
    notes: Vec<String>,
    at: usize,
}

impl Several {
    /// Joins `sources`, which are at least one, as the matrix that `folder` names in messages.
    ///
    /// # Errors
    /// Files whose genes are not those of the first; sample names that occur twice.
    pub(crate) fn new(folder: &Path, sources: Vec<Box<dyn SampleSource>>) -> Result<Self> {
        let mut faults = Faults::new();
        let mut orders = Vec::with_capacity(sources.len());
        let Some((first, others)) = sources.split_first() else {
            return Err(crate::compression::empty(folder));
        };
        orders.push(None);
        let mut places: HashMap<&str, u32> = HashMap::new();
        for (place, name) in first.gene_names().iter().enumerate() {
            places.insert(name, place as u32);
        }
        let mut differing = 0;
        for source in others {
            if source.gene_names() == first.gene_names() {
                orders.push(None);
                continue;
            }
            let order: Option<Vec<u32>> = source
                .gene_names()
                .iter()
                .map(|name| places.get(name.as_str()).copied())
                .collect();
            let whole = source.gene_names().len() == first.gene_names().len()
                && places.len() == first.gene_names().len();
            if order.is_none() || !whole {
                differing += 1;
                if differing <= NAMED_FILES {
                    faults.push(Fault::new(
                        source.path().display().to_string(),
                        "other_genes",
                        format!(
                            "has {} genes that are not those of {} ({}): pass files that were counted against one \
                             annotation",
                            source.gene_names().len(),
                            quoted(&first.path().display().to_string()),
                            first.gene_names().len()
                        ),
                    ));
                }
            }
            orders.push(order);
        }
        faults.into_result().map_err(Error::Invalid)?;
        let samples: Vec<String> = sources
            .iter()
            .flat_map(|source| source.sample_names().to_vec())
            .collect();
        check_sample_names(folder, &samples)?;
        let mut notes = vec![format!(
            "{} files joined, by the names of their genes",
            sources.len()
        )];
        for source in &sources {
            for note in source.notes() {
                if !notes.contains(note) {
                    notes.push(note.clone());
                }
            }
        }
        Ok(Self {
            sources,
            orders,
            folder: folder.to_owned(),
            samples,
            notes,
            at: 0,
        })
    }
}

impl SampleSource for Several {
    fn path(&self) -> &Path {
        &self.folder
    }

    fn gene_names(&self) -> &[String] {
        self.sources[0].gene_names()
    }

    fn gene_symbols(&self) -> Option<&[String]> {
        self.sources[0].gene_symbols()
    }

    fn sample_names(&self) -> &[String] {
        &self.samples
    }

    fn notes(&self) -> &[String] {
        &self.notes
    }

    fn next_sample(&mut self) -> Result<Option<RawSample>> {
        while let Some(source) = self.sources.get_mut(self.at) {
            let Some(raw) = source.next_sample()? else {
                self.at += 1;
                continue;
            };
            let order = self.orders.get(self.at).and_then(Option::as_deref);
            return Ok(Some(match (raw, order) {
                (RawSample::Dense(values), Some(order)) => {
                    let mut ordered = vec![0.0; values.len()];
                    for (value, &place) in values.into_iter().zip(order) {
                        ordered[place as usize] = value;
                    }
                    RawSample::Dense(ordered)
                }
                (raw, _) => raw,
            }));
        }
        Ok(None)
    }
}
