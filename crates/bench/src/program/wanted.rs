//! What was asked for, checked before the work: it takes long, and all that is wrong is said at once.

use std::path::Path;

use refcast_bench::benchmark::recipe_of;
use refcast_bench::report;
use refcast_bench::run::BenchmarkInfo;
use refcast_core::nearest::nearest;
use refcast_core::{Fault, Faults};
use refcast_train::Recipe;

use super::flags::BenchFlags;

/// Adds the faults of the flags.
pub fn check(
    flags: &BenchFlags,
    known: &[BenchmarkInfo],
    recipe: Option<&Recipe>,
    output: Option<&Path>,
    faults: &mut Faults,
) {
    for (place, name) in flags.names.iter().enumerate() {
        let Some(benchmark) = known.iter().find(|benchmark| benchmark.name == *name) else {
            faults.push(unknown(name, known));
            continue;
        };
        if let Some(recipe) = recipe.filter(|recipe| recipe.modality != benchmark.modality) {
            faults.push(other_modality(benchmark, recipe));
        }
        if flags.names[..place].contains(name) {
            let message = format!("`{name}` is named twice");
            faults.push(Fault::new("benchmarks", "repeated", message));
        }
    }
    if let Some(corpus) = flags.corpus.as_ref().filter(|corpus| !corpus.is_dir()) {
        let message = format!(
            "{} is not a folder: name that of the corpus",
            corpus.display()
        );
        faults.push(Fault::new("corpus", "no_such_folder", message));
    }
    if flags.quick && flags.update_recipe {
        let message = "figures of a quick look do not go into a recipe: leave out `--quick`";
        faults.push(Fault::new("update_recipe", "quick", message));
    }
    if let Some(folder) = output {
        if folder.exists() && !folder.is_dir() {
            let message = format!("{} is not a folder", folder.display());
            faults.push(Fault::new("output", "no_such_folder", message));
        } else if let Err(error) = report::check(folder, flags.quick) {
            faults.push(Fault::new("output", "not_usable", error.to_string()));
        }
    }
}

fn other_modality(benchmark: &BenchmarkInfo, recipe: &Recipe) -> Fault {
    let message = format!(
        "`{}` is of {}, and the recipe `{}` of {}: give `--recipe {}`, or leave the benchmark out",
        benchmark.name,
        benchmark.modality.name(),
        recipe.id,
        recipe.modality.name(),
        recipe_of(benchmark.modality)
    );
    Fault::new("benchmarks", "other_modality", message)
}

fn unknown(name: &str, known: &[BenchmarkInfo]) -> Fault {
    let names: Vec<&str> = known
        .iter()
        .map(|benchmark| benchmark.name.as_str())
        .collect();
    let message = format!(
        "there is no benchmark {}; there are {}",
        refcast_core::error::quoted(name),
        names.join(", ")
    );
    let near = nearest(name, names, 1);
    Fault::new("benchmarks", "unknown", message).with_nearest(near)
}
