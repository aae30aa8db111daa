//! What an alignment did, for people and programs.

use refcast_core::GeneId;
use serde::Serialize;

/// How the genes of a file met those of an axis. Counts of genes unless it says otherwise.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct AlignmentReport {
    /// Genes of the file.
    pub file_genes: usize,
    /// Genes of the axis.
    pub axis_genes: usize,
    /// Genes of the axis that the file has.
    pub matched: usize,
    /// Genes of the axis that the file has not: unobserved, not zero.
    pub missing: usize,
    /// Genes of the file matched by Ensembl id.
    pub by_id: usize,
    /// Genes of the file matched by approved symbol.
    pub by_symbol: usize,
    /// Genes of the file matched by an alias or previous symbol.
    pub by_alias: usize,
    /// Genes of the file added to one that was already matched: the same gene twice.
    pub duplicates_summed: usize,
    /// Names that stand for several genes; their counts are left out.
    pub ambiguous: Vec<AmbiguousName>,
    /// Genes of the file that are not on the axis; their counts are left out.
    pub unmatched: usize,
    /// A few of them.
    pub unmatched_examples: Vec<String>,
    /// Lines of counting programs that are no genes, such as `__no_feature`; ignored.
    pub summary_lines: usize,
    /// The part of a typical sample's counts that is of the matched genes, 0 to 1; little for a panel.
    pub expected_fraction_of_counts: Option<f64>,
    /// Per sample, in the order read: the fraction of its counts that is on the axis, 0 to 1.
    pub fraction_of_counts_kept: Vec<f64>,
}

/// A name in the file that stands for several genes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AmbiguousName {
    /// As in the file.
    pub name: String,
    /// The genes it may stand for.
    pub candidates: Vec<GeneId>,
}
