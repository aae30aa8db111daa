//! The metadata of samples.

use refcast_core::{Annotation, MetadataField};

use super::{FIRST_BATCH, Run, Stopped};
use crate::observe::Stage;
use crate::registry::Served;
use crate::wire::{
    Annotated, AnnotationTasks, DecoderSample, FieldProbabilities, OutputMetadata, Outputs,
    Probabilities, predicted,
};

pub(super) fn generate<'t>(
    served: &'t Served,
    tasks: &'t AnnotationTasks,
    run: &Run<'_>,
    take: &mut dyn FnMut(Outputs<'t>) -> Result<(), Stopped>,
) -> Result<(), Stopped> {
    let annotator = run
        .timer
        .time(Stage::Prepare, || served.model.annotator(&tasks.query))?;
    let fields = predicted(tasks, served);
    let one_each = vec![1; tasks.inputs.len()];
    let mut size = FIRST_BATCH;
    let say = |at: usize, _| annotator.annotate(&tasks.inputs[at].reference);
    run.in_batches(&one_each, &mut size, say, |said| {
        let outputs = said.into_iter().map(|(at, said)| {
            let (input, seed) = (&tasks.inputs[at], tasks.query.seed);
            Annotated {
                metadata: OutputMetadata::annotated(input, at, seed, &fields, &said),
                probabilities: probabilities(served, &fields, &said),
                latents: said.latents,
                decoder_sample: DecoderSample {
                    counts: said.decoder_sample,
                },
            }
        });
        take(Outputs::Annotations(outputs.collect()))
    })
}

/// The probabilities in the model's order of fields and values, which does not depend on the
/// sample; the model itself gives the most probable value first.
fn probabilities<'t>(
    served: &'t Served,
    fields: &[MetadataField],
    said: &Annotation,
) -> Probabilities<'t> {
    let of = |field: &MetadataField| {
        let values = served
            .model
            .classifiers()
            .map_or(&[][..], |own| own.values(*field));
        let own = said.fields.iter().find(|own| own.field == *field);
        let ranked: std::collections::HashMap<&str, f32> = own
            .into_iter()
            .flat_map(|own| &own.probabilities)
            .map(|entry| (entry.value.as_str(), entry.probability))
            .collect();
        let probability = |value: &String| ranked.get(value.as_str()).copied().unwrap_or(0.0);
        FieldProbabilities {
            field: *field,
            values,
            probabilities: values.iter().map(|v| f64::from(probability(v))).collect(),
        }
    };
    Probabilities(fields.iter().map(of).collect())
}
