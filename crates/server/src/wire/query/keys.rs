//! Keys that are not known: ignored where newer clients may have them, refused where they would
//! change what is asked for.

use refcast_core::nearest::nearest;
use refcast_core::{Fault, Faults, quoted};

use crate::wire::json::{Fields, JsonValue};

/// What to say of the keys of a query that are not among `known`.
pub(super) fn ignored(body: &Fields, known: &[&str]) -> Vec<String> {
    unknown(body, known)
        .map(|(key, near)| {
            let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            format!("`{key}` is not a key of a query and was ignored{near}")
        })
        .collect()
}

/// Forgets the values of keys that are not among `known`, and the keys themselves where they are long
/// or many: that a key was ignored is told with the result too, but a store keeps nothing else of it.
pub(super) fn forget_ignored(body: &mut Fields, known: &[&str]) {
    const TOLD: usize = 20;
    const LONGEST: usize = 100;
    let mut told = 0;
    body.retain(|key, value| {
        if known.contains(&key.as_str()) {
            return true;
        }
        *value = JsonValue::Null;
        told += 1;
        told <= TOLD && key.len() <= LONGEST
    });
}

/// A fault for each key that is not among `known`, at `path`.
pub(super) fn refuse_unknown(object: &Fields, path: &str, known: &[&str], faults: &mut Faults) {
    for (key, near) in unknown(object, known) {
        let message = format!(
            "{} is not known here: use {}",
            quoted(key),
            known.join(", ")
        );
        let fault = Fault::new(format!("{path}.{key}"), "unknown_key", message);
        faults.push(fault.with_nearest(near.into_iter().collect()));
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_was_ignored_the_name_alone_is_kept() {
        let text = format!(
            r#"{{"inputs": [1, 2], "input": "{}", "{}": 1}}"#,
            "x".repeat(1_000_000),
            "k".repeat(101)
        );
        let mut body: Fields = serde_json::from_str(&text).expect("JSON");
        let told = ignored(&body, &["inputs"]);
        body.extend((0..1000).map(|i| (format!("z{i}"), JsonValue::from(i))));
        forget_ignored(&mut body, &["inputs"]);
        assert_eq!(body.remove("inputs"), Some(JsonValue::Counts(vec![1, 2])));
        assert!(body.values().all(JsonValue::is_null));
        assert!(body.len() < 20 && body.keys().all(|key| key.len() < 10));
        // It is told again as before.
        assert_eq!(ignored(&body, &["inputs"])[0], told[0]);
    }
}
