//! What a person writes in one field: doses, times, ids.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use refcast_core::{
    Dose, Duration, GeneId, Modality, OntologyId, Perturbation, PerturbationFields,
    PerturbationType, RawQuery, SamplingStrategy, control_word,
};

/// What is read of `text`, if it is what it should be, after a look that it is the same when it is written and read again.
fn read<T>(text: &str) -> Option<T>
where
    T: FromStr<Err: Display> + Display + Debug + PartialEq,
{
    let value = match text.parse::<T>() {
        Ok(value) => value,
        Err(error) => {
            drop(error.to_string());
            return None;
        }
    };
    let shown = value.to_string();
    let again = shown.parse::<T>().ok();
    assert_eq!(
        again.as_ref(),
        Some(&value),
        "{text:?} was written as {shown:?}"
    );
    Some(value)
}

/// Doses, each in its own spelling and as one of several.
pub fn dose(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    if let Some(dose) = read::<Dose>(text) {
        assert!(dose.canonical_value() >= 0.0, "{text:?} is below nothing");
    }
    drop(Dose::parse_joined(text).map_err(|error| error.to_string()));
    drop(Dose::parse_annotation(text).map_err(|error| error.to_string()));
}

/// Spans of time.
pub fn time(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    if let Some(time) = read::<Duration>(text) {
        assert!(time.hours() >= 0.0, "{text:?} is below nothing");
    }
}

/// Ids of genes and of what a perturbation is made of, and the fields of a whole query: a line each.
pub fn ids(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let _ = read::<GeneId>(text);
    match OntologyId::parse_joined(text) {
        Ok(ids) => {
            let shown: Vec<String> = ids.iter().map(OntologyId::to_string).collect();
            let again = OntologyId::parse_joined(&shown.join("|"));
            assert_eq!(again.ok(), Some(ids), "{text:?}");
        }
        Err(error) => drop(error.to_string()),
    }
    drop(text.parse::<PerturbationType>().map_err(|e| e.to_string()));
    drop(text.parse::<SamplingStrategy>().map_err(|e| e.to_string()));
    drop(text.parse::<Modality>().map_err(|e| e.to_string()));
    let _ = control_word(text);

    let mut lines = text.lines().map(str::to_owned);
    let query = RawQuery {
        perturbation: PerturbationFields {
            perturbation_ontology_id: lines.next(),
            perturbation_type: lines.next(),
            perturbation_dose: lines.next(),
            perturbation_time: lines.next(),
        },
        num_samples: lines.next(),
        sampling_strategy: lines.next(),
        conditioning: lines.next().map(|line| vec![line]),
        deterministic_latents: None,
        seed: lines.next(),
        total_count: lines.next(),
        fixed_total_count: Some(true),
    };
    match query.check(1) {
        Ok(query) => {
            let fields = PerturbationFields::from(query.perturbation.clone());
            let again = Perturbation::try_from(fields);
            assert_eq!(again.ok(), Some(query.perturbation), "{text:?}");
        }
        Err(error) => drop(error.to_string()),
    }
}
