//! Published changes without samples: log2 fold changes of knock-outs, with mean counts.
//!
//! Each contrast stands in the corpus as two profiles, its controls and these with the fold change,
//! so that everything that is made of samples and their controls is made of it as well. The profiles
//! are no samples: nothing but effects is learned from them.
//!
//! The published mean is over all samples of a fit, knocked out or not. What part of it are the
//! controls follows from the fold changes of all contrasts of the fit, so that these have one control
//! in common. A control made from the contrast's own fold change alone would hold the answer: its
//! difference to the other controls of the same cells would be the change with its sign reversed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use refcast_core::{GeneId, PerturbationType};

use super::conditions::{Conditions, Treatment};
use super::study::{Study, StudyKind};
use crate::error::{Error, Result};
use crate::table::{self, Row, read_rows};

/// Counts that a profile is given: as deep as a sample, so that rounding does not show.
const LIBRARY: f64 = 2e7;
/// The column of gene ids.
const GENE: &str = "gene_id";
/// How the label of a reverted clone ends.
const REVERTED: &str = "_reverted";
/// The controls of a fit count as so many of its contrasts. The number of samples is not published;
/// with this one the controls of fits of a single gene differ from others of the same cells in no
/// direction that the fold change has.
const CONTROL_ARMS: f64 = 2.0;

/// Reads the contrasts of a folder: `contrasts.tsv`, `log2fc.tsv.gz` and `basemean.tsv.gz`, and adds
/// what was done to the conditions. Contrasts without a knocked-out gene are left out, and clones
/// whose edit was reverted.
///
/// # Errors
/// A file that is missing, or a cell that is no number.
pub fn read(folder: &Path, name: &str, conditions: &mut Conditions) -> Result<Study> {
    let mut contrasts = Vec::new();
    for row in read_rows(&folder.join("contrasts.tsv"))? {
        let label = row.get("label").map_or("", String::as_str);
        if row.contains_key("ensembl") && !label.ends_with(REVERTED) {
            contrasts.push(row);
        }
    }
    let changes = ContrastTable::read(&folder.join("log2fc.tsv.gz"))?;
    let means = ContrastTable::read(&folder.join("basemean.tsv.gz"))?;
    let genes: Vec<GeneId> = changes
        .rows
        .keys()
        .filter(|gene| means.rows.contains_key(*gene))
        .copied()
        .collect();
    let (changes, means) = (changes.on(&genes), means.on(&genes));
    let mut study = Study {
        name: name.to_owned(),
        kind: StudyKind::Published,
        genes,
        samples: Vec::new(),
        counts: Vec::new(),
        libraries: None,
        pools: false,
    };
    for contrast in &contrasts {
        add(&mut study, contrast, &changes, &means, conditions)?;
    }
    Ok(study)
}

fn add(
    study: &mut Study,
    contrast: &Row,
    changes: &ContrastTable,
    means: &ContrastTable,
    conditions: &mut Conditions,
) -> Result<()> {
    let cell = |name: &str| contrast.get(name).map_or("", String::as_str);
    let (gene, group, id) = (cell("gene"), cell("group"), cell("contrast"));
    let system = system(group, gene);
    let controls = controls(changes, means, id)?;
    let depth: f64 = controls.iter().sum();
    if depth <= 0.0 {
        return Err(Error::study(
            &study.name,
            format!("{id} has no mean counts"),
        ));
    }
    let scale = LIBRARY / depth;
    let control = controls.iter().map(|count| (count * scale) as f32);
    let changes = changes.column(id)?.iter();
    let treated = controls
        .iter()
        .zip(changes)
        .map(|(count, change)| (count * scale * change.exp2()) as f32);
    let (control, treated) = (control.collect(), treated.collect());
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

/// Mean counts of the controls of a contrast, by gene: mean · (n + c) / (c + Σ 2^change) over the n
/// contrasts of its fit, which are those with the same means, and controls that count as c of them.
fn controls(changes: &ContrastTable, means: &ContrastTable, contrast: &str) -> Result<Vec<f64>> {
    let own = means.column(contrast)?;
    let fit: Vec<&[f64]> = means
        .columns
        .iter()
        .filter(|(_, mean)| mean.as_slice() == own)
        .map(|(other, _)| changes.column(other))
        .collect::<Result<_>>()?;
    let arms = fit.len() as f64 + CONTROL_ARMS;
    let of_gene = |(gene, mean): (usize, &f64)| {
        let folds: f64 = fit.iter().map(|change| change[gene].exp2()).sum();
        mean * arms / (CONTROL_ARMS + folds)
    };
    Ok(own.iter().enumerate().map(of_gene).collect())
}

/// The cells of a group, which is named by system and, by release, by gene or by how it was edited.
fn system<'a>(group: &'a str, gene: &str) -> &'a str {
    let system = group.strip_suffix(&format!("_{gene}")).unwrap_or(group);
    ["_CE", "_KO", "_PTC"]
        .iter()
        .find_map(|edit| system.strip_suffix(edit))
        .unwrap_or(system)
}

/// A matrix of genes × contrasts, by contrast. A cell without a number is no change or no count.
struct ContrastTable {
    path: PathBuf,
    /// The row of each gene.
    rows: BTreeMap<GeneId, usize>,
    columns: BTreeMap<String, Vec<f64>>,
}

