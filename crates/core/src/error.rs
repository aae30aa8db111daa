//! One error for the whole crate: either a text that does not parse, or a list of faults.

use std::fmt;

use serde::Serialize;

/// The result of everything in this crate that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// What is wrong with an input, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A text that is not what its place asks for.
    #[error("{} is not {what}: {fix}", quoted(.given))]
    Parse {
        /// What was expected, with its article: `a dose`.
        what: &'static str,
        /// The text as given.
        given: String,
        /// What to write instead, with examples.
        fix: String,
        /// A stable name of the fault for programs: `invalid_dose`.
        code: &'static str,
        /// Accepted values near the given one, best first.
        nearest: Vec<String>,
    },
    /// Every fault that was found, not only the first.
    #[error("{}", lines(.0))]
    Invalid(Vec<Fault>),
}

/// One fault of an input: where it is, what to do, and a stable code. Serialises as one entry of
/// the `errors` list of the wire protocol.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Where: a field (`perturbation_dose`), a place in a file (`counts.tsv:12`), a gene.
    pub path: String,
    /// What is wrong and what to do.
    pub message: String,
    /// A stable name for programs, in snake case.
    pub code: &'static str,
    /// Known values near the given one, best first; empty where that makes no sense.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nearest: Vec<String>,
    /// The field of the vocabulary that has what may be given, for whoever shows the fault to say how
    /// to search there.
    #[serde(skip)]
    pub vocabulary_field: Option<&'static str>,
}

impl Fault {
    /// A fault at `path`. `message` says what is wrong and what to do.
    pub fn new(path: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            message: message.into(),
            code,
            nearest: Vec::new(),
            vocabulary_field: None,
        }
    }

    /// The same fault of a value that a field of the vocabulary lists.
    #[must_use]
    pub fn with_vocabulary_field(mut self, field: &'static str) -> Self {
        self.vocabulary_field = Some(field);
        self
    }

    /// The same fault with known values near the given one, best first.
    #[must_use]
    pub fn with_nearest(mut self, nearest: Vec<String>) -> Self {
        self.nearest = nearest;
        self
    }

    /// The same fault seen from outside: `prefix` is put before its path, as in `inputs[0].counts`.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        self.path = if self.path.is_empty() {
            prefix.to_owned()
        } else {
            format!("{prefix}.{}", self.path)
        };
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "{}", self.message)?;
        if !self.nearest.is_empty() {
            write!(f, " (nearest: {})", self.nearest.join(", "))?;
        }
        Ok(())
    }
}

impl Error {
    /// An error with a single fault.
    pub fn one(path: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Fault::new(path, code, message)])
    }

    /// The faults, each placed at `path`; a text that does not parse is one fault.
    pub fn into_faults(self, path: &str) -> Vec<Fault> {
        match self {
            Self::Invalid(faults) if path.is_empty() => faults,
            Self::Invalid(faults) => faults.into_iter().map(|fault| fault.under(path)).collect(),
            Self::Parse {
                what,
                given,
                fix,
                code,
                nearest,
            } => {
                let message = format!("{} is not {what}: {fix}", quoted(&given));
                vec![Fault::new(path, code, message).with_nearest(nearest)]
            }
        }
    }
}

/// An error of which the user may be able to put something right.
pub trait IntoFaults: fmt::Display + Sized {
    /// Every fault of what was given.
    ///
    /// # Errors
    /// The error itself, where nothing that was given is at fault.
    fn try_into_faults(self) -> std::result::Result<Vec<Fault>, Self>;
}

impl IntoFaults for Error {
    fn try_into_faults(self) -> std::result::Result<Vec<Fault>, Self> {
        Ok(self.into_faults(""))
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Invalid(vec![fault])
    }
}

/// Collects faults so that all of them are reported at once.
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// An empty collection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one fault.
    pub fn push(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// Adds one fault from its parts; see [`Fault::new`].
    pub fn add(&mut self, path: impl Into<String>, code: &'static str, message: impl Into<String>) {
        self.push(Fault::new(path, code, message));
    }

    /// Keeps the value of a success; adds the faults of a failure, placed at `path`.
    pub fn keep<T>(&mut self, path: &str, result: Result<T>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.0.extend(error.into_faults(path));
                None
            }
        }
    }

    /// Keeps the value of a success; adds the faults of a failure that the user can put right.
    ///
    /// # Errors
    /// Any other failure, beside which no fault matters.
    pub fn gather<T, E: IntoFaults>(
        &mut self,
        result: std::result::Result<T, E>,
    ) -> std::result::Result<Option<T>, E> {
        match result.map_err(E::try_into_faults) {
            Ok(value) => Ok(Some(value)),
            Err(Ok(faults)) => {
                self.0.extend(faults);
                Ok(None)
            }
            Err(Err(error)) => Err(error),
        }
    }

    /// How many were added.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no fault was added.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `value` when there is no fault.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault collected.
    pub fn finish<T>(self, value: T) -> Result<T> {
        self.into_result().map(|()| value)
    }

    /// # Errors
    /// [`Error::Invalid`] with every fault collected.
    pub fn into_result(self) -> Result<()> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(self.into_error())
        }
    }

    /// The error with every fault collected, for when there is at least one.
    pub fn into_error(self) -> Error {
        Error::Invalid(self.0)
    }
}

fn lines(faults: &[Fault]) -> String {
    let lines: Vec<String> = faults.iter().map(Fault::to_string).collect();
    lines.join("\n")
}

/// The given text for a message: in back quotes, on one line, cut where it would flood a terminal.
pub fn quoted(given: &str) -> String {
    const SHOWN: usize = 60;
    let mut text: String = given
        .chars()
        .take(SHOWN)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if given.chars().nth(SHOWN).is_some() {
        text.push('…');
    }
    format!("`{text}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_on_a_line_of_its_own() {
        let mut faults = Faults::new();
        faults.add("seed", "invalid_seed", "give a whole number");
        faults.push(
            Fault::new("perturbation_type", "unknown", "not known")
                .with_nearest(vec!["sirna".into()]),
        );
        let error = faults.into_result().unwrap_err();
        assert_eq!(
            error.to_string(),
            "seed: give a whole number\nperturbation_type: not known (nearest: sirna)"
        );
    }

    #[test]
    fn a_fault_serialises_as_the_protocol_writes_it() {
        let fault = Fault::new("counts", "wrong_length", "too short").under("inputs[0]");
        assert_eq!(
            serde_json::to_string(&fault).unwrap(),
            r#"{"path":"inputs[0].counts","message":"too short","code":"wrong_length"}"#
        );
    }

    #[test]
    fn a_quoted_text_is_short_and_on_one_line() {
        let text = quoted(&format!("a\nb{}", "x".repeat(500)));
        assert!(text.starts_with("`a b") && text.chars().count() < 70);
    }
}
