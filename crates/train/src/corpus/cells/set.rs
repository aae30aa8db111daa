//! One file of cells.

use std::path::Path;

use refcast_core::{GeneAxis, GeneId};
use refcast_io::h5ad::{H5adSource, Matrix};
use refcast_io::{RawSample, SampleSource};

use super::super::Study;
use super::{kind_of, places, share_of};
use crate::error::{Error, Result};
use crate::recipe;
use crate::table::Row;

/// The counts of one cell that are not 0.
#[derive(Debug, Clone, Default)]
pub struct CellCounts {
    /// Positions among the file's genes.
    pub gene: Vec<u32>,
    /// The count at each.
    pub count: Vec<f32>,
}

impl CellCounts {
    /// The counts on the axis, by place.
    pub fn on<'a>(
        &'a self,
        places: &'a [Option<usize>],
    ) -> impl Iterator<Item = (usize, f64)> + 'a {
        let counts = self.gene.iter().zip(&self.count);
        counts.filter_map(|(gene, count)| Some((places[*gene as usize]?, f64::from(*count))))
    }
}

/// The cells of a file, with their annotation.
#[derive(Debug, Clone)]
pub struct CellSet {
    /// What the recipe says of it.
    pub recipe: recipe::CellSetRecipe,
    /// The genes of the file.
    pub genes: Vec<GeneId>,
    /// The annotation of each cell: the columns of `obs`, what is empty left out.
    pub rows: Vec<Row>,
    /// The counts of each cell.
    pub counts: Vec<CellCounts>,
}

impl CellSet {
    /// Reads a file of the folder.
    ///
    /// # Errors
    /// A file that cannot be read, or a gene name that is no Ensembl id.
    pub fn read(folder: &Path, recipe: &recipe::CellSetRecipe) -> Result<Self> {
        let path = folder.join(format!("{}.h5ad", recipe.name));
        let mut source = H5adSource::open(&path, Matrix::X)?;
        let genes = source
            .gene_names()
            .iter()
            .map(|name| name.parse())
            .collect::<std::result::Result<Vec<GeneId>, _>>()?;
        let obs = source.obs()?;
        let mut rows = Vec::with_capacity(obs.names.len());
        for (at, name) in obs.names.iter().enumerate() {
            let cells = obs.columns.iter().filter_map(|(column, values)| {
                let text = values.text(at)?;
                (!text.is_empty()).then(|| (column.clone(), text.into_owned()))
            });
            let mut row: Row = cells.collect();
            row.insert("sample_id".to_owned(), name.clone());
            if let Some(condition) = row.get("perturbation_name").cloned() {
                row.insert("condition".to_owned(), condition);
            }
            rows.push(row);
        }
        for column in recipe.replicate.iter().chain(&recipe.library) {
            if rows.iter().all(|row| !row.contains_key(column)) {
                let problem = format!("no cell has a value in the column {column} of obs");
                return Err(Error::study(&recipe.name, problem));
            }
        }
        let mut counts = Vec::with_capacity(rows.len());
        while let Some(raw) = source.next_sample()? {
            counts.push(match raw {
                RawSample::Sparse { gene, value } => CellCounts {
                    gene,
                    count: value.into_iter().map(|value| value as f32).collect(),
                },
                RawSample::Dense(values) => {
                    let stored = values
                        .into_iter()
                        .enumerate()
                        .filter(|(_, value)| *value != 0.0);
                    let (gene, count) = stored
                        .map(|(gene, value)| (gene as u32, value as f32))
                        .unzip();
                    CellCounts { gene, count }
                }
            });
        }
        Ok(Self {
            recipe: recipe.clone(),
            genes,
            rows,
            counts,
        })
    }

    /// The set with the cells that pass.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(&Row) -> bool) -> Self {
        let kept: Vec<usize> = (0..self.rows.len())
            .filter(|&cell| keep(&self.rows[cell]))
            .collect();
        Self {
            recipe: self.recipe.clone(),
            genes: self.genes.clone(),
            rows: kept.iter().map(|&cell| self.rows[cell].clone()).collect(),
            counts: kept.iter().map(|&cell| self.counts[cell].clone()).collect(),
        }
    }

    /// At most so many cells, evenly spaced, each as a sample. Cells without a count on the axis
    /// are left out.
    pub(super) fn study(&self, axis: &GeneAxis, share: &[f32], most: usize) -> Study {
        let places = places(axis, &self.genes);
        let on_axis = share_of(&places, share);
        let cells: Vec<usize> = (0..self.rows.len())
            .filter(|&cell| self.counts[cell].on(&places).any(|(_, count)| count > 0.0))
            .collect();
        let n = cells.len().min(most);
        let chosen: Vec<usize> = (0..n).map(|at| cells[at * cells.len() / n]).collect();
        Study {
            name: self.recipe.name.clone(),
            kind: kind_of(&self.rows),
            genes: self.genes.clone(),
            samples: chosen.iter().map(|&cell| self.rows[cell].clone()).collect(),
            counts: chosen.iter().map(|&cell| self.dense(cell)).collect(),
            pools: false,
            libraries: Some(
                chosen
                    .iter()
                    .map(|&cell| self.counted(cell, &places) / on_axis)
                    .collect(),
            ),
        }
    }

    /// The molecules of a cell on the axis.
    fn counted(&self, cell: usize, places: &[Option<usize>]) -> f64 {
        self.counts[cell].on(places).map(|(_, count)| count).sum()
    }

    fn dense(&self, cell: usize) -> Vec<f32> {
        let mut dense = vec![0.0; self.genes.len()];
        let counts = &self.counts[cell];
        for (gene, count) in counts.gene.iter().zip(&counts.count) {
            dense[*gene as usize] += count;
        }
        dense
    }

    /// The molecules of all genes of a cell, where a column says so.
    pub(super) fn library(&self, cell: usize) -> Option<f64> {
        let column = self.recipe.library.as_ref()?;
        self.rows[cell].get(column)?.parse().ok()
    }
}