impl ContrastTable {
    fn read(path: &Path) -> Result<Self> {
        let mut reader = table::open(path)?;
        let problem = |problem: csv::Error| Error::recipe(path, problem.to_string());
        let header = reader.headers().map_err(problem)?.clone();
        let mut rows = BTreeMap::new();
        let mut columns: Vec<(&str, Vec<f64>)> = Vec::new();
        let mut record = csv::StringRecord::new();
        while reader.read_record(&mut record).map_err(problem)? {
            let mut place = 0;
            for (name, cell) in header.iter().zip(&record) {
                if name == GENE {
                    rows.insert(cell.parse()?, rows.len());
                    continue;
                }
                let value = match cell {
                    "" | "NA" | "NaN" | "nan" => 0.0,
                    text => text.parse().map_err(|_| {
                        let gene = record.get(0).unwrap_or("");
                        Error::recipe(path, format!("{gene} / {name}: {text:?} is no number"))
                    })?,
                };
                match columns.get_mut(place) {
                    Some((_, column)) => column.push(value),
                    None => columns.push((name, vec![value])),
                }
                place += 1;
            }
        }
        let columns = columns.into_iter();
        Ok(Self {
            path: path.to_owned(),
            rows,
            columns: columns.map(|(name, own)| (name.to_owned(), own)).collect(),
        })
    }

    /// The same over some of its genes, in their order.
    fn on(self, genes: &[GeneId]) -> Self {
        let rows: Vec<usize> = genes
            .iter()
            .filter_map(|gene| self.rows.get(gene).copied())
            .collect();
        let columns = self.columns.into_iter().map(|(name, column)| {
            let kept = rows.iter().map(|&row| column[row]).collect();
            (name, kept)
        });
        Self {
            columns: columns.collect(),
            rows: genes.iter().copied().zip(0..).collect(),
            path: self.path,
        }
    }

    /// A contrast, by gene.
    fn column(&self, contrast: &str) -> Result<&[f64]> {
        let column = self.columns.get(contrast).map(Vec::as_slice);
        column.ok_or_else(|| Error::recipe(&self.path, format!("has no column {contrast}")))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::path::Path;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::{Conditions, read, system};

    /// Two contrasts of one fit, one of another with the same mean, and a reverted clone.
    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let contrasts = "contrast\trelease\tgroup\tlabel\tgene\tensembl\n\
            a\tr\tcells_A\tA_KO\tA\tENSG00000000001\n\
            b\tr\tcells_B\tB_KO\tB\tENSG00000000002\n\
            c\tr\tcells_C\tC_KO\tC\tENSG00000000003\n\
            d\tr\tcells_reverted_A\tA_reverted\tA\tENSG00000000001\n";
        std::fs::write(folder.path().join("contrasts.tsv"), contrasts).expect("writes");
        let packed = |name: &str, text: &str| {
            let file = std::fs::File::create(folder.path().join(name)).expect("a file");
            let mut file = GzEncoder::new(file, Compression::fast());
            file.write_all(text.as_bytes()).expect("writes");
            file.finish().expect("ends");
        };
        packed(
            "log2fc.tsv.gz",
            "gene_id\ta\tb\tc\td\n\
             ENSG00000000001\t-2\t0\t0\t0\n\
             ENSG00000000002\t0\t-1\t2\t0\n\
             ENSG00000000003\t0\t0\t0\t0\n",
        );
        packed(
            "basemean.tsv.gz",
            "gene_id\ta\tb\tc\td\n\
             ENSG00000000001\t100\t100\t70\t70\n\
             ENSG00000000002\t50\t50\t50\t70\n\
             ENSG00000000003\t900\t900\t900\t900\n",
        );
        folder
    }

    fn read_from(folder: &Path) -> super::Study {
        read(folder, "published", &mut Conditions::default()).expect("a study")
    }

    #[test]
    fn contrasts_of_one_fit_have_one_control_that_does_not_tell_them_apart() {
        let study = read_from(folder().path());
        let profile = |id: &str| {
            let is_own = |row: &super::Row| row.get("sample_id").is_some_and(|own| own == id);
            let at = study.samples.iter().position(is_own).expect("a profile");
            &study.counts[at]
        };
        assert_eq!(profile("a control"), profile("b control"));
        assert_ne!(profile("a control"), profile("c control"));
        // 100 · (2 + 2) / (2 + 2⁻² + 2⁰) of gene 1, 900 of gene 3.
        let control = profile("a control");
        assert!((control[0] / control[2] - 123.077 / 900.0).abs() < 1e-5);
        assert!((profile("a")[0] / control[0] - 0.25).abs() < 1e-6);
        assert!((profile("b")[0] - control[0]).abs() < 1e-6);
    }

    #[test]
    fn a_clone_whose_edit_was_reverted_is_no_knock_out() {
        let study = read_from(folder().path());
        assert_eq!(study.samples.len(), 6);
    }

    #[test]
    fn a_system_is_named_without_the_gene_and_the_edit() {
        assert_eq!(system("ExM_day_6_nor_ISL1", "ISL1"), "ExM_day_6_nor");
        assert_eq!(system("CBO_day_3_PTC", "PAX6"), "CBO_day_3");
        assert_eq!(system("PrS_day_6_hyp", "EPAS1"), "PrS_day_6_hyp");
    }
}
