//! Unstructured annotation: what `uns` can hold.

/// A value of `uns`.
#[derive(Debug, Clone, PartialEq)]
pub enum Uns {
    /// Text.
    Text(String),
    /// An integer.
    Integer(i64),
    /// A floating-point number.
    Float(f64),
    /// A boolean.
    Boolean(bool),
    /// A list of text.
    Texts(Vec<String>),
    /// A list of integers.
    Integers(Vec<i64>),
    /// A list of floating-point numbers.
    Floats(Vec<f64>),
    /// Named values, in order.
    Dict(Vec<(String, Uns)>),
}

impl From<&str> for Uns {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Uns {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<i64> for Uns {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<f64> for Uns {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<bool> for Uns {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}
