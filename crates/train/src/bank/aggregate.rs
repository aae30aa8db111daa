//! Entries of the bank that are not one study's condition: the footprints of pathways, and what the
//! loss of one gene or another does to the same cells.

use refcast_core::{OntologyId, PerturbationType};
use refcast_model::effects::{BankEntry, Context, Way, any_loss};

use super::expressed;
use super::moderation::ChangeMoments;
use crate::corpus::Corpus;
use crate::error::Result;

/// The size that a footprint is given, ln(1 + CPM): that of a typical effect. Its weights have no
/// unit, and the answer is scaled to the size that is expected in the reference.
const FOOTPRINT_SIZE: f64 = 0.26;
/// Squared error of a gene with a weight, and of one without, relative to the squared size.
const WEIGHT_ERROR: f64 = 0.2;
const NO_WEIGHT_ERROR: f64 = 0.4;
/// The name that the footprints have among the studies.
const FOOTPRINTS: &str = "pathway footprints";

/// An entry with its arrays.
pub struct AggregateEntry {
    /// What the bank says of it. Study and context are indices into the bank's.
    pub entry: BankEntry,
    /// Mean change, deviation, and level of the controls, `[genes]`.
    pub moments: ChangeMoments,
}

/// The footprints as entries of a study and a context, which the caller appends to the bank's.
///
/// # Errors
/// A pathway whose name makes no id.
pub fn footprints(corpus: &Corpus, study: usize, context: usize) -> Result<Vec<AggregateEntry>> {
    corpus
        .footprints
        .iter()
        .map(|footprint| {
            let squares: f64 = footprint.weights.iter().map(|w| f64::from(w * w)).sum();
            let size = (squares / footprint.weights.len() as f64).sqrt();
            let scale = if size > 0.0 {
                FOOTPRINT_SIZE / size
            } else {
                0.0
            };
            let deviation = |weight: f32| {
                let error = if weight == 0.0 {
                    NO_WEIGHT_ERROR
                } else {
                    WEIGHT_ERROR
                };
                (error.sqrt() * FOOTPRINT_SIZE) as f32
            };
            let weights = footprint.weights.iter();
            let moments = ChangeMoments {
                mean: weights
                    .clone()
                    .map(|w| (f64::from(*w) * scale) as f32)
                    .collect(),
                deviation: weights.map(|w| deviation(*w)).collect(),
                // Of no cells: every gene counts as expressed.
                control: vec![expressed(corpus.modality) as f32 + 1.0; footprint.weights.len()],
            };
            let entry = BankEntry {
                study,
                context,
                condition: format!("{} footprint", footprint.pathway),
                ..aggregate(footprint.entity()?, PerturbationType::Other)
            };
            Ok(AggregateEntry { entry, moments })
        })
        .collect()
}

/// The study that footprints are entries of, and what stands for its cells: none.
pub fn footprint_study(study: usize) -> (String, Context) {
    let context = Context {
        study,
        label: FOOTPRINTS.to_owned(),
        footprint: true,
    };
    (FOOTPRINTS.to_owned(), context)
}

/// For the cells of each study in which genes were lost, the mean effect over the genes, whatever
/// the time: what the loss of any gene does, and whatever else sets the study's edited cells apart.
pub fn losses(
    contexts: &[Context],
    entries: &[BankEntry],
    moments: &[ChangeMoments],
) -> Vec<AggregateEntry> {
    let mut cells: Vec<(usize, &str)> = contexts
        .iter()
        .map(|context| (context.study, context.label.as_str()))
        .collect();
    cells.sort_unstable();
    cells.dedup();
    cells
        .into_iter()
        .filter_map(|(study, label)| {
            let own: Vec<usize> = (0..entries.len())
                .filter(|&at| {
                    let (entry, context) = (&entries[at], &contexts[entries[at].context]);
                    let single = entry.entities.len() == 1 && entry.background.is_none();
                    let here = context.study == study && context.label == label;
                    here && single && Way::of(entry.kind) == Way::Loss
                })
                .collect();
            (!own.is_empty()).then(|| mean_loss(entries, moments, &own))
        })
        .collect()
}

