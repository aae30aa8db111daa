//! Effects on panels of some hundreds of genes: a lost gene that training did not hold, and a donor.
//!
//! One training serves all folds: panels give effects only, so that the latents and counts of the
//! model are the same without any of their cells. What each fold fits anew are the effects.

mod losses;

use std::collections::{BTreeMap, BTreeSet};

use refcast_core::SamplingStrategy;
use refcast_model::{Model, Parts};
use refcast_train::corpus::cells::CellSet;
use refcast_train::corpus::{Corpus, Treatment};
use refcast_train::{CellCorpus, fit_cell_effects, fit_cell_responses};

use super::arms::{Row, is_treated, text};
use super::finish::{self, Method, Metric, Scores, finding, scores};
use super::leak::{self, Apart};
use super::score::correlation;
use super::{Levels, Material, Run, generate, moments, plan};
use crate::benchmark::{Agent, Panels};
use crate::error::{Error, Result};
use crate::outcome::{CaseScores, Outcome};
use crate::run::MODEL;
use crate::split::{Held, given_to, without};
use losses::Loss;

const NO_CHANGE: &str = "no change";
const OTHERS: &str = "mean of the others";

const THE_MODEL: &str = "The recipe's model, trained without the lost gene or the donor: mean estimation on untreated cells.";

const METHODS: [Method; 2] = [
    (NO_CHANGE, "The untreated cells."),
    (
        OTHERS,
        "The mean change of the other knock-outs of the set, or of the other donors.",
    ),
];

const METRICS: [Metric; 2] = [
    (
        "r of change",
        "Pearson's r over the panel's genes of predicted and real change of the mean of ln(1 + CP10k). 0 for no change.",
        true,
    ),
    (
        "EV of change",
        "1 − Σ(predicted − real)² / Σ real² of the changes. 0 for no change.",
        true,
    ),
];

/// What all folds share.
struct Shared<'a> {
    material: &'a Material<'a>,
    parts: Parts,
    pools: Corpus,
    refused: usize,
}

/// Runs the benchmark.
pub(super) fn run(run: &Run<'_>, split: &Panels, material: &Material<'_>) -> Result<Outcome> {
    let corpus = material.corpus;
    let lost = Knockouts::of(run, split, corpus)?;
    let given = Donors::of(run, split, corpus)?;
    let (recipe, labels) = (material.recipe, material.labels);
    let mut shared = Shared {
        parts: fit_cell_responses(corpus, recipe, labels, recipe.seed, &|_| ())?,
        pools: corpus.pools()?,
        material,
        refused: 0,
    };
    let folds: Vec<&str> = lost
        .panel
        .changes
        .keys()
        .chain(given.panel.changes.keys())
        .map(String::as_str)
        .collect();
    let (mut cases, mut losses) = (Vec::new(), Vec::new());
    run.folds(folds, |fold| {
        let found = if lost.panel.changes.contains_key(fold) {
            let (case, loss) = lost.fold(run, fold, &mut shared)?;
            losses.push(loss);
            case
        } else {
            given.fold(run, fold, &mut shared)?
        };
        cases.push(found);
        Ok(())
    })?;
    let mut findings = vec![finding(
        "refused",
        "Lost genes whose query the model refused; they count as no change.",
        shared.refused as f64,
    )];
    let genes = &lost.panel.levels.set().genes;
    findings.extend(losses::findings(
        &split.pathway,
        genes,
        &losses,
        run,
        corpus,
    )?);
    finish::outcome(
        run.benchmark,
        THE_MODEL,
        &METHODS,
        &METRICS,
        cases,
        findings,
        run.options,
    )
}

/// A panel, and the real changes that are asked for, by name of the fold.
struct Panel<'a> {
    levels: Levels<'a>,
    changes: BTreeMap<String, Vec<f64>>,
}

impl<'a> Panel<'a> {
    fn new(corpus: &CellCorpus, set: &'a CellSet) -> Self {
        Self {
            levels: Levels::panel(set, part(corpus, set)),
            changes: BTreeMap::new(),
        }
    }

    fn cells(&self, keep: impl Fn(&Row) -> bool) -> Vec<usize> {
        let rows = self.levels.set().rows.iter().enumerate();
        rows.filter(|(_, row)| keep(row))
            .map(|(cell, _)| cell)
            .collect()
    }

    fn mean(&self, cells: &[usize]) -> Vec<f64> {
        moments(&self.levels.of_all(cells)).0
    }

