//! JSON as it came, read under a bound: a list of numbers is held as one, since a reference has
//! twenty thousand of them, and what takes more memory than a reference can is not read to its end.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserializer, Serialize, Serializer};
use serde_json::Number;

/// The fields of an object.
pub type Fields = BTreeMap<String, JsonValue>;

/// What an entry of an object takes beside its name and its value, with its part of the tree.
const ENTRY: usize = 64;

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub enum JsonValue {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    /// A list of two or more numbers.
    Numbers(Vec<f64>),
    /// Any other list.
    Array(Vec<JsonValue>),
    Object(Fields),
}

impl JsonValue {
    /// Reads `text`, which may take `most` bytes of memory.
    ///
    /// # Errors
    /// Where it is not JSON, or would take more.
    pub fn read(text: &str, most: usize) -> serde_json::Result<Self> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let value = Bounded::new(most).deserialize(&mut deserializer)?;
        deserializer.end()?;
        Ok(value)
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether it is a list or an object.
    pub fn is_several(&self) -> bool {
        matches!(self, Self::Numbers(_) | Self::Array(_) | Self::Object(_))
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }
}

impl From<f64> for JsonValue {
    /// Null for what is no number.
    fn from(number: f64) -> Self {
        Number::from_f64(number).map_or(Self::Null, Self::Number)
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
            Self::Numbers(numbers) => numbers.serialize(serializer),
            Self::Array(values) => values.serialize(serializer),
            Self::Object(fields) => fields.serialize(serializer),
        }
    }
}

/// A reader of values that together may take so many bytes.
pub struct Bounded {
    left: Cell<usize>,
}

impl Bounded {
    /// A reader of `most` bytes.
    pub fn new(most: usize) -> Self {
        Self {
            left: Cell::new(most),
        }
    }

    /// Counts an entry of an object, its name apart.
    ///
    /// # Errors
    /// Where nothing is left.
    pub fn entry<E: Error>(&self) -> Result<(), E> {
        self.take(size_of::<String>() + size_of::<JsonValue>() + ENTRY)
    }

    fn take<E: Error>(&self, bytes: usize) -> Result<(), E> {
        match self.left.get().checked_sub(bytes) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => Err(E::custom("it holds more values than a reference has")),
        }
    }
}

impl<'de> DeserializeSeed<'de> for &Bounded {
    type Value = JsonValue;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<JsonValue, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &Bounded {
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
        Ok(JsonValue::Number(number.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<JsonValue, E> {
        Ok(JsonValue::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<JsonValue, E> {
        // JSON has no number that is not finite.
        Ok(number.into())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<JsonValue, E> {
        self.take(text.len())?;
        Ok(JsonValue::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<JsonValue, A::Error> {
        // A list of one keeps its number as it was written: R makes such a list of a scalar.
        let mut first = None;
        let mut numbers: Vec<f64> = Vec::new();
        let other = loop {
            let Some(value) = values.next_element_seed(self)? else {
                break None;
            };
            let number = match &value {
                JsonValue::Number(number) => number.as_f64(),
                _ => None,
            };
            let Some(number) = number else {
                break Some(value);
            };
            self.take(size_of::<f64>())?;
            numbers.push(number);
            first.get_or_insert(value);
        };
        if other.is_none() && numbers.len() > 1 {
            return Ok(JsonValue::Numbers(numbers));
        }
        self.take((numbers.len() + 1) * size_of::<JsonValue>())?;
        let rest = numbers.into_iter().skip(1).map(JsonValue::from);
        let mut all: Vec<JsonValue> = first.into_iter().chain(rest).chain(other).collect();
        while let Some(value) = values.next_element_seed(self)? {
            self.take(size_of::<JsonValue>())?;
            all.push(value);
        }
        Ok(JsonValue::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut given: A) -> Result<JsonValue, A::Error> {
        let mut fields = Fields::new();
        while let Some(name) = given.next_key::<String>()? {
            self.take(name.len())?;
            self.entry()?;
            fields.insert(name, given.next_value_seed(self)?);
        }
        Ok(JsonValue::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> JsonValue {
        JsonValue::read(text, 10_000).expect("JSON")
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
            "[7.0,8.5,-9.0]",
            r#"{"a":[1],"b":{"c":"d"}}"#,
        ] {
            assert_eq!(read(text).to_string(), text);
        }
    }

    #[test]
    fn only_lists_of_several_numbers_are_numbers() {
        assert_eq!(read("[1, 2.5]"), JsonValue::Numbers(vec![1.0, 2.5]));
        assert_eq!(read("[1]"), JsonValue::Array(vec![read("1")]));
        assert!(matches!(read(r#"[1, "2", 3]"#), JsonValue::Array(values) if values.len() == 3));
        assert!(matches!(read("[1, 2, null]"), JsonValue::Array(values) if values.len() == 3));
    }

    #[test]
    fn of_a_name_that_stands_twice_the_last_counts() {
        assert_eq!(read(r#"{"a": 1, "a": 2}"#), read(r#"{"a": 2}"#));
    }

    #[test]
    fn what_would_take_more_memory_than_allowed_is_not_read_to_its_end() {
        for element in ["{\"a\":0}", "[]", "null", "[[1],[2]]", "\"abc\"", "1", "{}"] {
            let text = format!("[{}]", vec![element; 10_000].join(","));
            let error = JsonValue::read(&text, 50_000).expect_err("too much");
            assert!(error.to_string().contains("more values"), "{error}");
            assert!(error.column() < text.len(), "{element}: {error}");
        }
        let names: Vec<String> = (0..1_000).map(|gene| format!("\"G{gene}\":1")).collect();
        let object = format!("{{{}}}", names.join(","));
        assert!(JsonValue::read(&object, 50_000).is_err());
        assert!(JsonValue::read(&object, 500_000).is_ok());
    }

    #[test]
    fn deep_nesting_is_refused() {
        let text = "[".repeat(100_000) + &"]".repeat(100_000);
        assert!(JsonValue::read(&text, usize::MAX).is_err());
    }
}
