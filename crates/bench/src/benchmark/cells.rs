//! What benchmarks of cells leave out.

use serde::Deserialize;

/// Leave the treated cells of one kind out.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellKindsBenchmark {
    /// The set, which was treated with one thing.
    pub set: String,
}

/// Leave the cells of one donor out.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellDonorsBenchmark {
    /// The set, which was treated with one thing.
    pub set: String,
    /// Least cells of a kind in each arm of a donor for it to be asked for.
    pub least_cells: usize,
    /// Rounds of fitting the latents, which say little of a mean.
    pub rounds: usize,
}

/// Leave one lost gene out of one panel, and one donor out of another.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellPanelsBenchmark {
    /// The set of lost genes.
    pub knockouts: String,
    /// The set of donors, which was treated with one thing.
    pub donors: String,
    /// The most untreated cells that are asked about; evenly spaced ones of more.
    pub most_cells: usize,
    /// A pathway, and what is known to fall without it.
    pub pathway: Pathway,
}

/// A pathway that losses cut.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pathway {
    /// The losses that cut it, as the set's conditions name them.
    pub losses: Vec<String>,
    /// A gene that it induces, whose change is shown for each loss.
    pub reporter: String,
    /// The gene set of MSigDB that it induces.
    pub induced: String,
}

/// Generate cells from one half of the real ones of each kind.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellRealismBenchmark {
    /// The sets.
    pub sets: Vec<RedrawnSet>,
    /// Least cells of a half,
    pub least_cells: usize,
    /// and the most; evenly spaced ones of more.
    pub most_cells: usize,
}

/// A set whose cells are generated anew.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedrawnSet {
    /// Its name.
    pub name: String,
    /// The column of `obs` that tells kinds of cells apart.
    pub kind: String,
    /// Whether halves are of different replicates, not of the cells of each.
    #[serde(default)]
    pub by_replicate: bool,
}