    /// The scores of a fold, and the change that the model predicts on some untreated cells.
    fn scored(
        &self,
        fold: &str,
        model: &Model,
        treatment: &Treatment,
        untreated: &[usize],
        refused: &mut usize,
    ) -> Result<(CaseScores, Vec<f64>)> {
        let own = match plan(model, Some(treatment), SamplingStrategy::MeanEstimation) {
            Ok(plan) => {
                let expected = generate(model, &plan, &self.levels, untreated)?;
                less(&moments(&expected).0, &self.mean(untreated))
            }
            Err(Error::Model(refcast_model::Error::Query(_))) => {
                *refused += 1;
                vec![0.0; self.levels.scored()]
            }
            Err(other) => return Err(other),
        };
        let truth = &self.changes[fold];
        let others: Vec<&Vec<f64>> = self
            .changes
            .iter()
            .filter(|(name, _)| *name != fold)
            .map(|(_, change)| change)
            .collect();
        let mean: Vec<f64> = (0..truth.len())
            .map(|gene| {
                others.iter().map(|own| own[gene]).sum::<f64>() / others.len().max(1) as f64
            })
            .collect();
        let nothing = vec![0.0; truth.len()];
        let methods = [(MODEL, &own), (NO_CHANGE, &nothing), (OTHERS, &mean)];
        let by_method: BTreeMap<String, Scores> = methods
            .into_iter()
            .map(|(name, predicted)| (name.to_owned(), of_change(truth, predicted)))
            .collect();
        let set = &self.levels.set().recipe.name;
        let case = CaseScores {
            group: set.clone(),
            study: set.clone(),
            sample: fold.to_owned(),
            perturbation: treatment
                .entities
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("|"),
            scores: by_method,
        };
        Ok((case, own))
    }
}

/// The part of a mean cell's molecules that are of the genes of a set.
fn part(corpus: &CellCorpus, set: &CellSet) -> f64 {
    let share = corpus.share();
    let places = set
        .genes
        .iter()
        .filter_map(|gene| corpus.axis.index_of(*gene));
    places.map(|place| f64::from(share[place.as_usize()])).sum()
}

fn less(one: &[f64], other: &[f64]) -> Vec<f64> {
    one.iter().zip(other).map(|(a, b)| a - b).collect()
}

/// r and explained part of a change.
fn of_change(truth: &[f64], predicted: &[f64]) -> Scores {
    let error: f64 = truth
        .iter()
        .zip(predicted)
        .map(|(t, p)| (t - p).powi(2))
        .sum();
    let size: f64 = truth.iter().map(|t| t * t).sum();
    scores([
        (METRICS[0].0, correlation(predicted, truth)),
        (METRICS[1].0, 1.0 - error / size.max(f64::MIN_POSITIVE)),
    ])
}

/// The set of lost genes.
struct Knockouts<'a> {
    panel: Panel<'a>,
    treatments: BTreeMap<String, Treatment>,
    /// The untreated cells that are asked about.
    untreated: Vec<usize>,
}

impl<'a> Knockouts<'a> {
    fn of(run: &Run<'_>, split: &Panels, corpus: &'a CellCorpus) -> Result<Self> {
        let set = run.set(corpus, &split.knockouts)?;
        let mut panel = Panel::new(corpus, set);
        let control = panel.cells(|row| !is_treated(row));
        let level = panel.mean(&control);
        let treated = set.rows.iter().filter(|row| is_treated(row));
        let names: BTreeSet<&str> = treated.map(|row| text(row, "condition")).collect();
        let mut treatments = BTreeMap::new();
        for name in names {
            let Some(treatment) = corpus.conditions.named(&split.knockouts, name) else {
                continue;
            };
            let cells = panel.cells(|row| is_treated(row) && text(row, "condition") == name);
            let change = less(&panel.mean(&cells), &level);
            panel.changes.insert(name.to_owned(), change);
            treatments.insert(name.to_owned(), treatment.clone());
        }
        if control.is_empty() || treatments.is_empty() {
            return Err(run.empty(format!("a lost gene of {}", split.knockouts)));
        }
        let n = control.len().min(split.most_cells);
        let untreated = (0..n).map(|at| control[at * control.len() / n]).collect();
        Ok(Self {
            panel,
            treatments,
            untreated,
        })
    }

