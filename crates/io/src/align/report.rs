//! What an alignment did, for people and programs.

use std::fmt;

use refcast_core::GeneId;
use serde::Serialize;

use super::resolver::Rewriting;

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
    /// Whether those ids are numbers of genes at NCBI (Entrez).
    pub entrez: bool,
    /// Genes of the file matched by approved symbol.
    pub by_symbol: usize,
    /// Genes of the file matched by an alias or previous symbol.
    pub by_alias: usize,
    /// Genes of the file whose names a program or spreadsheet had rewritten, and how.
    pub rewritten: Vec<RewrittenNames>,
    /// Genes of the file added to one that was already matched: the same gene twice.
    pub duplicates_summed: usize,
    /// A few of them, as in the file.
    #[serde(skip)]
    pub duplicates: Vec<String>,
    /// Names that stand for several genes; their counts are left out.
    pub ambiguous: Vec<AmbiguousName>,
    /// Genes of the file that are not on the axis; their counts are left out.
    pub unmatched: usize,
    /// A few of them.
    pub unmatched_examples: Vec<String>,
    /// Genes of the file whose counts are left out, by the cause.
    pub left_out: Vec<LeftOut>,
    /// Lines of counting programs that are no genes, such as `__no_feature`; ignored.
    pub summary_lines: usize,
    /// Samples of estimated counts, with fractions: they are used as they are, and generated counts
    /// are whole.
    pub estimated_samples: usize,
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

/// Genes of a file whose names a program had rewritten and that were matched all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RewrittenNames {
    /// How they were rewritten.
    pub how: Rewriting,
    /// How many there are.
    pub genes: usize,
    /// A few of them, as in the file.
    pub examples: Vec<String>,
}

/// Genes of a file whose counts are left out for one cause.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LeftOut {
    /// Why.
    pub cause: LeftOutCause,
    /// How many there are.
    pub genes: usize,
    /// A few of them, as in the file.
    pub examples: Vec<String>,
    /// The fraction of all counts of the samples read that they hold, 0 to 1.
    pub fraction_of_counts: f64,
}

/// Why the counts of a gene of a file are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOutCause {
    /// The name stands for several genes.
    Ambiguous,
    /// A spreadsheet made a date of the symbol, and it may have been one of several.
    Date,
    /// The name is not known: damaged, of another species, or of no gene.
    Unknown,
    /// The name is a number.
    Number,
    /// A gene of another species.
    OtherSpecies,
    /// An alias of a gene that the file has under a better name.
    NamedBetter,
    /// A human gene that the model does not have.
    NotInModel,
}

impl LeftOutCause {
    /// How many causes there are; see [`LeftOutCause::place`].
    pub(super) const COUNT: usize = 7;

    /// A place for each cause, from 0.
    pub(super) fn place(self) -> usize {
        self as usize
    }
}

impl fmt::Display for LeftOutCause {
    /// What is said of a name: "`A` stands for several genes" without the name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ambiguous => "stand for several genes",
            Self::Date => "are dates that a spreadsheet made of one of several symbols",
            Self::Unknown => "are no known names of human genes",
            Self::Number => "are numbers and no names",
            Self::OtherSpecies => "are of another species",
            Self::NamedBetter => "are aliases of genes that the file has by a better name",
            Self::NotInModel => "are genes that the model does not have",
        })
    }
}

impl fmt::Display for Rewriting {
    /// What was undone, as a clause.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Prefix => "a prefix was taken off",
            Self::Joined => "taken from a name that joins several",
            Self::Mangled => "written as R writes names",
            Self::Date => "a date that a spreadsheet made of the symbol",
            Self::MadeUnique => "the same gene again, made unique by a number",
        })
    }
}
