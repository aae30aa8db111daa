//! What knowledge without cells is worth: footprints of pathways and targets of regulators, against
//! the effects that the corpus measured.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use refcast_core::OntologyId;
use refcast_model::effects::{BankEntry, EffectBank, Knowledge, Way, after_loss};

use super::metrics::pearson;
use crate::bank;
use crate::corpus::{Corpus, Footprint, read_footprints};
use crate::error::Result;
use crate::knowledge;
use crate::ontology::Labels;
use crate::recipe::Recipe;

/// Moderations of weights that are compared, in median errors; the last leaves them as they are.
const MODERATIONS: [f64; 7] = [0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 1e9];
/// Bounds of weights, in root mean squares of their footprint, between which effects are averaged.
const BOUNDS: [f64; 9] = [0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0, 100.0];
/// Bounds of the errors of weights, in the pathway's median.
const ERRORS: [f64; 8] = [0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 1000.0];
/// Effects smaller than this, ln(1 + CPM), are mostly error.
const TELLING_SIZE: f64 = 0.1;
/// As do those that repeat less than this.
const LEAST_REPRODUCIBILITY: f64 = 0.5;

/// Every table.
#[derive(Debug, Clone, Default)]
pub struct WorthReport {
    /// By moderation: correlation of agents' effects with the footprints of their pathways, mean over
    /// perturbations in a study.
    pub moderations: Vec<(f64, f64)>,
    /// By pathway and way of perturbing: the same at the moderation that is kept.
    pub pathways: BTreeMap<(String, &'static str), f64>,
    /// Mean effect over its size by mean weight, and the deviation of effects about it.
    pub by_weight: Vec<(f64, f64, f64)>,
    /// Slope of effects over their size on weights by the upper bound of the weights' errors, and how
    /// many genes are behind it.
    pub by_error: Vec<(f64, f64, usize)>,
    /// Mean change of its targets where it is known to go, by lost regulator.
    pub regulators: BTreeMap<String, f64>,
}

/// An effect of the corpus with the footprint of a pathway that it acts by.
struct Tie {
    entry: usize,
    pathway: String,
    way: &'static str,
    sign: f64,
}

/// Measures all of it.
///
/// # Errors
/// Those of building the bank and of reading the tables.
pub fn run(
    corpus: &Corpus,
    recipe: &Recipe,
    labels: &Labels,
    folder: &Path,
) -> Result<WorthReport> {
    let bank = bank::build(corpus, labels)?;
    let knowledge = knowledge::read(&recipe.folder)?;
    let mut report = WorthReport {
        regulators: regulators(corpus, &bank, &knowledge),
        ..WorthReport::default()
    };
    let Some(table) = &recipe.corpus.footprints else {
        return Ok(report);
    };
    let table = folder.join("knowledge").join(table);
    let ties = ties(&bank, &knowledge, &corpus.footprints)?;
    for moderation in MODERATIONS {
        let footprints = read_footprints(&corpus.axis, &table, moderation)?;
        let by_pathway = correlations(&bank, &ties, &footprints);
        let agents: Vec<f64> = by_pathway
            .iter()
            .filter(|((_, way), _)| *way == "agent")
            .flat_map(|(_, own)| own.iter().copied())
            .collect();
        report.moderations.push((moderation, mean(&agents)));
    }
    let by_pathway = correlations(&bank, &ties, &corpus.footprints);
    report.pathways = by_pathway
        .into_iter()
        .map(|(key, own)| (key, mean(&own)))
        .collect();
    slopes(&bank, &ties, &corpus.footprints, &mut report);
    Ok(report)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

fn is_single(entry: &BankEntry) -> bool {
    entry.entities.len() == 1 && entry.samples > 0
}

fn ties(bank: &EffectBank, knowledge: &Knowledge, footprints: &[Footprint]) -> Result<Vec<Tie>> {
    let pathways: Vec<(OntologyId, &str)> = footprints
        .iter()
        .map(|own| Ok((own.entity()?, own.pathway.as_str())))
        .collect::<Result<_>>()?;
    let mut ties = Vec::new();
    for (at, entry) in bank.entries().iter().enumerate() {
        let tells = bank.size(at) > TELLING_SIZE && entry.reproducibility > LEAST_REPRODUCIBILITY;
        if !is_single(entry) || !tells {
            continue;
        }
        let way = Way::of(entry.kind);
        for kin in knowledge.kin_of(&entry.entities[0], way) {
            let pathway = pathways.iter().find(|(id, _)| id == kin.entity);
            if let Some((_, pathway)) = pathway {
                ties.push(Tie {
                    entry: at,
                    pathway: (*pathway).to_owned(),
                    way: if way == Way::Loss { "loss" } else { "agent" },
                    sign: kin.likeness.signum(),
                });
            }
        }
    }
    Ok(ties)
}

/// Of each tie the weights, signed, and the effect over its size, where the gene is expressed.
fn pairs(bank: &EffectBank, tie: &Tie, footprints: &[Footprint]) -> Vec<(usize, f64, f64)> {
    let Some(footprint) = footprints.iter().find(|own| own.pathway == tie.pathway) else {
        return Vec::new();
    };
    let squares: f64 = footprint.weights.iter().map(|w| f64::from(w * w)).sum();
    let unit = (squares / footprint.weights.len() as f64).sqrt();
    let context = bank.entries()[tie.entry].context;
    let expressed = |gene: usize| {
        bank.control(context, gene)
            .is_some_and(|level| level > 0.53)
    };
    (0..footprint.weights.len())
        .filter(|&gene| expressed(gene))
        .filter_map(|gene| {
            let effect = bank.mean(tie.entry, gene)? / bank.size(tie.entry);
            Some((
                gene,
                tie.sign * f64::from(footprint.weights[gene]) / unit,
                effect,
            ))
        })
        .collect()
}

/// Correlations by pathway and way, one for each perturbation in a study.
fn correlations(
    bank: &EffectBank,
    ties: &[Tie],
    footprints: &[Footprint],
) -> BTreeMap<(String, &'static str), Vec<f64>> {
    type Key = ((String, &'static str), String);
    let mut of_units: BTreeMap<Key, Vec<f64>> = BTreeMap::new();
    for tie in ties {
        let pairs = pairs(bank, tie, footprints);
        let (weights, effects): (Vec<f64>, Vec<f64>) = pairs
            .into_iter()
            .map(|(_, weight, effect)| (weight, effect))
            .unzip();
        let entry = &bank.entries()[tie.entry];
        let unit = format!("{} {}", entry.entities[0], entry.study);
        let key = ((tie.pathway.clone(), tie.way), unit);
        of_units
            .entry(key)
            .or_default()
            .push(pearson(&weights, &effects));
    }
    let mut by_pathway: BTreeMap<(String, &'static str), Vec<f64>> = BTreeMap::new();
    for ((key, _), own) in of_units {
        by_pathway.entry(key).or_default().push(mean(&own));
    }
    by_pathway
}

fn slopes(bank: &EffectBank, ties: &[Tie], footprints: &[Footprint], report: &mut WorthReport) {
    let mut by_weight = vec![[0.0; 4]; BOUNDS.len() - 1];
    let mut by_error = vec![[0.0; 3]; ERRORS.len() - 1];
    for tie in ties.iter().filter(|tie| tie.way == "agent") {
        let footprint = footprints.iter().find(|own| own.pathway == tie.pathway);
        for (gene, weight, effect) in pairs(bank, tie, footprints) {
            let (size, along) = (weight.abs(), effect * weight.signum());
            if let Some(bin) = BOUNDS
                .windows(2)
                .position(|own| size >= own[0] && size < own[1])
            {
                let sums = &mut by_weight[bin];
                for (sum, value) in sums.iter_mut().zip([1.0, size, along, along * along]) {
                    *sum += value;
                }
            }
            let error = footprint.map_or(f64::NAN, |own| f64::from(own.errors[gene]));
            if let Some(bin) = ERRORS
                .windows(2)
                .position(|own| error >= own[0] && error < own[1])
            {
                let sums = &mut by_error[bin];
                for (sum, value) in sums.iter_mut().zip([1.0, size * along, size * size]) {
                    *sum += value;
                }
            }
        }
    }
    report.by_weight = by_weight
        .iter()
        .filter(|[n, ..]| *n > 0.0)
        .map(|[n, size, along, square]| {
            let mean = along / n;
            (size / n, mean, (square / n - mean * mean).max(0.0).sqrt())
        })
        .collect();
    report.by_error = by_error
        .iter()
        .zip(&ERRORS[1..])
        .filter(|([n, ..], _)| *n > 0.0)
        .map(|([n, xy, xx], bound)| (*bound, xy / xx.max(f64::MIN_POSITIVE), *n as usize))
        .collect();
}

/// By lost regulator, over the studies and times that it was lost in.
fn regulators(corpus: &Corpus, bank: &EffectBank, knowledge: &Knowledge) -> BTreeMap<String, f64> {
    let mut changes: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for (at, entry) in bank.entries().iter().enumerate() {
        let [OntologyId::Gene(lost)] = entry.entities.as_slice() else {
            continue;
        };
        if Way::of(entry.kind) != Way::Loss || entry.samples == 0 {
            continue;
        }
        let own: Vec<f64> = after_loss(&knowledge.regulons, &[*lost])
            .into_iter()
            .filter_map(|regulated| {
                let place = corpus.axis.index_of(regulated.gene)?.as_usize();
                let level = bank.control(entry.context, place)?;
                let change = bank.mean(at, place)?;
                (level > 0.53).then_some(regulated.direction * change)
            })
            .collect();
        if !own.is_empty() {
            changes
                .entry(lost.to_string())
                .or_default()
                .push(mean(&own));
        }
    }
    changes
        .into_iter()
        .map(|(gene, own)| (gene, mean(&own)))
        .collect()
}

impl fmt::Display for WorthReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "moderation: r with effects of agents")?;
        for (moderation, r) in &self.moderations {
            writeln!(f, "{moderation:>12}  {r:.4}")?;
        }
        writeln!(f, "pathway: r")?;
        for ((pathway, way), r) in &self.pathways {
            writeln!(f, "{pathway:>12} {way:>6}  {r:.3}")?;
        }
        writeln!(f, "weight: effect over its size, deviation")?;
        for (weight, effect, deviation) in &self.by_weight {
            writeln!(f, "{weight:>12.2}  {effect:.2}  {deviation:.2}")?;
        }
        writeln!(f, "error of the weight below: slope, genes")?;
        for (error, slope, genes) in &self.by_error {
            writeln!(f, "{error:>12}  {slope:.3}  {genes}")?;
        }
        writeln!(
            f,
            "lost regulator: mean change of its targets where they are known to go"
        )?;
        for (gene, change) in &self.regulators {
            writeln!(f, "{gene}  {change:.3}")?;
        }
        let mut changes: Vec<f64> = self.regulators.values().copied().collect();
        changes.sort_by(f64::total_cmp);
        let middle = changes.get(changes.len() / 2).copied().unwrap_or_default();
        let below = changes
            .get((changes.len().max(1) - 1) / 2)
            .copied()
            .unwrap_or_default();
        writeln!(f, "median  {:.3}", 0.5 * (middle + below))
    }
}
