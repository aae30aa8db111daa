//! Replicates of one source, from the annotation of a study.

use std::collections::BTreeMap;

use refcast_train::corpus::Expression;

use crate::benchmark::RealismBenchmark;

/// Samples of one condition, line or clone, and time, the reference first: positions in the study.
pub type Replicates = Vec<usize>;

/// The conditions of a study that have enough replicates, in a fixed order.
pub fn replicates(study: &Expression, split: &RealismBenchmark) -> Vec<Replicates> {
    let mut groups: BTreeMap<Vec<&str>, Replicates> = BTreeMap::new();
    let cut = split.cultures.get(&study.name);
    for (at, sample) in study.samples.iter().enumerate() {
        let clone = cut.and_then(|text| sample.get("replicate").split(text.as_str()).next());
        let fields = [
            "condition",
            "perturbation_time",
            "cell_line_ontology_id",
            "control_group",
        ];
        let key = fields.iter().map(|field| sample.get(field));
        groups
            .entry(key.chain(clone).collect())
            .or_default()
            .push(at);
    }
    groups
        .into_values()
        .filter(|group| group.len() >= split.least_replicates)
        .collect()
}

/// The half, 0 or 1, that each condition leaves training with while the laboratory stays known.
pub fn halves(study: &Expression, groups: &[Replicates], split: &RealismBenchmark) -> Vec<usize> {
    let Some(column) = split.together.get(&study.name) else {
        return (0..groups.len()).map(|at| at % 2).collect();
    };
    let value = |group: &Replicates| study.samples[group[0]].get(column);
    let mut values: Vec<&str> = Vec::new();
    for group in groups {
        if !values.contains(&value(group)) {
            values.push(value(group));
        }
    }
    let place = |group| values.iter().position(|own| *own == value(group));
    groups
        .iter()
        .map(|group| place(group).unwrap_or(0) % 2)
        .collect()
}

/// Samples of one condition over the genes that its study measures.
#[derive(Debug, Clone)]
pub struct ConditionSamples {
    /// ln(1 + CPM) of the reference, `[genes]`.
    pub reference: Vec<f32>,
    /// ln(1 + CPM) of replicates, real or generated, `[samples][genes]`. The first of the real ones
    /// is the reference itself.
    pub samples: Vec<Vec<f32>>,
}

impl ConditionSamples {
    /// The samples less their mean, scaled up so that their variance is not too small for their
    /// number.
    pub fn residuals(&self) -> Vec<Vec<f64>> {
        let n = self.samples.len() as f64;
        let scale = (n / (n - 1.0).max(1.0)).sqrt();
        let genes = self.reference.len();
        let mut residuals = vec![vec![0.0; genes]; self.samples.len()];
        for gene in 0..genes {
            let sum: f64 = self.samples.iter().map(|own| f64::from(own[gene])).sum();
            for (residual, own) in residuals.iter_mut().zip(&self.samples) {
                residual[gene] = scale * (f64::from(own[gene]) - sum / n);
            }
        }
        residuals
    }

    /// The samples but the first, less the reference.
    pub fn changes(&self) -> Vec<Vec<f64>> {
        let from_reference = |own: &Vec<f32>| {
            let pairs = own.iter().zip(&self.reference);
            pairs.map(|(a, b)| f64::from(*a) - f64::from(*b)).collect()
        };
        self.samples.iter().skip(1).map(from_reference).collect()
    }
}
