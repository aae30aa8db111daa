//! The counts of a reference in any of the spellings that are in use: a list in the order of the
//! model's genes, the same under `counts`, a list beside a list of gene ids, or an object from gene
//! to count.

use std::path::Path;

use refcast_core::{Counts, Fault, Faults, LARGEST_TOTAL_COUNT, quoted};
use refcast_io::{
    Alignment, AlignmentReport, CountShares, LeftOutCause, RawSample, SampleCounts, check_sample,
};

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
    /// What was left out.
    pub warnings: Vec<String>,
}

/// A list that names the genes of a list of counts.
#[derive(Clone)]
pub struct Names<'j> {
    ids: &'j JsonValue,
    /// Its own place.
    path: String,
    /// Whether it stands beside the inputs, for those that name no genes of their own.
    is_default: bool,
}

impl<'j> Names<'j> {
    /// The names at `path`, in an input.
    pub fn of_input(ids: &'j JsonValue, path: String) -> Self {
        Self {
            ids,
            path,
            is_default: false,
        }
    }

    /// The names beside the inputs.
    pub fn of_query(ids: &'j JsonValue) -> Self {
        Self {
            ids,
            path: "gene_order".to_owned(),
            is_default: true,
        }
    }

    /// The names in a wrapper of the counts at `path`, if there are any.
    fn in_wrapper(fields: &'j Fields, path: &str) -> refcast_core::Result<Option<Self>> {
        let given = |key: &str| {
            let ids = fields.get(key).filter(|ids| !ids.is_null())?;
            Some(Self::of_input(ids, format!("{path}.{key}")))
        };
        match (given("gene_ids"), given("gene_order")) {
            (Some(ids), Some(order)) => Err(order.superfluous(&format!("`{}`", ids.path))),
            (ids, order) => Ok(ids.or(order)),
        }
    }

    /// The fault of names beside others.
    fn superfluous(&self, others: &str) -> refcast_core::Error {
        let message = format!(
            "the genes are named by {others} already: leave out `{}`",
            self.path
        );
        Fault::new(&self.path, "named_twice", message).into()
    }

    /// One for each of `expected` counts.
    fn texts(&self, expected: usize) -> refcast_core::Result<Vec<String>> {
        let names = match self.ids {
            JsonValue::Array(ids) => ids
                .iter()
                .map(|id| id.as_str().map(str::to_owned))
                .collect::<Option<Vec<_>>>(),
            _ => None,
        };
        let Some(names) = names else {
            let message = "is not a list of gene ids or symbols";
            return Err(Fault::new(&self.path, "wrong_type", message).into());
        };
        if names.len() != expected {
            let message = format!("has {} names for {expected} counts", names.len());
            return Err(Fault::new(&self.path, "wrong_length", message).into());
        }
        Ok(names)
    }
}

