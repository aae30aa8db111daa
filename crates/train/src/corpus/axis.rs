//! The gene axis: genes of the annotation that enough studies measure.

use std::collections::BTreeMap;
use std::path::Path;

use refcast_core::{Gene, GeneAxis, GeneId};

use crate::error::{Error, Result};
use crate::recipe::Recipe;
use crate::table::read_rows;

/// Chooses the axis from the genes of each study, in the order of the annotation.
///
/// # Errors
/// An annotation that cannot be read, or no gene that meets the recipe.
pub fn choose_axis<'a>(
    recipe: &Recipe,
    folder: &Path,
    studies: impl IntoIterator<Item = &'a [GeneId]>,
) -> Result<GeneAxis> {
    let mut measured: BTreeMap<GeneId, usize> = BTreeMap::new();
    for study in studies {
        for gene in study {
            *measured.entry(*gene).or_default() += 1;
        }
    }
    let annotation = folder.join("knowledge").join("genes.tsv.gz");
    let mut genes = Vec::new();
    for row in read_rows(&annotation)? {
        let cell = |name: &str| row.get(name).map_or("", String::as_str);
        if !recipe
            .axis
            .biotypes
            .iter()
            .any(|biotype| biotype == cell("biotype"))
        {
            continue;
        }
        let id: GeneId = cell("ensembl_gene_id").parse()?;
        let least = match recipe.axis.least_studies_coding {
            Some(fewer) if cell("biotype") == "protein_coding" => fewer,
            _ => recipe.axis.least_studies,
        };
        if measured.get(&id).is_some_and(|studies| *studies >= least) {
            let symbol = cell("symbol");
            let symbol = if symbol.is_empty() {
                id.to_string()
            } else {
                symbol.to_owned()
            };
            genes.push(Gene { id, symbol });
        }
    }
    if genes.is_empty() {
        return Err(Error::recipe(
            &annotation,
            "holds no gene that meets the recipe's axis",
        ));
    }
    Ok(GeneAxis::new(genes)?)
}