fn mean_loss(entries: &[BankEntry], moments: &[ChangeMoments], own: &[usize]) -> AggregateEntry {
    let mut genes: Vec<&OntologyId> = own.iter().map(|&at| &entries[at].entities[0]).collect();
    genes.sort();
    genes.dedup();
    // Each gene counts once, however many ways it was lost in.
    let of_genes: Vec<Vec<f64>> = genes
        .iter()
        .map(|gene| {
            let rows: Vec<&ChangeMoments> = own
                .iter()
                .filter(|&&at| entries[at].entities[0] == **gene)
                .map(|&at| &moments[at])
                .collect();
            (0..rows[0].mean.len())
                .map(|at| {
                    let sum: f64 = rows.iter().map(|row| f64::from(row.mean[at])).sum();
                    sum / rows.len() as f64
                })
                .collect()
        })
        .collect();
    let n = of_genes.len() as f64;
    let places = of_genes[0].len();
    let means: Vec<f64> = (0..places)
        .map(|at| of_genes.iter().map(|own| own[at]).sum::<f64>() / n)
        .collect();
    let squares: Vec<f64> = (0..places)
        .map(|at| {
            of_genes
                .iter()
                .map(|own| (own[at] - means[at]).powi(2))
                .sum()
        })
        .collect();
    // What is a gene's own is most of an effect; the spread over few genes says little more.
    let size = of_genes
        .iter()
        .flatten()
        .map(|change| change * change)
        .sum::<f64>();
    let typical = size / (n * places as f64);
    let deviation = squares.iter().zip(&means).map(|(squares, mean)| {
        // A large change is as much a gene's own as a small one.
        let of_gene = squares / n + mean * mean;
        let prior = OWN_PART * typical.max(GENES_OWN * of_gene);
        ((PRIOR_GENES * prior + squares) / (PRIOR_GENES + n - 1.0)).sqrt() as f32
    });
    let first = &entries[own[0]];
    AggregateEntry {
        entry: BankEntry {
            study: first.study,
            context: first.context,
            condition: "mean over lost genes".to_owned(),
            error_scale: 1.0 / n,
            ..aggregate(any_loss(), PerturbationType::Crispr)
        },
        moments: ChangeMoments {
            mean: means.iter().map(|mean| *mean as f32).collect(),
            deviation: deviation.collect(),
            control: moments[own[0]].control.clone(),
        },
    }
}

/// The part of an effect's variance that is of the lost gene alone: what the correlation between
/// the losses of two genes in the same cells leaves.
const OWN_PART: f64 = 0.87;
/// How much of a gene's own mean square its prior spread is made of; the typical one is the least.
const GENES_OWN: f64 = 1.0 / 3.0;
/// Genes that the prior of the spread over genes counts for.
const PRIOR_GENES: f64 = 5.0;

/// An entry that no samples of its own stand behind.
fn aggregate(entity: OntologyId, kind: PerturbationType) -> BankEntry {
    BankEntry {
        study: 0,
        context: 0,
        condition: String::new(),
        entities: vec![entity],
        kind,
        background: None,
        doses: Vec::new(),
        time: None,
        cells: false,
        samples: 0,
        error_scale: 1.0,
        reproducibility: 1.0,
        weight: 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loss(gene: &str) -> BankEntry {
        aggregate(gene.parse().expect("an id"), PerturbationType::Crispr)
    }

    fn moments(mean: [f32; 3]) -> ChangeMoments {
        ChangeMoments {
            mean: mean.to_vec(),
            deviation: vec![0.1; 3],
            control: vec![4.0; 3],
        }
    }

    #[test]
    fn each_gene_counts_once_however_many_ways_it_was_lost_in() {
        let entries = [
            loss("ENSG00000000003"),
            loss("ENSG00000000003"),
            loss("ENSG00000000005"),
        ];
        let all = [
            moments([1.0, 0.0, 0.5]),
            moments([2.0, 0.0, 0.5]),
            moments([0.5, 1.0, 0.5]),
        ];
        let row = mean_loss(&entries, &all, &[0, 1, 2]);
        assert_eq!(row.moments.mean, [1.0, 0.5, 0.5]);
        assert!((row.entry.error_scale - 0.5).abs() < 1e-12);
        assert_eq!(row.entry.entities, [any_loss()]);
    }

    #[test]
    fn what_genes_differ_in_is_less_sure_than_what_they_share() {
        let entries = [loss("ENSG00000000003"), loss("ENSG00000000005")];
        let all = [moments([0.5, 2.0, 0.1]), moments([0.5, -1.0, 0.1])];
        let row = mean_loss(&entries, &all, &[0, 1]);
        assert_eq!(row.moments.mean[0], row.moments.mean[1]);
        assert!(row.moments.deviation[1] > 1.4 * row.moments.deviation[0]);
    }

    #[test]
    fn a_large_change_by_the_loss_of_one_gene_is_mostly_its_own() {
        let changes = [4.0, 0.2, -0.1];
        let row = mean_loss(&[loss("ENSG00000000003")], &[moments(changes)], &[0]);
        // Without a second gene: √(0.87 · ⅓) of the change, and of the typical one elsewhere.
        let expected = 4.0 * (0.87_f64 / 3.0).sqrt();
        assert!((f64::from(row.moments.deviation[0]) - expected).abs() < 0.05);
        assert!((row.moments.deviation[1] - row.moments.deviation[2]).abs() < 1e-6);
    }
}
