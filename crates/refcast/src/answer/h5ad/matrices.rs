//! The matrices of the file: of bulk samples dense, with the effect on each; of cells the counts that
//! are not 0, with the mean effect by gene.

use refcast_core::Modality;
use refcast_io::h5ad::{Column, Values};

use crate::answer::Effect;

/// Counts and effects of the samples so far.
#[derive(Debug)]
pub enum Matrices {
    /// `[samples × genes]` each.
    Bulk {
        /// How many samples there will be, at most.
        samples: usize,
        /// Counts.
        counts: Vec<i32>,
        /// Effect, and the ends of its interval.
        effects: [Vec<f32>; 3],
    },
    /// One cell after another.
    Cells {
        /// Where each cell starts, and the last ends.
        starts: Vec<usize>,
        /// Genes and counts of all cells.
        genes: Vec<u32>,
        /// Of each of these.
        counts: Vec<i32>,
        /// Sums over the cells of the effect and the ends of its interval, `[genes]`.
        effects: [Vec<f64>; 3],
    },
}

/// The names of effects, as layers of bulk samples and as columns of genes over cells.
const EFFECTS: [&str; 3] = ["effect", "effect_lower", "effect_upper"];

impl Matrices {
    /// For samples of a modality.
    pub fn new(modality: Modality, genes: usize, samples: usize) -> Self {
        match modality {
            Modality::Bulk => Self::Bulk {
                samples,
                counts: Vec::new(),
                effects: [const { Vec::new() }; 3],
            },
            Modality::SingleCell => Self::Cells {
                starts: vec![0],
                genes: Vec::new(),
                counts: Vec::new(),
                effects: std::array::from_fn(|_| vec![0.0; genes]),
            },
        }
    }

    /// Adds a sample, its counts as the file holds them, with its effect where it has one.
    pub fn push(&mut self, own: &[i32], effect: Option<&Effect>) {
        let said = effect.map(|own| [&own.mean, &own.lower, &own.upper]);
        let said = || said.into_iter().flatten();
        match self {
            Self::Bulk {
                samples,
                counts,
                effects,
            } => {
                let whole = *samples * own.len();
                // Once: what grows by doubling takes twice of it for a moment.
                counts.reserve_exact(whole.saturating_sub(counts.len()));
                counts.extend(own);
                for (all, said) in effects.iter_mut().zip(said()) {
                    all.reserve_exact(whole.saturating_sub(all.len()));
                    all.extend(said);
                }
            }
            Self::Cells {
                starts,
                genes,
                counts,
                effects,
            } => {
                for (gene, count) in own.iter().enumerate().filter(|(_, count)| **count != 0) {
                    genes.push(gene as u32);
                    counts.push(*count);
                }
                starts.push(genes.len());
                for (sums, said) in effects.iter_mut().zip(said()) {
                    for (sum, value) in sums.iter_mut().zip(said) {
                        *sum += f64::from(*value);
                    }
                }
            }
        }
    }

    /// Of cells, the mean effect over them as columns of the genes.
    pub fn mean_effects(&self) -> Vec<(String, Column)> {
        let Self::Cells {
            starts, effects, ..
        } = self
        else {
            return Vec::new();
        };
        let n = (starts.len() - 1).max(1) as f64;
        let columns = EFFECTS.into_iter().zip(effects);
        columns
            .map(|(name, sums)| {
                let means = sums.iter().map(|sum| sum / n).collect();
                (name.to_owned(), Column::Float(means))
            })
            .collect()
    }

    /// The main matrix and the layers, of samples that have effects or not.
    pub fn finish(self, has_effects: bool) -> (Values, Vec<(String, Values)>) {
        match self {
            Self::Bulk {
                counts, effects, ..
            } => {
                let layers = EFFECTS.into_iter().zip(effects).filter(|_| has_effects);
                let layers =
                    layers.map(|(name, values)| (name.to_owned(), Values::DenseF32(values)));
                (Values::DenseI32(counts), layers.collect())
            }
            Self::Cells {
                starts,
                genes,
                counts,
                ..
            } => {
                let values = Values::CsrI32 {
                    indptr: starts,
                    genes,
                    values: counts,
                };
                (values, Vec::new())
            }
        }
    }
}
