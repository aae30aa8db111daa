//! `cargo xtask words`: that the name of a type stands for one thing in the whole workspace, and that
//! the glossary has every public type with what it stands for.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::modules::Modules;
use crate::step::{Result, root};

/// Names that stand for several things. There may only be fewer of them, until there is none.
const SHARED: usize = 4;
/// What each crate calls its own, by custom.
const CUSTOMARY: [&str; 1] = ["Error"];
/// The crates, in the order in which a sample goes through them.
const CRATES: [&str; 9] = [
    "core", "io", "model", "train", "refcast", "server", "terminal", "cli", "bench",
];
/// The part of the glossary that is made from the code comes after this.
const HEADING: &str = "## Types, by crate\n";

/// Prints every name that several types have, and fails where there are more than before or the
/// glossary is not what the code says. With `is_written` the glossary is made anew.
pub fn run(is_written: bool) -> Result<()> {
    let mut declared: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut glossary = HEADING.to_owned();
    for name in CRATES {
        let source = root().join("crates").join(name).join("src");
        let mut public: BTreeMap<&str, &str> = BTreeMap::new();
        let modules = Modules::read(&source)?;
        for (file, types) in modules.types() {
            let file = file.strip_prefix(root()).unwrap_or(file);
            for (name, own) in types {
                let files = declared.entry(name.clone()).or_default();
                files.push(file.display().to_string());
                if own.is_public {
                    public.insert(name, &own.meaning);
                }
            }
        }
        // Whoever builds or runs a program meets none of its types.
        if !["cli", "terminal"].contains(&name) {
            let _ = write!(glossary, "\n### {name}\n\n| type | is |\n|---|---|\n");
            for (name, meaning) in public {
                let meaning = meaning
                    .replace("[`", "`")
                    .replace("`]", "`")
                    .replace('|', "\\|");
                let _ = writeln!(glossary, "| `{name}` | {meaning} |");
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
        std::cmp::Ordering::Less => {
            return Err(format!(
                "only {shared} are left: write that into xtask/src/words.rs"
            ));
        }
        std::cmp::Ordering::Equal => {}
        std::cmp::Ordering::Greater => {
            return Err(format!(
                "there were {SHARED}: give the new types names of their own"
            ));
        }
    }
    check(&glossary, is_written)
}

fn check(glossary: &str, is_written: bool) -> Result<()> {
    let path = root().join("docs").join("glossary.md");
    let failed = |error| format!("{}: {error}", path.display());
    let now = std::fs::read_to_string(&path).map_err(failed)?;
    let start = now.find(HEADING).unwrap_or(now.len());
    let whole = format!("{}{glossary}", &now[..start]);
    if whole == now {
        return Ok(());
    }
    if is_written {
        return std::fs::write(&path, whole).map_err(failed);
    }
    Err("docs/glossary.md is not what the code says: `cargo xtask words --write`".to_owned())
}
