//! The fields that all inputs of a query share, as text: what they may be is for the query's own
//! check in the core, which knows their limits.

use refcast_core::random::draw_seed;
use refcast_core::{
    Faults, PerturbationFields, RawAnnotationQuery, RawBaselineQuery, RawQuery, SamplingStrategy,
    quoted,
};

use super::keys::keep;
use crate::registry::RequestType;
use crate::wire::json::{Fields, JsonValue};
use crate::wire::scalar::{text, texts, truth, unboxed};

#[derive(Default)]
pub(super) struct Shared {
    sampling_strategy: Option<String>,
    conditioning: Option<Vec<String>>,
    deterministic_latents: Option<bool>,
    seed_given: Option<String>,
    /// Given, or drawn.
    pub(super) seed: u64,
    total_count: Option<String>,
    fixed_total_count: Option<bool>,
    fields: Option<Vec<String>>,
    /// Whether answers say how genes were matched.
    pub(super) alignment_report: bool,
    /// The genes of lists of counts, where an input does not name its own.
    pub(super) gene_order: Option<JsonValue>,
    /// What was ignored.
    pub(super) notes: Vec<String>,
}

impl Shared {
    pub(super) fn read(body: &Fields, request_type: RequestType, faults: &mut Faults) -> Self {
        let mut shared = Self::default();
        let value = |key: &str| body.get(key).unwrap_or(&JsonValue::Null);
        let mut keep_text = |key: &str| keep(faults, text(value(key), key));
        shared.sampling_strategy = keep_text("sampling_strategy").or_else(|| {
            // One that could not be read is not missing as well.
            let is_given = unboxed(value("sampling_strategy")).is_some();
            is_given.then(|| SamplingStrategy::MeanEstimation.to_string())
        });
        shared.seed_given = keep_text("seed");
        shared.total_count = keep_text("total_count");
        let mut keep_texts = |key: &str| keep(faults, texts(value(key), key));
        shared.conditioning = keep_texts("conditioning");
        shared.fields = keep_texts("fields");
        let mut keep_truth = |key: &str| keep(faults, truth(value(key), key));
        shared.deterministic_latents = keep_truth("deterministic_latents");
        shared.fixed_total_count = keep_truth("fixed_total_count");
        shared.alignment_report = keep_truth("alignment_report").unwrap_or(false);
        let gene_order = body.get("gene_order").filter(|order| !order.is_null());
        shared.gene_order = gene_order.cloned();
        let is_fixed = shared.fixed_total_count == Some(true);
        let is_conditioned = matches!(
            request_type,
            RequestType::ReferenceConditioned | RequestType::SampleConditioned
        );
        if is_conditioned && !is_fixed {
            // Clients send it with every query.
            if let Some(ignored) = shared.total_count.take() {
                shared.notes.push(format!(
                    "`total_count` ({}) was ignored: each output has its reference's own library size; with \
                     `fixed_total_count` true it counts",
                    quoted(&ignored)
                ));
            }
        }
        shared.seed = shared
            .seed_given
            .as_deref()
            .and_then(|seed| seed.trim().replace('_', "").parse().ok())
            .unwrap_or_else(|| shared.seed_where_none_is_given());
        shared
    }

    /// Nothing is drawn of a mean estimate without latents to draw.
    fn seed_where_none_is_given(&self) -> u64 {
        let strategy = self.sampling_strategy.as_deref();
        let strategy = strategy.and_then(|text| text.parse::<SamplingStrategy>().ok());
        let is_deterministic = self.deterministic_latents.unwrap_or(false);
        let drawn = draw_seed();
        strategy.map_or(drawn, |own| {
            own.seed_where_none_is_given(is_deterministic, drawn)
        })
    }

    pub(super) fn conditioned(
        &self,
        perturbation: PerturbationFields,
        num_samples: Option<String>,
    ) -> RawQuery {
        RawQuery {
            perturbation,
            num_samples,
            sampling_strategy: self.sampling_strategy.clone(),
            conditioning: self.conditioning.clone(),
            deterministic_latents: self.deterministic_latents,
            seed: self.seed_given.clone(),
            total_count: self.total_count.clone(),
            fixed_total_count: self.fixed_total_count,
        }
    }

    /// `fixed_total_count` says nothing here: there is no reference to take a library size from.
    pub(super) fn baseline(
        &self,
        metadata: Vec<(String, String)>,
        perturbation: PerturbationFields,
        num_samples: Option<String>,
    ) -> RawBaselineQuery {
        RawBaselineQuery {
            metadata,
            perturbation,
            num_samples,
            sampling_strategy: self.sampling_strategy.clone(),
            total_count: self.total_count.clone(),
            deterministic_latents: self.deterministic_latents,
            seed: self.seed_given.clone(),
        }
    }

    pub(super) fn annotation(&self) -> RawAnnotationQuery {
        RawAnnotationQuery {
            fields: self.fields.clone(),
            seed: self.seed_given.clone(),
        }
    }
}
