//! Columns of lists and of structs.

use std::sync::Arc;

use arrow_array::{ArrayRef, Float32Array, Int64Array, ListArray, StructArray};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{ArrowError, DataType, Field, Fields};
use refcast_core::{Counts, Latents};

/// A list of 64-bit integers, one whole vector of counts a row.
pub(super) fn counts_type() -> DataType {
    DataType::List(item(DataType::Int64))
}

/// A list of 32-bit floats.
pub(super) fn floats_type() -> DataType {
    DataType::List(item(DataType::Float32))
}

fn item(data_type: DataType) -> Arc<Field> {
    Arc::new(Field::new("item", data_type, false))
}

/// Counts, `[rows][genes]`.
pub(super) fn counts<'a>(
    rows: impl Iterator<Item = &'a Counts> + Clone,
) -> Result<ArrayRef, ArrowError> {
    let rows = rows.map(Counts::values);
    let lengths = OffsetBuffer::from_lengths(rows.clone().map(<[u64]>::len));
    let values = rows
        .flatten()
        .map(|count| i64::try_from(*count))
        .collect::<Result<Vec<i64>, _>>()
        .map_err(|error| ArrowError::ComputeError(error.to_string()))?;
    let values = Arc::new(Int64Array::from(values));
    let list = ListArray::new(item(DataType::Int64), lengths, values, None);
    Ok(Arc::new(list))
}

/// Latents, `[rows][latents of a kind]`, biological, technical and of the perturbation.
pub(super) fn latents<'a>(rows: impl Iterator<Item = &'a Latents> + Clone) -> [ArrayRef; 3] {
    let kinds: [fn(&Latents) -> &[f32]; 3] = [
        |latents| &latents.biological,
        |latents| &latents.technical,
        |latents| &latents.perturbation,
    ];
    kinds.map(|of| {
        let rows = rows.clone().map(of);
        let lengths = OffsetBuffer::from_lengths(rows.clone().map(<[f32]>::len));
        let values: Vec<f32> = rows.flatten().copied().collect();
        let values = Arc::new(Float32Array::from(values));
        let list = ListArray::new(item(DataType::Float32), lengths, values, None);
        Arc::new(list) as ArrayRef
    })
}

/// The fields of a struct type.
pub(super) fn fields_of(data_type: &DataType) -> Result<&Fields, ArrowError> {
    match data_type {
        DataType::Struct(fields) => Ok(fields),
        other => Err(ArrowError::SchemaError(format!("{other} is no struct"))),
    }
}

/// A struct of `rows` rows, also where it has no field.
pub(super) fn structure(
    fields: &Fields,
    columns: Vec<ArrayRef>,
    rows: usize,
) -> Result<ArrayRef, ArrowError> {
    if fields.is_empty() {
        return Ok(Arc::new(StructArray::new_empty_fields(rows, None)));
    }
    Ok(Arc::new(StructArray::try_new(
        fields.clone(),
        columns,
        None,
    )?))
}
