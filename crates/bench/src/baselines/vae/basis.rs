//! The axes that profiles are written in: principal components of the training.
//!
//! The leading components of profiles are tissues and laboratories; most of what a treatment does
//! lies outside them. So the leading components of what the changes leave over follow.

use refcast_core::random::{Random, RandomStream};
use refcast_model::linalg::{Symmetric, dot};

use super::matrix::{VaeMatrix, VaeMatrixView};

/// Starting points of the iteration.
const START: RandomStream = RandomStream(171);
/// Components beyond those that are kept, for the speed of the iteration.
const SPARE: usize = 16;
/// Steps of the iteration.
const STEPS: usize = 2;
/// Part of the sum of squares from which on a component is more than rounding.
const LEAST: f64 = 1e-6;

/// Orthonormal axes in the space of genes.
#[derive(Debug, Clone, PartialEq)]
pub struct VaeBasis {
    /// What profiles are centred on, ln(1 + CPM), `[genes]`.
    pub mean: Vec<f32>,
    /// Axes, `[components × genes]`.
    pub axes: VaeMatrix,
}

impl VaeBasis {
    /// Components of centred profiles `[samples × genes]`, then of changes `[changes × genes]`.
    pub fn of(
        mean: Vec<f32>,
        profiles: &VaeMatrix,
        of_profiles: usize,
        mut changes: VaeMatrix,
        of_changes: usize,
    ) -> Self {
        let least = LEAST * squares(&changes);
        let mut axes = components(profiles, of_profiles, LEAST * squares(profiles));
        let known = changes.view().times(axes.view().transposed());
        let explained = known.view().times(axes.view());
        for (change, explained) in changes.values.iter_mut().zip(&explained.values) {
            *change -= explained;
        }
        let more = components(&changes, of_changes, least);
        axes.rows += more.rows;
        axes.values.extend(more.values);
        Self { mean, axes }
    }

    /// Coordinates of centred profiles, or changes, `[rows × genes]`: `[rows × components]`.
    pub fn coordinates(&self, rows: &VaeMatrix) -> VaeMatrix {
        rows.view().times(self.axes.view().transposed())
    }

    /// The change of some genes, from a change of the coordinates `[components]`.
    pub fn change(&self, coordinates: &[f32], genes: &[usize]) -> Vec<f64> {
        let all = VaeMatrixView::of(coordinates, 1, coordinates.len()).times(self.axes.view());
        genes
            .iter()
            .map(|&gene| f64::from(all.values[gene]))
            .collect()
    }
}

/// The leading right singular vectors of a matrix, at most `most`, one a row: orthogonal iteration
/// on `rows · rowsᵀ` from a random start (Halko, Martinsson and Tropp 2011), then rotation to the
/// axes of most variance. Those whose sum of squares is no more than `least` are left out.
fn components(rows: &VaeMatrix, most: usize, least: f64) -> VaeMatrix {
    let width = (most + SPARE).min(rows.rows);
    let most = most.min(width);
    let random = Random::new(1);
    let mut span = VaeMatrix::zeros(width, rows.rows);
    for at in 0..width {
        for (sample, value) in span.row_mut(at).iter_mut().enumerate() {
            *value = random.normal(START, at as u64, sample as u32) as f32;
        }
    }
    orthonormalise(&mut span);
    for _ in 0..STEPS {
        let in_genes = span.view().times(rows.view());
        span = in_genes.view().times(rows.view().transposed());
        orthonormalise(&mut span);
    }
    let in_genes = span.view().times(rows.view());
    let gram = in_genes.view().times(in_genes.view().transposed());
    let gram = Symmetric::from_fn(width, |a, b| f64::from(gram.row(a)[b]));
    let (values, vectors) = gram.eigen();
    let mut turn = VaeMatrix::zeros(0, width);
    for (value, vector) in values.iter().zip(&vectors).take(most) {
        if *value > least {
            let length = value.sqrt();
            turn.values
                .extend(vector.iter().map(|v| (v / length) as f32));
            turn.rows += 1;
        }
    }
    turn.view().times(in_genes.view())
}

/// Makes rows orthonormal (Gram and Schmidt, twice); a row that depends on those before becomes 0.
fn orthonormalise(rows: &mut VaeMatrix) {
    let mut done: Vec<Vec<f64>> = Vec::with_capacity(rows.rows);
    for at in 0..rows.rows {
        let mut own: Vec<f64> = rows.row(at).iter().map(|&value| f64::from(value)).collect();
        let before = dot(&own, &own).sqrt();
        for _ in 0..2 {
            for other in &done {
                let along = dot(&own, other);
                for (value, other) in own.iter_mut().zip(other) {
                    *value -= along * other;
                }
            }
        }
        let length = dot(&own, &own).sqrt();
        let factor = if length > 1e-7 * before {
            1.0 / length
        } else {
            0.0
        };
        for (value, own) in rows.row_mut(at).iter_mut().zip(&mut own) {
            *own *= factor;
            *value = *own as f32;
        }
        done.push(own);
    }
}

fn squares(of: &VaeMatrix) -> f64 {
    of.values
        .iter()
        .map(|value| f64::from(*value).powi(2))
        .sum()
}
