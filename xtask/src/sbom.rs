//! `cargo xtask sbom`: what the program is made of, as a CycloneDX document.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::step::{self, Result, cargo, root, target, works};

/// What makes it, and the only version that is used.
const TOOL: &str = "cargo-cyclonedx";
const VERSION: &str = "0.5.9";
/// What it writes beside each manifest, one for each program.
const ENDING: &str = "_bin.cdx.json";
/// The one of the program that users have.
const PROGRAM: &str = "refcast_bin.cdx.json";

/// Writes `target/sbom/refcast.cdx.json`: every crate that is linked into `refcast`, with its version, licence and hash.
///
/// # Errors
/// A tool that cannot be installed from the registry, or a document that is not written.
pub fn run() -> Result<()> {
    let tools = target().join("tools");
    let tool = tools.join("bin").join(TOOL);
    if !works(Command::new(&tool).args(["cyclonedx", "--version"])) {
        let mut install = cargo();
        install.args(["install", TOOL, "--version", VERSION, "--locked", "--root"]);
        step::run("installing cargo-cyclonedx", install.arg(&tools))?;
    }
    let mut make = Command::new(&tool);
    make.args(["cyclonedx", "--quiet", "--format", "json"]);
    make.args(["--spec-version", "1.5", "--describe", "binaries"]);
    make.arg("--no-build-deps").current_dir(root());
    step::run("sbom", &mut make)?;

    let folder = target().join("sbom");
    let failed = |path: &Path| {
        let path = path.display().to_string();
        move |error: std::io::Error| format!("{path}: {error}")
    };
    std::fs::create_dir_all(&folder).map_err(failed(&folder))?;
    let document = folder.join("refcast.cdx.json");
    // It writes one for every program of the workspace, beside the manifests, where nothing is to be left.
    for path in written()? {
        if path.ends_with(PROGRAM) {
            let text = std::fs::read_to_string(&path).map_err(failed(&path))?;
            // References name where this was built, which is nobody's business.
            let text = text.replace(&*root().to_string_lossy(), "");
            std::fs::write(&document, text).map_err(failed(&document))?;
        }
        std::fs::remove_file(&path).map_err(failed(&path))?;
    }
    let text = std::fs::read(&document).map_err(failed(&document))?;
    println!("{}: {} components", document.display(), components(&text)?);
    Ok(())
}

/// What the tool has written in the folders of the workspace.
fn written() -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for parent in [root().join("crates"), root().to_owned()] {
        let unreadable = |error| format!("{}: {error}", parent.display());
        for entry in std::fs::read_dir(&parent).map_err(unreadable)? {
            let package = entry.map_err(unreadable)?.path();
            let Ok(files) = std::fs::read_dir(&package) else {
                continue;
            };
            let paths = files.flatten().map(|file| file.path());
            found.extend(paths.filter(|path| path.to_string_lossy().ends_with(ENDING)));
        }
    }
    Ok(found)
}

/// How many components a document lists.
///
/// # Errors
/// What is no such document, or lists none.
fn components(document: &[u8]) -> Result<usize> {
    let document: Value = serde_json::from_slice(document).map_err(|error| error.to_string())?;
    let listed = document["components"].as_array().map_or(0, Vec::len);
    if document["bomFormat"] != "CycloneDX" || listed == 0 {
        return Err(format!("{TOOL} wrote no list of components"));
    }
    Ok(listed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_one_that_lists_components() {
        let good = br#"{"bomFormat": "CycloneDX", "components": [{"name": "a"}, {"name": "b"}]}"#;
        assert_eq!(components(good).unwrap(), 2);
        for bad in [
            r#"{"bomFormat": "CycloneDX", "components": []}"#,
            "{}",
            "<bom/>",
        ] {
            assert!(components(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