/// Reads `counts` of one input; `names` is the list that names their genes, if any.
///
/// # Errors
/// Every fault, at `path` or below it.
pub fn read(
    counts: &JsonValue,
    names: Option<Names<'_>>,
    served: &Served,
    path: &str,
) -> refcast_core::Result<Aligned> {
    match counts {
        JsonValue::Numbers(values) if values.iter().copied().all(is_count) => {
            listed(values.clone(), names, served, path)
        }
        JsonValue::Numbers(values) => {
            let values: Vec<JsonValue> = values.iter().copied().map(JsonValue::from).collect();
            read(&JsonValue::Array(values), names, served, path)
        }
        JsonValue::Array(values) => {
            let has_names = names.is_some();
            let place = |at| format!("{path}[{at}]");
            let values = checked(values.iter(), place, has_names, path)?;
            listed(values, names, served, path)
        }
        JsonValue::Object(fields) if is_wrapped(fields) => {
            refuse_beside(fields, path)?;
            let inner = fields.get("counts").unwrap_or(&JsonValue::Null);
            let own = Names::in_wrapper(fields, path)?;
            let names = match (own, names) {
                (Some(own), Some(outer)) if !outer.is_default => {
                    return Err(outer.superfluous(&format!("`{}`", own.path)));
                }
                (own, outer) => own.or(outer),
            };
            read(inner, names, served, &format!("{path}.counts"))
        }
        JsonValue::Object(genes) => match names {
            Some(names) => Err(names.superfluous("the keys of `counts`")),
            None => by_gene(genes, served, path),
        },
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

/// Refuses keys beside the counts in their wrapper: they are of the input, and would not be seen here.
fn refuse_beside(wrapper: &Fields, path: &str) -> refcast_core::Result<()> {
    let own = ["counts", "gene_ids", "gene_order"];
    let mut faults = Faults::new();
    let others = wrapper.keys().filter(|key| !own.contains(&key.as_str()));
    for key in others.take(NAMED_FAULTS) {
        let message = format!(
            "{} stands inside `counts`, where it is not seen: put it beside `counts`, in R \
             `list(counts = list(counts = x), metadata = list(), {} = …)`",
            quoted(key),
            if key == "num_samples" {
                "num_samples"
            } else {
                "…"
            }
        );
        faults.add(format!("{path}.{key}"), "misplaced_key", message);
    }
    faults.into_result()
}

fn listed(
    values: Vec<f64>,
    names: Option<Names<'_>>,
    served: &Served,
    path: &str,
) -> refcast_core::Result<Aligned> {
    match names {
        Some(names) => named(names.texts(values.len())?, values, served, path),
        None => in_order(values, served, path),
    }
}

fn in_order(values: Vec<f64>, served: &Served, path: &str) -> refcast_core::Result<Aligned> {
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
    let values = match in_unit(&[], values, path)? {
        SampleCounts::Dense(values) => values,
        SampleCounts::Sparse { .. } => Vec::new(),
    };
    let counts = Counts::estimated(values, vec![true; genes])
        .map_err(|error| refcast_core::Error::Invalid(error.into_faults(path)))?;
    not_empty(
        Aligned {
            counts,
            report: None,
            warnings: Vec::new(),
        },
        path,
    )
}

fn by_gene(genes: &Fields, served: &Served, path: &str) -> refcast_core::Result<Aligned> {
    let place = |at: usize| {
        let gene = genes.keys().nth(at).map_or("", String::as_str);
        format!("{path}.{gene}")
    };
    if genes.is_empty() {
        let message = "is empty: give an object from gene to count, or a list of counts";
        return Err(Fault::new(path, "missing", message).into());
    }
    let values = checked(genes.values(), place, true, path)?;
    named(genes.keys().cloned().collect(), values, served, path)
}

fn named(
    names: Vec<String>,
    values: Vec<f64>,
    served: &Served,
    path: &str,
) -> refcast_core::Result<Aligned> {
    let at = |error| at_field(error, path);
    let alignment = Alignment::of_query(&names, &served.resolver)
        .map_err(at)?
        .with_shares(served.model.typical_shares());
    let sample = alignment
        .align_sample(Path::new(path), "", &in_unit(&names, values, path)?)
        .map_err(at)?;
    let mut shares = CountShares::default();
    shares.add(&sample);
    let report = shares.report(&alignment);
    refuse_unknown_names(&report, path)?;
    not_empty(
        Aligned {
            counts: sample.counts,
            warnings: added_up(&report, path)
                .into_iter()
                .chain(left_out(&report, path))
                .collect(),
            report: Some(report),
        },
        path,
    )
}

/// The largest part of a sample's counts that may be of names that are no genes.
const MOST_UNKNOWN: f64 = 0.1;

/// Refuses counts of which more than a little is of names that match nothing: they are not what they
/// are taken for.
fn refuse_unknown_names(report: &AlignmentReport, path: &str) -> refcast_core::Result<()> {
    let unknown = report.left_out.iter().filter(|own| {
        let cause = own.cause;
        cause == LeftOutCause::Unknown
            || cause == LeftOutCause::Number
            || cause == LeftOutCause::OtherSpecies
    });
    let mut faults = Faults::new();
    let part: f64 = unknown.clone().map(|own| own.fraction_of_counts).sum();
    if part > MOST_UNKNOWN {
        let names: Vec<String> = unknown
            .flat_map(|own| own.examples.iter().map(|name| quoted(name)))
            .take(NAMED_FAULTS)
            .collect();
        let message = format!(
            "{:.1} % of the counts are of names that are no human gene ({} …): give Ensembl ids or symbols, or leave \
             these out",
            100.0 * part,
            names.join(", ")
        );
        faults.add(path, "unknown_genes", message);
    }
    faults.into_result()
}

/// What was added up, since several names are of the same gene.
fn added_up(report: &AlignmentReport, path: &str) -> Option<String> {
    let n = report.duplicates_summed;
    let names: Vec<String> = report.duplicates.iter().map(|name| quoted(name)).collect();
    let more = if n > names.len() { " …" } else { "" };
    let names = names.join(", ");
    let said = match n {
        0 => return None,
        1 => format!(
            "1 name ({names}) is of a gene that another name here is of: their counts are added up"
        ),
        _ => format!(
            "{n} names ({names}{more}) are of genes that other names here are of: their counts are added up"
        ),
    };
    Some(format!("{path}: {said}"))
}

/// What of the counts is not used, by cause.
fn left_out(report: &AlignmentReport, path: &str) -> Vec<String> {
    let said = report.left_out.iter().map(|own| {
        let names: Vec<String> = own.examples.iter().map(|name| quoted(name)).collect();
        let more = if own.genes > names.len() { " …" } else { "" };
        format!(
            "{path}: {} names ({}{more}) {}; their {:.2} % of the counts is left out",
            own.genes,
            names.join(", "),
            own.cause,
            100.0 * own.fraction_of_counts
        )
    });
    said.collect()
}

/// The values as counts, raw or estimated, or what other unit they look like. `genes` names them for
/// the message, where they have names.
fn in_unit(genes: &[String], values: Vec<f64>, path: &str) -> refcast_core::Result<SampleCounts> {
    let places: Vec<String>;
    let genes = if genes.is_empty() {
        places = (0..values.len()).map(|at| at.to_string()).collect();
        &places
    } else {
        genes
    };
    check_sample(Path::new(path), "", genes, RawSample::Dense(values))
        .map_err(|error| at_field(error, path))
}

/// The reader of files names places of its own; here the place is the field.
fn at_field(error: refcast_io::Error, path: &str) -> refcast_core::Error {
    let faults = refcast_core::Error::from(error).into_faults("");
    let placed = faults.into_iter().map(|fault| Fault {
        path: path.to_owned(),
        ..fault
    });
    refcast_core::Error::Invalid(placed.collect())
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

/// The counts of values; of those that are none the first few are named by their place, the rest
/// counted. `has_names` is whether a gene can be left out.
fn checked<'v>(
    given: impl ExactSizeIterator<Item = &'v JsonValue>,
    place: impl Fn(usize) -> String,
    has_names: bool,
    path: &str,
) -> refcast_core::Result<Vec<f64>> {
    let mut faults = Faults::new();
    let mut counts = Vec::with_capacity(given.len());
    let mut wrong = 0;
    for (at, value) in given.enumerate() {
        match count(value) {
            Some(count) => counts.push(count),
            None => {
                wrong += 1;
                if wrong <= NAMED_FAULTS {
                    faults.push(not_a_count(place(at), value, has_names));
                }
            }
        }
    }
    if wrong > NAMED_FAULTS {
        faults.push(more(path, wrong - NAMED_FAULTS));
    }
    faults.finish(counts)
}

/// A count, raw or estimated: a number from 0.
fn count(value: &JsonValue) -> Option<f64> {
    let JsonValue::Number(number) = value else {
        return None;
    };
    number.as_f64().filter(|value| is_count(*value))
}

/// Whether a number may be a count.
fn is_count(value: f64) -> bool {
    (0.0..=LARGEST_TOTAL_COUNT as f64).contains(&value)
}

fn not_a_count(path: String, value: &JsonValue, has_names: bool) -> Fault {
    let given = quoted(&value.to_string());
    let fix = match value {
        JsonValue::Null if has_names => {
            "leave a gene that was not measured out, and write 0 for one that was measured and not seen"
        }
        JsonValue::Null => {
            "to leave out a gene that was not measured, name the others, by `gene_ids` beside the list or as an object \
             from gene to count; write 0 for one that was measured and not seen"
        }
        JsonValue::Number(number) if number.as_f64().is_some_and(|own| own > 0.0) => {
            "it is larger than any library; pass raw counts, not intensities"
        }
        JsonValue::Number(_) => "pass raw counts, numbers from 0 that were not scaled",
        _ => "pass raw counts as numbers, without quotes or brackets",
    };
    Fault::new(
        path,
        "not_a_count",
        format!("{given} is not a count: {fix}"),
    )
}

fn more(path: &str, n: usize) -> Fault {
    Fault::new(
        path,
        "not_a_count",
        format!("and {n} more values that are not raw counts"),
    )
}
