//! Pools of cells: the molecules of all cells of one kind, condition and replicate together.
//!
//! The change of a single cell is mostly the noise of its few molecules; that of some twenty cells
//! is not, and pools of different donors show what repeats. Donors with few cells are pooled with
//! others, the same ones in the treated and the untreated arm.

use std::collections::BTreeMap;
use std::sync::Arc;

use refcast_core::GeneAxis;

use super::super::{Study, StudyKind};
use super::set::CellSet;
use super::{places, share_of};
use crate::recipe::CellsRecipe;
use crate::table::Row;

/// What tells kinds of cells apart.
const KIND: [&str; 4] = [
    "tissue_ontology_id",
    "cell_type_ontology_id",
    "cell_line_ontology_id",
    "disease_ontology_id",
];

/// Cells of one kind, by replicate and condition; the untreated ones under no condition.
type ByReplicate = BTreeMap<String, BTreeMap<String, Vec<usize>>>;

/// The cells of one kind under one condition, beside the untreated ones of the kind.
#[derive(Debug)]
pub struct Arms<'a> {
    set: &'a CellSet,
    places: Arc<[Option<usize>]>,
    /// The treated cells of the set,
    pub treated: Vec<usize>,
    /// and the untreated ones.
    pub untreated: Vec<usize>,
}

impl Arms<'_> {
    /// The counts of a cell on the axis, by place.
    pub fn counts(&self, cell: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.set.counts[cell].on(&self.places)
    }
}

/// The arms of a set, by kind and condition.
pub fn arms<'a>(set: &'a CellSet, axis: &GeneAxis) -> Vec<Arms<'a>> {
    let places: Arc<[Option<usize>]> = places(axis, &set.genes).into();
    let mut kinds: BTreeMap<String, BTreeMap<String, Vec<usize>>> = BTreeMap::new();
    for (cell, row) in set.rows.iter().enumerate() {
        let of_kind = kinds.entry(kind(row)).or_default();
        of_kind.entry(condition(row)).or_default().push(cell);
    }
    let mut arms = Vec::new();
    for mut conditions in kinds.into_values() {
        let untreated = conditions.remove("").unwrap_or_default();
        arms.extend(conditions.into_values().map(|treated| Arms {
            set,
            places: Arc::clone(&places),
            treated,
            untreated: untreated.clone(),
        }));
    }
    arms
}

/// The pools of a set's treated cells and of the untreated ones that belong to them, each treated
/// one naming its controls. A set without treated cells has none.
pub fn pools(set: &CellSet, recipe: &CellsRecipe, axis: &GeneAxis, share: &[f32]) -> Study {
    let mut study = Study {
        name: set.recipe.name.clone(),
        kind: StudyKind::Perturbation,
        genes: set.genes.clone(),
        samples: Vec::new(),
        counts: Vec::new(),
        libraries: Some(Vec::new()),
        pools: true,
    };
    let places = places(axis, &set.genes);
    let on_axis = share_of(&places, share);
    let mut kinds: BTreeMap<String, ByReplicate> = BTreeMap::new();
    for (cell, row) in set.rows.iter().enumerate() {
        let Some(replicate) = replicate(set, cell, recipe) else {
            continue;
        };
        let of_replicate = kinds.entry(kind(row)).or_default();
        let by_condition = of_replicate.entry(replicate).or_default();
        by_condition.entry(condition(row)).or_default().push(cell);
    }
    for (kind, replicates) in &kinds {
        let conditions = replicates.values().flat_map(BTreeMap::keys);
        let mut conditions: Vec<&String> = conditions.filter(|name| !name.is_empty()).collect();
        conditions.sort();
        conditions.dedup();
        for condition in conditions {
            for (number, pool) in divided(replicates, condition, recipe).iter().enumerate() {
                let control = format!("{kind}|{}|control", pool.name);
                let treated = format!("{kind}|{condition}|{number}");
                let mut add = |name: &str, cells: &[usize], of: &str| {
                    if study
                        .samples
                        .iter()
                        .any(|row| text(row, "sample_id") == name)
                    {
                        return;
                    }
                    let mut row = set.rows[cells[0]].clone();
                    row.insert("sample_id".to_owned(), name.to_owned());
                    row.insert("replicate".to_owned(), pool.name.clone());
                    if !of.is_empty() {
                        row.insert("control_samples".to_owned(), of.to_owned());
                    }
                    let (counts, library) = together(set, cells, &places, on_axis);
                    study.samples.push(row);
                    study.counts.push(counts);
                    if let Some(libraries) = &mut study.libraries {
                        libraries.push(library);
                    }
                };
                // Names of controls are told apart by `|`: kinds have it in them.
                let control = control.replace('|', "/");
                add(&control, &pool.untreated, "");
                add(&treated.replace('|', "/"), &pool.treated, &control);
            }
        }
    }
    study
}

