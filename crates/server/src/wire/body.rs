//! The body of a query: its fields, and its inputs as they came. Inputs are read one at a time, so
//! that a body of any shape takes no more memory than its references do.

use std::collections::BTreeMap;
use std::fmt;

use refcast_core::{Fault, quoted};
use serde::Deserializer;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::compact::compact;
use super::json::{Bounded, Fields, JsonValue, Repeats};

/// The bytes of memory that the fields beside the inputs may take together; a list of all genes of
/// the model takes five million.
const FIELDS: usize = 16 << 20;
/// The same of one input; one of a hundred thousand genes by name takes twelve million.
const INPUT: usize = 32 << 20;

/// Fields that are taken without being read for anything.
const UNREAD: [&str; 2] = ["source", "operation"];
/// What a query that is kept has beside its fields: what was said of those that were ignored.
const IGNORED: &str = "ignored";

/// A query as it came.
pub struct Body<'b> {
    /// Everything but the inputs.
    pub fields: Fields,
    /// What the body is, where it is no object.
    other: Option<&'static str>,
    inputs: Option<&'b RawValue>,
    /// What stood twice beside the inputs, or is the inputs.
    repeats: Repeats,
    /// What was said of ignored fields when the query came, where it was kept since.
    pub(super) said: Vec<String>,
}

impl<'b> Body<'b> {
    /// Reads a body.
    ///
    /// # Errors
    /// Where it is not JSON, or holds more than any query has.
    pub fn read(body: &'b [u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(body).map_err(|error| {
            format!("the body is not text in UTF-8 ({error}): send JSON, not compressed")
        })?;
        let said = |error: serde_json::Error| match error.classify() {
            Category::Data => format!("the body is not taken: {error}"),
            _ => format!("the body is not JSON: {error}"),
        };
        let mut deserializer = serde_json::Deserializer::from_str(text);
        if let Some(kind) = kind_of(text) {
            serde::Deserialize::deserialize(&mut deserializer)
                .and_then(|IgnoredAny| deserializer.end())
                .map_err(said)?;
            return Ok(Self {
                fields: Fields::new(),
                other: Some(kind),
                inputs: None,
                repeats: Repeats::default(),
                said: Vec::new(),
            });
        }
        let bounded = Bounded::new(FIELDS);
        let read = deserializer.deserialize_map(Top(&bounded));
        let (fields, inputs) = read.map_err(|error| {
            let place = bounded.place_of_failure();
            match place.strip_prefix('.') {
                Some(field) => format!("{}, in {}", said(error), quoted(field)),
                None => said(error),
            }
        })?;
        deserializer.end().map_err(said)?;
        Ok(Self {
            fields,
            other: None,
            inputs,
            repeats: bounded.into_repeats(),
            said: Vec::new(),
        })
    }

    /// Reads what [`Self::understood`] wrote.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_kept(query: &'b str) -> Result<Self, String> {
        let mut body = Self::read(query.as_bytes())?;
        if let Some(JsonValue::Array(said)) = body.fields.remove(IGNORED) {
            let sentence = |value| match value {
                JsonValue::String(sentence) => Some(sentence),
                _ => None,
            };
            body.said = said.into_iter().filter_map(sentence).collect();
        }
        Ok(body)
    }

    /// The fault of a body that is no object.
    pub(super) fn check(&self) -> Result<(), Fault> {
        self.other.map_or(Ok(()), |kind| {
            let message = format!("the body is {kind}: send an object with `inputs`");
            Err(Fault::new("", "wrong_type", message))
        })
    }

    /// The faults of keys that stand twice, but for those inside of inputs.
    pub(super) fn repeated(&self) -> Vec<Fault> {
        self.repeats.faults("")
    }

    /// The inputs, of which more than `most` are not looked at; `None` where there is none.
    pub(super) fn inputs(&self, most: usize) -> Option<Vec<&'b RawValue>> {
        let inputs = self.inputs?;
        match inputs.get().as_bytes().first() {
            // A list of one that R has unboxed.
            Some(b'{') => Some(vec![inputs]),
            Some(b'[') => {
                let mut deserializer = serde_json::Deserializer::from_str(inputs.get());
                // Where there are more, the rest is left, which is no fault here.
                let listed = deserializer.deserialize_seq(Listed(most.saturating_add(1)));
                listed.ok().filter(|inputs| !inputs.is_empty())
            }
            _ => None,
        }
    }

    /// The query as it was understood: the fields that are `known`, the seed that was drawn where
    /// none was given, and the inputs, in which every key is known, all in as few bytes as they take;
    /// what was said of fields that were `ignored`, so that it is told with the result too.
    pub fn understood(&self, known: &[&str], seed: u64, ignored: &[String]) -> String {
        let is_read = |key: &str| known.contains(&key) && !UNREAD.contains(&key);
        let fields = self.fields.iter().map(|(key, value)| (key.as_str(), value));
        let mut fields: BTreeMap<&str, &JsonValue> =
            fields.filter(|(key, _)| is_read(key)).collect();
        let seed = JsonValue::Number(seed.into());
        fields.insert("seed", &seed);
        let ignored = ignored.iter().cloned().map(JsonValue::String).collect();
        let ignored = JsonValue::Array(ignored);
        if ignored != JsonValue::Array(Vec::new()) {
            fields.insert(IGNORED, &ignored);
        }
        // Of texts and numbers; nothing of it can fail to be written.
        let mut text = serde_json::to_string(&fields).unwrap_or_else(|_| "{}".to_owned());
        text.pop();
        if let Some(inputs) = self.inputs {
            text.push_str(",\"inputs\":");
            compact(inputs.get(), &mut text);
        }
        text.push('}');
        text
    }
}

