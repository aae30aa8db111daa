//! Which genes a regulator raises or lowers: what its loss must do to them, whatever the loss of
//! other genes does.

use refcast_core::GeneId;
use serde::{Deserialize, Serialize};

/// The genes that answer to one activity, and who makes it or holds it down.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Regulon {
    /// In words: `p53`.
    pub name: String,
    /// Genes without which there is less of it: `TP53`.
    pub regulators: Vec<GeneId>,
    /// Genes without which there is more of it: `MDM2`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restrainers: Vec<GeneId>,
    /// Genes that it raises: `CDKN1A`.
    pub raised: Vec<GeneId>,
    /// Genes that it lowers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lowered: Vec<GeneId>,
}

/// A gene of which it is known where it goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RegulatedGene {
    /// The gene.
    pub gene: GeneId,
    /// 1 for up, −1 for down.
    pub direction: f64,
}

/// What becomes of the activity where genes are lost: −1 where there is less of it, 1 where there is
/// more; `None` where they are none of its, or both.
pub fn activity_after_loss(regulon: &Regulon, lost: &[GeneId]) -> Option<f64> {
    let any = |genes: &[GeneId]| genes.iter().any(|gene| lost.contains(gene));
    match (any(&regulon.regulators), any(&regulon.restrainers)) {
        (true, false) => Some(-1.0),
        (false, true) => Some(1.0),
        _ => None,
    }
}

/// Where the targets of lost genes go, each gene once, by id. What two regulons tell differently is
/// not told, nor what becomes of a lost gene itself.
pub fn after_loss(regulons: &[Regulon], lost: &[GeneId]) -> Vec<RegulatedGene> {
    let mut regulated: Vec<RegulatedGene> = Vec::new();
    for regulon in regulons {
        let Some(activity) = activity_after_loss(regulon, lost) else {
            continue;
        };
        let raised = regulon.raised.iter().map(|gene| (gene, activity));
        let lowered = regulon.lowered.iter().map(|gene| (gene, -activity));
        let targets = raised.chain(lowered);
        regulated.extend(
            targets
                .filter(|(gene, _)| !lost.contains(gene))
                .map(|(&gene, direction)| RegulatedGene { gene, direction }),
        );
    }
    regulated.sort_by(|a, b| {
        let by_gene = a.gene.cmp(&b.gene);
        by_gene.then(a.direction.total_cmp(&b.direction))
    });
    regulated.dedup();
    let twice: Vec<GeneId> = regulated
        .windows(2)
        .filter(|pair| pair[0].gene == pair[1].gene)
        .map(|pair| pair[0].gene)
        .collect();
    regulated.retain(|regulated| !twice.contains(&regulated.gene));
    regulated
}

#[cfg(test)]
mod tests {
    use super::*;

    fn genes(numbers: &[u64]) -> Vec<GeneId> {
        numbers
            .iter()
            .map(|number| format!("ENSG{number:011}").parse().expect("an id"))
            .collect()
    }

    /// Gene 1 makes what gene 2 holds down; it raises 2 and 10 and lowers 11.
    fn regulons() -> Vec<Regulon> {
        let own = Regulon {
            name: "p53".to_owned(),
            regulators: genes(&[1]),
            restrainers: genes(&[2]),
            raised: genes(&[2, 10]),
            lowered: genes(&[11]),
        };
        let other = Regulon {
            regulators: genes(&[1, 3]),
            raised: genes(&[11, 12]),
            ..Regulon::default()
        };
        vec![own, other]
    }

    fn after(lost: &[u64]) -> Vec<(GeneId, f64)> {
        let regulated = after_loss(&regulons(), &genes(lost));
        regulated
            .into_iter()
            .map(|regulated| (regulated.gene, regulated.direction))
            .collect()
    }

    #[test]
    fn without_a_regulator_what_it_raises_falls_and_what_regulons_differ_in_is_not_told() {
        let [two, ten, twelve] = genes(&[2, 10, 12])[..] else {
            unreachable!("three");
        };
        assert_eq!(after(&[1]), [(two, -1.0), (ten, -1.0), (twelve, -1.0)]);
    }

    #[test]
    fn without_a_restrainer_it_rises_and_of_the_lost_gene_nothing_is_told() {
        let [ten, eleven] = genes(&[10, 11])[..] else {
            unreachable!("two");
        };
        assert_eq!(after(&[2]), [(ten, 1.0), (eleven, -1.0)]);
    }

    #[test]
    fn without_both_or_without_a_stranger_nothing_is_told() {
        assert_eq!(
            after(&[1, 2, 3]),
            [(genes(&[11])[0], -1.0), (genes(&[12])[0], -1.0)]
        );
        assert_eq!(after(&[99]), []);
    }
}
