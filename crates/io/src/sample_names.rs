//! Names of samples: every sample has one, and one of its own.

use std::collections::HashMap;
use std::path::Path;

use refcast_core::quoted;

use crate::error::{Error, Place, Result};

/// How barcodes become unique, where runs were joined.
pub(crate) const UNIQUE_BARCODES: &str =
    "a suffix for each run does (`AAACCTGAGAAACCAT-1`, `AAACCTGAGAAACCAT-2`)";

/// Refuses sample names that are empty or not unique; all of those are named.
pub(crate) fn check_sample_names(path: &Path, names: &[String]) -> Result<()> {
    if let Some(position) = names.iter().position(String::is_empty) {
        return Err(Error::format(
            path,
            Place::Whole,
            "unnamed_sample",
            format!(
                "sample {} of {} has no name: name every sample",
                position + 1,
                names.len()
            ),
        ));
    }
    let mut times: HashMap<&str, usize> = HashMap::new();
    for name in names {
        *times.entry(name).or_default() += 1;
    }
    let mut repeated: Vec<String> = Vec::new();
    for name in names {
        if times.remove(name.as_str()).is_some_and(|times| times > 1) {
            repeated.push(quoted(name));
        }
    }
    if repeated.is_empty() {
        return Ok(());
    }
    let more = repeated.len().saturating_sub(5);
    repeated.truncate(5);
    let mut list = repeated.join(", ");
    if more > 0 {
        list.push_str(&format!(" and {more} more"));
    }
    Err(Error::format(
        path,
        Place::Whole,
        "duplicate_sample",
        format!("sample names occur more than once: {list}; give every sample a name of its own"),
    ))
}
