//! One folder of the corpus: counts and annotation.

use std::path::Path;

use rayon::prelude::*;
use refcast_core::GeneId;
use refcast_io::{RawSample, ReadOptions, open};

use crate::error::{Error, Result};
use crate::recipe::Recipe;
use crate::table::{Row, read_rows};

/// Which part of the corpus a study is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StudyKind {
    /// Treated samples and their controls.
    Perturbation,
    /// Unperturbed samples.
    Atlas,
    /// Published changes without samples: each stands as a pair of mean profiles.
    Published,
}

/// A study as its files hold it.
#[derive(Debug, Clone)]
pub struct Study {
    /// The folder's name.
    pub name: String,
    /// Which part of the corpus it is of.
    pub kind: StudyKind,
    /// The genes of the file.
    pub genes: Vec<GeneId>,
    /// The annotation of each sample, in the order of the matrix.
    pub samples: Vec<Row>,
    /// Counts, `[samples × genes]`.
    pub counts: Vec<Vec<f32>>,
    /// The counts of all genes of each sample, `[samples]`, where the file does not hold them all;
    /// else those on the axis are the library.
    pub libraries: Option<Vec<f64>>,
    /// Whether the samples are pools of cells.
    pub pools: bool,
}

/// Reads all studies of `bulk/` and the recipe's of `atlas/`, each part by name.
///
/// # Errors
/// A study that is missing or does not fit its description.
pub fn read_studies(recipe: &Recipe, folder: &Path) -> Result<Vec<Study>> {
    let mut names: Vec<(StudyKind, String)> = Vec::new();
    if recipe.corpus.bulk {
        names = bulk_studies(&folder.join("bulk"))?;
    }
    names.extend(
        recipe
            .corpus
            .atlas
            .iter()
            .map(|name| (StudyKind::Atlas, name.clone())),
    );
    names
        .par_iter()
        .map(|(kind, name)| {
            let part = if *kind == StudyKind::Atlas {
                "atlas"
            } else {
                "bulk"
            };
            let most = if *kind == StudyKind::Atlas {
                recipe.corpus.most_atlas_samples
            } else {
                usize::MAX
            };
            read_study(&folder.join(part).join(name), name, *kind, most)
        })
        .collect()
}

fn bulk_studies(bulk: &Path) -> Result<Vec<(StudyKind, String)>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(bulk).map_err(|source| Error::file(bulk, source))? {
        let entry = entry.map_err(|source| Error::file(bulk, source))?;
        if entry.path().join("counts.tsv.gz").exists() {
            let name = entry.file_name().to_string_lossy().into_owned();
            names.push((StudyKind::Perturbation, name));
        }
    }
    names.sort_by(|a, b| a.1.cmp(&b.1));
    Ok(names)
}

fn read_study(folder: &Path, name: &str, kind: StudyKind, most: usize) -> Result<Study> {
    let annotation = read_rows(&folder.join("samples.tsv"))?;
    let mut source = open(&folder.join("counts.tsv.gz"), &ReadOptions::default())?;
    let genes = source
        .gene_names()
        .iter()
        .map(|id| id.parse())
        .collect::<std::result::Result<Vec<GeneId>, _>>()?;
    let names = source.sample_names().to_vec();
    // Evenly spaced, so that every tissue of a sorted table is kept in proportion.
    let step = (names.len() as f64 / most.min(names.len()).max(1) as f64).max(1.0);
    let mut next = 0.0;
    let (mut samples, mut counts) = (Vec::new(), Vec::new());
    for (position, sample) in names.iter().enumerate() {
        let Some(raw) = source.next_sample()? else {
            return Err(Error::study(
                name,
                format!("the matrix ends before sample {sample}"),
            ));
        };
        if (position as f64) + 0.5 < next {
            continue;
        }
        next += step;
        let Some(row) = annotation
            .iter()
            .find(|row| row.get("sample_id") == Some(sample))
        else {
            return Err(Error::study(
                name,
                format!("sample {sample} has no row in samples.tsv"),
            ));
        };
        let RawSample::Dense(values) = raw else {
            return Err(Error::study(name, "a text table reads as dense"));
        };
        samples.push(row.clone());
        counts.push(values.into_iter().map(|value| value as f32).collect());
    }
    Ok(Study {
        name: name.to_owned(),
        kind,
        genes,
        samples,
        counts,
        libraries: None,
        pools: false,
    })
}
