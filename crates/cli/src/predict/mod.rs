//! `refcast predict`: real samples in, the same samples treated out.

mod batches;
mod named;
mod query;
mod read_options;
mod reference_file;
mod references;
mod sample_faults;
mod sample_names;
mod settings;
mod spool;

use refcast_model::Model;

use crate::chosen_model;
use crate::failure::{Gathered, Result};
use crate::flags::{CommonFlags, PredictFlags};
use crate::output::{self, Provenance};
use crate::report::{Effects, ModelName, Summary, Supports, Written};
use crate::stdout::{print, print_json};
use crate::terminal;
use crate::threads;

pub use batches::failed;
pub use read_options::InputOptions;
pub use reference_file::ReferenceFile;
pub use sample_faults::SampleFaults;

use batches::Batches;
use query::Asked;
use references::References;
use settings::Settings;

/// Generates samples from every reference, writes them, and reports.
///
/// # Errors
/// Everything that is wrong with flags, query and input, gathered as far as one does not hide the
/// other; or a failure of the work itself.
pub fn run(flags: &PredictFlags, common: &CommonFlags) -> Result<()> {
    let mut gathered = Gathered::default();
    let settings = gathered.keep(Settings::resolve(flags))?;
    // Without a model nothing else can be checked.
    let model = match gathered
        .keep(chosen_model::source(&flags.model.model).and_then(chosen_model::load))?
    {
        Some(model) => model,
        None => return gathered.check(),
    };
    let asked = gathered.keep(Asked::new(flags, &model))?;
    let references = gathered.keep(References::open(
        flags,
        &model,
        asked.as_ref().map(|asked| asked.query.seed),
    ))?;
    if let (Some(settings), Some(asked), Some(references)) = (settings, asked, references) {
        gathered.check()?;
        let summary = generate(&model, &settings, asked, references, common)?;
        return show(&summary, common);
    }
    gathered.check()
}

fn generate(
    model: &Model,
    settings: &Settings,
    asked: Asked,
    mut references: References,
    common: &CommonFlags,
) -> Result<Summary> {
    let manifest = model.manifest();
    let provenance = Provenance {
        axis: model.axis().clone(),
        modality: model.modality(),
        model_id: manifest.id.clone(),
        model_version: manifest.version.clone(),
        query: asked.query.clone(),
        perturbation: asked.label(),
    };
    let mut sink = settings
        .output
        .as_ref()
        .map(|output| output::open(output, provenance))
        .transpose()?;
    let mut effects = Effects::new(model.axis().len());
    let mut supports = Supports::default();
    let mut samples = 0;

    let progress = terminal::progress(
        references.len() as u64,
        "references",
        common.quiet || common.json,
    );
    let pool = threads::pool(settings.threads)?;
    let batches = Batches {
        model,
        plan: &asked.plan,
        pool: &pool,
        size: settings.batch_size(asked.query.num_samples),
        is_split: settings.is_split(asked.query.num_samples),
    };
    batches.run(&mut references, |reference, predictions| {
        if let Some(first) = predictions.first().filter(|first| first.sample == 0) {
            effects.add_reference(&reference.counts);
            supports.add(&first.support);
            progress.inc(1);
        }
        for prediction in predictions {
            effects.add(prediction);
            if let Some(sink) = &mut sink {
                sink.write(prediction)?;
            }
        }
        samples += predictions.len();
        Ok(())
    })?;
    progress.finish_and_clear();

    let alignment = references.alignment();
    let mut output = None;
    if let (Some(sink), Some(destination)) = (sink, &settings.output) {
        sink.finish(alignment.as_ref())?;
        output = Some(Written {
            file: destination.path.clone(),
            samples,
            genes: model.axis().len(),
        });
    }
    Ok(Summary {
        model: ModelName {
            id: manifest.id.clone(),
            version: manifest.version.clone(),
            genes: model.axis().len(),
        },
        references: references.summary(),
        alignment,
        query: asked.query,
        perturbation: asked.resolved,
        support: supports.summary(),
        effect: effects.summary(model.axis()),
        output,
    })
}

fn show(summary: &Summary, common: &CommonFlags) -> Result<()> {
    if common.json {
        print_json(summary)
    } else if common.quiet {
        Ok(())
    } else {
        print(|out| write!(out, "{summary}"))
    }
}
