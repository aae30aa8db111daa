//! A matrix of Cell Ranger in HDF5, of version 2 or of version 3 on.

use std::collections::BTreeSet;
use std::path::Path;

use refcast_core::{Fault, Faults};

use crate::error::Error;
use crate::features::{FeatureTable, Features, several_genomes};
use crate::genomes::{Genomes, human_among};
use crate::hdf5::{Container, ContiguousSamples, Hdf5Fault, Hdf5Kind, listed};
use crate::raw_matrix::refuse_empty_droplets;
use crate::sample_names::{UNIQUE_BARCODES, check_sample_names};
use crate::source::{RawSample, SampleSource};

/// The group of the matrix, from version 3 on.
const MATRIX: &str = "matrix";

/// A 10x matrix in HDF5 opened for reading, one cell at a time.
///
/// Memory does not grow with the stored values; barcodes and one pointer per cell are held.
#[derive(Debug)]
pub struct TenxHdf5 {
    container: Container,
    features: Features,
    barcodes: Vec<String>,
    cells: ContiguousSamples,
    notes: Vec<String>,
}

/// Where the parts of a matrix are, which differs between versions.
struct TenxLayout {
    /// The group of the arrays.
    group: String,
    /// The datasets of the features' ids, names, types and genomes, in that order.
    columns: [Option<&'static str>; 4],
    /// What was left out to get there, in words.
    note: Option<String>,
}

impl TenxHdf5 {
    /// Opens `path` and checks that its parts belong together.
    ///
    /// # Errors
    /// Every fault at once: arrays that are missing, damaged or of different lengths, genes without
    /// an id or of several genomes of which none is human, no gene at all, the raw matrix of all
    /// barcodes.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let container = Container::open(path, Hdf5Kind::CellRanger)?;
        let layout = layout(&container)?;
        let mut faults = Faults::new();
        let barcodes = keep(&mut faults, texts(&container, &layout.group, "barcodes"));
        let table = keep(&mut faults, layout.table(&container));
        let shape = keep(&mut faults, shape(&container, &layout.group));
        let shown = container.origin.path.display().to_string();
        let ids = layout.path(layout.columns[0].unwrap_or_default());
        let features = table.map(|table| {
            let place = |feature: usize| format!("{shown}: {ids}[{feature}]");
            Features::new(
                table,
                &format!("{shown}: {}", layout.group),
                place,
                &mut faults,
            )
        });
        if let Some([rows, columns]) = shape {
            let lengths = [
                (rows, features.as_ref().map(Features::len), ids.clone()),
                (
                    columns,
                    barcodes.as_ref().map(Vec::len),
                    layout.path("barcodes"),
                ),
            ];
            for (expected, found, at) in lengths {
                if let Some(found) = found.filter(|&found| found as u64 != expected) {
                    let problem = format!("has {found} entries where the shape says {expected}");
                    keep::<()>(&mut faults, Err(container.origin.damaged(&at, problem)));
                }
            }
            let cells = ContiguousSamples::open(&container, &layout.group, [columns, rows]);
            let cells = keep(&mut faults, cells);
            if let (Some(features), Some(barcodes), Some(cells)) = (features, barcodes, cells) {
                refuse_empty_droplets(cells.stored(), &shown, &mut faults);
                if let Err(error) = check_sample_names(path, &barcodes) {
                    faults.keep("", Err::<(), _>(error.with_advice(UNIQUE_BARCODES).into()));
                }
                faults.into_result()?;
                let notes = layout.note.iter().chain(&features.notes);
                return Ok(Self {
                    notes: notes.cloned().collect(),
                    container,
                    features,
                    barcodes,
                    cells,
                });
            }
        }
        Err(faults.into_error().into())
    }
}

/// The value of a success; a failure joins the faults.
fn keep<T>(faults: &mut Faults, result: Result<T, Hdf5Fault>) -> Option<T> {
    faults.keep("", result.map_err(|fault| Error::from(fault).into()))
}

impl TenxLayout {
    fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.group)
    }

    fn table(&self, container: &Container) -> Result<FeatureTable, Hdf5Fault> {
        let [ids, names, types, genomes] = self.columns.map(|name| {
            let name = name?;
            match container.is_dataset(&self.path(name)) {
                Ok(false) if name != "features/id" && name != "genes" => None,
                Err(fault) => Some(Err(fault)),
                Ok(_) => Some(texts(container, &self.group, name)),
            }
        });
        let table = FeatureTable {
            ids: ids.transpose()?.unwrap_or_default(),
            names: names.transpose()?,
            types: types.transpose()?,
            genomes: genomes.transpose()?,
        };
        let columns = [&table.names, &table.types, &table.genomes];
        for (column, name) in columns.into_iter().zip(&self.columns[1..]) {
            let found = column.as_ref().map_or(table.ids.len(), Vec::len);
            if found != table.ids.len() {
                let problem = format!("has {found} entries for {} features", table.ids.len());
                let at = self.path(name.unwrap_or_default());
                return Err(container.origin.damaged(&at, problem));
            }
        }
        Ok(table)
    }
}

