//! `refcast annotate`: what samples are, told from their counts.

use std::io::Write;

use refcast::answer::Resources;
use refcast::{AnnotationAsk, Destination, Input, InputOptions, Session};
use refcast_core::{Annotation, Faults, FieldPrediction, RawAnnotationQuery};
use refcast_io::AlignmentReport;
use refcast_model::Model;
use serde_json::{Value, json};

use crate::failure::Result;
use crate::flags::{AnnotateFlags, CommonFlags};
use crate::stdout::{print, print_json};
use crate::terminal::{FAINT, HEADING};
use crate::{terminal, threads};

/// Annotates every sample, writes what is asked for, and reports.
///
/// # Errors
/// Everything that is wrong with flags and input, gathered as far as one does not hide the other.
pub fn run(flags: &AnnotateFlags, common: &CommonFlags) -> Result<()> {
    let mut faults = Faults::new();
    let output = faults.gather(output(flags))?;
    let threads = faults.gather(threads::count(flags.threads.as_deref()))?;
    let Some(session) = faults.gather(Session::open(&flags.model.model))? else {
        return Ok(faults.into_result()?);
    };
    let raw = RawAnnotationQuery {
        fields: flags.fields.clone(),
        seed: flags.seed.clone(),
    };
    let ask = faults.gather(AnnotationAsk::new(&session, raw))?;
    let options = InputOptions {
        samples: flags.samples.as_deref(),
        samples_in_rows: flags.samples_in_rows,
        transcript_genes: flags.transcript_genes.as_deref(),
        layer: flags.layer.as_deref(),
        raw: flags.raw,
    };
    let input = faults.gather(Input::open(&flags.input, options, &session))?;
    let (Some(ask), Some(mut input), Some(output), Some(threads)) = (ask, input, output, threads)
    else {
        return Ok(faults.into_result()?);
    };
    let pool = threads::pool(threads)?;
    let resources = Resources {
        pool: Some(&pool),
        references: None,
    };
    let hidden = common.quiet || common.json;
    let progress = terminal::progress(input.len() as u64, "samples", hidden);
    let mut told: Vec<Annotation> = Vec::new();
    let answer = ask.answer(&mut input);
    let writer = output.as_ref().map(|own| own.open(answer.head()));
    let mut writer = writer.transpose()?;
    let alignment = answer.each(&resources, |batch| {
        for row in batch.rows {
            if let Some(writer) = &mut writer {
                writer.write(row)?;
            }
            told.extend(row.annotation.clone());
        }
        progress.set_position(told.len() as u64);
        Ok(())
    })?;
    progress.finish_and_clear();
    if let Some(writer) = writer {
        writer.finish(alignment.as_ref())?;
    }
    let model = session.model();
    let notes = input.summary().notes;
    if common.json {
        let mut summary = summary(model, alignment.as_ref(), ask.query().seed, &told);
        if !notes.is_empty() {
            summary["notes"] = notes.into();
        }
        print_json(&summary)
    } else if common.quiet {
        Ok(())
    } else {
        print(|out| {
            show(out, model, &told, output.as_ref())?;
            notes.iter().try_for_each(|note| writeln!(out, "{note}"))
        })
    }
}

fn output(flags: &AnnotateFlags) -> refcast::Result<Option<Destination>> {
    let output = flags.output.as_deref();
    let output = output.map(|path| Destination::new(path, &flags.input));
    let output = output.transpose()?;
    let is_packed = |own: &Destination| own.path.extension().is_some_and(|own| own == "gz");
    if output.as_ref().is_some_and(is_packed) {
        return Err(refcast::Error::invalid(
            "output",
            "unknown_format",
            "an annotation is small: write .tsv, .csv, .json or .h5ad",
        ));
    }
    Ok(output)
}

fn summary(
    model: &Model,
    alignment: Option<&AlignmentReport>,
    seed: u64,
    told: &[Annotation],
) -> Value {
    let samples: Vec<Value> = told
        .iter()
        .map(|own| {
            json!({
                "sample": own.reference,
                "is_familiar": own.is_familiar,
                "novelty": own.novelty,
                "measured_genes": own.measured_genes,
                "notes": own.notes,
                "fields": own.fields.iter().map(field).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "model_id": model.manifest().id,
        "model_version": model.manifest().version,
        "seed": seed,
        "alignment": alignment,
        "samples": samples,
    })
}

/// A field with all its probabilities.
fn field(own: &FieldPrediction) -> Value {
    json!({
        "field": own.field,
        "value": own.value,
        "label": own.label,
        "probability": own.probability,
        "sure": own.sure,
        "probabilities": own.probabilities,
    })
}

/// A row a sample: each field's value with its probability, and the term above it that is sure.
fn show(
    out: &mut dyn Write,
    model: &Model,
    told: &[Annotation],
    output: Option<&Destination>,
) -> std::io::Result<()> {
    let fields: Vec<&str> = told.first().map_or(Vec::new(), |first| {
        first.fields.iter().map(|own| own.field.label()).collect()
    });
    let mut rows = vec![
        std::iter::once("sample")
            .chain(fields)
            .chain(["novelty"])
            .map(str::to_owned)
            .collect::<Vec<_>>(),
    ];
    for own in told {
        let cells = own.fields.iter().map(|field| {
            if own.is_familiar {
                let value = percent(&field.label, field.probability);
                match &field.sure {
                    Some(sure) if sure.value != field.value => {
                        format!("{value} ({})", percent(&sure.label, sure.probability))
                    }
                    _ => value,
                }
            } else {
                field.label.clone()
            }
        });
        let novelty = if own.is_familiar {
            format!("{:.2}", own.novelty)
        } else {
            format!("{:.2} unlike training", own.novelty)
        };
        rows.push(
            std::iter::once(cut(&own.reference, 24))
                .chain(cells)
                .chain([novelty])
                .collect(),
        );
    }
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
    for (at, row) in rows.iter().enumerate() {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        let line = cells.join("  ");
        let line = line.trim_end();
        if at == 0 {
            writeln!(out, "{HEADING}{line}{HEADING:#}")?;
        } else {
            writeln!(out, "{line}")?;
        }
    }
    let strange = told.iter().filter(|own| !own.is_familiar).count();
    let manifest = model.manifest();
    writeln!(
        out,
        "{FAINT}{} samples by {}; {strange} unlike anything in training{FAINT:#}",
        told.len(),
        manifest.id
    )?;
    for (note, samples) in noted(told) {
        if samples == told.len() {
            writeln!(out, "{note}")?;
        } else {
            writeln!(out, "{note} ({samples} of {} samples)", told.len())?;
        }
    }
    if let Some(own) = output {
        writeln!(out, "{HEADING}Written{HEADING:#}  {}", own.path.display())?;
    }
    Ok(())
}

/// Every note that is made of a sample, in the order in which they come, with how many it is made of.
fn noted(told: &[Annotation]) -> Vec<(&str, usize)> {
    let mut noted: Vec<(&str, usize)> = Vec::new();
    for note in told.iter().flat_map(|own| &own.notes) {
        match noted.iter_mut().find(|(known, _)| known == note) {
            Some((_, samples)) => *samples += 1,
            None => noted.push((note, 1)),
        }
    }
    noted
}

fn percent(label: &str, probability: f32) -> String {
    format!("{} {:.0} %", cut(label, 24), 100.0 * probability)
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}
