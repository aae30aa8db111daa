//! `cargo xtask words`: that the name of a type stands for one thing in the whole workspace.

use std::collections::BTreeMap;

use crate::modules::Modules;
use crate::step::{Result, root};

/// Names that stand for several things. There may only be fewer of them, until there is none.
const SHARED: usize = 16;
/// What each crate calls its own, by custom.
const CUSTOMARY: [&str; 1] = ["Error"];

/// Prints every name that several types have, and fails where there are more than before.
pub fn run() -> Result<()> {
    let crates = root().join("crates");
    let failed = |error| format!("{}: {error}", crates.display());
    let mut declared: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for folder in std::fs::read_dir(&crates).map_err(failed)? {
        let source = folder.map_err(failed)?.path().join("src");
        for (file, types) in Modules::read(&source)?.types() {
            let file = file.strip_prefix(&crates).unwrap_or(file);
            for name in types {
                let files = declared.entry(name.clone()).or_default();
                files.push(file.display().to_string());
            }
        }
    }
    let all = declared.len();
    declared.retain(|name, files| files.len() > 1 && !CUSTOMARY.contains(&name.as_str()));
    for (name, files) in &mut declared {
        files.sort();
        println!("{name}: {}", files.join(", "));
    }
    let shared = declared.len();
    println!("{shared} of {all} names of types stand for several things");
    match shared.cmp(&SHARED) {
        std::cmp::Ordering::Less => Err(format!(
            "only {shared} are left: write that into xtask/src/words.rs"
        )),
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => Err(format!(
            "there were {SHARED}: give the new types names of their own"
        )),
    }
}
