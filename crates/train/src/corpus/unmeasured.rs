//! Genes that a study holds as 0 in every sample although it did not measure them.
//!
//! An annotation that lacks the mitochondrial genome or half of the chromosomes, a gene that shares
//! all of its reads with another, a region that was left out: such genes are in the matrix, and 0.
//! A gene that the cells do not express is 0 as well, and that is known of them. The two are told
//! apart by the other studies: a gene that nearly all of them show at a level at which this study
//! must have had dozens of reads was not measured here.

use refcast_core::Modality;

use super::Expression;

/// Studies that must show a gene before its level says anything.
const LEAST_STUDIES: usize = 10;
/// The part of the studies that show a gene whose levels may be lower than the one that counts.
const LOWEST_PART: f64 = 0.1;
/// The level that nearly all of them must have, per million,
const LEAST_CPM: f64 = 1.0;
/// and the reads that it would have given the study.
const LEAST_READS: f64 = 50.0;
/// A study that lacks this part of the genes that all others show is no witness to any silence.
const MOST_LACKING: f64 = 0.05;

/// Takes what a study cannot have measured out of its measured genes.
pub fn mask(studies: &mut [Expression], modality: Modality) {
    let Some(genes) = studies.first().map(|study| study.measured.len()) else {
        return;
    };
    let profiles: Vec<Vec<Option<f64>>> = studies.iter().map(levels).collect();
    let usual: Vec<Option<f64>> = (0..genes)
        .map(|gene| {
            lowest(
                profiles
                    .iter()
                    .filter_map(|profile| profile[gene])
                    .collect(),
            )
        })
        .map(|level| level.filter(|level| level.exp_m1() >= LEAST_CPM * modality.per() / 1e6))
        .collect();
    for (study, profile) in studies.iter_mut().zip(&profiles) {
        let reads: f64 = study.library_sizes.iter().sum();
        let silent: Vec<usize> = (0..genes)
            .filter(|&gene| study.measured[gene] && profile[gene].is_none())
            .collect();
        let lacking: Vec<usize> = silent
            .iter()
            .copied()
            .filter(|&gene| {
                let expected = usual[gene].map_or(0.0, |level| level.exp_m1() / modality.per());
                expected * reads >= LEAST_READS
            })
            .collect();
        let usual_genes = (0..genes)
            .filter(|&gene| study.measured[gene] && usual[gene].is_some())
            .count();
        let is_witness = lacking.len() as f64 <= MOST_LACKING * usual_genes as f64;
        for gene in if is_witness { lacking } else { silent } {
            study.measured[gene] = false;
        }
    }
}

/// Mean level of each gene that the study has a count of, `[genes]`.
fn levels(study: &Expression) -> Vec<Option<f64>> {
    let samples = study.values.len() as f64;
    (0..study.measured.len())
        .map(|gene| {
            let sum: f64 = study.values.iter().map(|own| f64::from(own[gene])).sum();
            (study.measured[gene] && sum > 0.0).then(|| sum / samples)
        })
        .collect()
}

/// The level that nearly all of the studies that show a gene reach; none if they are few.
fn lowest(mut levels: Vec<f64>) -> Option<f64> {
    if levels.len() < LEAST_STUDIES {
        return None;
    }
    levels.sort_by(f64::total_cmp);
    let place = LOWEST_PART * (levels.len() - 1) as f64;
    levels.get(place as usize).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::examples::{axis, sample, study};

    /// Twelve studies of two samples with a million reads: gene 0 is everywhere at 100 CPM, gene 1
    /// in the first study's cells only, gene 2 is a constant that makes up the rest.
    fn studies() -> Vec<Expression> {
        let axis = axis(40);
        (0..12)
            .map(|at| {
                let samples = vec![sample("a", "1", "", ""), sample("b", "2", "", "")];
                let mut own = study(&axis, &format!("s{at}"), 40, samples);
                own.library_sizes = vec![1e6; 2];
                for row in &mut own.values {
                    row.fill(100.0_f32.ln_1p());
                    row[1] = if at == 0 { 100.0_f32.ln_1p() } else { 0.02 };
                }
                own
            })
            .collect()
    }

    fn silence(study: &mut Expression, genes: std::ops::Range<usize>) {
        for row in &mut study.values {
            row[genes.clone()].fill(0.0);
        }
    }

    #[test]
    fn a_gene_that_every_other_study_shows_was_not_measured_where_it_is_0_throughout() {
        let mut studies = studies();
        silence(&mut studies[3], 0..1);
        mask(&mut studies, Modality::Bulk);
        assert!(!studies[3].measured[0]);
        assert!(studies[4].measured[0] && studies[3].measured[2]);
    }

    #[test]
    fn a_gene_of_other_cells_is_silent_and_stays_measured() {
        let mut studies = studies();
        silence(&mut studies[3], 1..2);
        mask(&mut studies, Modality::Bulk);
        assert!(studies[3].measured[1]);
    }

    #[test]
    fn one_sample_with_a_count_is_a_measurement() {
        let mut studies = studies();
        studies[3].values[0][0] = 0.0;
        mask(&mut studies, Modality::Bulk);
        assert!(studies[3].measured[0]);
    }

    #[test]
    fn a_shallow_study_may_have_missed_a_gene() {
        let mut studies = studies();
        silence(&mut studies[3], 0..1);
        studies[3].library_sizes = vec![1e5; 2];
        mask(&mut studies, Modality::Bulk);
        assert!(studies[3].measured[0]);
    }

    #[test]
    fn a_study_that_lacks_many_genes_says_of_none_that_it_is_silent() {
        let mut studies = studies();
        silence(&mut studies[3], 0..5);
        mask(&mut studies, Modality::Bulk);
        assert!(studies[3].measured[..5].iter().all(|measured| !measured));
    }

    #[test]
    fn few_studies_say_nothing() {
        let mut studies = studies();
        studies.truncate(5);
        silence(&mut studies[3], 0..1);
        mask(&mut studies, Modality::Bulk);
        assert!(studies[3].measured[0]);
    }
}
