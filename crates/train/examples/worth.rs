//! What footprints of pathways and targets of regulators are worth against measured effects.
//!
//!     cargo run --release -p refcast-train --example worth -- [CORPUS]

use std::path::PathBuf;

use refcast_train::evaluate::worth;
use refcast_train::{Recipe, read};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let given = std::env::args().nth(1).map(PathBuf::from);
    let folder = given.unwrap_or_else(|| PathBuf::from("../shared/corpus"));
    let recipe = Recipe::read("recipes/gem-1-bulk.toml".as_ref())?;
    let (corpus, labels) = read(&recipe, &folder)?;
    print!("{}", worth::run(&corpus, &recipe, &labels, &folder)?);
    Ok(())
}
