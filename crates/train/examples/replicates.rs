//! Whether generated samples scatter as real replicates do, on studies left out of training.
//!
//!     cargo run --release -p refcast-train --example replicates -- [--corpus DIR] [--rounds N]

use std::path::PathBuf;

use refcast_train::evaluate::replicates;
use refcast_train::{Recipe, read};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut corpus = PathBuf::from("../shared/corpus");
    let mut rounds = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments
            .next()
            .ok_or_else(|| format!("{argument} needs a value"))?;
        match argument.as_str() {
            "--corpus" => corpus = value.into(),
            "--rounds" => rounds = Some(value.parse()?),
            _ => return Err(format!("{argument} is not known").into()),
        }
    }
    let mut recipe = Recipe::read("recipes/gem-1-bulk.toml".as_ref())?;
    if let Some(rounds) = rounds {
        recipe.latent.rounds = rounds;
    }
    let (corpus, labels) = read(&recipe, &corpus)?;
    print!("{}", replicates::run(&corpus, &recipe, &labels)?);
    Ok(())
}
