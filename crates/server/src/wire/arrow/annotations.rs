//! Predicted metadata as columns.

use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array};
use arrow_schema::{ArrowError, DataType, Field, Fields, Schema};

use super::{columns as lists, metadata};
use crate::registry::Served;
use crate::wire::metadata::predicted;
use crate::wire::output::Annotated;
use crate::wire::query::AnnotationTasks;

/// The columns that clients look for; `described` is that of the metadata.
pub(super) fn fields(described: Field, tasks: &AnnotationTasks, served: &Served) -> Vec<Field> {
    let classifiers = served.model.classifiers();
    let probabilities: Fields = predicted(tasks, served)
        .into_iter()
        .map(|field| {
            let values = classifiers.map_or(&[][..], |own| own.values(field));
            let values: Fields = values
                .iter()
                .map(|value| Field::new(value, DataType::Float64, false))
                .collect();
            Field::new(field.name(), DataType::Struct(values), false)
        })
        .collect();
    let latents: Fields = ["biological", "technical", "perturbation"]
        .map(|name| Field::new(name, lists::floats_type(), false))
        .into_iter()
        .collect();
    let decoded: Fields = vec![Field::new("counts", lists::counts_type(), false)].into();
    vec![
        Field::new("classifier_probs", DataType::Struct(probabilities), false),
        Field::new("latents", DataType::Struct(latents), false),
        described,
        Field::new("decoder_sample", DataType::Struct(decoded), false),
    ]
}

/// Some annotations in the columns of `schema`.
pub(super) fn columns(
    said: &[Annotated<'_>],
    schema: &Arc<Schema>,
) -> Result<Vec<ArrayRef>, ArrowError> {
    let rows = said.len();
    let fields = |column: usize| lists::fields_of(schema.field(column).data_type());
    let probabilities = fields(0)?
        .iter()
        .enumerate()
        .map(|(at, field)| {
            let values = lists::fields_of(field.data_type())?;
            let columns = (0..values.len())
                .map(|value| -> ArrayRef {
                    let column = said
                        .iter()
                        .map(|row| row.probabilities.0.get(at)?.probabilities.get(value));
                    Arc::new(column.map(|found| found.copied()).collect::<Float64Array>())
                })
                .collect();
            lists::structure(values, columns, rows)
        })
        .collect::<Result<_, ArrowError>>()?;
    let decoded = lists::counts(said.iter().map(|row| &row.decoder_sample.counts))?;
    let latents = lists::latents(said.iter().map(|row| &row.latents));
    Ok(vec![
        lists::structure(fields(0)?, probabilities, rows)?,
        lists::structure(fields(1)?, latents.into(), rows)?,
        metadata::column(schema.field(2), said.iter().map(|row| &row.metadata))?,
        lists::structure(fields(3)?, vec![decoded], rows)?,
    ])
}
