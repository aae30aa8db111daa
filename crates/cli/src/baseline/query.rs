//! The query that the flags make.

use refcast_core::{BaselineQuery, Fault, Metadata, PerturbationFields, RawBaselineQuery};
use refcast_model::Model;
use refcast_model::vocabulary::{Completed, Understood};

use crate::chosen_model::vocabulary;
use crate::failure::{Failure, Gathered, Result};
use crate::flags::BaselineFlags;
use crate::predict::failed;

/// The query, with names resolved as far as the core needs it, and what was understood of the
/// perturbation.
///
/// # Errors
/// Every fault of every field.
pub fn query(
    flags: &BaselineFlags,
    model: &Model,
    drawn_seed: u64,
) -> Result<(BaselineQuery, Vec<Understood>)> {
    let mut gathered = Gathered::default();
    let fields = metadata(flags, &mut gathered);
    let named = gathered.keep(perturbation(flags, model))?;
    // Names that nothing has are found beside the faults of other fields.
    let mut good = Metadata::default();
    for (name, value) in &fields {
        if let Ok(one) = Metadata::check([(name, value)]) {
            one.iter().for_each(|(field, value)| good.set(field, value));
        }
    }
    gathered.keep(model.resolve_metadata(&good).map_err(failed))?;
    let (fields_of_perturbation, understood) = match named {
        Some(named) => (named.fields, named.understood),
        None => Default::default(),
    };
    let raw = RawBaselineQuery {
        metadata: fields,
        perturbation: fields_of_perturbation,
        num_samples: flags.num_samples.clone(),
        // A shell likes hyphens better than quotes.
        sampling_strategy: Some(flags.sampling_strategy.replace(['-', '_'], " ")),
        total_count: flags.total_count.clone(),
        deterministic_latents: Some(flags.deterministic_latents),
        seed: flags.seed.clone(),
    };
    let query = gathered.keep(raw.check(drawn_seed).map_err(Failure::from))?;
    gathered.check()?;
    query
        .map(|query| (query, understood))
        .ok_or_else(|| Failure::Failed("the query went missing".to_owned()))
}

/// The fields that can be read; the faults of others are gathered.
fn metadata(flags: &BaselineFlags, gathered: &mut Gathered) -> Vec<(String, String)> {
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
            None => gathered.push(Fault::new(
                "set",
                "invalid",
                format!("{set:?} is not FIELD=VALUE: write it like `study=GTEx_RNAseqDB`"),
            )),
        }
    }
    fields
}

fn perturbation(flags: &BaselineFlags, model: &Model) -> Result<Completed> {
    let fields = PerturbationFields {
        perturbation_ontology_id: flags.perturbation_ontology_id.clone(),
        perturbation_type: flags.perturbation_type.clone(),
        perturbation_time: flags.perturbation_time.clone(),
        perturbation_dose: flags.perturbation_dose.clone(),
    };
    match (&flags.perturbation, &flags.perturbation_ontology_id) {
        (Some(_), Some(_)) => Err(Failure::invalid(
            "perturbation",
            "contradiction",
            "give either --perturbation (a name) or --perturbation-ontology-id",
        )),
        (Some(name), None) => {
            Ok(vocabulary(model)?.complete_named(name, "perturbation", fields)?)
        }
        (None, None) if fields == PerturbationFields::default() => Ok(Completed {
            fields,
            understood: Vec::new(),
        }),
        (None, _) => Ok(vocabulary(model)?.complete(fields)?),
    }
}
