//! A query as it came: JSON in which a list of whole numbers is held as one, since a reference has
//! twenty thousand of them.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Number;

/// The fields of an object.
pub type Fields = BTreeMap<String, JsonValue>;

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub enum JsonValue {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    /// A list of two or more numbers, all of them whole and from 0.
    Counts(Vec<u64>),
    /// Any other list.
    Array(Vec<JsonValue>),
    Object(Fields),
}

impl JsonValue {
    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether it is a list or an object.
    pub fn is_several(&self) -> bool {
        matches!(self, Self::Counts(_) | Self::Array(_) | Self::Object(_))
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }
}

impl From<u64> for JsonValue {
    fn from(number: u64) -> Self {
        Self::Number(number.into())
    }
}

impl fmt::Display for JsonValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for JsonValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(truth) => serializer.serialize_bool(*truth),
            Self::Number(number) => number.serialize(serializer),
            Self::String(text) => serializer.serialize_str(text),
            Self::Counts(counts) => counts.serialize(serializer),
            Self::Array(values) => values.serialize(serializer),
            Self::Object(fields) => fields.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for JsonValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = JsonValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<JsonValue, E> {
        Ok(JsonValue::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<JsonValue, E> {
        Ok(JsonValue::Bool(truth))
    }

    fn visit_u64<E>(self, number: u64) -> Result<JsonValue, E> {
        Ok(number.into())
    }

    fn visit_i64<E>(self, number: i64) -> Result<JsonValue, E> {
        Ok(JsonValue::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<JsonValue, E> {
        // JSON has no number that is not finite.
        Ok(Number::from_f64(number).map_or(JsonValue::Null, JsonValue::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<JsonValue, E> {
        Ok(JsonValue::String(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<JsonValue, E> {
        Ok(JsonValue::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<JsonValue, A::Error> {
        let mut counts: Vec<u64> = Vec::new();
        let other = loop {
            let Some(value) = values.next_element::<JsonValue>()? else {
                break None;
            };
            match &value {
                JsonValue::Number(number) => match number.as_u64() {
                    Some(count) => counts.push(count),
                    None => break Some(value),
                },
                _ => break Some(value),
            }
        };
        if other.is_none() && counts.len() > 1 {
            return Ok(JsonValue::Counts(counts));
        }
        let mut all: Vec<JsonValue> = counts.into_iter().map(JsonValue::from).collect();
        all.extend(other);
        while let Some(value) = values.next_element()? {
            all.push(value);
        }
        Ok(JsonValue::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut given: A) -> Result<JsonValue, A::Error> {
        let mut fields = Fields::new();
        while let Some((name, value)) = given.next_entry()? {
            fields.insert(name, value);
        }
        Ok(JsonValue::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> JsonValue {
        serde_json::from_str(text).expect("JSON")
    }

    #[test]
    fn what_was_read_is_written_again() {
        for text in [
            "null",
            "true",
            "-3",
            "1.5",
            "18446744073709551615",
            r#""a\"b""#,
            "[]",
            "[7]",
            "[7,8,9]",
            "[7,-8,9]",
            "[7,8,null,[1,2]]",
            r#"{"a":[1,2],"b":{"c":"d"}}"#,
        ] {
            assert_eq!(read(text).to_string(), text);
        }
    }

    #[test]
    fn only_lists_of_several_whole_numbers_are_counts() {
        assert_eq!(read("[1, 2]"), JsonValue::Counts(vec![1, 2]));
        assert_eq!(read("[1]"), JsonValue::Array(vec![JsonValue::from(1)]));
        assert!(matches!(read("[1, 2.0]"), JsonValue::Array(values) if values.len() == 2));
        assert!(matches!(read(r#"[1, "2", 3]"#), JsonValue::Array(values) if values.len() == 3));
    }

    #[test]
    fn of_a_name_that_stands_twice_the_last_counts() {
        assert_eq!(read(r#"{"a": 1, "a": 2}"#), read(r#"{"a": 2}"#));
    }
}
