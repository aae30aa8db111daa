//! Published changes without samples: log2 fold changes of knock-outs, with mean counts.
//!
//! Each contrast stands in the corpus as two profiles, half its fold change below and above the
//! mean, so that everything that is made of samples and their controls is made of it as well. The
//! profiles are no samples: nothing but effects is learned from them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use refcast_core::{GeneId, PerturbationType};

use super::conditions::{Conditions, Treatment};
use super::study::{Study, StudyKind};
use crate::error::{Error, Result};
use crate::table::{Row, read_rows};

/// Counts that a profile is given: as deep as a sample, so that rounding does not show.
const LIBRARY: f64 = 2e7;

/// Reads the contrasts of a folder: `contrasts.tsv`, `log2fc.tsv.gz` and `basemean.tsv.gz`, and adds
/// what was done to the conditions. Contrasts without a knocked-out gene are left out.
///
/// # Errors
/// A file that is missing, or a cell that is no number.
pub fn read(folder: &Path, name: &str, conditions: &mut Conditions) -> Result<Study> {
    let mut contrasts = Vec::new();
    for row in read_rows(&folder.join("contrasts.tsv"))? {
        if row.contains_key("ensembl") {
            contrasts.push(row);
        }
    }
    let changes = Table::read(&folder.join("log2fc.tsv.gz"))?;
    let means = Table::read(&folder.join("basemean.tsv.gz"))?;
    let genes: Vec<GeneId> = changes
        .rows
        .keys()
        .filter(|gene| means.rows.contains_key(*gene))
        .copied()
        .collect();
    let mut study = Study {
        name: name.to_owned(),
        kind: StudyKind::Published,
        genes,
        samples: Vec::new(),
        counts: Vec::new(),
    };
    for contrast in &contrasts {
        add(&mut study, contrast, &changes, &means, conditions)?;
    }
    Ok(study)
}

fn add(
    study: &mut Study,
    contrast: &Row,
    changes: &Table,
    means: &Table,
    conditions: &mut Conditions,
) -> Result<()> {
    let cell = |name: &str| contrast.get(name).map_or("", String::as_str);
    let (gene, group, id) = (cell("gene"), cell("group"), cell("contrast"));
    // The group is named by system and, in most releases, by gene.
    let system = group.strip_suffix(&format!("_{gene}")).unwrap_or(group);
    let (change, mean) = (changes.column(id)?, means.column(id)?);
    let value = |table: &Table, gene: &GeneId, at: usize| table.rows[gene][at];
    let depth: f64 = study
        .genes
        .iter()
        .map(|gene| value(means, gene, mean))
        .sum();
    if depth <= 0.0 {
        return Err(Error::study(
            &study.name,
            format!("{id} has no mean counts"),
        ));
    }
    let profile = |half: f64| -> Vec<f32> {
        let counts = study.genes.iter().map(|gene| {
            let base = value(means, gene, mean) * LIBRARY / depth;
            (base * (half * value(changes, gene, change)).exp2()) as f32
        });
        counts.collect()
    };
    let (control, treated) = (profile(-0.5), profile(0.5));
    let condition = format!("{gene} knock-out");
    // Lists of controls are separated by bars, commas and semicolons.
    let sample_id = id.replace(['|', ',', ';'], "/");
    let control_id = format!("{sample_id} control");
    let shared = [
        ("system", system),
        ("replicate", cell("label")),
        ("study", cell("release")),
    ];
    let row = |own: &[(&str, &str)]| -> Row {
        let cells = shared.iter().chain(own);
        cells
            .filter(|(_, cell)| !cell.is_empty())
            .map(|(name, cell)| ((*name).to_owned(), (*cell).to_owned()))
            .collect()
    };
    study.samples.push(row(&[
        ("sample_id", &control_id),
        ("perturbation_type", "control"),
    ]));
    study.counts.push(control);
    study.samples.push(row(&[
        ("sample_id", &sample_id),
        ("condition", &condition),
        ("perturbation_type", PerturbationType::Crispr.name()),
        ("control_samples", &control_id),
    ]));
    study.counts.push(treated);
    conditions.add(
        &study.name,
        &condition,
        Treatment {
            entities: vec![cell("ensembl").parse()?],
            kind: PerturbationType::Crispr,
            background: None,
            doses: Vec::new(),
            time: None,
            weight: 1.0,
        },
    );
    Ok(())
}

/// A matrix of genes × contrasts. A cell without a number is no change or no count.
struct Table {
    path: std::path::PathBuf,
    columns: Vec<String>,
    rows: BTreeMap<GeneId, Vec<f64>>,
}

impl Table {
    fn read(path: &Path) -> Result<Self> {
        let table = read_rows(path)?;
        // An empty cell is absent from its row.
        let columns: BTreeSet<&String> = table.iter().flat_map(BTreeMap::keys).collect();
        let columns: Vec<String> = columns
            .into_iter()
            .filter(|name| *name != "gene_id")
            .cloned()
            .collect();
        let mut rows = BTreeMap::new();
        for row in &table {
            let cell = |name: &str| row.get(name).map_or("", String::as_str);
            let gene: GeneId = cell("gene_id").parse()?;
            let values = columns.iter().map(|name| match cell(name) {
                "" | "NA" | "NaN" | "nan" => Ok(0.0),
                text => text.parse::<f64>().map_err(|_| {
                    Error::recipe(path, format!("{gene} / {name}: {text:?} is no number"))
                }),
            });
            rows.insert(gene, values.collect::<Result<_>>()?);
        }
        Ok(Self {
            path: path.to_owned(),
            columns,
            rows,
        })
    }

    fn column(&self, contrast: &str) -> Result<usize> {
        let mut columns = self.columns.iter();
        columns
            .position(|name| name == contrast)
            .ok_or_else(|| Error::recipe(&self.path, format!("has no column {contrast}")))
    }
}
