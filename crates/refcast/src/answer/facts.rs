//! What is known of an input before anything is made of it.

use refcast_io::AlignmentReport;
use refcast_model::vocabulary::Understood;

/// What is known of an input before anything is made of it, and is said of each of its rows.
#[derive(Debug, Clone, Default)]
pub struct InputFacts<'a> {
    /// Its name in a file.
    pub name: Option<String>,
    /// Its place in a query.
    pub position: Option<u64>,
    /// The sample of training that it is.
    pub sample_id: Option<&'a str>,
    /// What was understood of the perturbation.
    pub understood: &'a [Understood],
    /// What was ignored, left out, or understood where it was not said.
    pub warnings: &'a [String],
    /// How its genes were matched; none where that is not said, `Some(None)` where others of the
    /// answer say it.
    pub alignment: Option<Option<&'a AlignmentReport>>,
}

impl InputFacts<'_> {
    /// Of a sample of a file.
    pub fn named(name: String) -> Self {
        Self {
            name: Some(name),
            ..Self::default()
        }
    }
}
