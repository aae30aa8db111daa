//! Which gene of the axis each gene of a file is added to.

use refcast_core::GeneIndex;

use super::report::{AlignmentReport, AmbiguousName};
use super::resolver::{GeneResolver, Resolution};

/// How many names an example list shows.
const EXAMPLES: usize = 5;

/// The gene of the axis for each gene of a file, `[file genes]`.
pub(super) struct Mapping {
    /// `None` where the counts are left out.
    pub(super) targets: Vec<Option<GeneIndex>>,
    /// Lines that are no genes and enter no sum, `[file genes]`.
    pub(super) summary: Vec<bool>,
    /// Genes of the axis that some gene of the file is added to, `[axis genes]`.
    pub(super) observed: Vec<bool>,
    pub(super) report: AlignmentReport,
}

/// How sure it is that a name means a gene; surest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Certainty {
    /// The file's own name is the id or approved symbol.
    Named,
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
    let found: Vec<Found> = names
        .iter()
        .enumerate()
        .map(|(gene, name)| {
            find(
                name,
                symbols.and_then(|symbols| symbols.get(gene)),
                resolver,
            )
        })
        .collect();
    let axis_genes = resolver.axis().len();
    let mut surest: Vec<Option<Certainty>> = vec![None; axis_genes];
    for (index, certainty) in found.iter().filter_map(Found::matched) {
        let best = &mut surest[index.as_usize()];
        *best = Some(best.map_or(certainty, |best| best.min(certainty)));
    }
    let mut mapping = Mapping {
        targets: Vec::with_capacity(names.len()),
        summary: found
            .iter()
            .map(|found| matches!(found.resolution, Resolution::Summary))
            .collect(),
        observed: vec![false; axis_genes],
        report: AlignmentReport {
            file_genes: names.len(),
            axis_genes,
            ..AlignmentReport::default()
        },
    };
    for (name, found) in names.iter().zip(found) {
        let target = found
            .matched()
            .filter(|&(index, certainty)| surest[index.as_usize()] == Some(certainty))
            .map(|(index, _)| index);
        mapping.record(name, found.resolution, target);
        mapping.targets.push(target);
    }
    let report = &mut mapping.report;
    report.matched = mapping
        .observed
        .iter()
        .filter(|&&observed| observed)
        .count();
    report.missing = axis_genes - report.matched;
    report.ambiguous.sort_by(|a, b| a.name.cmp(&b.name));
    mapping
}

struct Found {
    resolution: Resolution,
    certainty: Certainty,
}

impl Found {
    fn matched(&self) -> Option<(GeneIndex, Certainty)> {
        match self.resolution {
            Resolution::Id(index) | Resolution::Symbol(index) | Resolution::Alias(index) => {
                Some((index, self.certainty))
            }
            _ => None,
        }
    }
}

fn find(name: &str, symbol: Option<&String>, resolver: &GeneResolver) -> Found {
    let resolution = resolver.resolve(name);
    if let (Resolution::Unmatched, Some(symbol)) = (&resolution, symbol) {
        return Found {
            resolution: resolver.resolve(symbol),
            certainty: Certainty::Beside,
        };
    }
    let certainty = match resolution {
        Resolution::Alias(_) => Certainty::Alias,
        _ => Certainty::Named,
    };
    Found {
        resolution,
        certainty,
    }
}

impl Mapping {
    fn record(&mut self, name: &str, resolution: Resolution, target: Option<GeneIndex>) {
        let report = &mut self.report;
        if let Some(index) = target {
            let observed = &mut self.observed[index.as_usize()];
            report.duplicates_summed += usize::from(*observed);
            *observed = true;
        }
        match (resolution, target) {
            (Resolution::Summary, _) => report.summary_lines += 1,
            (Resolution::Ambiguous(candidates), _) => report.ambiguous.push(AmbiguousName {
                name: name.to_owned(),
                candidates,
            }),
            (Resolution::Id(_), Some(_)) => report.by_id += 1,
            (Resolution::Symbol(_), Some(_)) => report.by_symbol += 1,
            (Resolution::Alias(_), Some(_)) => report.by_alias += 1,
            (_, None) | (Resolution::Unmatched, _) => {
                report.unmatched += 1;
                if report.unmatched_examples.len() < EXAMPLES {
                    report.unmatched_examples.push(name.to_owned());
                }
            }
        }
    }
}
