//! MuData files (`.h5mu`): the modality that is genes, read as the AnnData that it is.

use std::path::Path;

use crate::error::Error;
use crate::genomes::are_ensembl_gene_ids;
use crate::h5ad::{H5adSource, Matrix};
use crate::hdf5::{Container, Hdf5Fault, Hdf5Kind, listed};

/// The group of the modalities.
const MODALITIES: &str = "mod";

/// What modalities of genes are called, in lower case.
const OF_GENES: [&str; 9] = [
    "rna",
    "gex",
    "mrna",
    "scrna",
    "snrna",
    "gene expression",
    "gene_expression",
    "transcriptome",
    "genes",
];

/// Whether an HDF5 file is laid out as MuData is.
pub(crate) fn looks_like_it(container: &Container) -> Result<bool, Hdf5Fault> {
    container.is_group(MODALITIES)
}

/// Opens the modality of genes: the one that is called so, or the only one whose names are genes'
/// ids, or the only one.
///
/// # Errors
/// No modality of genes or several; and as [`H5adSource::open`].
pub(crate) fn open_mudata(path: &Path, matrix: Matrix) -> Result<H5adSource, Error> {
    let container = Container::open(path, Hdf5Kind::MuData)?;
    let all = container.members(MODALITIES)?;
    let chosen = of_genes(&container, &all)?;
    let others: Vec<&String> = all.iter().filter(|name| **name != chosen).collect();
    let mut note = format!("read the modality {chosen} of the MuData");
    if !others.is_empty() {
        note.push_str(&format!("; left out: {}", listed(&others)));
    }
    let modality = container.within(&format!("{MODALITIES}/{chosen}"), Hdf5Kind::AnnData);
    Ok(H5adSource::of(modality, matrix, vec![note])?)
}

fn of_genes(container: &Container, all: &[String]) -> Result<String, Hdf5Fault> {
    let named = OF_GENES
        .iter()
        .find_map(|known| all.iter().find(|name| name.to_lowercase() == **known));
    if let Some(name) = named {
        return Ok(name.clone());
    }
    if let [only] = all {
        return Ok(only.clone());
    }
    let mut holding = Vec::new();
    for name in all {
        if has_gene_ids(container, name)? {
            holding.push(name);
        }
    }
    if let [only] = holding.as_slice() {
        return Ok((*only).clone());
    }
    Err(container.origin.fault(
        MODALITIES,
        format!("has the modalities {}, none of which is called rna", listed(all)),
        "write the one with the counts of genes as .h5ad: `mudata.read(path)[\"NAME\"].write_h5ad(\"counts.h5ad\")`",
    ))
}

/// Whether some column of the modality's `var` holds Ensembl gene ids.
fn has_gene_ids(container: &Container, name: &str) -> Result<bool, Hdf5Fault> {
    let var = format!("{MODALITIES}/{name}/var");
    if !container.is_group(&var)? {
        return Ok(false);
    }
    for column in container.members(&var)? {
        let values = match container.is_dataset(&format!("{var}/{column}"))? {
            true => format!("{var}/{column}"),
            false => format!("{var}/{column}/values"),
        };
        if container.is_dataset(&values)? {
            // Columns of other encodings are no ids.
            let text = container.dataset(&values)?.all_text().unwrap_or_default();
            if are_ensembl_gene_ids(&text) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
