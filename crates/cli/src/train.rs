//! `refcast train`: a model from a recipe and a corpus.

use refcast_core::Fault;
use refcast_model::bundle::Manifest;
use refcast_train::{Error, Progress};

use crate::failure::{Failure, Gathered, Result};
use crate::flags::{CommonFlags, TrainFlags};
use crate::stdout::{print, print_json};
use crate::threads;

/// Trains the model that the recipe describes and writes its bundle.
///
/// # Errors
/// A recipe or corpus that is not valid, or a failure to write.
pub fn run(flags: &TrainFlags, common: &CommonFlags) -> Result<()> {
    let mut gathered = Gathered::default();
    let threads = gathered.keep(threads::count(flags.threads.as_deref()))?;
    if !flags.recipe.is_file() {
        let message = format!("{} is not a file: name a recipe", flags.recipe.display());
        gathered.push(Fault::new("recipe", "no_such_file", message));
    }
    if !flags.corpus.is_dir() {
        let message = format!(
            "{} is not a folder: name that of the corpus",
            flags.corpus.display()
        );
        gathered.push(Fault::new("corpus", "no_such_folder", message));
    }
    gathered.check()?;
    let pool = threads::pool(threads.unwrap_or(std::num::NonZeroUsize::MIN))?;
    let say = !common.quiet && !common.json;
    let trained = pool.install(|| {
        let progress = |stage: Progress| {
            if say {
                anstream::eprintln!("{}", described(&stage));
            }
        };
        refcast_train::train(
            &flags.recipe,
            &flags.corpus,
            &flags.output,
            flags.seed,
            &progress,
        )
    });
    let manifest = trained.map_err(failure)?;
    if common.json {
        return print_json(&manifest);
    }
    if common.quiet {
        return Ok(());
    }
    let Manifest {
        id, version, genes, ..
    } = manifest;
    let folder = flags.output.display();
    print(|out| writeln!(out, "{folder}: {id}, version {version}, {genes} genes"))
}

fn described(stage: &Progress) -> String {
    match stage {
        Progress::Reading => "reading the corpus".to_owned(),
        Progress::Latents {
            round,
            rounds,
            residual,
        } => {
            format!(
                "latents: round {} of {rounds}, residual variance {residual:.5}",
                round + 1
            )
        }
        Progress::Noise => "measurement noise".to_owned(),
        Progress::Effects => "observed effects".to_owned(),
        Progress::Vocabulary => "vocabulary".to_owned(),
        Progress::Writing => "writing the bundle".to_owned(),
    }
}

/// A recipe, study or table that is not what it says is invalid input; the rest is a failure.
fn failure(error: Error) -> Failure {
    match error {
        Error::Matrix(error) => error.into(),
        Error::Core(error) => error.into(),
        Error::Recipe { path, problem } => {
            Failure::invalid(path.display().to_string(), "invalid_recipe", problem)
        }
        Error::Study { study, problem } => Failure::invalid(study, "invalid_study", problem),
        error @ (Error::File { .. } | Error::Model(_) | Error::Nothing(_)) => {
            Failure::Failed(error.to_string())
        }
    }
}
