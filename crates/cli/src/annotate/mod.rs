//! `refcast annotate`: what samples are, told from their counts.

mod write;

use std::io::Write;

use rayon::prelude::*;
use refcast_core::random::draw_seed;
use refcast_core::{Annotation, RawAnnotationQuery};
use refcast_io::AlignmentReport;
use refcast_model::{Model, Reference};
use serde_json::{Value, json};

use crate::chosen_model;
use crate::failure::{Failure, Gathered, Result};
use crate::flags::{AnnotateFlags, CommonFlags};
use crate::output::Destination;
use crate::predict::{InputOptions, ReferenceFile, SampleFaults, failed};
use crate::stdout::{print, print_json};
use crate::terminal::{FAINT, HEADING};
use crate::{terminal, threads};

/// Samples in memory at a time.
const BATCH: usize = 64;

/// Annotates every sample, writes what is asked for, and reports.
///
/// # Errors
/// Everything that is wrong with flags and input, gathered as far as one does not hide the other.
pub fn run(flags: &AnnotateFlags, common: &CommonFlags) -> Result<()> {
    let mut gathered = Gathered::default();
    let output = flags.output.as_deref();
    let output = output.map(|path| Destination::new(path, &flags.input));
    let output = gathered.keep(output.transpose())?;
    if let Some(Some(destination)) = &output
        && destination.path.extension().is_some_and(|own| own == "gz")
    {
        gathered.push(refcast_core::Fault::new(
            "output",
            "unknown_format",
            "an annotation is small: write .tsv, .csv, .json or .h5ad",
        ));
    }
    let threads = gathered.keep(threads::count(flags.threads.as_deref()))?;
    let chosen = chosen_model::source(&flags.model.model).and_then(chosen_model::load);
    let Some(model) = gathered.keep(chosen)? else {
        return gathered.check();
    };
    let raw = RawAnnotationQuery {
        fields: flags.fields.clone(),
        seed: flags.seed.clone(),
    };
    let query = gathered.keep(raw.check(draw_seed()).map_err(Failure::from))?;
    let annotator = match &query {
        Some(query) => gathered.keep(model.annotator(query).map_err(failed))?,
        None => None,
    };
    let options = InputOptions {
        samples: flags.samples.as_deref(),
        samples_in_rows: flags.samples_in_rows,
        transcript_genes: flags.transcript_genes.as_deref(),
        layer: flags.layer.as_deref(),
        raw: flags.raw,
    };
    let file = gathered.keep(ReferenceFile::open(options, &flags.input, &model))?;
    let (Some(query), Some(annotator), Some(mut file), Some(output), Some(threads)) =
        (query, annotator, file, output, threads)
    else {
        return gathered.check();
    };
    gathered.check()?;
    let pool = threads::pool(threads)?;
    let hidden = common.quiet || common.json;
    let progress = terminal::progress(file.n_picked() as u64, "samples", hidden);
    let mut annotations: Vec<Annotation> = Vec::new();
    loop {
        let batch = batch(&mut file)?;
        if batch.is_empty() {
            break;
        }
        let told = pool.install(|| {
            batch
                .par_iter()
                .map(|sample| annotator.annotate(sample))
                .collect::<refcast_model::Result<Vec<_>>>()
        });
        annotations.extend(told.map_err(failed)?);
        progress.set_position(annotations.len() as u64);
    }
    progress.finish_and_clear();
    let alignment = file.alignment();
    if let Some(destination) = &output {
        write::write(destination, &model, &query, &annotations)?;
    }
    if common.json {
        let mut told = summary(&model, &alignment, query.seed, &annotations);
        let notes = file.summary().notes;
        if !notes.is_empty() {
            told["notes"] = notes.into();
        }
        print_json(&told)
    } else if common.quiet {
        Ok(())
    } else {
        print(|out| {
            show(out, &model, &annotations, output.as_ref())?;
            file.summary()
                .notes
                .iter()
                .try_for_each(|note| writeln!(out, "{note}"))
        })
    }
}

/// The next samples; after a fault the rest of the file is read for its faults only.
fn batch(file: &mut ReferenceFile) -> Result<Vec<Reference>> {
    let (mut batch, mut faults) = (Vec::new(), SampleFaults::default());
    while batch.len() < BATCH || !faults.is_empty() {
        match file.next() {
            Ok(Some(sample)) if faults.is_empty() => batch.push(sample),
            Ok(Some(_)) => {}
            Ok(None) => break,
            Err(Failure::Invalid(found)) => {
                faults.extend(found);
                if file.is_broken() {
                    break;
                }
            }
            Err(failure) => return Err(failure),
        }
    }
    faults.check()?;
    Ok(batch)
}

fn summary(model: &Model, alignment: &AlignmentReport, seed: u64, told: &[Annotation]) -> Value {
    let samples: Vec<Value> = told
        .iter()
        .map(|own| {
            json!({
                "sample": own.reference,
                "is_familiar": own.is_familiar,
                "novelty": own.novelty,
                "measured_genes": own.measured_genes,
                "notes": own.notes,
                "fields": own.fields.iter().map(write::field_json).collect::<Vec<_>>(),
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
