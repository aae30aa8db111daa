//! `refcast baseline`: samples from metadata.

mod question;

use std::io::Write;

use refcast::answer::Resources;
use refcast::{Destination, Format, FromMetadataAsk, Session};
use refcast_core::Faults;
use serde_json::{Value, json};

use crate::failure::Result;
use crate::flags::{BaselineFlags, CommonFlags};
use crate::report::layout;
use crate::stdout::{print, print_json};
use crate::terminal::{FAINT, HEADING};
use crate::threads;

/// Samples in memory before they are written, at most, in formats that hold them.
const MOST_IN_MEMORY: usize = 2_000;

/// Generates samples from metadata, writes them, and reports.
///
/// # Errors
/// Everything that is wrong with the flags, all at once, or a failure of the work itself.
pub fn run(flags: &BaselineFlags, common: &CommonFlags) -> Result<()> {
    let mut faults = Faults::new();
    let output = flags.output.as_deref();
    let output = output.map(|path| Destination::new(path, &[])).transpose();
    let output = faults.gather(output)?;
    let threads = faults.gather(threads::count(flags.threads.as_deref()))?;
    let Some(session) = faults.gather(Session::open(&flags.model.model))? else {
        return Ok(faults.into_result()?);
    };
    let ask = faults.gather(question::ask(flags, &session))?;
    let wanted = ask.as_ref().map_or(0, |ask| ask.query().num_samples) as usize;
    let holds_all = |output: &Destination| output.format != Format::Json;
    if wanted > MOST_IN_MEMORY && output.iter().flatten().any(holds_all) {
        faults.add(
            "num_samples",
            "out_of_range",
            format!(
                "{wanted} samples do not fit in memory in this format: write .json, or ask for {MOST_IN_MEMORY} at a \
                 time, each with a seed of its own"
            ),
        );
    }
    let (Some(ask), Some(output), Some(threads), true) = (ask, output, threads, faults.is_empty())
    else {
        return Ok(faults.into_result()?);
    };
    let pool = threads::pool(threads)?;
    let resources = Resources {
        pool: Some(&pool),
        references: None,
    };
    let answer = ask.answer();
    let writer = output.as_ref().map(|own| own.open(answer.head()));
    let mut writer = writer.transpose()?;
    let mut total = 0;
    answer.each(&resources, |batch| {
        for row in batch.rows {
            total = row.counts.library_size();
            if let Some(writer) = &mut writer {
                writer.write(row)?;
            }
        }
        Ok(())
    })?;
    if let Some(writer) = writer {
        writer.finish(None)?;
    }
    let summary = BaselineSummary {
        session: &session,
        ask: &ask,
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

struct BaselineSummary<'a> {
    session: &'a Session,
    ask: &'a FromMetadataAsk<'a>,
    /// Counts of each sample.
    total: u64,
    output: Option<&'a Destination>,
}

impl BaselineSummary<'_> {
    fn as_json(&self) -> Value {
        let manifest = self.session.model().manifest();
        json!({
            "model_id": manifest.id,
            "model_version": manifest.version,
            "query": self.ask.query(),
            "metadata": self.ask.metadata(),
            "perturbation": self.ask.understood(),
            "support": self.ask.support(),
            "samples": self.ask.query().num_samples,
            "output": self.output.map(|own| own.path.display().to_string()),
        })
    }

    fn write(&self, out: &mut dyn Write) -> std::io::Result<()> {
        let model = self.session.model();
        let (query, support) = (self.ask.query(), self.ask.support());
        let manifest = model.manifest();
        writeln!(
            out,
            "{HEADING}Baseline{HEADING:#}  {} ({} genes)",
            manifest.id, manifest.genes
        )?;
        for (field, value) in self.ask.metadata().iter() {
            let label = model.value_label(field, value);
            let id = if label == value {
                String::new()
            } else {
                format!(" ({value})")
            };
            writeln!(out, "  {:<20} {label}{FAINT}{id}{FAINT:#}", field.label())?;
        }
        for own in self.ask.understood() {
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
