//! How far new molecules scatter: those of a gene that a treatment induces.

use super::{DispersionSums, USUAL, moderated};
use crate::corpus::cells::{Arms, CellCorpus};

/// An arm of fewer cells says little of their scatter.
const LEAST_CELLS: usize = 20;
/// A gene is induced if its rate is so many times that of the untreated cells,
const LEAST_FOLD: f64 = 2.0;
/// and its treated cells have at least so many molecules together.
const LEAST_MOLECULES: f64 = 20.0;
/// A gene that scatters further where it was seen is one that few cells of a kind turn on, or that
/// comes with the debris of others: not what is to be expected of another kind.
const MOST: f32 = 1.0;

/// The dispersion of new molecules by gene, `[genes]`: that of treated cells of one kind about
/// their mean rate, where a treatment of the corpus induces the gene; the median of such genes
/// where none does.
///
/// About the mean of the kind and not about what the cells' latents say: how strongly a cell has
/// responded is in its latents, and is not known of a cell whose treated state is asked for.
pub fn fit(corpus: &CellCorpus) -> Vec<f32> {
    let genes = corpus.axis.len();
    let (mut sums, mut rates) = (vec![DispersionSums::default(); genes], vec![0.0; genes]);
    for arms in corpus.arms() {
        if arms.treated.len().min(arms.untreated.len()) >= LEAST_CELLS {
            add(&arms, &mut sums, &mut rates);
        }
    }
    let induced: Vec<usize> = (0..genes).filter(|&gene| rates[gene] > 0.0).collect();
    let of_induced: Vec<DispersionSums> = induced.iter().map(|&gene| sums[gene]).collect();
    let their_rates: Vec<f64> = induced.iter().map(|&gene| rates[gene]).collect();
    let found = moderated(&of_induced, &their_rates).into_iter();
    let found: Vec<f32> = found.map(|dispersion| dispersion.min(MOST)).collect();
    let mut dispersion = vec![median(&found).unwrap_or(USUAL as f32); genes];
    for (gene, found) in induced.into_iter().zip(found) {
        dispersion[gene] = found;
    }
    dispersion
}

/// The molecules of some cells together, `[genes]`, and of all genes.
struct PooledMolecules {
    molecules: Vec<f64>,
    library: f64,
}

impl PooledMolecules {
    fn of(arms: &Arms<'_>, cells: &[usize], genes: usize) -> Self {
        let mut molecules = vec![0.0; genes];
        for (gene, count) in cells.iter().flat_map(|&cell| arms.counts(cell)) {
            molecules[gene] += count;
        }
        let library = molecules.iter().sum();
        Self { molecules, library }
    }
}

/// Adds the genes that the treatment of one kind of cells induces.
fn add(arms: &Arms<'_>, sums: &mut [DispersionSums], rates: &mut [f64]) {
    let before = PooledMolecules::of(arms, &arms.untreated, sums.len());
    let after = PooledMolecules::of(arms, &arms.treated, sums.len());
    let is_induced = |gene: &usize| {
        let unchanged = before.molecules[*gene] * after.library / before.library;
        let found = after.molecules[*gene];
        found >= LEAST_MOLECULES && found > LEAST_FOLD * unchanged
    };
    let induced: Vec<usize> = (0..sums.len()).filter(is_induced).collect();
    // Cells scatter less about their own mean than about the true one.
    let n = arms.treated.len() as f64;
    let wider = (n / (n - 1.0)).sqrt();
    let mut counts = vec![0.0; sums.len()];
    for &cell in &arms.treated {
        let mut library = 0.0;
        for (gene, count) in arms.counts(cell) {
            counts[gene] = count;
            library += count;
        }
        for &gene in &induced {
            let mean = after.molecules[gene] * library / after.library;
            sums[gene].add(mean + wider * (counts[gene] - mean), mean);
        }
        for (gene, _) in arms.counts(cell) {
            counts[gene] = 0.0;
        }
    }
    for gene in induced {
        rates[gene] += after.molecules[gene] / after.library;
    }
}

fn median(values: &[f32]) -> Option<f32> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f32::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use refcast_core::random::{Random, RandomStream};
    use refcast_core::{Gene, GeneAxis};

    use super::*;
    use crate::corpus::Conditions;
    use crate::corpus::cells::{CellCounts, CellSet};
    use crate::recipe;

    /// Eight hundred cells, half of them treated: a gene that stays, one that is induced and
    /// scatters as φ = 0.4, one as φ = 6, and one that no treatment induces.
    fn corpus(reads: bool) -> CellCorpus {
        let random = Random::new(7);
        let gene = |number: usize| Gene {
            id: format!("ENSG{number:011}").parse().expect("an id"),
            symbol: format!("G{number}"),
        };
        let axis = GeneAxis::new((1..5).map(gene).collect()).expect("an axis");
        let is_treated = |cell: u64| cell % 2 == 1;
        let row = |cell: u64| {
            let kind = if is_treated(cell) {
                "compound"
            } else {
                "control"
            };
            let fields = [("perturbation_type", kind), ("condition", "a drug")];
            let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
            BTreeMap::from(fields)
        };
        let counts = |cell: u64| {
            let drawn = |gene: u32, mean: f64, dispersion: f64| {
                let mut draws = random.at(RandomStream(9), cell, gene);
                draws.negative_binomial(mean, dispersion) as f32
            };
            let new = if is_treated(cell) { 6.0 } else { 0.05 };
            CellCounts {
                gene: vec![0, 1, 2, 3],
                count: vec![4000.0, drawn(1, new, 0.4), drawn(2, new, 6.0), 2.0],
            }
        };
        let set = CellSet {
            recipe: recipe::CellSetRecipe {
                name: "a set".to_owned(),
                panel: false,
                reads,
                replicate: None,
                library: None,
            },
            genes: axis.genes().iter().map(|gene| gene.id).collect(),
            rows: (0..800).map(row).collect(),
            counts: (0..800).map(counts).collect(),
        };
        CellCorpus {
            axis,
            recipe: recipe::CellsRecipe {
                sets: vec![set.recipe.clone()],
                most_cells: 800,
                least_cells: 10,
                most_replicates: 2,
                pool_error: 0.0,
            },
            sets: vec![set],
            bulk: Vec::new(),
            conditions: Conditions::default(),
            footprints: Vec::new(),
        }
    }

    #[test]
    fn what_is_induced_scatters_as_treated_cells_of_one_kind_do_about_their_mean() {
        let found = fit(&corpus(false));
        assert!((found[1] - 0.4).abs() < 0.1, "{found:?}");
        assert!((found[2] - MOST).abs() < 1e-6, "{found:?}");
        // Of genes that no treatment induces, what those have that one does.
        assert!(found[0] == found[3] && found[1..3].contains(&found[0]));
    }

    #[test]
    fn reads_say_nothing_of_how_molecules_scatter() {
        assert_eq!(fit(&corpus(true)), [USUAL as f32; 4]);
    }
}
