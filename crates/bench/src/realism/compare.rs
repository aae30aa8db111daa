//! The scores of all methods on one study, over random halves of its conditions.

use rayon::prelude::*;
use refcast_core::random::{Random, RandomStream};

use super::groups::ConditionSamples;
use super::scatter::Scatter;
use super::{COMMON, Made, POISSON, REAL, Tested, two_sample};
use crate::run::MODEL;

/// Least mean CPM of the references for a gene to count as expressed.
const LEAST_CPM: f64 = 1.0;
/// What the draws of the halves are for.
const HALVES: RandomStream = RandomStream(240);

/// What one split of one study gives for one method.
pub struct RealismScore {
    /// The method.
    pub method: &'static str,
    /// Whether the laboratory is known.
    pub known: bool,
    /// Position among the tested studies.
    pub study: usize,
    /// The split.
    pub split: u64,
    /// Area under the curve of the classifier by scatter.
    pub auc_scatter: f64,
    /// Area under the curve of the classifier by profile.
    pub auc_profile: f64,
    /// r over genes of log variances.
    pub variance_r: f64,
    /// Mean of ln(variance / real variance).
    pub log_ratio: f64,
    /// Share of zeros, and of the real samples that it is held against.
    pub zeros: (f64, f64),
    /// r over modules of the correlation within them.
    pub module_r: f64,
}

/// The scores of a study.
pub(super) fn study(
    study: usize,
    tested: &Tested<'_>,
    made: &Made,
    splits: u64,
    modules: &[Vec<usize>],
) -> Vec<RealismScore> {
    let conditions = tested.groups.len();
    let of = |method: &'static str, known: bool, condition: usize| {
        made.get(&(method, known, study, condition))
    };
    let real: Vec<&ConditionSamples> = (0..conditions)
        .filter_map(|at| of(REAL, true, at))
        .collect();
    let genes = StudyGenes::of(tested, &real, modules);
    let mut asked: Vec<(&'static str, bool, u64)> = Vec::new();
    for known in [true, false] {
        // Where the model made nothing there is nothing to hold the others against.
        if (0..conditions).all(|at| of(MODEL, known, at).is_some()) {
            let methods = [MODEL, REAL, POISSON, COMMON].into_iter();
            asked.extend(
                methods.flat_map(|method| (0..splits).map(move |split| (method, known, split))),
            );
        }
    }
    let score = |(method, known, split): (&'static str, bool, u64)| {
        let (one, other) = halves(conditions, split);
        let a: Vec<&ConditionSamples> =
            one.iter().filter_map(|&at| of(method, known, at)).collect();
        let b: Vec<&ConditionSamples> = other.iter().map(|&at| real[at]).collect();
        let own = Scatter::of(&a, &genes.modules, &genes.expressed);
        let reals = Scatter::of(&b, &genes.modules, &genes.expressed);
        let (variance_r, log_ratio) = own.variances(&reals);
        RealismScore {
            method,
            known,
            study,
            split,
            auc_scatter: two_sample::by_scatter(&a, &b, &genes.by_level),
            auc_profile: two_sample::by_profile(&a, &b, &genes.by_level),
            variance_r,
            log_ratio,
            zeros: (own.zeros(), reals.zeros()),
            module_r: own.module_correlation(&reals),
        }
    };
    asked.into_par_iter().map(score).collect()
}

/// Genes of a study, by place among those that it measures.
struct StudyGenes {
    expressed: Vec<bool>,
    /// The expressed ones in the order of their level.
    by_level: Vec<usize>,
    modules: Vec<Vec<usize>>,
}

impl StudyGenes {
    fn of(tested: &Tested<'_>, real: &[&ConditionSamples], modules: &[Vec<usize>]) -> Self {
        let measured = &tested.study.measured;
        let mut places = vec![None; measured.len()];
        let on_axis = (0..measured.len()).filter(|&gene| measured[gene]);
        for (place, gene) in on_axis.enumerate() {
            places[gene] = Some(place);
        }
        let genes = measured.iter().filter(|measured| **measured).count();
        let level = |gene: usize| {
            let levels = real.iter().map(|batch| f64::from(batch.reference[gene]));
            levels.sum::<f64>() / real.len().max(1) as f64
        };
        let levels: Vec<f64> = (0..genes).map(level).collect();
        let expressed: Vec<bool> = levels
            .iter()
            .map(|level| *level >= LEAST_CPM.ln_1p())
            .collect();
        let mut by_level: Vec<usize> = (0..genes).filter(|&gene| expressed[gene]).collect();
        by_level.sort_by(|a, b| levels[*a].total_cmp(&levels[*b]));
        let own = |module: &Vec<usize>| module.iter().filter_map(|&gene| places[gene]).collect();
        Self {
            expressed,
            by_level,
            modules: modules.iter().map(own).collect(),
        }
    }
}

/// Two halves of the conditions, of the same size, at random.
fn halves(conditions: usize, split: u64) -> (Vec<usize>, Vec<usize>) {
    let random = Random::new(split);
    let draw = |condition: usize| random.uniform(HALVES, 0, condition as u32);
    let mut order: Vec<usize> = (0..conditions).collect();
    order.sort_by(|a, b| draw(*a).total_cmp(&draw(*b)));
    let half = conditions / 2;
    (order[..half].to_vec(), order[half..2 * half].to_vec())
}
