//! A column of `obs` or `var`.

use std::borrow::Cow;

/// A column of a table, one value per row.
///
/// Missing text is only possible in a categorical, the one encoding in which every version of
/// anndata can hold it; a masked column that has missing values is read as a categorical (text,
/// booleans) or as floats with NaN (integers).
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Text.
    Text(Vec<String>),
    /// Text from a fixed set.
    Categorical {
        /// Per row the position in `categories`, `None` where missing.
        codes: Vec<Option<u32>>,
        /// The distinct values.
        categories: Vec<String>,
        /// Whether the order of the categories has a meaning.
        ordered: bool,
    },
    /// Integers.
    Integer(Vec<i64>),
    /// Floating-point numbers, NaN where missing.
    Float(Vec<f64>),
    /// Booleans.
    Boolean(Vec<bool>),
}

impl Column {
    /// A categorical from text, its categories sorted as pandas sorts them.
    pub fn categorical<S: AsRef<str>>(values: impl IntoIterator<Item = Option<S>>) -> Self {
        let values: Vec<Option<S>> = values.into_iter().collect();
        let mut sorted: Vec<&str> = values.iter().flatten().map(AsRef::as_ref).collect();
        sorted.sort_unstable();
        sorted.dedup();
        let codes = values
            .iter()
            .map(|value| {
                let found = sorted.binary_search(&value.as_ref()?.as_ref()).ok()?;
                u32::try_from(found).ok()
            })
            .collect();
        Self::Categorical {
            codes,
            categories: sorted.into_iter().map(str::to_owned).collect(),
            ordered: false,
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Text(values) => values.len(),
            Self::Categorical { codes, .. } => codes.len(),
            Self::Integer(values) => values.len(),
            Self::Float(values) => values.len(),
            Self::Boolean(values) => values.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of a row as text; `None` where it is missing or there is no such row.
    pub fn text(&self, row: usize) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(values) => values.get(row).map(|value| Cow::Borrowed(value.as_str())),
            Self::Categorical {
                codes, categories, ..
            } => {
                let code = usize::try_from((*codes.get(row)?)?).ok()?;
                categories
                    .get(code)
                    .map(|value| Cow::Borrowed(value.as_str()))
            }
            Self::Integer(values) => values.get(row).map(|value| Cow::Owned(value.to_string())),
            Self::Float(values) => values
                .get(row)
                .filter(|value| !value.is_nan())
                .map(|value| Cow::Owned(value.to_string())),
            Self::Boolean(values) => values
                .get(row)
                .map(|&value| Cow::Borrowed(if value { "True" } else { "False" })),
        }
    }
}
