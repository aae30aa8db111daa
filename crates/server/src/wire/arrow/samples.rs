//! Generated samples as columns.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_schema::{ArrowError, Field, Schema};

use super::{columns as lists, metadata};
use crate::wire::output::Sample;

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

/// Some samples in the columns of `schema`.
pub(super) fn columns(
    samples: &[Sample<'_>],
    schema: &Arc<Schema>,
) -> Result<Vec<ArrayRef>, ArrowError> {
    let said = samples.iter().map(|sample| &sample.metadata);
    let mut columns = vec![
        lists::counts(samples.iter().map(|sample| &sample.counts))?,
        metadata::column(schema.field(1), said)?,
    ];
    columns.extend(lists::latents(samples.iter().map(|sample| &sample.latents)));
    Ok(columns)
}
