//! Which gene of the axis each gene of a file is added to.

use std::collections::HashSet;

use refcast_core::GeneIndex;

use super::report::{AlignmentReport, AmbiguousName, LeftOut, LeftOutCause, RewrittenNames};
use super::resolver::{GeneResolution, GeneResolver, Rewriting, Unmatched};

/// How many names an example list shows.
const EXAMPLES: usize = 5;
/// The fraction of numbers among the names up to which a number may be a date of a spreadsheet.
const FEW_NUMBERS: f64 = 0.02;

/// The gene of the axis for each gene of a file, `[file genes]`.
pub(super) struct Mapping {
    /// The gene, or why its counts are left out.
    pub(super) destinations: Vec<CountDestination>,
    /// Genes of the axis that some gene of the file is added to, `[axis genes]`.
    pub(super) observed: Vec<bool>,
    pub(super) report: AlignmentReport,
}

/// Where the counts of a gene of a file go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CountDestination {
    /// To this gene of the axis.
    Gene(GeneIndex),
    /// Nowhere; they count as left out.
    LeftOut(LeftOutCause),
    /// Nowhere: a line that is no gene and enters no sum.
    Summary,
}

/// How sure it is that a name means a gene; surest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Certainty {
    /// The file's own name is the id or approved symbol.
    Named,
    /// The file's own name was the approved symbol once.
    Former,
    /// The file's own name is an alias.
    Alias,
    /// The id is not on the axis (retired, say), the symbol beside it is.
    Beside,
}

/// Maps names, with symbols beside them where the file has those. The result does not depend on
/// the order of the genes.
///
/// Within one certainty, genes of the file that mean the same gene of the axis are added up. A
/// less certain match only fills genes that no surer one has: in a file that has both `A` and an
/// alias of `A`, the alias names something else.
pub(super) fn map(
    names: &[String],
    symbols: Option<&[String]>,
    resolver: &GeneResolver,
) -> Mapping {
    let all: HashSet<&str> = names.iter().map(|name| name.trim()).collect();
    let is_number = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
    let numbers = names.iter().filter(|name| is_number(name.trim())).count();
    let serials = (numbers as f64) < FEW_NUMBERS * names.len() as f64;
    let entrez = resolver.are_entrez(names);
    let found: Vec<NameMatch> = names
        .iter()
        .enumerate()
        .map(|(gene, name)| {
            let symbol = symbols.and_then(|symbols| symbols.get(gene));
            if entrez {
                NameMatch {
                    resolution: resolver.resolve_entrez(name),
                    certainty: Certainty::Named,
                }
            } else {
                find(name, symbol, resolver, &all, serials)
            }
        })
        .collect();
    let axis_genes = resolver.axis().len();
    let mut surest: Vec<Option<Certainty>> = vec![None; axis_genes];
    for (index, certainty) in found.iter().filter_map(NameMatch::matched) {
        let best = &mut surest[index.as_usize()];
        *best = Some(best.map_or(certainty, |best| best.min(certainty)));
    }
    let mut mapping = Mapping {
        destinations: Vec::with_capacity(names.len()),
        observed: vec![false; axis_genes],
        report: AlignmentReport {
            file_genes: names.len(),
            axis_genes,
            entrez,
            ..AlignmentReport::default()
        },
    };
    for (name, found) in names.iter().zip(found) {
        let index = found
            .matched()
            .filter(|&(index, certainty)| surest[index.as_usize()] == Some(certainty))
            .map(|(index, _)| index);
        mapping.record(name, found.resolution, index);
    }
    let report = &mut mapping.report;
    report.matched = mapping
        .observed
        .iter()
        .filter(|&&observed| observed)
        .count();
    report.missing = axis_genes - report.matched;
    report.ambiguous.sort_by(|a, b| a.name.cmp(&b.name));
    report.left_out.sort_by_key(|left_out| left_out.cause);
    report.rewritten.sort_by_key(|rewritten| rewritten.how);
    mapping
}

struct NameMatch {
    resolution: GeneResolution,
    certainty: Certainty,
}

impl NameMatch {
    fn matched(&self) -> Option<(GeneIndex, Certainty)> {
        match self.resolution {
            GeneResolution::Id(index)
            | GeneResolution::Symbol(index)
            | GeneResolution::Former(index)
            | GeneResolution::Alias(index)
            | GeneResolution::Restored(index, _) => Some((index, self.certainty)),
            _ => None,
        }
    }
}

