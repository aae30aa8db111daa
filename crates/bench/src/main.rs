//! `refcast-bench`: a recipe measured on samples that its training did not see.

mod program {
    pub mod flags;
    pub mod shown;
    pub mod table;
    pub mod wanted;
}

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use refcast_bench::outcome::Report;
use refcast_bench::report;
use refcast_bench::run::{BenchmarkInfo, Options, names, run as measure};
use refcast_core::{Faults, Modality};
use refcast_io::atomic_file::AtomicFile;
use refcast_terminal::failure::{Failure, Result};
use refcast_terminal::stdout::{print, print_json};
use refcast_terminal::{CommonFlags, threads};
use refcast_train::Recipe;

use program::flags::{BenchFlags, Flags};
use program::shown::Shown;
use program::{table, wanted};

/// The program, as a page says how to run it.
const PROGRAM: &str = "cargo benchmark";

/// Where the full report goes that the repository holds.
fn folder(modality: Modality) -> &'static str {
    match modality {
        Modality::Bulk => "docs/benchmarks",
        Modality::SingleCell => "docs/benchmarks/cells",
    }
}

fn main() -> ExitCode {
    let Flags { bench, common } = Flags::parse();
    match run(&bench, &common) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            refcast_terminal::report(&failure, common.json);
            failure.exit_code()
        }
    }
}

/// Measures the recipe, writes the report and prints it in short.
///
/// # Errors
/// Flags, a recipe or a corpus that are not valid, a failure to measure or to write; with `--check`
/// a requirement that does not hold.
fn run(flags: &BenchFlags, common: &CommonFlags) -> Result<()> {
    let known = names()?;
    if flags.list {
        return list(&known, common.json);
    }
    let mut faults = Faults::new();
    let threads = faults.gather(threads::count(flags.threads.as_deref()))?;
    // A recipe that is a file and cannot be read is said to be so when it is measured.
    let is_file = faults.gather(Recipe::check_file(&flags.recipe))?;
    let recipe = is_file.and_then(|()| Recipe::read(&flags.recipe).ok());
    let output = output(
        flags,
        recipe.as_ref().map_or(Modality::Bulk, |own| own.modality),
    );
    wanted::check(
        flags,
        &known,
        recipe.as_ref(),
        output.as_deref(),
        &mut faults,
    );
    faults.into_result()?;
    let options = Options {
        recipe: flags.recipe.clone(),
        corpus: flags.corpus.clone().unwrap_or_default(),
        names: flags.names.clone(),
        quick: flags.quick,
        seed: flags.seed,
    };
    let shown = Shown::new(common.quiet || common.json);
    let measured = threads::pool(threads.unwrap_or(NonZeroUsize::MIN))?
        .install(|| measure(&options, &|stage| shown.stage(stage)));
    shown.finish();
    let mut report = report::rounded(measured?);
    report.command = command(flags);
    let recipe = updated_recipe(flags, &report)?;
    let order: Vec<String> = known.into_iter().map(|benchmark| benchmark.name).collect();
    let written = match &output {
        Some(folder) => report::write(report.clone(), folder, &order).map_err(unwritten)?,
        None => Vec::new(),
    };
    if let Some(recipe) = recipe {
        replace(&flags.recipe, &recipe)?;
    }
    if common.json {
        print_json(&report)?;
    } else {
        print(|out| {
            for outcome in &report.outcomes {
                writeln!(out, "{}", table::Short(outcome))?;
            }
            match &output {
                _ if common.quiet => Ok(()),
                Some(folder) => writeln!(out, "{}: {} files", folder.display(), written.len()),
                None => writeln!(out, "A quick look: nothing was written."),
            }
        })?;
    }
    if flags.check {
        all_hold(&report)
    } else {
        Ok(())
    }
}

fn list(known: &[BenchmarkInfo], json: bool) -> Result<()> {
    if json {
        return print_json(&known);
    }
    print(|out| {
        for benchmark in known {
            let modality = benchmark.modality.name();
            writeln!(
                out,
                "{}\t{modality}\t{}",
                benchmark.name, benchmark.definition
            )?;
        }
        Ok(())
    })
}

/// The folder of the report: that of the repository for a full one, none for a quick one.
fn output(flags: &BenchFlags, modality: Modality) -> Option<PathBuf> {
    let repository = (!flags.quick).then(|| PathBuf::from(folder(modality)));
    flags.output.clone().or(repository)
}

