//! An alignment of the genes of one file with an axis, and the samples it moves over.

use std::path::Path;
use std::sync::Arc;

use refcast_core::{Counts, Fault, Faults, quoted};

use super::mapping::{CountDestination, Mapping, map};
use super::report::{AlignmentReport, LeftOutCause};
use super::resolver::GeneResolver;
use crate::check::SampleCounts;
use crate::error::{Error, Place, Result};

/// Genes of the axis that a file must have to serve as a reference: fewer tell nothing of a sample.
/// Of a small axis half.
const LEAST_GENES: usize = 100;
/// One in so many of a file's names must be a gene of the axis. One in forty of the names of the mouse
/// is a name of some human gene as well; of a whole human annotation, pseudogenes and all, a quarter
/// is on the axis.
const ONE_NAME_IN: usize = 10;

/// Moves samples from the genes of a file to those of an axis.
#[derive(Debug, Clone)]
pub struct Alignment {
    destinations: Vec<CountDestination>,
    observed: Arc<[bool]>,
    report: AlignmentReport,
}

/// A sample on an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct AlignedSample {
    /// The counts, `[axis genes]`; genes that the file lacks are unobserved.
    pub counts: Counts,
    /// The fraction of the sample's counts that is on the axis, 0 to 1.
    pub fraction_kept: f64,
    /// The fraction that was left out for each cause, `[causes]`, 0 to 1.
    pub(super) fraction_left_out: [f64; LeftOutCause::COUNT],
}

impl Alignment {
    /// Aligns `names`, `[file genes]`, with symbols beside them where the file has those.
    ///
    /// A panel or a filtered matrix will do.
    ///
    /// # Errors
    /// When the file has fewer than a hundred of the axis' genes, or fewer than one in ten of its names
    /// not one of them: the wrong species, ids of another kind, or a table on its side.
    pub fn new(
        names: &[String],
        symbols: Option<&[String]>,
        resolver: &GeneResolver,
    ) -> Result<Self> {
        Self::of(names, symbols, resolver, NameSource::File)
    }

    /// Aligns names that came in a query rather than a file.
    ///
    /// # Errors
    /// As [`Alignment::new`], in words that speak of no file.
    pub fn of_query(names: &[String], resolver: &GeneResolver) -> Result<Self> {
        Self::of(names, None, resolver, NameSource::Query)
    }

    fn of(
        names: &[String],
        symbols: Option<&[String]>,
        resolver: &GeneResolver,
        given: NameSource,
    ) -> Result<Self> {
        let Mapping {
            destinations,
            observed,
            report,
        } = map(names, symbols, resolver);
        if report.matched < least_genes(&report) || report.matched * ONE_NAME_IN < names.len() {
            return Err(too_few(names, resolver, &report, given).into());
        }
        Ok(Self {
            destinations,
            observed: observed.into(),
            report,
        })
    }

    /// With the part of a typical sample's counts that each gene of the axis has, `[axis genes]`, so
    /// that the report says how much the genes that were matched have of all.
    #[must_use]
    pub fn with_shares(mut self, shares: &[f32]) -> Self {
        let matched = shares.iter().zip(self.observed.iter());
        let matched = matched.filter(|(_, seen)| **seen);
        let part: f64 = matched.map(|(share, _)| f64::from(*share)).sum();
        self.report.expected_fraction_of_counts = Some(part.min(1.0));
        self
    }

    /// What was matched; its fractions per sample are empty, since samples pass one by one.
    pub fn report(&self) -> &AlignmentReport {
        &self.report
    }

    /// Which genes of the axis the file has, `[axis genes]`.
    pub fn observed(&self) -> &Arc<[bool]> {
        &self.observed
    }