    fn fold(
        &self,
        run: &Run<'_>,
        gene: &str,
        shared: &mut Shared<'_>,
    ) -> Result<(CaseScores, Loss)> {
        let treatment = &self.treatments[gene];
        let agent = Agent {
            name: gene.to_owned(),
            entities: treatment.entities.clone(),
            within: Vec::new(),
        };
        let training = without(&shared.pools, &[Held::Agent(agent)]);
        apart(run, gene, treatment, &training)?;
        let model = shared.model(&training)?;
        let (case, predicted) = self.panel.scored(
            gene,
            &model,
            treatment,
            &self.untreated,
            &mut shared.refused,
        )?;
        let loss = Loss {
            name: gene.to_owned(),
            target: treatment
                .entities
                .first()
                .map(ToString::to_string)
                .unwrap_or_default(),
            predicted,
            real: self.panel.changes[gene].clone(),
        };
        Ok((case, loss))
    }
}

/// Checks that no sample or pool of training was given what is asked for.
fn apart(run: &Run<'_>, gene: &str, treatment: &Treatment, training: &Corpus) -> Result<()> {
    let ids: Vec<String> = treatment.entities.iter().map(ToString::to_string).collect();
    for study in &training.studies {
        for sample in &study.samples {
            let given = given_to(training, study, sample);
            if let Some(id) = ids.iter().find(|id| given.contains(id)) {
                return Err(Error::Leak {
                    benchmark: run.benchmark.name.clone(),
                    fold: gene.to_owned(),
                    problem: format!("{} of {} in training has {id}", sample.id(), study.name),
                });
            }
        }
    }
    Ok(())
}

/// The set of donors.
struct Donors<'a> {
    panel: Panel<'a>,
    treatment: &'a Treatment,
    column: &'a str,
}

impl<'a> Donors<'a> {
    fn of(run: &Run<'_>, split: &Panels, corpus: &'a CellCorpus) -> Result<Self> {
        let set = run.set(corpus, &split.donors)?;
        let Some(column) = set.recipe.replicate.as_deref() else {
            return Err(run.empty(format!("a donor of {}", split.donors)));
        };
        let mut panel = Panel::new(corpus, set);
        let donors: BTreeSet<&str> = set.rows.iter().map(|row| text(row, column)).collect();
        for donor in donors.into_iter().filter(|donor| !donor.is_empty()) {
            let [control, treated] = [false, true].map(|treated| {
                panel.cells(|row| text(row, column) == donor && is_treated(row) == treated)
            });
            if !control.is_empty() && !treated.is_empty() {
                let change = less(&panel.mean(&treated), &panel.mean(&control));
                panel.changes.insert(donor.to_owned(), change);
            }
        }
        Ok(Self {
            panel,
            treatment: run.treatment(corpus, set)?,
            column,
        })
    }

    fn fold(&self, run: &Run<'_>, donor: &str, shared: &mut Shared<'_>) -> Result<CaseScores> {
        let set = self.panel.levels.set();
        let name = &set.recipe.name;
        let training = shared.material.corpus.filtered(|own, row| {
            own != name || !matches!(text(row, self.column), own if own.is_empty() || own == donor)
        });
        let cells = self.panel.cells(|row| text(row, self.column) == donor);
        let fold = (run.benchmark.name.as_str(), donor);
        leak::check(fold, set, &cells, Apart::Donor(self.column), &training)?;
        let model = shared.model(&training.pools()?)?;
        let untreated: Vec<usize> = cells
            .into_iter()
            .filter(|&cell| !is_treated(&set.rows[cell]))
            .collect();
        let (case, _) = self.panel.scored(
            donor,
            &model,
            self.treatment,
            &untreated,
            &mut shared.refused,
        )?;
        Ok(case)
    }
}

impl Shared<'_> {
    fn model(&self, pools: &Corpus) -> Result<Model> {
        let (recipe, labels) = (self.material.recipe, self.material.labels);
        let parts = fit_cell_effects(pools, recipe, labels, &self.parts)?;
        Ok(Model::from_parts(parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_a_change_agree_with_numpy() {
        // t = np.array([1,-2,.5]); p = np.array([.8,-1,.1]); np.corrcoef(t,p)[0,1]; 1 - ((t-p)**2).sum()/(t**2).sum()
        let found = of_change(&[1.0, -2.0, 0.5], &[0.8, -1.0, 0.1]);
        assert!(
            (found["r of change"] - 0.971_381_0).abs() < 1e-6,
            "{found:?}"
        );
        assert!(
            (found["EV of change"] - 0.771_428_6).abs() < 1e-6,
            "{found:?}"
        );
        let nothing = of_change(&[1.0, -2.0, 0.5], &[0.0; 3]);
        assert_eq!(
            (nothing["r of change"], nothing["EV of change"]),
            (0.0, 0.0)
        );
    }
}
