//! The energy distance of predicted and real profiles, one a condition.

use super::fold::ScoredSample;
use crate::metrics::{ENERGY, energy};
use crate::split::cells_of;
use refcast_train::corpus::Corpus;

/// Scores the conditions with two samples or more; each of their cases gets the condition's figure.
pub(super) fn score(corpus: &Corpus, answers: &mut [ScoredSample<'_>]) {
    for condition in conditions(corpus, answers) {
        if condition.len() < 2 {
            continue;
        }
        let first = &answers[condition[0]];
        let genes: Vec<usize> = first
            .genes
            .iter()
            .copied()
            .filter(|gene| {
                condition
                    .iter()
                    .all(|&at| answers[at].genes.binary_search(gene).is_ok())
            })
            .collect();
        let methods: Vec<String> = first.predictions.keys().cloned().collect();
        let real: Vec<Vec<f64>> = condition
            .iter()
            .map(|&at| {
                let contrast = &answers[at].asked.contrast;
                let values = &corpus.studies[contrast.study].values[contrast.treated];
                genes.iter().map(|&gene| f64::from(values[gene])).collect()
            })
            .collect();
        for method in methods {
            let predicted: Option<Vec<Vec<f64>>> = condition
                .iter()
                .map(|&at| profile(&answers[at], &method, &genes))
                .collect();
            let Some(found) = predicted.and_then(|predicted| energy(&predicted, &real)) else {
                continue;
            };
            for &at in &condition {
                if let Some(scores) = answers[at].scores.scores.get_mut(&method) {
                    scores.insert(ENERGY.to_owned(), found);
                }
            }
        }
    }
}

/// Controls plus predicted change.
fn profile(answer: &ScoredSample<'_>, method: &str, genes: &[usize]) -> Option<Vec<f64>> {
    let change = answer.predictions.get(method)?;
    genes
        .iter()
        .map(|gene| {
            let at = answer.genes.binary_search(gene).ok()?;
            Some(f64::from(answer.asked.contrast.control[*gene]) + change[at])
        })
        .collect()
}

/// The answers of each condition: group, study, cells and treatment.
fn conditions(corpus: &Corpus, answers: &[ScoredSample<'_>]) -> Vec<Vec<usize>> {
    let mut conditions: Vec<Vec<usize>> = Vec::new();
    for (at, answer) in answers.iter().enumerate() {
        let own = &answer.asked.contrast;
        let cells = |of: &ScoredSample<'_>| {
            let contrast = &of.asked.contrast;
            cells_of(&corpus.studies[contrast.study].samples[contrast.treated])
        };
        let known = conditions.iter_mut().find(|condition| {
            let first = &answers[condition[0]];
            let other = &first.asked.contrast;
            first.asked.group == answer.asked.group
                && other.study == own.study
                && other.treatment == own.treatment
                && cells(first) == cells(answer)
        });
        match known {
            Some(condition) => condition.push(at),
            None => conditions.push(vec![at]),
        }
    }
    conditions
}
