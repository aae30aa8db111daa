//! What samples of one description differ by.

use refcast_core::MetadataField;
use refcast_core::random::Random;

use super::super::streams;
use super::BaselineSamples;
use crate::cells::CellModel;
use crate::latent::LatentGroup;
use crate::noise::Noise;

/// The library size at which the measured scatter between samples was seen.
const USUAL_TOTAL: f64 = 20_000_000.0;

impl BaselineSamples<'_> {
    /// Draws the sex where it was left open.
    pub(super) fn draw_sex(&self, profile: &mut [f64], random: Random, key: u64) {
        let expected = self.estimate.completion.sex;
        if self.metadata.get(MetadataField::Sex).is_none() && expected.abs() < 1.0 {
            let drawn = random.uniform(streams::SEX, key, 0) < f64::midpoint(1.0, expected);
            let sex = if drawn { 1.0 } else { -1.0 };
            self.baseline.shift(profile, sex - expected, None);
        }
    }

    /// Another cell of the same description: its latents, as far as they move the rates.
    pub(super) fn scatter_cell(
        &self,
        profile: &mut [f64],
        latents: &mut Vec<f64>,
        cells: &CellModel,
        random: Random,
        key: u64,
    ) {
        let Some(root) = &self.root else { return };
        let latent = self.model.latent();
        let described = latent.range(LatentGroup::Perturbation).start;
        let normals: Vec<f64> = (0..described)
            .map(|k| random.normal(streams::LATENTS, key, k as u32))
            .collect();
        let mut moved = latents.clone();
        for (latent, step) in moved.iter_mut().zip(root.times_lower(&normals)) {
            *latent += step;
        }
        let depth = cells.depth(self.total as f64);
        let (from, to) = (
            cells.rates(&depth, latent, latents),
            cells.rates(&depth, latent, &moved),
        );
        for ((level, from), to) in profile.iter_mut().zip(from).zip(to) {
            // In ln(1 + CP10k), so that a gene that is all but silent stays so.
            *level = (*level + libm::log1p(to) - libm::log1p(from)).max(0.0);
        }
        *latents = moved;
    }

    /// Another sample of the same description: the latents, and each gene's own.
    pub(super) fn scatter(
        &self,
        profile: &mut [f64],
        latents: &mut [f64],
        noise: Noise<'_>,
        random: Random,
        key: u64,
    ) {
        let model = self.model.latent();
        let described = model.range(LatentGroup::Perturbation).start;
        let mut shift = vec![0.0; model.sizes.total()];
        if let Some(root) = &self.root {
            let normals: Vec<f64> = (0..described)
                .map(|k| random.normal(streams::LATENTS, key, k as u32))
                .collect();
            let moved = root.times_lower(&normals);
            shift[..described].copy_from_slice(&moved);
            for (latent, moved) in latents.iter_mut().zip(&shift) {
                *latent += moved;
            }
        }
        let moved = model.decode(&shift);
        let scattered = profile.iter_mut().enumerate();
        for (gene, level) in scattered.filter(|(gene, _)| !self.baseline.is_told_by_sex(*gene)) {
            let cpm = libm::expm1(level.max(0.0));
            let own = f64::from(self.baseline.spread.residual[gene]) * self.residual_scale
                - noise.variance(gene, cpm, USUAL_TOTAL);
            let own = own.max(0.0).sqrt() * random.normal(streams::SCATTER, key, gene as u32);
            // A gene that is all but silent scatters as little as it is expressed.
            let open = cpm / (1.0 + cpm);
            let along = moved[gene] - f64::from(model.mean[gene]);
            *level = (*level + open * (along + own)).max(0.0);
        }
    }
}
