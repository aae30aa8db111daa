//! Predicted metadata as columns.

use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array};
use arrow_schema::{ArrowError, DataType, Field, Fields, Schema};

use super::{columns as lists, metadata};
use crate::answer::{Probabilities, Row};

/// The columns that clients look for; `described` is that of the metadata.
pub(super) fn fields(described: Field, probabilities: &Probabilities<'_>) -> Vec<Field> {
    let probabilities: Fields = probabilities
        .0
        .iter()
        .map(|own| {
            let values: Fields = own
                .values
                .iter()
                .map(|value| Field::new(value, DataType::Float64, false))
                .collect();
            Field::new(own.field.name(), DataType::Struct(values), false)
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

/// Some rows in the columns of `schema`.
pub(super) fn columns(rows: &[Row<'_>], schema: &Arc<Schema>) -> Result<Vec<ArrayRef>, ArrowError> {
    let n = rows.len();
    let fields = |column: usize| lists::fields_of(schema.field(column).data_type());
    let probabilities = fields(0)?
        .iter()
        .enumerate()
        .map(|(at, field)| {
            let values = lists::fields_of(field.data_type())?;
            let columns = (0..values.len())
                .map(|value| -> ArrayRef {
                    let column = rows.iter().map(|row| {
                        let fields = &row.probabilities.as_ref()?.0;
                        fields.get(at)?.probabilities.get(value)
                    });
                    Arc::new(column.map(|found| found.copied()).collect::<Float64Array>())
                })
                .collect();
            lists::structure(values, columns, n)
        })
        .collect::<Result<_, ArrowError>>()?;
    let decoded = lists::counts(rows.iter().map(|row| &row.counts))?;
    let latents = lists::latents(rows.iter().map(|row| &row.latents));
    Ok(vec![
        lists::structure(fields(0)?, probabilities, n)?,
        lists::structure(fields(1)?, latents.into(), n)?,
        metadata::column(schema.field(2), rows.iter().map(|row| &row.metadata))?,
        lists::structure(fields(3)?, vec![decoded], n)?,
    ])
}
