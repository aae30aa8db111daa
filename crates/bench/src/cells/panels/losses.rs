//! Which way lost genes turn others: their own mRNA, and the pathway that they are of.

use refcast_core::GeneId;
use refcast_train::CellCorpus;

use super::super::CellsRun;
use super::super::finish::finding;
use crate::benchmark::Pathway;
use crate::error::Result;
use crate::outcome::Finding;
use crate::realism::modules;

/// A lost gene that was left out: changes over the panel's genes.
pub(super) struct Loss {
    pub name: String,
    pub target: String,
    pub predicted: Vec<f64>,
    pub real: Vec<f64>,
}

/// Part of the changes that are below 0.
fn falling(changes: &[f64]) -> f64 {
    changes.iter().filter(|change| **change < 0.0).count() as f64 / changes.len().max(1) as f64
}

/// The figures of the losses, the model's beside the real ones.
///
/// # Errors
/// A gene set that cannot be read.
pub(super) fn findings(
    pathway: &Pathway,
    genes: &[GeneId],
    losses: &[Loss],
    run: &CellsRun<'_>,
    corpus: &CellCorpus,
) -> Result<Vec<Finding>> {
    let place = |id: &str| genes.iter().position(|gene| gene.to_string() == id);
    let mut found = Vec::new();
    let mut both = |what: &str, definition: &str, predicted: f64, real: f64| {
        found.push(finding(format!("{what}: model"), definition, predicted));
        found.push(finding(format!("{what}: real cells"), definition, real));
    };
    let targets: Vec<(f64, f64)> = losses
        .iter()
        .filter_map(|loss| {
            let target = place(&loss.target)?;
            Some((loss.predicted[target], loss.real[target]))
        })
        .collect();
    if !targets.is_empty() {
        let (predicted, real): (Vec<f64>, Vec<f64>) = targets.into_iter().unzip();
        let definition = format!(
            "Part of the {} lost genes on the panel whose own mRNA falls.",
            predicted.len()
        );
        both(
            "own mRNA falls",
            &definition,
            falling(&predicted),
            falling(&real),
        );
    }
    let cut: Vec<&Loss> = losses
        .iter()
        .filter(|loss| pathway.losses.contains(&loss.name))
        .collect();
    let symbol = |id: &str| {
        let mut all = corpus.axis.genes().iter();
        let gene = all.find(|gene| gene.id.to_string() == id);
        gene.map_or_else(|| id.to_owned(), |gene| gene.symbol.clone())
    };
    if let Some(reporter) = place(&pathway.reporter) {
        for loss in &cut {
            both(
                &format!("{} without {}", symbol(&pathway.reporter), loss.name),
                "Change of the mean of ln(1 + CP10k).",
                loss.predicted[reporter],
                loss.real[reporter],
            );
        }
    }
    let induced = modules::named(&run.options.corpus, &pathway.induced)?;
    let induced: Vec<usize> = (0..genes.len())
        .filter(|&gene| induced.contains(&genes[gene]))
        .collect();
    if !induced.is_empty() && !cut.is_empty() {
        let mean = |of: &dyn Fn(&Loss) -> &Vec<f64>| {
            let parts = cut.iter().map(|loss| {
                let changes: Vec<f64> = induced.iter().map(|&gene| of(loss)[gene]).collect();
                falling(&changes)
            });
            parts.sum::<f64>() / cut.len() as f64
        };
        let definition = format!(
            "Part of the {} genes of {} on the panel that fall; mean over the losses that cut the pathway.",
            induced.len(),
            pathway.induced
        );
        let (predicted, real) = (mean(&|loss| &loss.predicted), mean(&|loss| &loss.real));
        both("induced genes fall", &definition, predicted, real);
    }
    Ok(found)
}
