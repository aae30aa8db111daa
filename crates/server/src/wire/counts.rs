//! The counts of a reference in any of the spellings that are in use: a list in the order of the
//! model's genes, the same under `counts`, a list beside a list of gene ids, or an object from gene
//! to count.

use std::path::Path;

use refcast_core::{Counts, Fault, Faults, quoted};
use refcast_io::{Alignment, AlignmentReport, CountShares, SampleCounts};

use super::json::{Fields, JsonValue};
use super::scalar::kind;
use crate::registry::Served;

/// Faulty values that are named one by one.
const NAMED_FAULTS: usize = 5;

/// Counts on the model's axis.
pub struct Aligned {
    /// The counts, `[genes]`.
    pub counts: Counts,
    /// How the names were matched; none for a list in the model's own order.
    pub report: Option<AlignmentReport>,
}

/// Reads `counts` of one input; `gene_ids` is the list beside it, if any.
///
/// # Errors
/// Every fault, at `path` or below it.
pub fn read(
    counts: &JsonValue,
    gene_ids: Option<&JsonValue>,
    served: &Served,
    path: &str,
) -> refcast_core::Result<Aligned> {
    match counts {
        JsonValue::Counts(values) => listed(values.clone(), gene_ids, served, path),
        JsonValue::Array(values) => {
            let values = checked(values.iter(), |at| format!("{path}[{at}]"), path)?;
            listed(values, gene_ids, served, path)
        }
        JsonValue::Object(fields) if is_wrapped(fields) => {
            let inner = fields.get("counts").unwrap_or(&JsonValue::Null);
            let ids = fields.get("gene_ids").or(gene_ids);
            read(inner, ids, served, &format!("{path}.counts"))
        }
        JsonValue::Object(genes) => by_gene(genes, served, path),
        other => Err(Fault::new(
            path,
            "wrong_type",
            format!(
                "is {}: give a list of counts, or an object from gene to count",
                kind(other)
            ),
        )
        .into()),
    }
}

/// Whether an object holds the counts under a key of that name rather than by gene.
fn is_wrapped(fields: &Fields) -> bool {
    fields.get("counts").is_some_and(JsonValue::is_several)
}

fn listed(
    values: Vec<u64>,
    gene_ids: Option<&JsonValue>,
    served: &Served,
    path: &str,
) -> refcast_core::Result<Aligned> {
    match gene_ids.filter(|ids| !ids.is_null()) {
        Some(ids) => named(names(ids, values.len(), path)?, values, served, path),
        None => in_order(values, served, path),
    }
}

fn in_order(values: Vec<u64>, served: &Served, path: &str) -> refcast_core::Result<Aligned> {
    let genes = served.gene_order.len();
    if values.len() != genes {
        let id = &served.model.manifest().id;
        let message = format!(
            "has {} values; {id} expects {genes} in its order (GET /api/models/{id}/genes): or name \
             the genes, by `gene_ids` beside the list or as an object from gene to count",
            values.len()
        );
        return Err(Fault::new(path, "wrong_length", message).into());
    }
    let counts = Counts::fully_observed(values)
        .map_err(|error| refcast_core::Error::Invalid(error.into_faults(path)))?;
    not_empty(
        Aligned {
            counts,
            report: None,
        },
        path,
    )
}

fn by_gene(genes: &Fields, served: &Served, path: &str) -> refcast_core::Result<Aligned> {
    let place = |at: usize| {
        let gene = genes.keys().nth(at).map_or("", String::as_str);
        format!("{path}.{gene}")
    };
    let values = checked(genes.values(), place, path)?;
    named(genes.keys().cloned().collect(), values, served, path)
}

fn named(
    names: Vec<String>,
    values: Vec<u64>,
    served: &Served,
    path: &str,
) -> refcast_core::Result<Aligned> {
    let at = |error: refcast_io::Error| {
        let faults = refcast_core::Error::from(error).into_faults("");
        // The reader of files names places of its own; here the place is the field.
        let placed = faults.into_iter().map(|fault| Fault {
            path: path.to_owned(),
            ..fault
        });
        refcast_core::Error::Invalid(placed.collect())
    };
    let alignment = Alignment::of_query(&names, &served.resolver)
        .map_err(at)?
        .with_shares(served.model.typical_shares());
    let sample = alignment
        .align_sample(Path::new(path), "", &SampleCounts::Dense(as_floats(values)))
        .map_err(at)?;
    let mut shares = CountShares::default();
    shares.add(&sample);
    let report = shares.report(&alignment);
    not_empty(
        Aligned {
            counts: sample.counts,
            report: Some(report),
        },
        path,
    )
}

fn as_floats(counts: Vec<u64>) -> Vec<f64> {
    counts.into_iter().map(|count| count as f64).collect()
}

fn not_empty(aligned: Aligned, path: &str) -> refcast_core::Result<Aligned> {
    if aligned.counts.library_size() == 0 {
        return Err(Fault::new(
            path,
            "all_zero",
            "has no count of any gene of the model: leave the sample out, or check its genes",
        )
        .into());
    }
    Ok(aligned)
}

fn names(ids: &JsonValue, expected: usize, path: &str) -> refcast_core::Result<Vec<String>> {
    let at = || path.strip_suffix("counts").unwrap_or(path).to_owned() + "gene_ids";
    let names = match ids {
        JsonValue::Array(ids) => ids
            .iter()
            .map(|id| id.as_str().map(str::to_owned))
            .collect::<Option<Vec<_>>>(),
        _ => None,
    };
    let Some(names) = names else {
        return Err(Fault::new(at(), "wrong_type", "is not a list of gene ids or symbols").into());
    };
    if names.len() != expected {
        let message = format!("has {} names for {expected} counts", names.len());
        return Err(Fault::new(at(), "wrong_length", message).into());
    }
    Ok(names)
}

/// The counts of values; of those that are none the first few are named by their place, the rest
/// counted.
fn checked<'v>(
    given: impl ExactSizeIterator<Item = &'v JsonValue>,
    place: impl Fn(usize) -> String,
    path: &str,
) -> refcast_core::Result<Vec<u64>> {
    let mut faults = Faults::new();
    let mut counts = Vec::with_capacity(given.len());
    let mut wrong = 0;
    for (at, value) in given.enumerate() {
        match count(value) {
            Some(count) => counts.push(count),
            None => {
                wrong += 1;
                if wrong <= NAMED_FAULTS {
                    faults.push(not_a_count(place(at), value));
                }
            }
        }
    }
    if wrong > NAMED_FAULTS {
        faults.push(more(path, wrong - NAMED_FAULTS));
    }
    faults.finish(counts)
}

/// A raw count; clients without integers write them as 12.0.
fn count(value: &JsonValue) -> Option<u64> {
    let JsonValue::Number(number) = value else {
        return None;
    };
    number.as_u64().or_else(|| {
        let value = number.as_f64()?;
        // Above 2^53 a double no longer tells whole numbers apart.
        let is_whole = (0.0..=9_007_199_254_740_992.0).contains(&value) && value.fract() == 0.0;
        is_whole.then_some(value as u64)
    })
}

fn not_a_count(path: String, value: &JsonValue) -> Fault {
    let given = quoted(&value.to_string());
    Fault::new(
        path,
        "not_a_count",
        format!(
            "{given} is not a raw count, a whole number from 0: pass counts that were not scaled"
        ),
    )
}

fn more(path: &str, n: usize) -> Fault {
    Fault::new(
        path,
        "not_a_count",
        format!("and {n} more values that are not raw counts"),
    )
}