    /// Moves a checked sample onto the axis; counts of the same gene are added up. `path` and
    /// `sample` are for messages.
    ///
    /// # Errors
    /// When the sample has no count on the axis, its counts overflow, or it has not the genes of
    /// this alignment.
    pub fn align_sample(
        &self,
        path: &Path,
        sample: &str,
        counts: &SampleCounts,
    ) -> Result<AlignedSample> {
        let place = || Place::Value {
            sample: sample.to_owned(),
            gene: None,
        };
        let entries: Box<dyn Iterator<Item = (usize, f64)> + '_> = match counts {
            SampleCounts::Dense(counts) => Box::new(counts.iter().copied().enumerate()),
            SampleCounts::Sparse { gene, count } => Box::new(
                gene.iter()
                    .map(|&gene| gene as usize)
                    .zip(count.iter().copied()),
            ),
        };
        let mut values = vec![0.0; self.observed.len()];
        let mut left_out = [0.0; LeftOutCause::COUNT];
        let mut total = 0.0;
        for (gene, count) in entries {
            let place_of = match self.destinations.get(gene) {
                Some(CountDestination::Gene(index)) => &mut values[index.as_usize()],
                Some(CountDestination::LeftOut(cause)) => &mut left_out[cause.place()],
                Some(CountDestination::Summary) => continue,
                None => {
                    let message = format!(
                        "has a value for gene {gene} of {}: align it with the genes of its own file",
                        self.destinations.len()
                    );
                    return Err(Error::format(path, place(), "gene_out_of_range", message));
                }
            };
            *place_of += count;
            total += count;
        }
        let mut faults = Faults::new();
        let made = Counts::estimated(values, Arc::clone(&self.observed));
        let Some(counts) = faults.keep(&format!("{}{}", path.display(), place()), made) else {
            return Err(faults.into_error().into());
        };
        if counts.library_size() == 0 {
            let message = "has no count in any gene of the model: leave the sample out, or check its gene ids";
            return Err(Error::format(path, place(), "all_zero", message));
        }
        let lost: f64 = left_out.iter().sum();
        Ok(AlignedSample {
            counts,
            fraction_kept: (total - lost) / total,
            fraction_left_out: left_out.map(|count| count / total),
        })
    }
}

/// Where names come from, for the words of a refusal.
#[derive(Clone, Copy)]
enum NameSource {
    File,
    Query,
}

fn least_genes(report: &AlignmentReport) -> usize {
    LEAST_GENES.min(report.axis_genes.div_ceil(2)).max(1)
}

fn too_few(
    names: &[String],
    resolver: &GeneResolver,
    report: &AlignmentReport,
    given: NameSource,
) -> refcast_core::Error {
    let shown = |mut names: Vec<String>| {
        names.truncate(3);
        names
            .iter()
            .map(|name| quoted(name))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let of_axis: Vec<String> = resolver
        .axis()
        .genes()
        .iter()
        .take(3)
        .map(|gene| format!("{} ({})", gene.id, gene.symbol))
        .collect();
    let of_file = if report.unmatched_examples.is_empty() {
        names.iter().take(3).cloned().collect()
    } else {
        report.unmatched_examples.clone()
    };
    let (subject, place) = match given {
        NameSource::File => ("the file has", "in the file"),
        NameSource::Query => ("has", "named"),
    };
    let least = least_genes(report);
    let why = if report.matched < least {
        format!("and {least} are the least that tell anything of a sample")
    } else {
        format!("fewer than one in {ONE_NAME_IN} of its names")
    };
    // Placed by whoever knows the file, or the field.
    Fault::new(
        "",
        "too_few_genes_matched",
        format!(
            "{subject} {} of the model's {} genes, {why} ({} genes {place}, {} without a match such as {}; the model \
             has genes like {}): {}",
            report.matched,
            report.axis_genes,
            report.file_genes,
            report.unmatched,
            shown(of_file),
            shown(of_axis),
            advice(names, given)
        ),
    )
    .into()
}

/// What most likely went wrong, by the look of the names.
fn advice(names: &[String], given: NameSource) -> String {
    let most =
        |test: fn(&str) -> bool| names.iter().filter(|name| test(name)).count() * 2 > names.len();
    let if_samples = match given {
        NameSource::File => {
            "; if these are samples, the table has samples in rows (`--samples-in-rows`)"
        }
        NameSource::Query => "",
    };
    if most(|name| name.starts_with("ENST")) {
        let flag = match given {
            NameSource::File => {
                ", or name the table of their genes or the GTF (`--transcript-genes tx2gene.tsv`)"
            }
            NameSource::Query => "",
        };
        format!(
            "these are transcripts; sum them to genes first (tximport, or the gene table of the quantifier){flag}"
        )
    } else if most(|name| name.starts_with("ENS") && !name.starts_with("ENSG")) {
        "these are Ensembl ids of another species; the model is human, so map them to human orthologues first".to_owned()
    } else if most(|name| name.parse::<f64>().is_ok()) {
        let place = match given {
            NameSource::File => " in the first column",
            NameSource::Query => "",
        };
        format!(
            "these are numbers; pass Ensembl gene ids or symbols{place}, and convert Entrez ids first"
        )
    } else if most(|name| name.starts_with("ENSG") || name.to_uppercase() == name) {
        format!("pass the counts of all genes that were measured{if_samples}")
    } else {
        format!(
            "pass human Ensembl gene ids or symbols{if_samples}; if they are genes of another species, map them to \
             human orthologues first"
        )
    }
}
