//! What the decoder leaves over of a sample.

use refcast_model::latent::LatentModel;

use super::annotated_samples::AnnotatedCorpusSample;

/// Level less the decoded one, `[genes]`, ln(1 + CPM); without meaning where not measured.
pub fn residuals(latent: &LatentModel, sample: &AnnotatedCorpusSample<'_>) -> Vec<f32> {
    let decoded = latent.decode(&sample.latents).into_iter();
    decoded
        .zip(sample.values)
        .map(|(decoded, value)| value - decoded.max(0.0) as f32)
        .collect()
}
