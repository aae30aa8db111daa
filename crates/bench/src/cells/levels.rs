//! Which genes of a set of cells are scored, and on which scale.

use std::sync::Arc;

use refcast_core::{Counts, GeneAxis};
use refcast_model::Reference;
use refcast_train::corpus::cells::{CellCounts, CellSet};

use crate::error::Result;

/// The cells of a set as they are scored: ln(1 + CP10k) over some of its genes.
pub struct Levels<'a> {
    set: &'a CellSet,
    /// Of the genes that are scored, the file's columns, `[scored]`.
    genes: Vec<usize>,
    /// Where a column of the file is among them.
    place: Vec<Option<usize>>,
    /// Molecules of each cell, over all its genes.
    libraries: Vec<f64>,
}

impl<'a> Levels<'a> {
    /// Over the genes that most cells detect, at most so many.
    pub fn detected(set: &'a CellSet, most: usize) -> Self {
        let mut detected = vec![0_usize; set.genes.len()];
        for cell in &set.counts {
            for gene in &cell.gene {
                detected[*gene as usize] += 1;
            }
        }
        let mut genes: Vec<usize> = (0..detected.len()).collect();
        genes.sort_by(|a, b| detected[*b].cmp(&detected[*a]).then(a.cmp(b)));
        genes.truncate(most);
        Self::over(set, genes, 1.0)
    }

    /// Over all genes of a panel, which have this part of a mean cell's molecules.
    pub fn panel(set: &'a CellSet, part: f64) -> Self {
        Self::over(set, (0..set.genes.len()).collect(), part)
    }

    fn over(set: &'a CellSet, genes: Vec<usize>, part: f64) -> Self {
        let mut place = vec![None; set.genes.len()];
        for (at, gene) in genes.iter().enumerate() {
            place[*gene] = Some(at);
        }
        let library = |cell: &CellCounts| {
            let molecules: f64 = cell.count.iter().map(|count| f64::from(*count)).sum();
            molecules / part
        };
        Self {
            libraries: set.counts.iter().map(library).collect(),
            set,
            genes,
            place,
        }
    }

    /// The set.
    pub fn set(&self) -> &'a CellSet {
        self.set
    }

    /// How many genes are scored.
    pub fn scored(&self) -> usize {
        self.genes.len()
    }

    /// Molecules of a cell, over all its genes.
    pub fn library(&self, cell: usize) -> f64 {
        self.libraries[cell]
    }

    /// ln(1 + CP10k) of a cell, `[scored]`.
    pub fn of(&self, cell: usize) -> Vec<f32> {
        let mut levels = vec![0.0; self.genes.len()];
        let counts = &self.set.counts[cell];
        for (gene, count) in counts.gene.iter().zip(&counts.count) {
            if let Some(place) = self.place[*gene as usize] {
                let level = f64::from(*count) * 1e4 / self.libraries[cell];
                levels[place] = level.ln_1p() as f32;
            }
        }
        levels
    }

    /// The same of some cells, `[cells][scored]`.
    pub fn of_all(&self, cells: &[usize]) -> Vec<Vec<f32>> {
        cells.iter().map(|cell| self.of(*cell)).collect()
    }

    /// Where the scored genes are on a model's axis; `None` where it does not hold one.
    pub fn on(&self, axis: &GeneAxis) -> Vec<Option<usize>> {
        let place = |gene: &usize| Some(axis.index_of(self.set.genes[*gene])?.as_usize());
        self.genes.iter().map(place).collect()
    }

    /// Cells as references on a model's axis.
    pub fn references(&self, axis: &GeneAxis) -> References<'a> {
        let place = |gene: &_| axis.index_of(*gene).map(|index| index.as_usize());
        let places: Vec<Option<usize>> = self.set.genes.iter().map(place).collect();
        let mut observed = vec![false; axis.len()];
        for place in places.iter().flatten() {
            observed[*place] = true;
        }
        References {
            set: self.set,
            places,
            observed: observed.into(),
        }
    }
}

/// The cells of a set as references on a model's axis.
pub struct References<'a> {
    set: &'a CellSet,
    places: Vec<Option<usize>>,
    observed: Arc<[bool]>,
}

impl References<'_> {
    /// A cell, named by its place, from which its draws follow.
    ///
    /// # Errors
    /// None that a cell which was read can have.
    pub fn of(&self, cell: usize) -> Result<Reference> {
        let mut counts = vec![0_u64; self.observed.len()];
        for (place, count) in self.set.counts[cell].on(&self.places) {
            counts[place] += count as u64;
        }
        Ok(Reference {
            name: format!("cell {cell}"),
            counts: Counts::new(counts, self.observed.clone())?,
            latents: None,
        })
    }
}
