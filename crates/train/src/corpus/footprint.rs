//! Footprints of pathways: what each does to every gene, summed up over many experiments.
//!
//! Schubert et al. 2018, doi:10.1038/s41467-017-02391-6. The table gives a signed weight by pathway
//! and gene.

use std::collections::BTreeMap;
use std::path::Path;

use refcast_core::{GeneAxis, GeneId, OntologyId};

use crate::error::{Error, Result};
use crate::table::read_rows;

/// The footprint of one pathway.
#[derive(Debug, Clone, PartialEq)]
pub struct Footprint {
    /// The pathway's name.
    pub pathway: String,
    /// Weight by gene, `[genes]`; 0 for a gene that the table lacks.
    pub weights: Vec<f32>,
}

impl Footprint {
    /// The entity that stands for the pathway: `REFCAST:pathway-jak-stat`.
    ///
    /// # Errors
    /// A name that makes no id.
    pub fn entity(&self) -> Result<OntologyId> {
        let slug = self.pathway.to_lowercase();
        Ok(format!("REFCAST:pathway-{slug}").parse()?)
    }
}

/// Reads a table of pathway, gene and weight onto the axis; pathways by name.
///
/// # Errors
/// A file that cannot be read, or a weight that is no finite number.
pub fn read(axis: &GeneAxis, path: &Path) -> Result<Vec<Footprint>> {
    let mut weights: BTreeMap<String, Vec<f32>> = BTreeMap::new();
    for row in read_rows(path)? {
        let cell = |name: &str| row.get(name).map_or("", String::as_str);
        let weight: f32 = cell("weight")
            .parse()
            .ok()
            .filter(|weight: &f32| weight.is_finite())
            .ok_or_else(|| {
                let (pathway, gene) = (cell("pathway"), cell("symbol"));
                let given = cell("weight");
                Error::recipe(path, format!("{pathway} / {gene}: {given:?} is no weight"))
            })?;
        let Ok(gene) = cell("ensembl_gene_id").parse::<GeneId>() else {
            // Symbols that the annotation does not know have no id.
            continue;
        };
        if let Some(place) = axis.index_of(gene) {
            let own = weights
                .entry(cell("pathway").to_owned())
                .or_insert_with(|| vec![0.0; axis.len()]);
            own[place.as_usize()] = weight;
        }
    }
    let footprints = weights.into_iter();
    Ok(footprints
        .map(|(pathway, weights)| Footprint { pathway, weights })
        .collect())
}