/// The command that makes the report again, without the names of benchmarks, which each page adds,
/// and without the places of this machine.
fn command(flags: &BenchFlags) -> String {
    let mut command = format!("{PROGRAM} --corpus ../shared/corpus");
    if flags.recipe.is_relative() {
        command += &format!(" --recipe {}", flags.recipe.display());
    }
    if flags.quick {
        command += " --quick";
    }
    command + &format!(" --seed {}", flags.seed)
}

/// The text of the recipe with the figures of the report, if that was asked for.
fn updated_recipe(flags: &BenchFlags, report: &Report) -> Result<Option<String>> {
    if !flags.update_recipe {
        return Ok(None);
    }
    let path = &flags.recipe;
    let text = Recipe::text(path).map_err(|error| Failure::Failed(error.to_string()))?;
    let updated = report::with_figures(&text, path, report).map_err(unwritten)?;
    Ok(Some(updated))
}

fn replace(path: &Path, text: &str) -> Result<()> {
    let mut file = AtomicFile::create(path)?;
    file.write_all(text.as_bytes())
        .map_err(|error| Failure::Failed(format!("{}: {error}", path.display())))?;
    Ok(file.commit()?)
}

fn all_hold(report: &Report) -> Result<()> {
    let broken: Vec<String> = report
        .outcomes
        .iter()
        .flat_map(|outcome| {
            let broken = outcome.requirements.iter().filter(|asked| !asked.holds);
            broken.map(|asked| format!("{}: {} ({})", outcome.name, asked.asked, asked.found))
        })
        .collect();
    match broken.len() {
        0 => Ok(()),
        1 => Err(Failure::Unmet(format!(
            "a requirement does not hold: {}",
            broken[0]
        ))),
        n => Err(Failure::Unmet(format!(
            "{n} requirements do not hold:\n  {}",
            broken.join("\n  ")
        ))),
    }
}

/// A report that could not be written after all that work.
fn unwritten(error: report::Error) -> Failure {
    Failure::Failed(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(arguments: &[&str]) -> BenchFlags {
        Flags::parse_from(["refcast-bench"].iter().chain(arguments)).bench
    }

    fn report(holds: bool) -> Report {
        let text = format!(
            r#"{{"model": "m", "command": "c", "quick": false, "outcomes": [{{
            "name": "donors", "title": "", "question": "", "methods": [], "metrics": [], "cases": [],
            "comparisons": [], "findings": [],
            "requirements": [{{"asked": "r is 0.6", "found": "0.500", "holds": {holds}}}]
        }}]}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn a_requirement_that_does_not_hold_is_named() {
        assert!(all_hold(&report(true)).is_ok());
        let failure = all_hold(&report(false)).unwrap_err();
        let Failure::Unmet(message) = failure else {
            panic!("{failure:?}");
        };
        assert!(message.contains("donors: r is 0.6 (0.500)"), "{message}");
    }

    #[test]
    fn the_command_names_no_place_of_this_machine() {
        let typed = flags(&[
            "--corpus",
            "/data/corpus",
            "--recipe",
            "/data/r.toml",
            "donors",
        ]);
        assert_eq!(
            command(&typed),
            format!("{PROGRAM} --corpus ../shared/corpus --seed 1")
        );
        let typed = flags(&[
            "--corpus",
            "c",
            "--recipe",
            "recipes/other.toml",
            "--seed",
            "7",
        ]);
        assert_eq!(
            command(&typed),
            format!("{PROGRAM} --corpus ../shared/corpus --recipe recipes/other.toml --seed 7")
        );
    }

    #[test]
    fn a_quick_look_is_written_only_where_it_is_asked_for() {
        let bulk = |given: &[&str]| output(&flags(given), Modality::Bulk);
        assert_eq!(
            bulk(&["--corpus", "c"]),
            Some(PathBuf::from("docs/benchmarks"))
        );
        assert_eq!(bulk(&["--corpus", "c", "--quick"]), None);
        let asked = bulk(&["--corpus", "c", "--quick", "-o", "here"]);
        assert_eq!(asked, Some(PathBuf::from("here")));
        let cells = output(&flags(&["--corpus", "c"]), Modality::SingleCell);
        assert_eq!(cells, Some(PathBuf::from("docs/benchmarks/cells")));
    }
}
