//! JSON as it came, read under a bound: a list of numbers is held as one, since a reference has
//! twenty thousand of them, and what takes more memory than a reference can is not read to its end.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;
use std::fmt;

use refcast_core::{Fault, quoted};

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserializer, Serialize, Serializer};
use serde_json::Number;

/// The fields of an object.
pub type Fields = BTreeMap<String, JsonValue>;

/// Keys that stand twice in their object and are named one by one; more are counted.
const NAMED_REPEATS: usize = 10;

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
    /// Reads `text`, which may take `most` bytes of memory, and what of it stands twice.
    ///
    /// # Errors
    /// Where it is not JSON, or would take more; with the place in it, as `.counts[3]`.
    pub fn read(text: &str, most: usize) -> Result<(Self, Repeats), (String, serde_json::Error)> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let bounded = Bounded::new(most);
        let read = bounded.deserialize(&mut deserializer);
        match read.and_then(|value| deserializer.end().map(|()| value)) {
            Ok(value) => Ok((value, bounded.repeats.into_inner())),
            Err(error) => Err((bounded.place_of_failure(), error)),
        }
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

/// Keys that stand more than once in one object, of which one value alone can be meant.
#[derive(Debug, Default)]
pub struct Repeats {
    named: Vec<Repeat>,
    more: usize,
}

#[derive(Debug)]
struct Repeat {
    /// The object that has it, from the value that was read: `.metadata`, or empty.
    object: String,
    key: String,
}

impl Repeats {
    /// Notes that the object that is read now has `key` again.
    pub fn add(&mut self, key: &str) {
        if self.named.len() < NAMED_REPEATS {
            let (object, key) = (String::new(), key.to_owned());
            self.named.push(Repeat { object, key });
        } else {
            self.more += 1;
        }
    }

    /// How many are named.
    pub fn len(&self) -> usize {
        self.named.len()
    }

    /// Says of those that were named after the first `known` that they are inside of `place`.
    pub fn put_under(&mut self, known: usize, place: impl fmt::Display) {
        for repeat in self.named.iter_mut().skip(known) {
            repeat.object = format!("{place}{}", repeat.object);
        }
    }

    /// A fault for each, in the value at `path`.
    pub fn faults(&self, path: &str) -> Vec<Fault> {
        let named = self.named.iter().map(|Repeat { object, key }| {
            let place = format!("{path}{object}.{key}");
            let message = format!(
                "{} stands more than once in the same object: give it once, since only one of its values could \
                 count",
                quoted(key)
            );
            Fault::new(place.trim_start_matches('.'), "repeated_key", message)
        });
        let more = (self.more > 0).then(|| {
            let message = format!("and {} more keys that stand more than once", self.more);
            Fault::new(path, "repeated_key", message)
        });
        named.chain(more).collect()
    }
}

/// A reader of values that together may take so many bytes.
pub struct Bounded {
    left: Cell<usize>,
    repeats: RefCell<Repeats>,
    /// Where a value could not be read, the innermost step first.
    failed: RefCell<Vec<String>>,
}

impl Bounded {
    /// A reader of `most` bytes.
    pub fn new(most: usize) -> Self {
        Self {
            left: Cell::new(most),
            repeats: RefCell::default(),
            failed: RefCell::default(),
        }
    }

    /// Where the value is that could not be read: `.counts[3]`.
    pub fn place_of_failure(&self) -> String {
        let steps = self.failed.borrow();
        steps.iter().rev().map(String::as_str).collect()
    }

    /// Notes of a failure that it is inside of `step`.
    fn inside<T, E>(&self, step: impl FnOnce() -> String, read: Result<T, E>) -> Result<T, E> {
        if read.is_err() {
            self.failed.borrow_mut().push(step());
        }
        read
    }

    /// The value of `name` in an object.
    ///
    /// # Errors
    /// Where it would take more than is left.
    pub fn value_of<'de, A: MapAccess<'de>>(
        &self,
        name: &str,
        given: &mut A,
    ) -> Result<JsonValue, A::Error> {
        self.entry()?;
        let known = self.repeats.borrow().len();
        let value = self.inside(|| format!(".{name}"), given.next_value_seed(self))?;
        self.repeats
            .borrow_mut()
            .put_under(known, format_args!(".{name}"));
        Ok(value)
    }

    /// Adds an entry to an object that may have one of this name already.
    pub fn insert(&self, fields: &mut Fields, name: String, value: JsonValue) {
        match fields.entry(name) {
            Slot::Vacant(slot) => {
                slot.insert(value);
            }
            Slot::Occupied(slot) => self.repeat(slot.key()),
        }
    }

