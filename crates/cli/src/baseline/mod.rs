//! `refcast baseline`: samples from metadata.

mod query;
mod write;

use std::io::Write;

use rayon::prelude::*;
use refcast_core::random::draw_seed;
use refcast_core::{BaselinePrediction, BaselineQuery, Metadata, Support};
use refcast_model::Model;
use serde_json::{Value, json};

use crate::chosen_model;
use crate::failure::{Gathered, Result};
use crate::flags::{BaselineFlags, CommonFlags};
use crate::output::Destination;
use crate::predict::failed;
use crate::stdout::{print, print_json};
use crate::terminal::{FAINT, HEADING};
use crate::threads;

/// Samples in memory before they are written, at most.
const MOST_IN_MEMORY: usize = 2_000;

/// Generates samples from metadata, writes them, and reports.
///
/// # Errors
/// Everything that is wrong with the flags, all at once, or a failure of the work itself.
pub fn run(flags: &BaselineFlags, common: &CommonFlags) -> Result<()> {
    let mut gathered = Gathered::default();
    let output = flags.output.as_deref();
    let output = gathered.keep(output.map(|path| Destination::new(path, None)).transpose())?;
    let threads = gathered.keep(threads::count(flags.threads.as_deref()))?;
    let chosen = chosen_model::source(&flags.model.model).and_then(chosen_model::load);
    let Some(model) = gathered.keep(chosen)? else {
        return gathered.check();
    };
    let query = gathered.keep(query::query(flags, &model, draw_seed()))?;
    let wanted = query.as_ref().map_or(0, |query| query.num_samples as usize);
    if wanted > MOST_IN_MEMORY {
        gathered.push(refcast_core::Fault::new(
            "num_samples",
            "out_of_range",
            format!("{wanted} samples do not fit in memory: ask for {MOST_IN_MEMORY} at a time, each with a seed of its own"),
        ));
    }
    let (Some(query), Some(output), Some(threads)) = (query, output, threads) else {
        return gathered.check();
    };
    gathered.check()?;
    let samples = model.baseline(&query, 0).map_err(failed)?;
    let pool = threads::pool(threads)?;
    let made: Vec<BaselinePrediction> = pool
        .install(|| {
            (0..samples.len())
                .into_par_iter()
                .map(|at| samples.sample(at))
                .collect::<refcast_model::Result<_>>()
        })
        .map_err(failed)?;
    if let Some(destination) = &output {
        write::write(destination, &model, &query, samples.metadata(), &made)?;
    }
    let summary = Summary {
        model: &model,
        query: &query,
        metadata: samples.metadata(),
        support: samples.support(),
        made: &made,
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
    model: &'a Model,
    query: &'a BaselineQuery,
    metadata: &'a Metadata,
    support: &'a Support,
    made: &'a [BaselinePrediction],
    output: Option<&'a Destination>,
}

impl Summary<'_> {
    fn as_json(&self) -> Value {
        json!({
            "model_id": self.model.manifest().id,
            "model_version": self.model.manifest().version,
            "query": self.query,
            "metadata": self.metadata,
            "support": self.support,
            "samples": self.made.len(),
            "output": self.output.map(|own| own.path.display().to_string()),
        })
    }

    fn write(&self, out: &mut dyn Write) -> std::io::Result<()> {
        let manifest = self.model.manifest();
        writeln!(
            out,
            "{HEADING}Baseline{HEADING:#}  {} ({} genes)",
            manifest.id, manifest.genes
        )?;
        for (field, value) in self.metadata.iter() {
            let label = self.model.value_label(field, value);
            let id = if label == value {
                String::new()
            } else {
                format!(" ({value})")
            };
            writeln!(out, "  {:<20} {label}{FAINT}{id}{FAINT:#}", field.label())?;
        }
        if let Some(perturbation) = self
            .query
            .perturbation
            .as_ref()
            .filter(|own| !own.is_control())
        {
            writeln!(
                out,
                "  {:<20} {}",
                "perturbation",
                perturbation.entity_key()
            )?;
        }
        writeln!(
            out,
            "{HEADING}Support{HEADING:#}   {} ({:.2})",
            self.support.level, self.support.score
        )?;
        for reason in &self.support.reasons {
            writeln!(out, "  - {reason}")?;
        }
        let total: u64 = self.made.first().map_or(0, |own| own.counts.library_size());
        writeln!(
            out,
            "{HEADING}Samples{HEADING:#}   {} by {}, {total} counts each, seed {}",
            self.made.len(),
            self.query.sampling_strategy,
            self.query.seed
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
