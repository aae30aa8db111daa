//! Single values as clients write them. R turns a scalar into a list of one, and a list of one into
//! a scalar; numbers come as text and text as numbers.

use refcast_core::Fault;

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
        Some(JsonValue::String(text)) => Ok(Some(text.clone())),
        Some(JsonValue::Number(number)) => Ok(Some(whole_number(number))),
        Some(JsonValue::Bool(truth)) => Ok(Some(truth.to_string())),
        Some(_) => Err(Fault::new(
            path,
            "wrong_type",
            "is a list or an object: give one value",
        )),
    }
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
            format!("{} is neither true nor false", refcast_core::quoted(&text)),
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
        JsonValue::String(text) => Ok(Some(vec![text.clone()])),
        JsonValue::Array(values) => {
            let texts: Option<Vec<String>> = values
                .iter()
                .map(|value| value.as_str().map(str::to_owned))
                .collect();
            texts
                .map(Some)
                .ok_or_else(|| Fault::new(path, "wrong_type", "is not a list of texts"))
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
        JsonValue::Counts(_) | JsonValue::Array(_) => "a list",
        JsonValue::Object(_) => "an object",
    }
}
