//! `refcast baseline`: samples from metadata.

mod query;
mod write;

use std::io::Write;

use rayon::prelude::*;
use refcast_core::BaselinePrediction;
use refcast_core::random::draw_seed;
use refcast_model::vocabulary::Understood;
use serde_json::{Value, json};

use self::write::Provenance;

use crate::chosen_model;
use crate::failure::{Gathered, Result};
use crate::flags::{BaselineFlags, CommonFlags};
use crate::output::{Destination, Format};
use crate::predict::failed;
use crate::report::layout;
use crate::stdout::{print, print_json};
use crate::terminal::{FAINT, HEADING};
use crate::threads;

/// Samples in memory before they are written, at most, in formats that hold them.
const MOST_IN_MEMORY: usize = 2_000;
/// Samples in memory at a time.
const SAMPLES_AT_A_TIME: u32 = 128;

/// Generates samples from metadata, writes them, and reports.
///
/// # Errors
/// Everything that is wrong with the flags, all at once, or a failure of the work itself.
pub fn run(flags: &BaselineFlags, common: &CommonFlags) -> Result<()> {
    let mut gathered = Gathered::default();
    let output = flags.output.as_deref();
    let output = gathered.keep(output.map(|path| Destination::new(path, &[])).transpose())?;
    let threads = gathered.keep(threads::count(flags.threads.as_deref()))?;
    let chosen = chosen_model::source(&flags.model.model).and_then(chosen_model::load);
    let Some(model) = gathered.keep(chosen)? else {
        return gathered.check();
    };
    let query = gathered.keep(query::query(flags, &model, draw_seed()))?;
    let wanted = query
        .as_ref()
        .map_or(0, |(query, _)| query.num_samples as usize);
    let holds_all = |output: &Destination| output.format != Format::Json;
    if wanted > MOST_IN_MEMORY
        && output
            .as_ref()
            .is_some_and(|own| own.as_ref().is_some_and(holds_all))
    {
        gathered.push(refcast_core::Fault::new(
            "num_samples",
            "out_of_range",
            format!(
                "{wanted} samples do not fit in memory in this format: write .json, or ask for {MOST_IN_MEMORY} at a \
                 time, each with a seed of its own"
            ),
        ));
    }
    let (Some((query, understood)), Some(output), Some(threads)) = (query, output, threads) else {
        return gathered.check();
    };
    gathered.check()?;
    let samples = model.baseline(&query, 0).map_err(failed)?;
    let provenance = Provenance {
        model: &model,
        query: &query,
        metadata: samples.metadata(),
        support: samples.support(),
    };
    let sink = output.as_ref().map(|own| write::open(own, provenance));
    let mut sink = sink.transpose()?;
    let pool = threads::pool(threads)?;
    let mut total = 0;
    let mut first = 0;
    while first < samples.len() {
        let end = samples.len().min(first + SAMPLES_AT_A_TIME);
        let draw = |at| samples.sample(at).map_err(failed);
        let made: Vec<BaselinePrediction> = pool.install(|| {
            (first..end)
                .into_par_iter()
                .map(draw)
                .collect::<Result<_>>()
        })?;
        total = made.first().map_or(total, |own| own.counts.library_size());
        if let Some(sink) = &mut sink {
            made.iter().try_for_each(|own| sink.write(own))?;
        }
        first = end;
    }
    if let Some(sink) = sink {
        sink.finish()?;
    }
    let summary = Summary {
        provenance,
        understood: &understood,
        total,
        output: output.as_ref(),
    };
    if common.json {
        print_json(&summary.as_json())
    } else if common.quiet {
        Ok(())
    } else {
        print(|out| summary.write(out))
    }
}

struct Summary<'a> {
    provenance: Provenance<'a>,
    understood: &'a [Understood],
    /// Counts of each sample.
    total: u64,
    output: Option<&'a Destination>,
}

impl Summary<'_> {
    fn as_json(&self) -> Value {
        let own = &self.provenance;
        json!({
            "model_id": own.model.manifest().id,
            "model_version": own.model.manifest().version,
            "query": own.query,
            "metadata": own.metadata,
            "perturbation": self.understood,
            "support": own.support,
            "samples": own.query.num_samples,
            "output": self.output.map(|own| own.path.display().to_string()),
        })
    }

    fn write(&self, out: &mut dyn Write) -> std::io::Result<()> {
        let Provenance {
            model,
            query,
            metadata,
            support,
        } = self.provenance;
        let manifest = model.manifest();
        writeln!(
            out,
            "{HEADING}Baseline{HEADING:#}  {} ({} genes)",
            manifest.id, manifest.genes
        )?;
        for (field, value) in metadata.iter() {
            let label = model.value_label(field, value);
            let id = if label == value {
                String::new()
            } else {
                format!(" ({value})")
            };
            writeln!(out, "  {:<20} {label}{FAINT}{id}{FAINT:#}", field.label())?;
        }
        for own in self.understood {
            let line = layout::understood(own);
            writeln!(out, "  {:<20} {line}", "perturbation")?;
        }
        if let Some(treated) = query.perturbation.as_ref().filter(|own| !own.is_control()) {
            writeln!(out, "  {:<20} {}", "type", treated.kind())?;
        }
        writeln!(
            out,
            "{HEADING}Support{HEADING:#}   {} ({:.2})",
            support.level, support.score
        )?;
        for reason in &support.reasons {
            writeln!(out, "  - {reason}")?;
        }
        writeln!(
            out,
            "{HEADING}Samples{HEADING:#}   {} by {}, {} counts each, seed {}",
            query.num_samples, query.sampling_strategy, self.total, query.seed
        )?;
        match self.output {
            Some(own) => writeln!(out, "{HEADING}Written{HEADING:#}   {}", own.path.display()),
            None => writeln!(
                out,
                "{FAINT}Nothing was written: name a file with -o.{FAINT:#}"
            ),
        }
    }
}
