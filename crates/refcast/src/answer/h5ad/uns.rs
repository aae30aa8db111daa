//! JSON as the unstructured annotation of an AnnData.

use refcast_io::h5ad::Uns;
use serde_json::Value;

/// The entries of an object; what is null is left out, since HDF5 has no such value.
pub fn entries(object: &Value) -> Vec<(String, Uns)> {
    let entries = object.as_object().into_iter().flatten();
    entries
        .filter_map(|(name, value)| Some((name.clone(), uns(value)?)))
        .collect()
}

fn uns(value: &Value) -> Option<Uns> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(value) => Uns::Boolean(*value),
        Value::String(text) => Uns::Text(text.clone()),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => Uns::Integer(integer),
            (None, Some(float)) if number.is_f64() => Uns::Float(float),
            // A number too large for HDF5 readers' integers keeps its digits.
            _ => Uns::Text(number.to_string()),
        },
        Value::Array(items) => list(items),
        Value::Object(_) => Uns::Dict(entries(value)),
    })
}

/// A list of one kind of value; a list of anything else as JSON text per item.
fn list(items: &[Value]) -> Uns {
    let all = |fits: fn(&Value) -> bool| !items.is_empty() && items.iter().all(fits);
    if all(Value::is_i64) {
        Uns::Integers(items.iter().filter_map(Value::as_i64).collect())
    } else if all(Value::is_number) {
        Uns::Floats(items.iter().filter_map(Value::as_f64).collect())
    } else {
        let text = |item: &Value| {
            item.as_str()
                .map_or_else(|| item.to_string(), str::to_owned)
        };
        Uns::Texts(items.iter().map(text).collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_kind_of_json_has_a_place() {
        let made = entries(&json!({
            "a": null, "b": true, "c": "text", "d": -3, "e": 0.5, "f": u64::MAX,
            "g": ["x", "y"], "h": [1, 2], "i": [1, 0.5], "j": [], "k": {"l": "m"}, "n": [{"o": 1}],
        }));
        let expected = [
            ("b", Uns::Boolean(true)),
            ("c", Uns::Text("text".into())),
            ("d", Uns::Integer(-3)),
            ("e", Uns::Float(0.5)),
            ("f", Uns::Text("18446744073709551615".into())),
            ("g", Uns::Texts(vec!["x".into(), "y".into()])),
            ("h", Uns::Integers(vec![1, 2])),
            ("i", Uns::Floats(vec![1.0, 0.5])),
            ("j", Uns::Texts(Vec::new())),
            ("k", Uns::Dict(vec![("l".into(), Uns::Text("m".into()))])),
            ("n", Uns::Texts(vec![r#"{"o":1}"#.into()])),
        ];
        assert_eq!(made, expected.map(|(name, value)| (name.to_owned(), value)));
    }
}
