//! Where a sample's latents lie before its counts are seen: a sum of learned shifts, one for each
//! known value of its metadata, and a variance. A field that is not given adds nothing: each shift
//! was learned as a deviation with mean zero, so that leaving it out averages over its values.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::bundle::{LatentSizes, Tensor, Tensors};
use crate::error::Result;

/// A group of latents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LatentGroup {
    /// Library preparation, platform, laboratory.
    Technical,
    /// Tissue, cell, donor, disease.
    Biological,
    /// What was done to the cells.
    Perturbation,
}

impl LatentGroup {
    /// Where the group lies in a vector of all latents.
    pub fn range(self, sizes: LatentSizes) -> Range<usize> {
        let biological = sizes.technical + sizes.biological;
        match self {
            Self::Technical => 0..sizes.technical,
            Self::Biological => sizes.technical..biological,
            Self::Perturbation => biological..sizes.total(),
        }
    }

    fn size(self, sizes: LatentSizes) -> usize {
        self.range(sizes).len()
    }
}

/// A metadata field that shifts a group of latents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriorField {
    /// The field's name: `tissue_ontology_id`.
    pub name: String,
    /// The group that it shifts.
    pub group: LatentGroup,
    /// The values that training saw, in the order of the shifts.
    pub values: Vec<String>,
}

/// The prior of the latents.
#[derive(Debug, Clone)]
pub struct MetadataPrior {
    sizes: LatentSizes,
    fields: Vec<(PriorField, Vec<f32>)>,
    variance: Vec<f32>,
    population_variance: Vec<f32>,
}

impl MetadataPrior {
    /// A prior from its shifts, `[values × latents of the group]` for each field, the variance of
    /// each latent about them, and its variance when nothing is known, both `[latents]`.
    pub fn new(
        sizes: LatentSizes,
        fields: Vec<(PriorField, Vec<f32>)>,
        variance: Vec<f32>,
        population_variance: Vec<f32>,
    ) -> Self {
        Self {
            sizes,
            fields,
            variance,
            population_variance,
        }
    }

    pub(super) fn take(
        tensors: &mut Tensors,
        sizes: LatentSizes,
        fields: Vec<PriorField>,
    ) -> Result<Self> {
        let variance = tensors.take_positive("prior.variance", &[sizes.total()])?;
        let population_variance =
            tensors.take_not_negative("prior.population_variance", &[sizes.total()])?;
        let fields = fields
            .into_iter()
            .map(|field| {
                let shape = [field.values.len(), field.group.size(sizes)];
                let shifts = tensors.take_f32(&format!("prior.{}", field.name), &shape)?;
                Ok((field, shifts))
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            sizes,
            fields,
            variance,
            population_variance,
        })
    }

    pub(super) fn put(&self, tensors: &mut Tensors) {
        let total = self.sizes.total();
        tensors.insert(
            "prior.variance",
            &[total],
            Tensor::F32(self.variance.clone()),
        );
        let population = Tensor::F32(self.population_variance.clone());
        tensors.insert("prior.population_variance", &[total], population);
        for (field, shifts) in &self.fields {
            let shape = [field.values.len(), field.group.size(self.sizes)];
            tensors.insert_half(
                format!("prior.{}", field.name),
                &shape,
                shifts.iter().copied(),
            );
        }
    }

    /// The fields that the prior knows.
    pub fn fields(&self) -> impl Iterator<Item = &PriorField> {
        self.fields.iter().map(|(field, _)| field)
    }

    /// The variance of each latent about the prior mean, `[latents]`.
    pub fn variance(&self) -> &[f32] {
        &self.variance
    }

    /// The variance of each latent over samples of any metadata, `[latents]`.
    pub fn population_variance(&self) -> &[f32] {
        &self.population_variance
    }

    /// The prior mean for some metadata, `[latents]`. Fields and values that training never saw
    /// add nothing.
    pub fn mean<'a>(&self, metadata: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<f64> {
        let mut mean = vec![0.0; self.sizes.total()];
        for (name, value) in metadata {
            let found = self.fields.iter().find(|(field, _)| field.name == name);
            let Some((field, shifts)) = found else {
                continue;
            };
            let Some(row) = field.values.iter().position(|known| known == value) else {
                continue;
            };
            let range = field.group.range(self.sizes);
            let width = range.len();
            for (sum, shift) in mean[range]
                .iter_mut()
                .zip(&shifts[row * width..(row + 1) * width])
            {
                *sum += f64::from(*shift);
            }
        }
        mean
    }
}
