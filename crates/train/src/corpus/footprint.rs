//! Footprints of pathways: what each does to every gene, summed up over many experiments.
//!
//! Schubert et al. 2018, doi:10.1038/s41467-017-02391-6. The table gives a signed weight by pathway
//! and gene, with its p-value. A weight is a slope, and a gene that few of the arrays held has a
//! steep one by chance: the largest of all, of MT-ND4 on p53, errs by thirty-six times as much as
//! others do. So each is divided by its error, moderated by that of the pathway's other genes
//! (Tusher et al. 2001, doi:10.1073/pnas.091062498).

use std::collections::BTreeMap;
use std::path::Path;

use refcast_core::{GeneAxis, GeneId, OntologyId};

use crate::error::{Error, Result};
use crate::table::read_rows;

/// Median errors of a pathway that are added to a weight's own. Of 0, 1, 2, 4 and as many as leave
/// the weights as they are the one whose footprints agree best with measured effects (correlation
/// 0.394, 0.414, 0.419, 0.420 and 0.412; `cargo run --release -p refcast-train --example worth`).
pub const MODERATION: f64 = 4.0;
/// A weight that errs by more than so many median errors is none: no measured effect bears out the
/// few that do (the same command).
const LEAST_SURE: f64 = 16.0;

/// The footprint of one pathway.
#[derive(Debug, Clone, PartialEq)]
pub struct Footprint {
    /// The pathway's name.
    pub pathway: String,
    /// Moderated weight by gene, `[genes]`; 0 for a gene that the table lacks.
    pub weights: Vec<f32>,
    /// Errors of the weights in the pathway's median one, `[genes]`; 0 as above.
    pub errors: Vec<f32>,
}

impl Footprint {
    /// The entity that stands for the pathway: `REFCAST:pathway-jak-stat`.
    ///
    /// # Errors
    /// A name that makes no id.
    pub fn entity(&self) -> Result<OntologyId> {
        let slug = self.pathway.to_lowercase();
        Ok(format!("REFCAST:pathway-{slug}").parse()?)
    }
}

/// One line of the table: a gene's place on the axis, if it has one, its weight and its error.
struct Weight {
    place: Option<usize>,
    weight: f64,
    error: f64,
}

/// Reads a table of pathway, gene, weight and p-value onto the axis, each weight moderated by so
/// many median errors; pathways by name.
///
/// # Errors
/// A file that cannot be read, a weight that is no finite number or a p-value that is none.
pub fn read(axis: &GeneAxis, path: &Path, moderation: f64) -> Result<Vec<Footprint>> {
    let mut pathways: BTreeMap<String, Vec<Weight>> = BTreeMap::new();
    for row in read_rows(path)? {
        let cell = |name: &str| row.get(name).map_or("", String::as_str);
        let number = |name: &str, is_valid: fn(f64) -> bool| {
            let given = cell(name);
            let value = given.parse().ok().filter(|value: &f64| is_valid(*value));
            value.ok_or_else(|| {
                let (pathway, gene) = (cell("pathway"), cell("symbol"));
                Error::recipe(path, format!("{pathway} / {gene}: {given:?} is no {name}"))
            })
        };
        let weight = number("weight", f64::is_finite)?;
        let p_value = number("p_value", |p| p > 0.0 && p <= 1.0)?;
        // Symbols that the annotation does not know have no id.
        let gene = cell("ensembl_gene_id").parse::<GeneId>().ok();
        let place = gene.and_then(|gene| axis.index_of(gene));
        let own = pathways.entry(cell("pathway").to_owned()).or_default();
        own.push(Weight {
            place: place.map(|index| index.as_usize()),
            weight,
            error: weight.abs() / deviations(p_value),
        });
    }
    Ok(pathways
        .into_iter()
        .map(|(pathway, weights)| moderated(pathway, &weights, moderation, axis.len()))
        .collect())
}

/// The weights on the axis, each over its error and the pathway's median one.
fn moderated(pathway: String, weights: &[Weight], moderation: f64, genes: usize) -> Footprint {
    let mut errors: Vec<f64> = weights.iter().map(|own| own.error).collect();
    errors.sort_by(f64::total_cmp);
    let median = errors[errors.len() / 2];
    let mut footprint = Footprint {
        pathway,
        weights: vec![0.0; genes],
        errors: vec![0.0; genes],
    };
    for own in weights {
        if let Some(place) = own.place.filter(|_| own.error <= LEAST_SURE * median) {
            footprint.weights[place] = (own.weight / (own.error + moderation * median)) as f32;
            footprint.errors[place] = (own.error / median) as f32;
        }
    }
    footprint
}

/// Deviations of a normal variable from 0 that have a two-sided p-value, by bisection.
fn deviations(p_value: f64) -> f64 {
    let (mut low, mut high) = (1e-6, 40.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if libm::erfc(middle / std::f64::consts::SQRT_2) > p_value {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::examples::axis;

    fn footprints(rows: &[&str]) -> Result<Vec<Footprint>> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("weights.tsv");
        let header = "pathway\tsymbol\tensembl_gene_id\tweight\tp_value";
        std::fs::write(&path, [&[header], rows].concat().join("\n")).expect("writes");
        super::read(&axis(4), &path, MODERATION)
    }

    #[test]
    fn deviations_are_those_of_a_normal_variable() {
        // scipy.stats.norm.isf(p / 2)
        for (p, expected) in [(0.05, 1.959_963_985), (1e-12, 7.130_506_42), (1.0, 0.0)] {
            assert!((deviations(p) - expected).abs() < 1e-5, "{p}");
        }
    }

    #[test]
    fn a_steep_weight_that_is_hardly_known_is_less_than_one_that_is() {
        // Errors by the p-values: 5 deviations each but for the last, whose is 1.96.
        let read = footprints(&[
            "p53\tA\tENSG00000000001\t5\t5.733e-7",
            "p53\tB\tENSG00000000002\t-5\t5.733e-7",
            "p53\tC\tENSG00000000003\t20\t0.05",
            "p53\tD\t\t5\t5.733e-7",
        ])
        .expect("reads");
        let weights = &read[0].weights;
        // 5 / (1 + 4 · 1), 20 / (10.2 + 4 · 1)
        assert!((weights[0] - 1.0).abs() < 1e-3 && (weights[1] + 1.0).abs() < 1e-3);
        assert!((weights[2] - 1.408).abs() < 1e-2, "{weights:?}");
        assert_eq!(weights[3], 0.0);
    }

    #[test]
    fn a_weight_far_less_sure_than_all_others_is_none() {
        let read = footprints(&[
            "p53\tA\tENSG00000000001\t5\t5.733e-7",
            "p53\tB\tENSG00000000002\t-5\t5.733e-7",
            "p53\tMT\tENSG00000000003\t-84\t5.733e-7",
        ])
        .expect("reads");
        assert_eq!(read[0].weights[2], 0.0);
    }

    #[test]
    fn a_p_value_that_is_none_is_named() {
        let message = footprints(&["p53\tA\tENSG00000000001\t5\tNA"])
            .expect_err("no p-value")
            .to_string();
        assert!(
            message.contains("p53 / A: \"NA\" is no p_value"),
            "{message}"
        );
    }
}
