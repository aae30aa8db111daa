//! The question that the flags make.

use refcast::{FromMetadataAsk, Result, Session};
use refcast_core::{Faults, PerturbationFields, RawBaselineQuery};

use crate::flags::BaselineFlags;

/// The samples that are described.
///
/// # Errors
/// Every fault of every field.
pub fn ask<'s>(flags: &BaselineFlags, session: &'s Session) -> Result<FromMetadataAsk<'s>> {
    let mut faults = Faults::new();
    let raw = RawBaselineQuery {
        metadata: metadata(flags, &mut faults),
        perturbation: PerturbationFields {
            perturbation_ontology_id: flags.perturbation_ontology_id.clone(),
            perturbation_type: flags.perturbation_type.clone(),
            perturbation_time: flags.perturbation_time.clone(),
            perturbation_dose: flags.perturbation_dose.clone(),
        },
        num_samples: flags.num_samples.clone(),
        // A shell likes hyphens better than quotes.
        sampling_strategy: Some(flags.sampling_strategy.replace(['-', '_'], " ")),
        total_count: flags.total_count.clone(),
        deterministic_latents: Some(flags.deterministic_latents),
        seed: flags.seed.clone(),
    };
    let ask = faults.gather(FromMetadataAsk::new(
        session,
        flags.perturbation.as_deref(),
        raw,
    ))?;
    match ask {
        Some(ask) if faults.is_empty() => Ok(ask),
        _ => Err(faults.into_error().into()),
    }
}

/// The fields that can be read; the faults of others are gathered.
fn metadata(flags: &BaselineFlags, faults: &mut Faults) -> Vec<(String, String)> {
    let own = [
        ("tissue", &flags.tissue),
        ("cell_type", &flags.cell_type),
        ("cell_line", &flags.cell_line),
        ("disease", &flags.disease),
        ("sex", &flags.sex),
        ("age_years", &flags.age),
        ("sample_type", &flags.sample_type),
    ];
    let mut fields: Vec<(String, String)> = own
        .into_iter()
        .filter_map(|(field, value)| Some((field.to_owned(), value.clone()?)))
        .collect();
    for set in &flags.set {
        match set.split_once('=') {
            Some((field, value)) => fields.push((field.trim().to_owned(), value.to_owned())),
            None => faults.add(
                "set",
                "invalid",
                format!("{set:?} is not FIELD=VALUE: write it like `study=GTEx_RNAseqDB`"),
            ),
        }
    }
    fields
}
