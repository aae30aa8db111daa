//! Single values as clients write them. R turns a scalar into a list of one, and a list of one into
//! a scalar; numbers come as text and text as numbers.

use refcast_core::{Fault, LONGEST_TEXT, quoted};

use super::json::JsonValue;

/// The value itself, or the only one of a list; `None` for null and for an empty list.
pub fn unboxed(value: &JsonValue) -> Option<&JsonValue> {
    match value {
        JsonValue::Null => None,
        JsonValue::Array(values) => match values.as_slice() {
            [] => None,
            [only] => unboxed(only),
            _ => Some(value),
        },
        value => Some(value),
    }
}

/// A text; a number or a truth value counts as what it is written as.
///
/// # Errors
/// A fault at `path` for a list of several and for an object.
pub fn text(value: &JsonValue, path: &str) -> Result<Option<String>, Fault> {
    match unboxed(value) {
        None => Ok(None),
        Some(JsonValue::String(text)) => bounded(text, path).map(Some),
        Some(JsonValue::Number(number)) => Ok(Some(whole_number(number))),
        Some(JsonValue::Bool(truth)) => Ok(Some(truth.to_string())),
        Some(_) => Err(Fault::new(
            path,
            "wrong_type",
            "is a list or an object: give one value",
        )),
    }
}

/// Values of one list of texts.
const MOST_TEXTS: usize = 100;

/// A text that is no longer than any that is taken, before anything is looked up by it.
fn bounded(text: &str, path: &str) -> Result<String, Fault> {
    let long = text.len() > LONGEST_TEXT && text.chars().count() > LONGEST_TEXT;
    if long {
        let message = format!("is longer than {LONGEST_TEXT} characters: {}", quoted(text));
        return Err(Fault::new(path, "too_long", message));
    }
    Ok(text.to_owned())
}

/// A number as text; R writes 1e6 and 3.0 for whole numbers.
fn whole_number(number: &serde_json::Number) -> String {
    match number.as_f64() {
        Some(value) if !number.is_u64() && (0.0..1e15).contains(&value) && value.fract() == 0.0 => {
            format!("{value:.0}")
        }
        _ => number.to_string(),
    }
}

/// True or false, also as text or 0 and 1.
///
/// # Errors
/// A fault at `path` for anything else.
pub fn truth(value: &JsonValue, path: &str) -> Result<Option<bool>, Fault> {
    let Some(text) = text(value, path)? else {
        return Ok(None);
    };
    match text.trim().to_lowercase().as_str() {
        "true" | "1" => Ok(Some(true)),
        "false" | "0" => Ok(Some(false)),
        _ => Err(Fault::new(
            path,
            "wrong_type",
            format!("{} is neither true nor false", quoted(&text)),
        )),
    }
}

/// Several texts, or a bare one.
///
/// # Errors
/// A fault at `path` for anything but texts.
pub fn texts(value: &JsonValue, path: &str) -> Result<Option<Vec<String>>, Fault> {
    match value {
        JsonValue::Null => Ok(None),
        JsonValue::String(text) => bounded(text, path).map(|text| Some(vec![text])),
        JsonValue::Array(values) if values.len() > MOST_TEXTS => {
            let message = format!("has {} values: give at most {MOST_TEXTS}", values.len());
            Err(Fault::new(path, "too_many", message))
        }
        JsonValue::Array(values) => {
            let one = |value: &JsonValue| match value {
                JsonValue::String(text) => bounded(text, path),
                _ => Err(Fault::new(path, "wrong_type", "is not a list of texts")),
            };
            values.iter().map(one).collect::<Result<_, _>>().map(Some)
        }
        _ => Err(Fault::new(path, "wrong_type", "is not a list of texts")),
    }
}

/// What a value is, for messages.
pub fn kind(value: &JsonValue) -> &'static str {
    match value {
        JsonValue::Null => "null",
        JsonValue::Bool(_) => "a truth value",
        JsonValue::Number(_) => "a number",
        JsonValue::String(_) => "a text",
        JsonValue::Numbers(_) | JsonValue::Array(_) => "a list",
        JsonValue::Object(_) => "an object",
    }
}