fn find(
    name: &str,
    symbol: Option<&String>,
    resolver: &GeneResolver,
    all: &HashSet<&str>,
    serials: bool,
) -> NameMatch {
    let mut resolution = resolver.resolve(name);
    if let GeneResolution::Unmatched(why) = &resolution {
        let again = match why {
            Unmatched::Number if serials => resolver.resolve_serial(name),
            Unmatched::Unknown => resolver.resolve_repeated(name, |other| all.contains(other)),
            _ => None,
        };
        if let Some(again) = again {
            resolution = again;
        }
    }
    if let (GeneResolution::Unmatched(own), Some(symbol)) = (&resolution, symbol) {
        let beside = resolver.resolve(symbol);
        let is_better = !matches!(
            beside,
            GeneResolution::Unmatched(Unmatched::Unknown | Unmatched::Number)
                | GeneResolution::Summary
        );
        if is_better && *own != Unmatched::OtherSpecies {
            return NameMatch {
                resolution: beside,
                certainty: Certainty::Beside,
            };
        }
    }
    let certainty = match resolution {
        GeneResolution::Former(_) => Certainty::Former,
        GeneResolution::Alias(_) => Certainty::Alias,
        _ => Certainty::Named,
    };
    NameMatch {
        resolution,
        certainty,
    }
}

impl Mapping {
    fn record(&mut self, name: &str, resolution: GeneResolution, index: Option<GeneIndex>) {
        let report = &mut self.report;
        if let Some(index) = index {
            let observed = &mut self.observed[index.as_usize()];
            if std::mem::replace(observed, true) {
                report.duplicates_summed += 1;
                if report.duplicates.len() < EXAMPLES {
                    report.duplicates.push(name.to_owned());
                }
            }
        }
        let cause = match (resolution, index) {
            (GeneResolution::Summary, _) => {
                report.summary_lines += 1;
                self.destinations.push(CountDestination::Summary);
                return;
            }
            (resolution, Some(index)) => {
                match resolution {
                    GeneResolution::Symbol(_) => report.by_symbol += 1,
                    GeneResolution::Former(_) | GeneResolution::Alias(_) => report.by_alias += 1,
                    GeneResolution::Restored(_, how) => report.rewritten(how, name),
                    _ => report.by_id += 1,
                }
                self.destinations.push(CountDestination::Gene(index));
                return;
            }
            (GeneResolution::Ambiguous(candidates, rewriting), None) => {
                report.ambiguous.push(AmbiguousName {
                    name: name.to_owned(),
                    candidates,
                });
                match rewriting {
                    Some(Rewriting::Date) => LeftOutCause::Date,
                    _ => LeftOutCause::Ambiguous,
                }
            }
            (GeneResolution::Unmatched(why), None) => match why {
                Unmatched::NotOnAxis => LeftOutCause::NotInModel,
                Unmatched::OtherSpecies => LeftOutCause::OtherSpecies,
                Unmatched::Number => LeftOutCause::Number,
                Unmatched::Unknown => LeftOutCause::Unknown,
            },
            (_, None) => LeftOutCause::NamedBetter,
        };
        if !matches!(cause, LeftOutCause::Ambiguous | LeftOutCause::Date) {
            report.unmatched += 1;
            if report.unmatched_examples.len() < EXAMPLES {
                report.unmatched_examples.push(name.to_owned());
            }
        }
        report.left_out(cause, name);
        self.destinations.push(CountDestination::LeftOut(cause));
    }
}

impl AlignmentReport {
    fn rewritten(&mut self, how: Rewriting, name: &str) {
        let at = self.rewritten.iter().position(|own| own.how == how);
        let entry = match at {
            Some(at) => &mut self.rewritten[at],
            None => {
                self.rewritten.push(RewrittenNames {
                    how,
                    genes: 0,
                    examples: Vec::new(),
                });
                let last = self.rewritten.len() - 1;
                &mut self.rewritten[last]
            }
        };
        entry.genes += 1;
        if entry.examples.len() < EXAMPLES {
            entry.examples.push(name.to_owned());
        }
    }

    fn left_out(&mut self, cause: LeftOutCause, name: &str) {
        let at = self.left_out.iter().position(|own| own.cause == cause);
        let entry = match at {
            Some(at) => &mut self.left_out[at],
            None => {
                self.left_out.push(LeftOut {
                    cause,
                    genes: 0,
                    examples: Vec::new(),
                    fraction_of_counts: 0.0,
                });
                let last = self.left_out.len() - 1;
                &mut self.left_out[last]
            }
        };
        entry.genes += 1;
        if entry.examples.len() < EXAMPLES {
            entry.examples.push(name.to_owned());
        }
    }
}