/// One replicate of a condition: cells of both arms.
struct Pool {
    name: String,
    treated: Vec<usize>,
    untreated: Vec<usize>,
}

/// The replicates of a condition: as many as have enough cells in both arms, donors dealt to the
/// smallest so far, the largest donor first.
fn divided(replicates: &ByReplicate, condition: &str, recipe: &CellsRecipe) -> Vec<Pool> {
    let of = |cells: &BTreeMap<String, Vec<usize>>, name: &str| {
        cells.get(name).cloned().unwrap_or_default()
    };
    let mut sources: Vec<Pool> = replicates
        .iter()
        .map(|(name, cells)| Pool {
            name: name.clone(),
            treated: of(cells, condition),
            untreated: of(cells, ""),
        })
        .filter(|pool| !pool.treated.is_empty() && !pool.untreated.is_empty())
        .collect();
    let smaller = |pool: &Pool| pool.treated.len().min(pool.untreated.len());
    let cells: usize = sources.iter().map(smaller).sum();
    let n = (cells / recipe.least_cells.max(1))
        .min(recipe.most_replicates)
        .min(sources.len());
    if n == 0 {
        return Vec::new();
    }
    sources.sort_by(|a, b| smaller(b).cmp(&smaller(a)).then(a.name.cmp(&b.name)));
    let mut pools: Vec<Pool> = Vec::new();
    for source in sources {
        if pools.len() < n {
            pools.push(source);
            continue;
        }
        let least = (0..n)
            .min_by_key(|&at| (smaller(&pools[at]), at))
            .unwrap_or(0);
        let pool = &mut pools[least];
        pool.name = format!("{}+{}", pool.name, source.name);
        pool.treated.extend(source.treated);
        pool.untreated.extend(source.untreated);
    }
    pools
}

/// The molecules of some cells `[file genes]`, and how many all genes would have had.
fn together(
    set: &CellSet,
    cells: &[usize],
    places: &[Option<usize>],
    on_axis: f64,
) -> (Vec<f32>, f64) {
    let mut sums = vec![0.0_f64; set.genes.len()];
    let mut known = 0.0;
    for &cell in cells {
        let counts = &set.counts[cell];
        for (gene, count) in counts.gene.iter().zip(&counts.count) {
            sums[*gene as usize] += f64::from(*count);
        }
        known += set.library(cell).unwrap_or(0.0);
    }
    let counted = sums.iter().zip(places).filter(|(_, place)| place.is_some());
    let counted: f64 = counted.map(|(sum, _)| sum).sum();
    let library = if known > 0.0 {
        known
    } else {
        // Of a panel: as much more as the panel's part of a mean cell is less than all.
        counted / on_axis
    };
    (sums.iter().map(|sum| *sum as f32).collect(), library)
}

/// The replicate of a cell; `None` where it should have one and has none.
fn replicate(set: &CellSet, cell: usize, recipe: &CellsRecipe) -> Option<String> {
    match &set.recipe.replicate {
        Some(column) => set.rows[cell].get(column).cloned(),
        None => Some(format!("part {}", cell % recipe.most_replicates.max(1))),
    }
}

/// What kind a cell is of.
fn kind(row: &Row) -> String {
    let kind: Vec<&str> = KIND.iter().map(|field| text(row, field)).collect();
    kind.join("|")
}

/// The condition of a treated cell; empty for an untreated one.
fn condition(row: &Row) -> String {
    if matches!(text(row, "perturbation_type"), "" | "control") {
        String::new()
    } else {
        text(row, "condition").to_owned()
    }
}

fn text<'a>(row: &'a Row, field: &str) -> &'a str {
    row.get(field).map_or("", String::as_str)
}
