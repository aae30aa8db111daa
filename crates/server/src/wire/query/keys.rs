//! Keys that are not known: ignored where newer clients may have them, refused where they would
//! change what is asked for.

use refcast_core::nearest::nearest;
use refcast_core::{Fault, Faults, quoted};

use crate::wire::json::Fields;

/// Unknown keys of one object that are named; more are counted.
const NAMED: usize = 10;

/// What to say of the keys of a query that are not among `known`.
pub(super) fn ignored(body: &Fields, known: &[&str]) -> Vec<String> {
    let named = unknown(body, known).take(NAMED).map(|(key, near)| {
        let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        format!(
            "{} is not a key of a query and was ignored{near}",
            quoted(key)
        )
    });
    let mut ignored: Vec<String> = named.collect();
    if let Some(more) = beyond_named(body, known) {
        ignored.push(format!(
            "{more} more keys are none of a query and were ignored"
        ));
    }
    ignored
}

/// A fault for each key that is not among `known`, at `path`.
pub(super) fn refuse_unknown(object: &Fields, path: &str, known: &[&str], faults: &mut Faults) {
    for (key, near) in unknown(object, known).take(NAMED) {
        let message = format!(
            "{} is not known here: use {}",
            quoted(key),
            known.join(", ")
        );
        let fault = Fault::new(format!("{path}.{key}"), "unknown_key", message);
        faults.push(fault.with_nearest(near.into_iter().collect()));
    }
    if let Some(more) = beyond_named(object, known) {
        let message = format!("{more} more keys that are not known here");
        faults.add(path, "unknown_key", message);
    }
}

/// How many unknown keys there are beyond those that are named.
fn beyond_named(object: &Fields, known: &[&str]) -> Option<usize> {
    let unknown = object.keys().filter(|key| !known.contains(&key.as_str()));
    unknown.count().checked_sub(NAMED).filter(|more| *more > 0)
}

/// Keys that are not among `known`, each with the nearest of these.
fn unknown<'a>(
    object: &'a Fields,
    known: &'a [&'a str],
) -> impl Iterator<Item = (&'a str, Option<String>)> {
    object
        .keys()
        .map(String::as_str)
        .filter(|key| !known.contains(key))
        .map(|key| (key, nearest(key, known.iter().copied(), 1).pop()))
}

/// The value of a success; a fault joins the others.
pub(super) fn keep<T>(faults: &mut Faults, found: Result<Option<T>, Fault>) -> Option<T> {
    match found {
        Ok(value) => value,
        Err(fault) => {
            faults.push(fault);
            None
        }
    }
}