/// Finds the matrix; from version 3 on its name is fixed, before it is that of the genome.
fn layout(container: &Container) -> Result<TenxLayout, Error> {
    if container.is_group(MATRIX)? {
        return Ok(TenxLayout {
            group: MATRIX.to_owned(),
            columns: [
                Some("features/id"),
                Some("features/name"),
                Some("features/feature_type"),
                Some("features/genome"),
            ],
            note: None,
        });
    }
    let of_genome = |group: &str, note| TenxLayout {
        group: group.to_owned(),
        columns: [Some("genes"), Some("gene_names"), None, None],
        note,
    };
    let groups = genome_groups(container)?;
    match groups.as_slice() {
        [genome] => return Ok(of_genome(genome, None)),
        [] => return Err(foreign(container)?.into()),
        _ => {}
    }
    let mut genes: Vec<(&str, String)> = Vec::new();
    for group in &groups {
        let ids = texts(container, group, "genes")?;
        genes.extend(ids.into_iter().map(|id| (group.as_str(), id)));
    }
    match human_among(genes.iter().map(|(group, id)| (*group, id.as_str()))) {
        Genomes::Human { name, others } => {
            let others: Vec<String> = others.into_iter().map(|(name, _)| name).collect();
            let note = format!(
                "read the cells of {name}, the human genome; the matrices of others were left out: {}",
                others.join(", ")
            );
            Ok(of_genome(&name, Some(note)))
        }
        Genomes::One | Genomes::Unclear(_) => {
            let names: BTreeSet<&str> = groups.iter().map(String::as_str).collect();
            let place = container.origin.path.display().to_string();
            let fault = Fault::new(place, "several_genomes", several_genomes(&names));
            Err(refcast_core::Error::from(fault).into())
        }
    }
}

/// Whether an HDF5 file is laid out as Cell Ranger does, whole or not.
pub(crate) fn looks_like_it(container: &Container) -> Result<bool, Hdf5Fault> {
    let molecules = container.is_dataset("barcode_idx")?;
    Ok(container.is_group(MATRIX)? || molecules || !genome_groups(container)?.is_empty())
}

fn genome_groups(container: &Container) -> Result<Vec<String>, Hdf5Fault> {
    let mut found = Vec::new();
    for name in container.members("")? {
        let has = |part: &str| container.is_dataset(&format!("{name}/{part}"));
        if container.is_group(&name)? && has("genes")? && has("barcodes")? {
            found.push(name);
        }
    }
    Ok(found)
}

/// What a file without a matrix is.
fn foreign(container: &Container) -> Result<Hdf5Fault, Hdf5Fault> {
    let has = container.members("")?;
    let there = |name: &str| has.iter().any(|other| other == name);
    let fix = if there("barcode_idx") {
        "it looks like molecule_info.h5, the list of molecules: pass filtered_feature_bc_matrix.h5 beside it"
    } else {
        "pass filtered_feature_bc_matrix.h5 from the `outs` folder of Cell Ranger"
    };
    let problem = format!("is HDF5 but no 10x matrix: it has {}", listed(&has));
    Ok(container.origin.fault("", problem, fix))
}

/// Features and barcodes, as the file says.
fn shape(container: &Container, group: &str) -> Result<[u64; 2], Hdf5Fault> {
    let field = container.dataset(&format!("{group}/shape"))?;
    field.expect_numbers()?;
    let found = field.all_integers()?;
    match found.as_slice() {
        &[rows, columns] if rows >= 0 && columns >= 0 => Ok([rows as u64, columns as u64]),
        _ => Err(field.damaged(format!(
            "is {found:?}, not the numbers of features and barcodes"
        ))),
    }
}

fn texts(container: &Container, group: &str, name: &str) -> Result<Vec<String>, Hdf5Fault> {
    container.dataset(&format!("{group}/{name}"))?.all_text()
}

impl SampleSource for TenxHdf5 {
    fn path(&self) -> &Path {
        &self.container.origin.path
    }

    fn gene_names(&self) -> &[String] {
        &self.features.ids
    }

    fn gene_symbols(&self) -> Option<&[String]> {
        self.features.symbols.as_deref()
    }

    fn sample_names(&self) -> &[String] {
        &self.barcodes
    }

    fn notes(&self) -> &[String] {
        &self.notes
    }

    fn next_sample(&mut self) -> Result<Option<RawSample>, Error> {
        Ok(self.cells.next()?.map(|sample| match sample {
            RawSample::Sparse { gene, value } => {
                let (gene, value) = self.features.genes_of(gene, value);
                RawSample::Sparse { gene, value }
            }
            dense @ RawSample::Dense(_) => dense,
        }))
    }
}
