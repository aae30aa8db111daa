//! Genes that a quantifier counts three times over: spliced, unspliced and ambiguous.
//!
//! alevin-fry (its USA mode) writes them as features of their own: the gene, the gene with `-U`
//! behind it and the gene with `-A` behind it, a third of the features each.

use std::collections::{HashMap, HashSet};

/// What is said about a matrix where they were added up.
pub(super) const NOTE: &str = "each gene is there as spliced, unspliced (-U) and ambiguous (-A): spliced and ambiguous \
     counts were added up and unspliced ones left out, as alevin-fry's own readers do for cells; for nuclei add up all \
     three first";

/// Features that are genes, each with what is added to it.
pub(super) struct Spliced {
    /// The feature that gives each gene its names, `[genes]`.
    pub(super) genes: Vec<usize>,
    /// Features and the gene that each is added to.
    pub(super) position: Vec<(usize, u32)>,
}

/// The gene of a spliced feature: alevin-fry writes it as it is, others with `-S` behind it.
pub(super) fn gene(id: &str) -> &str {
    id.strip_suffix("-S").unwrap_or(id)
}

/// The genes of a matrix in which every one of `kept` is spliced, unspliced or ambiguous; `None` for
/// any other.
pub(super) fn added(ids: &[String], kept: &[usize]) -> Option<Spliced> {
    if kept.is_empty() || !kept.len().is_multiple_of(3) {
        return None;
    }
    let third = kept.len() / 3;
    let listed: HashSet<&str> = kept.iter().map(|&feature| gene(&ids[feature])).collect();
    // `HLA-A` is no ambiguous HLA: there is no such gene in the list.
    let base = |feature: usize, suffix: &str| {
        let base = ids[feature].strip_suffix(suffix);
        base.filter(|base| listed.contains(base))
    };
    let mut genes: Vec<usize> = Vec::with_capacity(third);
    let mut place: HashMap<&str, u32> = HashMap::with_capacity(third);
    let (mut ambiguous, mut unspliced) = (Vec::with_capacity(third), 0);
    for &feature in kept {
        if let Some(gene) = base(feature, "-A") {
            ambiguous.push((feature, gene));
        } else if base(feature, "-U").is_some() {
            unspliced += 1;
        } else {
            place.insert(gene(&ids[feature]), genes.len() as u32);
            genes.push(feature);
        }
    }
    if [place.len(), ambiguous.len(), unspliced] != [third; 3] {
        return None;
    }
    let mut position: Vec<(usize, u32)> = (0u32..)
        .zip(&genes)
        .map(|(gene, &feature)| (feature, gene))
        .collect();
    for (feature, gene) in ambiguous {
        position.push((feature, *place.get(gene)?));
    }
    Some(Spliced { genes, position })
}
