//! Leave one donor out, on the eight datasets of the design's baselines.
//!
//!     cargo run --release -p refcast-train --example donors -- [--corpus DIR] [--folds N] [--rounds N]
//!
//! For each dataset and donor, a model is trained without the samples of that donor and asked for
//! the donor's controls, treated. Prints Pearson's r and explained fraction of the change of
//! ln(1 + CPM) over genes with control CPM > 1, beside the mean and the shrunk mean of the other
//! donors, all on the same samples and genes.

use std::path::PathBuf;
use std::time::Instant;

use refcast_train::evaluate::donors;
use refcast_train::{Recipe, read};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut corpus = PathBuf::from("../shared/corpus");
    let mut folds = usize::MAX;
    let mut rounds = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments
            .next()
            .ok_or_else(|| format!("{argument} needs a value"))?;
        match argument.as_str() {
            "--corpus" => corpus = value.into(),
            "--folds" => folds = value.parse()?,
            "--rounds" => rounds = Some(value.parse()?),
            _ => return Err(format!("{argument} is not known").into()),
        }
    }
    let start = Instant::now();
    let mut recipe = Recipe::read("recipes/gem-1-bulk.toml".as_ref())?;
    if let Some(rounds) = rounds {
        recipe.latent.rounds = rounds;
    }
    let (corpus, labels) = read(&recipe, &corpus)?;
    eprintln!(
        "read after {:.0?}: {} genes",
        start.elapsed(),
        corpus.axis.len()
    );
    let report = donors::run(&corpus, &recipe, &labels, folds, &|fold, of| {
        eprintln!("fold {} of {of} after {:.0?}", fold + 1, start.elapsed());
    })?;
    print!("{report}");
    Ok(())
}
