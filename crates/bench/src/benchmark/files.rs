//! The benchmarks that there are.

use refcast_core::Modality;

use super::Benchmark;
use crate::error::{Error, Result};

/// The files, in the order of the report.
const FILES: [(&str, &str); 15] = [
    ("donors", include_str!("../../benchmarks/donors.toml")),
    ("context", include_str!("../../benchmarks/context.toml")),
    ("unseen", include_str!("../../benchmarks/unseen.toml")),
    ("knockouts", include_str!("../../benchmarks/knockouts.toml")),
    (
        "combination",
        include_str!("../../benchmarks/combination.toml"),
    ),
    ("time", include_str!("../../benchmarks/time.toml")),
    (
        "calibration",
        include_str!("../../benchmarks/calibration.toml"),
    ),
    ("realism", include_str!("../../benchmarks/realism.toml")),
    ("baseline", include_str!("../../benchmarks/baseline.toml")),
    (
        "annotation",
        include_str!("../../benchmarks/annotation.toml"),
    ),
    (
        "cells-kinds",
        include_str!("../../benchmarks/cells-kinds.toml"),
    ),
    (
        "cells-donors",
        include_str!("../../benchmarks/cells-donors.toml"),
    ),
    (
        "cells-panels",
        include_str!("../../benchmarks/cells-panels.toml"),
    ),
    (
        "cells-realism",
        include_str!("../../benchmarks/cells-realism.toml"),
    ),
    (
        "cells-annotation",
        include_str!("../../benchmarks/cells-annotation.toml"),
    ),
];

/// All benchmarks.
///
/// # Errors
/// A file that does not say what it must.
pub fn all() -> Result<Vec<Benchmark>> {
    FILES
        .iter()
        .map(|(name, text)| Benchmark::parse(name, text))
        .collect()
}

/// The recipe in the repository that benchmarks of a modality are of.
pub fn recipe_of(modality: Modality) -> &'static str {
    match modality {
        Modality::Bulk => "recipes/gem-1-bulk.toml",
        Modality::SingleCell => "recipes/gem-1-sc.toml",
    }
}

/// Benchmarks by name, in the order given; all of them for none.
///
/// # Errors
/// A name that no benchmark has.
pub fn named(names: &[String]) -> Result<Vec<Benchmark>> {
    let all = all()?;
    if names.is_empty() {
        return Ok(all);
    }
    names
        .iter()
        .map(|name| {
            let found = all.iter().find(|benchmark| benchmark.name == *name);
            found.cloned().ok_or_else(|| Error::Unknown {
                name: name.clone(),
                known: FILES.map(|(name, _)| name).join(", "),
            })
        })
        .collect()
}
