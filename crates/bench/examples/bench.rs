//! Runs benchmarks and prints plain tables.
//!
//!     cargo run --release -p refcast-bench --example bench -- [NAME]... [--quick] [--corpus DIR]

use std::path::PathBuf;
use std::time::Instant;

use refcast_bench::outcome::Outcome;
use refcast_bench::run::{Options, Progress, run};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut options = Options {
        recipe: PathBuf::from("recipes/gem-1-bulk.toml"),
        corpus: PathBuf::from("../shared/corpus"),
        names: Vec::new(),
        quick: false,
        seed: 1,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--quick" => options.quick = true,
            "--corpus" => {
                options.corpus = arguments.next().ok_or("--corpus needs a folder")?.into()
            }
            _ => options.names.push(argument),
        }
    }
    let start = Instant::now();
    let report = run(&options, &|stage| {
        let seconds = start.elapsed().as_secs_f64();
        match stage {
            Progress::Reading => {}
            Progress::Benchmark { name, folds } => {
                eprintln!("{seconds:6.0} s  {name}: {folds} folds")
            }
            Progress::Fold { done, of } => eprintln!("{seconds:6.0} s  fold {done} of {of}"),
            Progress::Finished { name } => eprintln!("{seconds:6.0} s  {name} done"),
        }
    })?;
    for outcome in &report.outcomes {
        table(outcome);
    }
    Ok(())
}

fn table(outcome: &Outcome) {
    println!("\n{} ({})", outcome.title, outcome.name);
    for metric in outcome.metrics.iter().take(2) {
        let metric = metric.described.name.as_str();
        print!("{metric:44}");
        for method in &outcome.methods {
            print!(" {:>9.9}", method.name.replace("ceiling: ", ""));
        }
        println!();
        let line = |name: &str, value: &dyn Fn(&str) -> Option<f64>| {
            print!("{name:44.44}");
            for method in &outcome.methods {
                match value(&method.name) {
                    Some(value) => print!(" {value:9.3}"),
                    None => print!(" {:>9}", ""),
                }
            }
            println!();
        };
        for group in outcome.groups() {
            line(group, &|method| outcome.mean_in(group, method, metric));
        }
        line("mean", &|method| outcome.mean(method, metric));
        println!();
    }
    for metric in outcome.metrics.iter().skip(2) {
        print!("{:44.44}", metric.described.name);
        for method in &outcome.methods {
            match outcome.mean(&method.name, &metric.described.name) {
                Some(value) => print!(" {value:9.3}"),
                None => print!(" {:>9}", ""),
            }
        }
        println!();
    }
    for finding in &outcome.findings {
        println!("{}: {}", finding.described.name, finding.value);
    }
    for requirement in &outcome.requirements {
        let holds = if requirement.holds { "holds" } else { "FAILS" };
        println!("{holds}  {}: {}", requirement.asked, requirement.found);
    }
}
