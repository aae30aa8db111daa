//! Which cells, which genes, which scale.

use refcast_core::GeneAxis;
use refcast_train::corpus::cells::CellSet;

/// The kinds of cells, with the source's labels that each is made of.
pub const KINDS: [(&str, &[&str]); 7] = [
    ("CD4T", &["CD4 Naive T", "CD4 Memory T"]),
    ("CD14", &["CD14 Mono"]),
    ("B", &["B", "B Activated"]),
    ("CD8T", &["CD8 T"]),
    ("NK", &["NK"]),
    ("FCGR3A", &["CD16 Mono"]),
    ("DC", &["DC"]),
];

/// Genes that are scored: those that most cells detect.
const GENES: usize = 7000;
/// The column of `obs` that holds the source's labels.
const LABEL: &str = "cell_type_source";

/// The cells of the benchmark.
pub struct Protocol<'a> {
    set: &'a CellSet,
    /// Of the genes that are scored, the file's columns, `[scored]`.
    genes: Vec<usize>,
    /// Where a column of the file is among them.
    place: Vec<Option<usize>>,
    /// Molecules of each cell, over all genes of the file.
    libraries: Vec<f64>,
    kinds: Vec<Option<&'static str>>,
    treated: Vec<bool>,
}

impl<'a> Protocol<'a> {
    /// Of the set of cells.
    pub fn new(set: &'a CellSet) -> Self {
        let mut detected = vec![0_usize; set.genes.len()];
        for cell in &set.counts {
            for gene in &cell.gene {
                detected[*gene as usize] += 1;
            }
        }
        let mut genes: Vec<usize> = (0..detected.len()).collect();
        genes.sort_by(|a, b| detected[*b].cmp(&detected[*a]).then(a.cmp(b)));
        genes.truncate(GENES);
        let mut place = vec![None; detected.len()];
        for (at, gene) in genes.iter().enumerate() {
            place[*gene] = Some(at);
        }
        let library = |cell: &refcast_train::corpus::cells::CellCounts| {
            cell.count.iter().map(|count| f64::from(*count)).sum()
        };
        Self {
            libraries: set.counts.iter().map(library).collect(),
            kinds: (0..set.rows.len()).map(|cell| kind_of(set, cell)).collect(),
            treated: (0..set.rows.len())
                .map(|cell| is_treated(set, cell))
                .collect(),
            set,
            genes,
            place,
        }
    }

    /// The cells of a kind in one arm.
    pub fn cells(&self, kind: &str, treated: bool) -> Vec<usize> {
        (0..self.kinds.len())
            .filter(|&cell| self.kinds[cell] == Some(kind) && self.treated[cell] == treated)
            .collect()
    }

    /// How many genes are scored.
    pub fn scored(&self) -> usize {
        self.genes.len()
    }

    /// ln(1 + CP10k) of a cell, `[scored]`.
    pub fn levels(&self, cell: usize) -> Vec<f32> {
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

    /// Where the scored genes are on a model's axis; `None` where it does not hold one.
    pub fn on(&self, axis: &GeneAxis) -> Vec<Option<usize>> {
        let place = |gene: &usize| Some(axis.index_of(self.set.genes[*gene])?.as_usize());
        self.genes.iter().map(place).collect()
    }

    /// Molecules of a cell, over all genes of the file.
    pub fn library(&self, cell: usize) -> f64 {
        self.libraries[cell]
    }

    /// The set.
    pub fn set(&self) -> &CellSet {
        self.set
    }
}

fn kind_of(set: &CellSet, cell: usize) -> Option<&'static str> {
    let label = set.rows[cell].get(LABEL)?;
    let kind = KINDS
        .iter()
        .find(|(_, labels)| labels.contains(&label.as_str()))?;
    Some(kind.0)
}

fn is_treated(set: &CellSet, cell: usize) -> bool {
    set.rows[cell]
        .get("perturbation_type")
        .is_some_and(|kind| kind != "control")
}

/// Whether a row of the set's annotation is a treated cell of a kind.
pub fn is_held(row: &std::collections::BTreeMap<String, String>, kind: &str) -> bool {
    let label = row.get(LABEL).map_or("", String::as_str);
    let of_kind = KINDS
        .iter()
        .any(|(name, labels)| *name == kind && labels.contains(&label));
    of_kind
        && row
            .get("perturbation_type")
            .is_some_and(|own| own != "control")
}