    /// Notes that the object that is read now has `key` again.
    pub fn repeat(&self, key: &str) {
        self.repeats.borrow_mut().add(key);
    }

    /// What stood twice.
    pub fn into_repeats(self) -> Repeats {
        self.repeats.into_inner()
    }

    /// Counts an entry of an object, its name apart.
    ///
    /// # Errors
    /// Where nothing is left.
    fn entry<E: Error>(&self) -> Result<(), E> {
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
        let known = self.repeats.borrow().len();
        let mut first = None;
        let mut numbers: Vec<f64> = Vec::new();
        let other = loop {
            let next = values.next_element_seed(self);
            let Some(value) = self.inside(|| format!("[{}]", numbers.len()), next)? else {
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
        let within = |known: usize, at: usize| {
            let mut repeats = self.repeats.borrow_mut();
            repeats.put_under(known, format_args!("[{at}]"));
        };
        within(known, all.len().saturating_sub(1));
        loop {
            let known = self.repeats.borrow().len();
            let next = values.next_element_seed(self);
            let Some(value) = self.inside(|| format!("[{}]", all.len()), next)? else {
                break;
            };
            within(known, all.len());
            self.take(size_of::<JsonValue>())?;
            all.push(value);
        }
        Ok(JsonValue::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut given: A) -> Result<JsonValue, A::Error> {
        let mut fields = Fields::new();
        while let Some(name) = given.next_key::<String>()? {
            self.take(name.len())?;
            let value = self.value_of(&name, &mut given)?;
            self.insert(&mut fields, name, value);
        }
        Ok(JsonValue::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> JsonValue {
        let (value, repeats) = JsonValue::read(text, 10_000).expect("JSON");
        assert_eq!(repeats.len(), 0);
        value
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
    fn a_key_that_stands_twice_is_named_with_its_place() {
        for (text, paths) in [
            (r#"{"a": 1, "a": 1}"#, &["it.a"][..]),
            (r#"{"a": {"b": 1, "b": 2}, "c": 1}"#, &["it.a.b"]),
            (r#"{"a": 1, "\u0061": 2}"#, &["it.a"]),
            (
                r#"{"x": [1, 2, {"y": [{"z": 0}, {"z": 0, "z": 1}]}], "x": 3}"#,
                &["it.x[2].y[1].z", "it.x"],
            ),
            (r#"[{"z": 0, "z": 1}]"#, &["it[0].z"]),
            (r#"[[], [{"z": 0, "z": 1, "z": 2}]]"#, &["it[1][0].z"; 2]),
        ] {
            let (_, repeats) = JsonValue::read(text, 10_000).expect("JSON");
            let faults = repeats.faults("it");
            let found: Vec<&str> = faults.iter().map(|fault| fault.path.as_str()).collect();
            assert_eq!(found, paths, "{text}");
            assert!(
                faults.iter().all(|own| own.code == "repeated_key"),
                "{text}"
            );
        }
        let many = format!("{{{}\"a\":1}}", "\"a\":0,".repeat(100));
        let (_, repeats) = JsonValue::read(&many, 100_000).expect("JSON");
        let faults = repeats.faults("");
        assert_eq!(faults.len(), NAMED_REPEATS + 1);
        assert_eq!(faults[0].path, "a");
        assert!(faults[NAMED_REPEATS].message.contains("90 more"));
    }

    #[test]
    fn what_would_take_more_memory_than_allowed_is_not_read_to_its_end() {
        for element in ["{\"a\":0}", "[]", "null", "[[1],[2]]", "\"abc\"", "1", "{}"] {
            let text = format!("[{}]", vec![element; 10_000].join(","));
            let (_, error) = JsonValue::read(&text, 50_000).expect_err("too much");
            assert!(error.to_string().contains("more values"), "{error}");
            assert!(error.column() < text.len(), "{element}: {error}");
        }
        let names: Vec<String> = (0..1_000).map(|gene| format!("\"G{gene}\":1")).collect();
        let object = format!("{{{}}}", names.join(","));
        assert!(JsonValue::read(&object, 50_000).is_err());
        assert!(JsonValue::read(&object, 500_000).is_ok());
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_place() {
        for (text, place) in [
            ("1e999", ""),
            ("[0, 1, 1e999]", "[2]"),
            (
                r#"{"a": 1, "b": [[], {"c": [null, -1e999]}]}"#,
                ".b[1].c[1]",
            ),
        ] {
            let (found, error) = JsonValue::read(text, 10_000).expect_err("too large a number");
            assert_eq!(found, place, "{text}: {error}");
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        let text = "[".repeat(100_000) + &"]".repeat(100_000);
        assert!(JsonValue::read(&text, usize::MAX).is_err());
    }
}
