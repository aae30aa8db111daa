//! The project's own tasks. `cargo xtask help` lists them.

mod apt;
mod arrows;
mod audit;
mod check;
mod fuzz;
mod licence;
mod modules;
mod python;
mod r;
mod sbom;
mod services;
mod step;
mod tally;
mod test;
mod words;

use std::process::ExitCode;

const HELP: &str = "\
Tasks of the refcast workspace

  cargo xtask test [ARGS]  all tests, with the servers that they need; closes with
                           `N passed, N failed, N skipped`
                           (ARGS go to `cargo test`, for example `-p refcast-core`)
  cargo xtask check        format, arrows, words, dependency audit, lints, documentation, tests
  cargo xtask fuzz [--inputs N | --seconds N] [TARGET…]
                           random inputs for the parsers; see docs/fuzzing.md
  cargo xtask arrows       which files need each other in a circle, and that no crate needs one
                           below it
  cargo xtask words [--write]
                           which names of types stand for several things; that docs/glossary.md has
                           every public type
  cargo xtask audit        licences, sources and duplicates of the dependencies
  cargo xtask sbom         what the program is made of (CycloneDX), in target/sbom
  cargo xtask python       the Python environment that some tests use; prints its interpreter
  cargo xtask help         this text
";

fn main() -> ExitCode {
    if std::env::var_os(fuzz::IS_RUSTC).is_some() {
        return fuzz::compile();
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.split_first() {
        Some((task, rest)) if task == "test" => test::run(rest),
        Some((task, [])) if task == "check" => check::run(),
        Some((task, rest)) if task == "fuzz" => fuzz::run(rest),
        Some((task, [])) if task == "arrows" => arrows::run(),
        Some((task, [])) if task == "words" => words::run(false),
        Some((task, [flag])) if task == "words" && flag == "--write" => words::run(true),
        Some((task, [])) if task == "audit" => audit::run(),
        Some((task, [])) if task == "sbom" => sbom::run(),
        Some((task, [])) if task == "python" => python::print(),
        Some((task, _)) if task == "help" || task == "--help" || task == "-h" => {
            print!("{HELP}");
            Ok(())
        }
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}
