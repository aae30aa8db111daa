//! The column of what is said of each output.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array, StringArray};
use arrow_schema::{ArrowError, DataType, Field, Fields};

use super::columns::{fields_of, structure};
use crate::answer::{Entry, RowMetadata};

/// The struct that has the keys of a row.
pub(super) fn field(said: &RowMetadata<'_>) -> Field {
    let fields: Fields = said
        .0
        .iter()
        .map(|(name, entry)| match entry {
            // A report as JSON: it nests, and is for people.
            Entry::Text(_) | Entry::Report(_) => Field::new(name.as_ref(), DataType::Utf8, true),
            Entry::Whole(_) => Field::new(name.as_ref(), DataType::Int64, false),
            Entry::Number(_) => Field::new(name.as_ref(), DataType::Float64, false),
            Entry::Truth(_) => Field::new(name.as_ref(), DataType::Boolean, false),
        })
        .collect();
    Field::new("metadata", DataType::Struct(fields), false)
}

/// The column for `rows`, whose keys are those of `field`.
pub(super) fn column<'a>(
    field: &Field,
    rows: impl Iterator<Item = &'a RowMetadata<'a>>,
) -> Result<ArrayRef, ArrowError> {
    let fields = fields_of(field.data_type())?;
    let rows: Vec<_> = rows.collect();
    let columns = fields
        .iter()
        .map(|field| -> Result<ArrayRef, ArrowError> {
            let entries = rows.iter().map(|row| {
                let found = row.0.iter().find(|(name, _)| name == field.name());
                found.map(|(_, entry)| entry)
            });
            Ok(match field.data_type() {
                DataType::Int64 => Arc::new(entries.map(whole).collect::<Int64Array>()),
                DataType::Float64 => Arc::new(entries.map(number).collect::<Float64Array>()),
                DataType::Boolean => Arc::new(entries.map(truth).collect::<BooleanArray>()),
                _ => Arc::new(entries.map(text).collect::<StringArray>()),
            })
        })
        .collect::<Result<_, _>>()?;
    structure(fields, columns, rows.len())
}

fn whole(entry: Option<&Entry<'_>>) -> Option<i64> {
    match entry {
        // Arrow's clients read int64; a seed above it is the same 64 bits.
        Some(Entry::Whole(value)) => Some(*value as i64),
        _ => None,
    }
}

fn number(entry: Option<&Entry<'_>>) -> Option<f64> {
    match entry {
        Some(Entry::Number(value)) => Some(*value),
        _ => None,
    }
}

fn truth(entry: Option<&Entry<'_>>) -> Option<bool> {
    match entry {
        Some(Entry::Truth(value)) => Some(*value),
        _ => None,
    }
}

fn text(entry: Option<&Entry<'_>>) -> Option<String> {
    match entry {
        Some(Entry::Text(value)) => value.as_ref().map(ToString::to_string),
        Some(Entry::Report(report)) => serde_json::to_string(report.as_ref()?).ok(),
        _ => None,
    }
}
