//! `refcast genes`: the genes of a model, in its order.

use refcast::Session;
use serde_json::json;

use crate::failure::Result;
use crate::flags::{CommonFlags, GenesFlags};
use crate::stdout::{print, print_json};

/// Prints a line per gene: id and symbol.
///
/// # Errors
/// When there is no such model, or standard output cannot be written.
pub fn run(flags: &GenesFlags, common: &CommonFlags) -> Result<()> {
    let session = Session::open(&flags.model.model)?;
    let model = session.model();
    let genes = model.axis().genes();
    if common.json {
        let list: Vec<_> = genes
            .iter()
            .map(|gene| json!({ "gene_id": gene.id, "gene_symbol": gene.symbol }))
            .collect();
        return print_json(&json!({ "model_version": model.manifest().version, "genes": list }));
    }
    print(|out| {
        writeln!(out, "gene_id\tgene_symbol")?;
        genes
            .iter()
            .try_for_each(|gene| writeln!(out, "{}\t{}", gene.id, gene.symbol))
    })
}
