//! The classifier two-sample test: how well generated samples can be told from real ones.
//!
//! Two classifiers, since one is blind to what the other sees. By *profile*: each sample less the
//! reference, described by its scores on the first principal components; this finds what is shifted
//! in all generated samples. By *scatter*: each sample less the mean of its condition's samples,
//! described by the logarithm of its mean square over genes of like level and the sizes of its
//! scores on the components; this finds too much or too little noise, or noise in other directions.
//! Both are diagonal linear discriminants (Dudoit, Fridlyand & Speed 2002), which hold where
//! samples are few. One condition of each side is left out at a time, and its samples are ranked.

use refcast_model::linalg::Symmetric;

use super::groups::ConditionSamples;

/// The most principal components.
const MOST_COMPONENTS: usize = 10;
/// Samples for each component.
const SAMPLES_PER_COMPONENT: usize = 3;
/// Classes of genes by level.
const LEVELS: usize = 6;

/// A sample, described: which condition of its side it is of, and its features.
struct SampleFeatures {
    condition: usize,
    features: Vec<f64>,
}

/// Area under the curve of the classifier by profile. 0.5 cannot tell the two sides apart.
pub fn by_profile(a: &[&ConditionSamples], b: &[&ConditionSamples], expressed: &[usize]) -> f64 {
    let rows = [
        rows(a, ConditionSamples::changes, expressed),
        rows(b, ConditionSamples::changes, expressed),
    ];
    of_profiles(&rows)
}

/// Area under the curve of the classifier by scatter. `expressed` genes are in the order of their
/// level.
pub fn by_scatter(a: &[&ConditionSamples], b: &[&ConditionSamples], expressed: &[usize]) -> f64 {
    let rows = [
        rows(a, ConditionSamples::residuals, expressed),
        rows(b, ConditionSamples::residuals, expressed),
    ];
    of_residuals(&rows)
}

/// Area under the curve of the classifier by profile, of rows as they are.
pub fn of_profiles(rows: &[Rows; 2]) -> f64 {
    auc(rows, principal_scores(rows))
}

/// Area under the curve of the classifier by scatter, of rows less the mean of what they scatter
/// about, over genes in the order of their level.
pub fn of_residuals(rows: &[Rows; 2]) -> f64 {
    let mut features = principal_scores(rows);
    let samples = rows.iter().flatten();
    for (features, (_, residual)) in features.iter_mut().zip(samples) {
        for score in features.iter_mut() {
            *score = score.abs();
        }
        let class = residual.len().div_ceil(LEVELS).max(1);
        features.extend(residual.chunks(class).map(|genes| {
            let square = genes.iter().map(|value| value * value).sum::<f64>();
            (square / genes.len() as f64 + f64::MIN_POSITIVE).ln()
        }));
    }
    auc(rows, features)
}

/// Samples of one side: condition, and values over the expressed genes.
pub type Rows = Vec<(usize, Vec<f64>)>;

fn rows(
    batches: &[&ConditionSamples],
    values: impl Fn(&ConditionSamples) -> Vec<Vec<f64>>,
    expressed: &[usize],
) -> Rows {
    let mut rows = Rows::new();
    for (condition, batch) in batches.iter().enumerate() {
        for sample in values(batch) {
            let chosen = expressed.iter().map(|&gene| sample[gene]).collect();
            rows.push((condition, chosen));
        }
    }
    rows
}

/// The scores of the samples of both sides on the first principal components of all, which know
/// nothing of the sides: `[samples][components]`.
fn principal_scores(sides: &[Rows; 2]) -> Vec<Vec<f64>> {
    let samples: Vec<&Vec<f64>> = sides.iter().flatten().map(|(_, row)| row).collect();
    let n = samples.len();
    let genes = samples.first().map_or(0, |row| row.len());
    let mean: Vec<f64> = (0..genes)
        .map(|gene| samples.iter().map(|row| row[gene]).sum::<f64>() / n as f64)
        .collect();
    let centred: Vec<Vec<f64>> = samples
        .iter()
        .map(|row| {
            row.iter()
                .zip(&mean)
                .map(|(value, mean)| value - mean)
                .collect()
        })
        .collect();
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let gram = Symmetric::from_fn(n, |row, column| product(&centred[row], &centred[column]));
    let (values, vectors) = gram.eigen();
    let components = (n / SAMPLES_PER_COMPONENT).min(MOST_COMPONENTS);
    (0..n)
        .map(|sample| {
            (0..components)
                .map(|at| vectors[at][sample] * values[at].max(0.0).sqrt())
                .collect()
        })
        .collect()
}

/// Mean area under the curve over the conditions that are left out, the i-th of each side at once.
fn auc(sides: &[Rows; 2], features: Vec<Vec<f64>>) -> f64 {
    let mut features = features.into_iter();
    let sides = sides.each_ref().map(|rows| -> Vec<SampleFeatures> {
        let own = rows.iter().zip(features.by_ref());
        own.map(|((condition, _), features)| SampleFeatures {
            condition: *condition,
            features,
        })
        .collect()
    });
    let conditions = sides
        .iter()
        .flatten()
        .map(|one| one.condition + 1)
        .max()
        .unwrap_or(0);
    let areas: Vec<f64> = (0..conditions)
        .filter_map(|left_out| fold(&sides, left_out))
        .collect();
    areas.iter().sum::<f64>() / areas.len().max(1) as f64
}

/// The area under the curve of one condition of each side, by a discriminant of the others.
fn fold(sides: &[Vec<SampleFeatures>; 2], left_out: usize) -> Option<f64> {
    let kept = |side: usize| {
        sides[side]
            .iter()
            .filter(move |one| one.condition != left_out)
    };
    let size = sides[0].first()?.features.len();
    let weights: Vec<(f64, f64)> = (0..size)
        .map(|at| {
            let of = |side: usize| moments(kept(side).map(|one| one.features[at]));
            let (a, b) = (of(0), of(1));
            let variance = 0.5 * (a.1 + b.1);
            if variance > 0.0 {
                ((a.0 - b.0) / variance, 0.5 * (a.0 + b.0))
            } else {
                (0.0, 0.0)
            }
        })
        .collect();
    let score = |one: &SampleFeatures| -> f64 {
        let terms = one.features.iter().zip(&weights);
        terms
            .map(|(value, (weight, middle))| weight * (value - middle))
            .sum()
    };
    let tested = |side: usize| -> Vec<f64> {
        let own = sides[side].iter().filter(|one| one.condition == left_out);
        own.map(score).collect()
    };
    let (a, b) = (tested(0), tested(1));
    let pairs = a.iter().flat_map(|a| b.iter().map(move |b| (a, b)));
    let won = |(a, b): (&f64, &f64)| {
        if a > b {
            1.0
        } else if a == b {
            0.5
        } else {
            0.0
        }
    };
    let n = a.len() * b.len();
    (n > 0).then(|| pairs.map(won).sum::<f64>() / n as f64)
}

/// Mean and variance.
fn moments(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let n = values.clone().count().max(1) as f64;
    let mean = values.clone().sum::<f64>() / n;
    (
        mean,
        values.map(|value| (value - mean).powi(2)).sum::<f64>() / n,
    )
}

#[cfg(test)]
mod tests;