/// One input, and the faults of keys that stand twice in it.
///
/// # Errors
/// A fault at `path` where it holds more than any input does.
pub(super) fn input(raw: &RawValue, path: &str) -> Result<(JsonValue, Vec<Fault>), Fault> {
    let (value, repeats) = JsonValue::read(raw.get(), INPUT).map_err(|(place, error)| {
        // A syntax that is wrong was found with the body; what is left is the size of a number.
        let message = match error.classify() {
            Category::Syntax => "is a number that is too large to be one".to_owned(),
            _ => format!("is not taken: {error}"),
        };
        Fault::new(format!("{path}{place}"), "unreadable", message)
    })?;
    Ok((value, repeats.faults(path)))
}

/// What a text of JSON is, where it is no object.
fn kind_of(text: &str) -> Option<&'static str> {
    Some(match text.trim_start().as_bytes().first()? {
        b'{' => return None,
        b'[' => "a list",
        b'"' => "a text",
        b't' | b'f' => "a truth value",
        b'n' => "null",
        _ => "a number",
    })
}

struct Top<'b>(&'b Bounded);

impl<'de> Visitor<'de> for Top<'_> {
    type Value = (Fields, Option<&'de RawValue>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `inputs`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut given: A) -> Result<Self::Value, A::Error> {
        let mut fields = Fields::new();
        let mut inputs = None;
        while let Some(name) = given.next_key_seed(self.0)? {
            match name {
                JsonValue::String(name) if name == "inputs" => {
                    let value = given.next_value()?;
                    if inputs.replace(value).is_some() {
                        self.0.repeat(&name);
                    }
                }
                JsonValue::String(name) => {
                    let value = self.0.value_of(&name, &mut given)?;
                    self.0.insert(&mut fields, name, value);
                }
                // A key of JSON is a text.
                _ => {
                    given.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok((fields, inputs))
    }
}

/// The first elements of a list, so many at most.
struct Listed(usize);

impl<'de> Visitor<'de> for Listed {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Self::Value, A::Error> {
        let mut listed = Vec::new();
        while let Some(value) = values.next_element()? {
            listed.push(value);
            if listed.len() == self.0 {
                // What follows is skipped without being kept.
                while values.next_element::<IgnoredAny>()?.is_some() {}
            }
        }
        Ok(listed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_object_is_named_and_what_is_no_json_refused() {
        for (text, kind) in [("[1]", "a list"), (" 7", "a number"), ("null", "null")] {
            let body = Body::read(text.as_bytes()).expect("JSON");
            assert!(body.check().unwrap_err().message.contains(kind), "{text}");
        }
        for text in [
            "",
            "{",
            "{\"inputs\": [1,}",
            "{} {}",
            "[1",
            "nope",
            "\u{1f}\u{8b}",
        ] {
            let error = Body::read(text.as_bytes()).err().expect("no JSON");
            assert!(error.contains("is not JSON"), "{text}: {error}");
        }
        assert!(
            Body::read(b"\x1f\x8b")
                .err()
                .expect("binary")
                .contains("UTF-8")
        );
    }

    #[test]
    fn no_more_inputs_are_kept_than_may_be_asked_for() {
        let text = format!("{{\"inputs\": [{}{{}}]}}", "{\"a\":0},".repeat(100_000));
        let body = Body::read(text.as_bytes()).expect("JSON");
        assert_eq!(body.inputs(10).expect("a list").len(), 11);
        assert_eq!(body.inputs(usize::MAX).expect("a list").len(), 100_001);
        assert!(body.fields.is_empty());
    }

    #[test]
    fn fields_beside_the_inputs_are_bounded() {
        let text = format!("{{\"junk\": [{}0]}}", "[],".repeat(1_000_000));
        let error = Body::read(text.as_bytes()).err().expect("too much");
        assert!(error.starts_with("the body is not taken"), "{error}");
    }

    #[test]
    fn what_is_kept_of_a_query_is_what_was_understood() {
        let text = r#"{"note":"x","inputs":[ {"counts":[1, 2]}],"total_count":5,"seed":null,"source":"me"}"#;
        let body = Body::read(text.as_bytes()).expect("JSON");
        let said = ["`note` was ignored".to_owned()];
        let kept = body.understood(&["total_count", "seed", "source"], 7, &said);
        assert_eq!(
            kept,
            r#"{"ignored":["`note` was ignored"],"seed":7,"total_count":5,"inputs":[{"counts":[1,2]}]}"#
        );
        let again = Body::read_kept(&kept).expect("JSON");
        assert_eq!(again.said, said);
        assert_eq!(
            again.fields.keys().collect::<Vec<_>>(),
            ["seed", "total_count"]
        );
        // Of a client it is a field like any other.
        assert!(Body::read(kept.as_bytes()).expect("JSON").said.is_empty());
    }
}
