//! What is known of an entity without its effect: annotation of genes, class of a compound.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use refcast_core::{GeneId, OntologyId};

use super::training::Direction;
use crate::benchmark::Class;
use crate::error::{Error, Result};

/// Weight of a shared class or direction beside the annotation, whose vectors have length 1.
const CLASS_WEIGHT: f64 = 1.0;

/// Annotation of genes: columns `k*` of the knowledge table, which come from gene sets and
/// regulators. The columns `c*` come from samples of the corpus and are not used.
#[derive(Debug, Clone, Default)]
pub struct GeneSetFeatures {
    genes: BTreeMap<GeneId, Vec<f64>>,
    size: usize,
}

impl GeneSetFeatures {
    /// Reads the annotation of the genes that are entities.
    ///
    /// # Errors
    /// A table that cannot be read.
    pub fn read(corpus: &Path, entities: &[OntologyId]) -> Result<Self> {
        let path = corpus.join("knowledge").join("gene_embeddings.tsv.gz");
        Self::of_table(&path, entities).map_err(|source| Error::File { path, source })
    }

    fn of_table(path: &Path, entities: &[OntologyId]) -> std::io::Result<Self> {
        let mut lines = BufReader::new(MultiGzDecoder::new(File::open(path)?)).lines();
        let header = lines.next().transpose()?.unwrap_or_default();
        let known: Vec<usize> = header
            .split('\t')
            .enumerate()
            .filter(|(_, name)| {
                name.strip_prefix('k')
                    .is_some_and(|number| number.parse::<u32>().is_ok())
            })
            .map(|(at, _)| at)
            .collect();
        let mut genes = BTreeMap::new();
        for line in lines {
            let line = line?;
            let cells: Vec<&str> = line.split('\t').collect();
            let Some(id) = cells
                .iter()
                .take(3)
                .find_map(|cell| cell.parse::<GeneId>().ok())
            else {
                continue;
            };
            if !entities.contains(&OntologyId::Gene(id)) {
                continue;
            }
            let number = |&at: &usize| cells.get(at).and_then(|cell| cell.parse().ok());
            let values: Vec<f64> = known.iter().map(|at| number(at).unwrap_or(0.0)).collect();
            genes.insert(id, values);
        }
        Ok(Self {
            genes,
            size: known.len(),
        })
    }

    /// The features of a perturbation: mean annotation of its genes scaled to length 1, its class,
    /// its direction.
    pub fn of(&self, entities: &[OntologyId], direction: Direction, classes: &[Class]) -> Vec<f64> {
        let mut sum = vec![0.0; self.size];
        for id in entities {
            let OntologyId::Gene(gene) = id else { continue };
            for (sum, value) in sum
                .iter_mut()
                .zip(self.genes.get(gene).into_iter().flatten())
            {
                *sum += value;
            }
        }
        let length = sum.iter().map(|value| value * value).sum::<f64>().sqrt();
        if length > 0.0 {
            for value in &mut sum {
                *value /= length;
            }
        }
        for class in classes {
            let is_member = class.members.iter().any(|member| member.is(entities));
            sum.push(if is_member { CLASS_WEIGHT } else { 0.0 });
        }
        for other in [Direction::Loss, Direction::Gain, Direction::Given] {
            sum.push(if direction == other {
                CLASS_WEIGHT
            } else {
                0.0
            });
        }
        sum
    }
}
