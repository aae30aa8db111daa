//! Gene modules: the Hallmark collection of MSigDB.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use refcast_core::{GeneAxis, GeneId};

use crate::error::{Error, Result};

const COLLECTION: &str = "MSigDB_Hallmark";

/// The modules, by place on an axis; genes that the axis lacks are left out.
///
/// # Errors
/// A table that cannot be read, or one without the collection.
pub fn read(corpus: &Path, axis: &GeneAxis) -> Result<Vec<Vec<usize>>> {
    let path = corpus.join("knowledge").join("gene_sets.tsv.gz");
    let modules = of_table(&path, axis).and_then(|modules| {
        let message = format!("no gene set of the collection {COLLECTION}");
        (!modules.is_empty())
            .then_some(modules)
            .ok_or_else(|| std::io::Error::new(std::io::ErrorKind::InvalidData, message))
    });
    modules.map_err(|source| Error::File { path, source })
}

/// The genes of one module.
///
/// # Errors
/// A table that cannot be read, or one without the module.
pub fn named(corpus: &Path, name: &str) -> Result<Vec<GeneId>> {
    let path = corpus.join("knowledge").join("gene_sets.tsv.gz");
    let genes = lines(&path).and_then(|modules| {
        let message = format!("no gene set {name} of the collection {COLLECTION}");
        let found = modules.into_iter().find(|(own, _)| own == name);
        found
            .map(|(_, genes)| genes)
            .ok_or_else(|| std::io::Error::new(std::io::ErrorKind::InvalidData, message))
    });
    genes.map_err(|source| Error::File { path, source })
}

fn of_table(path: &Path, axis: &GeneAxis) -> std::io::Result<Vec<Vec<usize>>> {
    let on_axis = |genes: Vec<GeneId>| {
        let places = genes.into_iter().filter_map(|id| axis.index_of(id));
        places.map(|place| place.as_usize()).collect()
    };
    Ok(lines(path)?
        .into_iter()
        .map(|(_, genes)| on_axis(genes))
        .collect())
}

/// Names and genes of the collection's modules.
fn lines(path: &Path) -> std::io::Result<Vec<(String, Vec<GeneId>)>> {
    let mut modules = Vec::new();
    for line in BufReader::new(MultiGzDecoder::new(File::open(path)?)).lines() {
        let line = line?;
        let cells: Vec<&str> = line.split('\t').collect();
        let (Some(collection), Some(name), Some(genes)) =
            (cells.first(), cells.get(1), cells.get(4))
        else {
            continue;
        };
        if collection.starts_with(COLLECTION) {
            let ids = genes.split('|').filter_map(|id| id.parse::<GeneId>().ok());
            modules.push(((*name).to_owned(), ids.collect()));
        }
    }
    Ok(modules)
}
