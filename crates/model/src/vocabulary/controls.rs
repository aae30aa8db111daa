//! Controls among perturbations: which texts ask for no perturbation, and what else they might mean.

use refcast_core::error::quoted;
use refcast_core::{
    ControlWord, Error, Fault, PerturbationType, Result, control_word, is_control_word,
};

use super::Vocabulary;
use super::perturbation::Understood;
use super::resolution::{EntityResolution, MatchedBy};

/// The name of doing nothing.
pub(super) const CONTROL: &str = "control";
/// Words that nothing else has for a name, so that no table needs to be asked.
const NEVER_ELSE: [&str; 3] = [CONTROL, "none", "untreated"];

impl Vocabulary {
    /// The control that `name` asks for; `None` where it asks for something else. `kind` is the type
    /// that was given with it.
    ///
    /// # Errors
    /// At no path, where it may mean a control or something else: both are named.
    pub(super) fn control(
        &self,
        name: &str,
        kind: Option<PerturbationType>,
    ) -> Result<Option<Understood>> {
        let parts = self.parts(name);
        if parts.len() > 1 {
            let all = parts.iter().all(|part| control_word(part).is_some());
            let is_one = all && parts.iter().any(|part| is_control_word(part));
            return Ok(is_one.then(|| understood(name, None, None)));
        }
        let Some(word) = control_word(name) else {
            return Ok(None);
        };
        let said = kind == Some(PerturbationType::Control);
        let other_kind = kind.filter(|_| !said);
        // The look-up of a name that nothing has would go through all tables for the nearest.
        let others = || -> Result<Option<Result<EntityResolution>>> {
            let known = self.knows(name)?;
            Ok(known.then(|| self.resolve_as(name, other_kind)))
        };
        let lower = name.trim().to_lowercase();
        match word {
            ControlWord::Plain if said || NEVER_ELSE.contains(&&*lower) => {
                Ok(Some(understood(name, other_kind, None)))
            }
            ControlWord::Plain => {
                let exact = others()?.and_then(Result::ok).filter(is_by_name);
                match (exact, other_kind) {
                    (Some(other), Some(_)) => Err(doubtful(name, &other)),
                    (other, _) => Ok(Some(understood(name, other_kind, other.as_ref()))),
                }
            }
            _ if said => Ok(Some(understood(name, None, None))),
            ControlWord::Numbered => match others()? {
                Some(other) if is_set_off(name) && other_kind.is_none() => Err(match other {
                    Ok(other) => doubtful(name, &other),
                    Err(_) => unclear(name, "a name of several things", None),
                }),
                Some(_) => Ok(None),
                None if is_set_off(name) => Ok(Some(understood(name, other_kind, None))),
                None => Err(unclear(name, "a name that no table knows", None)),
            },
            ControlWord::Doubtful(why) => match others()? {
                Some(_) if other_kind.is_some() => Ok(None),
                other => {
                    let other = other.and_then(Result::ok);
                    Err(unclear(name, why, other.as_ref()))
                }
            },
        }
    }

    /// The parts of `name` that perturb, joined again, and the controls that stand beside them:
    /// `A` and `ctrl` of `A+ctrl`. `None` where no control stands beside anything.
    pub(super) fn without_controls(&self, name: &str) -> Option<(String, Vec<String>)> {
        let (controls, rest): (Vec<&str>, Vec<&str>) = self
            .parts(name)
            .into_iter()
            .partition(|part| is_control_word(part));
        let owned = |part: &&str| (*part).to_owned();
        (!controls.is_empty() && !rest.is_empty())
            .then(|| (rest.join("|"), controls.iter().map(owned).collect()))
    }
}

/// Whether every entity was found by its label, symbol or approved name.
fn is_by_name(found: &EntityResolution) -> bool {
    let by_name = |found: &super::ResolvedEntity| found.matched_by == MatchedBy::Name;
    found.entities.iter().all(by_name)
}

/// Whether what is behind the letters is set off as no name has it: `WT_1`, not `WT1` or `NT-3`.
fn is_set_off(name: &str) -> bool {
    name.trim().contains([' ', '_', '.', '#'])
}

fn understood(
    name: &str,
    kind: Option<PerturbationType>,
    other: Option<&EntityResolution>,
) -> Understood {
    let mut notes = Vec::new();
    if let Some(kind) = kind {
        notes.push(format!(
            "a control has no type: `{kind}` can only say how it was made"
        ));
    }
    if let Some(entity) = other.and_then(|other| other.entities.first()) {
        notes.push(format!("for {} give its id, {}", entity.label, entity.id));
    }
    Understood {
        given: name.trim().to_owned(),
        id: None,
        label: CONTROL.to_owned(),
        note: (!notes.is_empty()).then(|| notes.join("; ")),
    }
}

fn named(other: &EntityResolution) -> String {
    let names = other.entities.iter();
    let names: Vec<String> = names
        .map(|entity| format!("{} ({})", entity.label, entity.id))
        .collect();
    names.join(" and ")
}

fn doubtful(name: &str, other: &EntityResolution) -> Error {
    let message = format!(
        "{} is a word for a control and a name of {}: for no perturbation ask for `{CONTROL}`, for the \
         other give its id",
        quoted(name),
        named(other)
    );
    Fault::new("", "ambiguous_perturbation", message).into()
}

fn unclear(name: &str, why: &str, other: Option<&EntityResolution>) -> Error {
    let other = other.map_or_else(
        || "its full name or id".to_owned(),
        |other| format!("its id: {}", named(other)),
    );
    let message = format!(
        "{} may be a control, or {why}: for no perturbation ask for `{CONTROL}`, for anything else give {other}",
        quoted(name)
    );
    Fault::new("", "ambiguous_perturbation", message).into()
}
