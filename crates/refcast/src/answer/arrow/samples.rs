//! Generated samples as columns.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_schema::{ArrowError, Field, Schema};

use super::{columns as lists, metadata};
use crate::answer::Row;

/// The columns that clients look for; `described` is that of the metadata.
pub(super) fn fields(described: Field) -> Vec<Field> {
    let latent = |name: &str| Field::new(name, lists::floats_type(), false);
    vec![
        Field::new("counts", lists::counts_type(), false),
        described,
        latent("biological_latent"),
        latent("technical_latent"),
        latent("perturbation_latent"),
    ]
}

/// Some rows in the columns of `schema`.
pub(super) fn columns(rows: &[Row<'_>], schema: &Arc<Schema>) -> Result<Vec<ArrayRef>, ArrowError> {
    let said = rows.iter().map(|row| &row.metadata);
    let mut columns = vec![
        lists::counts(rows.iter().map(|row| &row.counts))?,
        metadata::column(schema.field(1), said)?,
    ];
    columns.extend(lists::latents(rows.iter().map(|row| &row.latents)));
    Ok(columns)
}
