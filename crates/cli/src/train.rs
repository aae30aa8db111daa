//! `refcast train`: a model from a recipe and a corpus.

use std::path::Path;
use std::time::Instant;

use refcast_core::Faults;
use refcast_model::bundle::Manifest;
use refcast_train::{Device, Progress, Recipe};

use crate::failure::Result;
use crate::flags::{CommonFlags, TrainFlags};
use crate::stdout::{print, print_json};
use crate::terminal::Stages;
use crate::threads;

/// Trains the model that the recipe describes and writes its bundle.
///
/// # Errors
/// A recipe or corpus that is not valid, or a failure to write.
pub fn run(flags: &TrainFlags, common: &CommonFlags) -> Result<()> {
    let mut faults = Faults::new();
    let threads = faults.gather(threads::count(flags.threads.as_deref()))?;
    faults.gather(Recipe::check_file(&flags.recipe))?;
    if !flags.corpus.is_dir() {
        let message = format!(
            "{} is not a folder: name that of the corpus",
            flags.corpus.display()
        );
        faults.add("corpus", "no_such_folder", message);
    }
    let device = faults.gather(flags.device.parse::<Device>())?;
    faults.into_result()?;
    let pool = threads::pool(threads.unwrap_or(std::num::NonZeroUsize::MIN))?;
    let start = Instant::now();
    let trained = pool.install(|| {
        // Made here: what is told about the stages stays on the thread that trains.
        let stages = Stages::new(common.quiet || common.json);
        let trained = refcast_train::train(
            &flags.recipe,
            &flags.corpus,
            &flags.output,
            flags.seed,
            device.unwrap_or_default(),
            &|stage| stages.begin(described(&stage)),
        );
        stages.finish();
        trained
    });
    let manifest = trained?;
    if common.json {
        return print_json(&manifest);
    }
    if common.quiet {
        return Ok(());
    }
    let Manifest {
        id, version, genes, ..
    } = &manifest;
    let folder = flags.output.display();
    let megabytes = size(&manifest, &flags.output) as f64 / 1e6;
    let seconds = start.elapsed().as_secs();
    print(|out| {
        writeln!(out, "{folder}: {id}, version {version}")?;
        writeln!(
            out,
            "{genes} genes, {megabytes:.1} MB, trained in {} min {} s",
            seconds / 60,
            seconds % 60
        )
    })
}

/// Bytes of the bundle's files. A file that has gone since it was written counts nothing.
fn size(manifest: &Manifest, folder: &Path) -> u64 {
    let sizes = manifest
        .files
        .keys()
        .filter_map(|name| std::fs::metadata(folder.join(name)).ok());
    sizes.map(|file| file.len()).sum()
}

fn described(stage: &Progress) -> String {
    match stage {
        Progress::Device { name } => format!("products on {name}"),
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
        Progress::Metadata => "metadata".to_owned(),
        Progress::Vocabulary => "vocabulary".to_owned(),
        Progress::Writing => "writing the bundle".to_owned(),
    }
}
