//! `cargo xtask arrows`: which crates and which files need which, and that none needs itself in a
//! circle.

mod circles;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::modules::Modules;
use crate::step::{Result, cargo, output_of, root};
use circles::circles;

/// The crates, each below those that it may need, with its largest circle of files. A circle may
/// only become smaller, and this number with it, until no crate has one of more than three.
const DOWN: [(&str, usize); 9] = [
    ("refcast-core", 2),
    ("refcast-io", 2),
    ("refcast-model", 21),
    ("refcast-train", 8),
    ("refcast", 2),
    ("refcast-server", 3),
    ("refcast-terminal", 0),
    ("refcast-cli", 0),
    ("refcast-bench", 34),
];

/// Prints every circle of files, and fails where one is too large or a crate needs one above it.
pub fn run() -> Result<()> {
    let mut wrong = upward()?;
    for (name, allowed) in DOWN {
        let folder = name.strip_prefix("refcast-").unwrap_or(name);
        let source = root().join("crates").join(folder).join("src");
        let needs = Modules::read(&source)?.needs();
        let mut found = circles(&needs);
        found.sort_by_key(|circle| std::cmp::Reverse(circle.len()));
        let largest = found.first().map_or(0, BTreeSet::len);
        for circle in found {
            println!("{name}: {} files in a circle", circle.len());
            for file in &circle {
                let needed = needs.get(*file).into_iter().flatten();
                let needed: Vec<String> = needed
                    .filter(|other| circle.contains(other.as_path()))
                    .map(|other| shown(other, &source))
                    .collect();
                println!("  {} needs {}", shown(file, &source), needed.join(", "));
            }
        }
        match largest.cmp(&allowed) {
            Ordering::Less => wrong.push(format!(
                "the largest circle of {name} is now of {largest} files: write that into xtask/src/arrows.rs"
            )),
            Ordering::Equal => {}
            Ordering::Greater => wrong.push(format!(
                "{largest} files of {name} need each other in a circle, {allowed} before: move what they share into \
                 a file of its own"
            )),
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(wrong.join("\n"))
}

fn shown(file: &Path, source: &Path) -> String {
    file.strip_prefix(source)
        .unwrap_or(file)
        .display()
        .to_string()
}

/// Crates that need one above them.
fn upward() -> Result<Vec<String>> {
    let metadata = output_of(
        "metadata",
        cargo().args(["metadata", "--no-deps", "--format-version", "1"]),
    )?;
    let metadata: serde_json::Value =
        serde_json::from_str(&metadata).map_err(|error| format!("cargo metadata: {error}"))?;
    let place: BTreeMap<&str, usize> = DOWN
        .iter()
        .enumerate()
        .map(|(at, (name, _))| (*name, at))
        .collect();
    let mut wrong = Vec::new();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = text(&package["name"]);
        let Some(own) = place.get(name.as_str()) else {
            continue;
        };
        for needed in package["dependencies"].as_array().into_iter().flatten() {
            let needed = text(&needed["name"]);
            if place.get(needed.as_str()).is_some_and(|other| other >= own) {
                wrong.push(format!(
                    "{name} needs {needed}, which is below it in docs/architecture.md"
                ));
            }
        }
    }
    Ok(wrong)
}
