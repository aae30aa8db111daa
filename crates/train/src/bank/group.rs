//! Contrasts of one condition: the same study, cells, background, treatment, dose and time.

use std::collections::BTreeMap;

use super::contrast::Contrast;
use crate::corpus::{Corpus, Expression, Treatment};

/// The contrasts of one condition.
#[derive(Debug, Clone)]
pub struct ContrastGroup<'a> {
    /// Index of the study in the corpus.
    pub study: usize,
    /// What tells the group's context from others of the study.
    pub context_key: String,
    /// What was done.
    pub treatment: Treatment,
    /// The contrasts, one a treated sample.
    pub contrasts: Vec<&'a Contrast>,
}

/// Groups contrasts, in the order of their first appearance.
pub fn groups<'a>(corpus: &Corpus, contrasts: &'a [Contrast]) -> Vec<ContrastGroup<'a>> {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut groups: Vec<ContrastGroup<'a>> = Vec::new();
    for contrast in contrasts {
        let sample = &corpus.studies[contrast.study].samples[contrast.treated];
        let cells: Vec<&str> = [
            "tissue_ontology_id",
            "cell_type_ontology_id",
            "cell_line_ontology_id",
            "system",
        ]
        .iter()
        .map(|field| sample.get(field))
        .collect();
        let treatment = &contrast.treatment;
        let time = treatment
            .time
            .map_or(String::new(), |time| time.to_string());
        let context_key = format!(
            "{}|{}|{time}",
            cells.join("|"),
            treatment.background.as_deref().unwrap_or("")
        );
        let entities: Vec<String> = treatment.entities.iter().map(ToString::to_string).collect();
        let doses: Vec<String> = treatment.doses.iter().map(ToString::to_string).collect();
        let key = format!(
            "{}|{context_key}|{}|{}|{}",
            contrast.study,
            entities.join("+"),
            treatment.kind.name(),
            doses.join("+")
        );
        let place = *places.entry(key).or_insert_with(|| {
            groups.push(ContrastGroup {
                study: contrast.study,
                context_key,
                treatment: treatment.clone(),
                contrasts: Vec::new(),
            });
            groups.len() - 1
        });
        groups[place].contrasts.push(contrast);
    }
    groups
}

impl ContrastGroup<'_> {
    /// The distinct controls.
    pub fn controls(&self) -> Vec<usize> {
        let mut controls: Vec<usize> = self
            .contrasts
            .iter()
            .flat_map(|c| c.controls.iter().copied())
            .collect();
        controls.sort_unstable();
        controls.dedup();
        controls
    }

    /// Whether the treated samples share their controls rather than having one each.
    pub fn shares_controls(&self) -> bool {
        let uses: usize = self
            .contrasts
            .iter()
            .map(|contrast| contrast.controls.len())
            .sum();
        self.contrasts.len() > 1 && uses >= 2 * self.controls().len()
    }

    /// Squared standard error of the mean change over the squared deviation of one change: with
    /// shared controls their error is the same in every change, and does not show in the spread.
    pub fn error_scale(&self) -> f64 {
        let treated = 1.0 / self.contrasts.len() as f64;
        if self.shares_controls() {
            treated + 1.0 / self.controls().len() as f64
        } else {
            treated
        }
    }

    /// Donor of each contrast.
    pub fn donors<'c>(&self, corpus: &'c Corpus) -> Vec<&'c str> {
        let study = &corpus.studies[self.study];
        self.contrasts
            .iter()
            .map(|contrast| study.samples[contrast.treated].get("replicate"))
            .collect()
    }

    /// Mean control of the group, `[genes]`.
    pub fn mean_control(&self) -> Vec<f32> {
        mean(
            self.contrasts
                .iter()
                .map(|contrast| contrast.control.as_slice()),
        )
    }

    /// Of pools of cells: the change between all cells of one arm together and all of the other,
    /// and the level of the untreated ones, `[genes]` each. The logarithm of a small pool is low
    /// where it has few counts, so that the mean over pools would be too.
    pub fn pooled(&self, study: &Expression) -> (Vec<f32>, Vec<f32>) {
        let treated: Vec<usize> = self
            .contrasts
            .iter()
            .map(|contrast| contrast.treated)
            .collect();
        let control = together(study, &self.controls());
        let change = together(study, &treated)
            .iter()
            .zip(&control)
            .map(|(treated, control)| treated - control)
            .collect();
        (change, control)
    }

    /// Mean over the distinct controls of all groups of this context, `[genes]`.
    pub fn mean_control_of_context(
        &self,
        corpus: &Corpus,
        groups: &[ContrastGroup<'_>],
    ) -> Vec<f32> {
        let mut controls: Vec<usize> = groups
            .iter()
            .filter(|group| group.study == self.study && group.context_key == self.context_key)
            .flat_map(ContrastGroup::controls)
            .collect();
        controls.sort_unstable();
        controls.dedup();
        let study = &corpus.studies[self.study];
        if study.pools {
            return together(study, &controls);
        }
        let values = &study.values;
        mean(controls.iter().map(|&control| values[control].as_slice()))
    }
}

/// ln(1 + CP10k) of pools together, `[genes]`: by their molecules.
fn together(study: &Expression, pools: &[usize]) -> Vec<f32> {
    let whole: f64 = pools.iter().map(|&pool| study.library_sizes[pool]).sum();
    let mut sums = vec![0.0_f64; study.measured.len()];
    for &pool in pools {
        let part = study.library_sizes[pool] / whole;
        for (sum, level) in sums.iter_mut().zip(&study.values[pool]) {
            *sum += part * f64::from(*level).exp_m1();
        }
    }
    sums.into_iter().map(|sum| sum.ln_1p() as f32).collect()
}

/// The mean of vectors; empty of none.
pub fn mean<'a>(vectors: impl Iterator<Item = &'a [f32]>) -> Vec<f32> {
    let mut sum: Vec<f64> = Vec::new();
    let mut n = 0.0;
    for vector in vectors {
        sum.resize(vector.len(), 0.0);
        for (sum, value) in sum.iter_mut().zip(vector) {
            *sum += f64::from(*value);
        }
        n += 1.0;
    }
    sum.into_iter().map(|sum| (sum / n) as f32).collect()
}
