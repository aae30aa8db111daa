//! `refcast predict`: real samples in, the same samples treated out.

mod question;
mod settings;

use refcast::answer::Resources;
use refcast::{ConditionedAsk, Input, Session};
use refcast_core::Faults;

use crate::failure::Result;
use crate::flags::{CommonFlags, PredictFlags};
use crate::report::{Effects, ModelName, PredictionSummary, Supports, Written};
use crate::stdout::{print, print_json};
use crate::terminal;
use crate::threads;

use settings::PredictSettings;

/// Generates samples from every reference, writes them, and reports.
///
/// # Errors
/// Everything that is wrong with flags, query and input, gathered as far as one does not hide the
/// other; or a failure of the work itself.
pub fn run(flags: &PredictFlags, common: &CommonFlags) -> Result<()> {
    let mut faults = Faults::new();
    let settings = faults.gather(PredictSettings::resolve(flags))?;
    // Without a model nothing else can be checked.
    let Some(session) = faults.gather(Session::open(&flags.model.model))? else {
        return Ok(faults.into_result()?);
    };
    let ask = faults.gather(question::ask(flags, &session))?;
    let seed = ask.as_ref().map(|ask| ask.query().seed);
    let input = faults.gather(question::input(flags, &session, seed))?;
    let (Some(settings), Some(ask), Some(mut input)) = (settings, ask, input) else {
        return Ok(faults.into_result()?);
    };
    let summary = generate(&session, &settings, &ask, &mut input, common)?;
    if common.json {
        print_json(&summary)
    } else if common.quiet {
        Ok(())
    } else {
        print(|out| write!(out, "{summary}"))
    }
}

fn generate(
    session: &Session,
    settings: &PredictSettings,
    ask: &ConditionedAsk,
    input: &mut Input,
    common: &CommonFlags,
) -> Result<PredictionSummary> {
    let axis = session.model().axis();
    let mut effects = Effects::new(axis.len());
    let mut supports = Supports::default();
    let mut samples = 0;
    let progress = terminal::progress(
        input.len() as u64,
        "references",
        common.quiet || common.json,
    );
    let pool = threads::pool(settings.threads)?;
    let resources = Resources {
        pool: Some(&pool),
        references: settings.references,
    };
    let answer = ask.answer(session, input);
    let output = settings.output.as_ref();
    let mut writer = output
        .map(|output| output.open(answer.head()))
        .transpose()?;
    let alignment = answer.each(&resources, |batch| {
        if let Some(reference) = batch.reference {
            effects.add_reference(&reference.counts);
            let support = batch.rows.first().and_then(|row| row.support.as_ref());
            support
                .into_iter()
                .for_each(|support| supports.add(support));
            progress.inc(1);
        }
        for row in batch.rows {
            effects.add(row);
            if let Some(writer) = &mut writer {
                writer.write(row)?;
            }
        }
        samples += batch.rows.len();
        Ok(())
    })?;
    progress.finish_and_clear();
    if let Some(writer) = writer {
        writer.finish(alignment.as_ref())?;
    }
    let manifest = session.model().manifest();
    Ok(PredictionSummary {
        model: ModelName {
            id: manifest.id.clone(),
            version: manifest.version.clone(),
            genes: axis.len(),
        },
        references: input.summary(),
        alignment,
        query: ask.query().clone(),
        perturbation: ask.understood().to_vec(),
        support: supports.summary(),
        effect: effects.summary(axis),
        output: output.map(|output| Written {
            file: output.path.clone(),
            samples,
            genes: axis.len(),
        }),
    })
}
