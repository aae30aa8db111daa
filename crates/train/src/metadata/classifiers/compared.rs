//! How studies differ in latents where they share values of a field.

use std::collections::BTreeSet;

use refcast_core::MetadataField;
use refcast_model::linalg::Symmetric;

use super::ClassifierTraining;
use super::offsets::{Component, covariance, deviations};
use super::temperatures::Member;

/// Covariance between studies over that within groups, where too few studies tell it.
const USUAL: f64 = 3.0;

/// Means of the values of a field in each study.
pub struct Compared {
    field: MetadataField,
    components: Vec<Component>,
    /// Of latents, `[components × latents]`.
    means: Vec<Vec<f64>>,
}

impl Compared {
    /// Of all values, those too that are too rare to be told.
    pub fn of(work: &ClassifierTraining<'_>, field: MetadataField) -> Self {
        let all = 0..work.samples.len();
        let values: BTreeSet<&str> = all.clone().filter_map(|at| work.value(field, at)).collect();
        let values: Vec<&str> = values.into_iter().collect();
        let members: Vec<Member> = all
            .filter_map(|at| Some((at, values.binary_search(&work.value(field, at)?).ok()?)))
            .collect();
        let components = work.components(&members);
        Self {
            field,
            means: work.means(&components),
            components,
        }
    }

    /// The covariance of what the studies that are kept add, if enough share values.
    fn between(&self, keep: &[bool]) -> Option<Symmetric> {
        let n = self.means.first()?.len();
        let found: Vec<Vec<Option<f64>>> = (0..n)
            .map(|k| {
                let components = self.components.iter().zip(&self.means);
                let means: Vec<Option<f64>> = components
                    .map(|(own, mean)| keep[own.study].then(|| mean[k]))
                    .collect();
                deviations(&self.components, &means)
            })
            .collect();
        covariance(&found)
    }
}

/// The covariance of what studies add to latents, from those that are kept `[studies]`: by the field
/// where enough of them share its values, by all other such fields otherwise, by what samples of a
/// group scatter, `within`, where none is such.
pub fn between(
    compared: &[Compared],
    field: MetadataField,
    keep: &[bool],
    within: &Symmetric,
) -> Symmetric {
    let of = |is_own: bool| {
        let fields = compared.iter().filter(|own| (own.field == field) == is_own);
        let found: Vec<Symmetric> = fields.filter_map(|own| own.between(keep)).collect();
        average(&found)
    };
    let usual = || Symmetric::from_fn(within.n(), |i, j| USUAL * within.get(i, j));
    of(true).or_else(|| of(false)).unwrap_or_else(usual)
}

fn average(found: &[Symmetric]) -> Option<Symmetric> {
    let (n, parts) = (found.first()?.n(), found.len() as f64);
    Some(Symmetric::from_fn(n, |i, j| {
        found.iter().map(|own| own.get(i, j)).sum::<f64>() / parts
    }))
}
