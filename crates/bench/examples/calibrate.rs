//! Fits the factors of the intervals and prints the section of the recipe that holds them.
//!
//!     cargo run --release -p refcast-bench --example calibrate -- [RECIPE] [CORPUS]

use std::path::PathBuf;

use refcast_bench::calibration;
use refcast_bench::run::{BenchmarkProgress, Options, run};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |default: &str| PathBuf::from(arguments.next().unwrap_or(default.to_owned()));
    let options = Options {
        recipe: next("recipes/gem-1-bulk.toml"),
        corpus: next("../shared/corpus"),
        names: vec!["calibration".to_owned()],
        quick: false,
        seed: 1,
    };
    let report = run(&options, &|stage| {
        if let BenchmarkProgress::Fold { done, of } = stage {
            eprintln!("fold {done} of {of}");
        }
    })?;
    for outcome in &report.outcomes {
        print!("{}", calibration::section(outcome));
    }
    Ok(())
}
