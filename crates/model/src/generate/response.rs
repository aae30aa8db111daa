//! The perturbation latents as a space that effects are projected into.

use half::f16;

use crate::latent::{LatentGroup, LatentModel};
use crate::linalg::{Cholesky, RowMatrix};

/// δ = (I + Σ_g p_g p_gᵀ / ψ_g)⁻¹ Σ_g p_g e_g / ψ_g for an effect e, with p_g the gene's loadings
/// on the perturbation group.
#[derive(Debug, Clone)]
pub struct ResponseSpace {
    /// p, `[genes × latents]`.
    loadings: Vec<f16>,
    latents: usize,
    /// 1 / ψ, `[genes]`.
    precisions: Vec<f64>,
    gram: Option<Cholesky>,
}

/// What the evidence leaves open of an effect, in the space: a factor of the covariance of the
/// projection.
#[derive(Debug, Clone)]
pub struct UnexplainedCovariance {
    spread: Cholesky,
}

impl ResponseSpace {
    /// The space of a model.
    pub fn new(model: &LatentModel) -> Self {
        let range = model.range(LatentGroup::Perturbation);
        let latents = range.len();
        let variances = model.residual_variance.iter();
        let precisions: Vec<f64> = variances.map(|psi| 1.0 / f64::from(*psi)).collect();
        let loadings: Vec<f16> = (0..model.genes())
            .flat_map(|gene| &model.loadings_of(gene)[range.clone()])
            .copied()
            .collect();
        let gram = RowMatrix::new(&loadings, latents).gram(&precisions);
        Self {
            gram: gram.with_ridge(1.0).cholesky(),
            loadings,
            latents,
            precisions,
        }
    }

    fn rows(&self) -> RowMatrix<'_, f16> {
        RowMatrix::new(&self.loadings, self.latents)
    }

    /// The latents of an effect `[genes]`.
    pub fn project(&self, effect: &[f64]) -> Vec<f64> {
        let terms = effect.iter().zip(&self.precisions);
        let weighted: Vec<f64> = terms
            .map(|(effect, precision)| effect * precision)
            .collect();
        let right = self.rows().weighted_sum(&weighted);
        match &self.gram {
            Some(gram) => gram.solve(&right),
            None => right,
        }
    }

    /// What is open of an effect, from the variance of each gene's `[genes]`; `None` if that is no
    /// variance.
    ///
    /// Independent errors with those variances project to the covariance G⁻¹ M G⁻¹ with
    /// M = Σ_g p_g p_gᵀ v_g / ψ_g².
    pub fn unexplained(&self, variance: &[f64]) -> Option<UnexplainedCovariance> {
        let terms = variance.iter().zip(&self.precisions);
        let weights: Vec<f64> = terms
            .map(|(v, precision)| v * precision * precision)
            .collect();
        let spread = self.rows().gram(&weights);
        let spread = spread.with_ridge(1e-9).cholesky()?;
        Some(UnexplainedCovariance { spread })
    }

    /// A draw of the shift of ln(1 + CPM) `[genes]` within what is open, from standard normal
    /// numbers, one per perturbation latent.
    pub fn draw(&self, unexplained: &UnexplainedCovariance, normals: &[f64]) -> Vec<f64> {
        let Some(gram) = &self.gram else {
            return vec![0.0; self.precisions.len()];
        };
        let shift = gram.solve(&unexplained.spread.times_lower(normals));
        self.rows().times(&shift)
    }
}
