//! `cargo xtask audit`: whether the dependencies are what `deny.toml` allows.
//!
//! With cargo-deny installed it does all of it, advisories included. Without, licences and sources
//! are checked here from cargo's own metadata, which needs nothing else and no network; known
//! vulnerabilities are then not checked, and that is said.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::licence;
use crate::step::{self, Result, cargo, output_of, root, works};

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// A dependency that is not of this workspace.
#[derive(Debug)]
struct Package {
    name: String,
    version: String,
    licence: Option<String>,
    source: String,
}

/// Runs cargo-deny if it is installed, and the checks of this module otherwise.
pub fn run() -> Result<()> {
    if works(cargo().args(["deny", "--version"])) {
        return step::run("audit", cargo().args(["deny", "--workspace", "check"]));
    }
    eprintln!("── audit");
    let metadata = output_of(
        "cargo metadata",
        cargo().args(["metadata", "--format-version", "1", "--all-features"]),
    )?;
    let packages = packages(&metadata)?;
    let faults = faults(&packages, &accepted_licences()?);
    for (name, versions) in duplicates(&packages) {
        eprintln!(
            "note: {name} is built in {} versions: {}",
            versions.len(),
            versions.join(", ")
        );
    }
    if !faults.is_empty() {
        return Err(format!("the audit found:\n  {}", faults.join("\n  ")));
    }
    eprintln!(
        "{} dependencies: licences and sources as deny.toml asks. Vulnerabilities were not checked: \
         that needs cargo-deny (`cargo install cargo-deny`).",
        packages.len()
    );
    Ok(())
}

fn accepted_licences() -> Result<Vec<String>> {
    let path = root().join("deny.toml");
    let text =
        std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let policy: toml::Table = text
        .parse()
        .map_err(|error| format!("{}: {error}", path.display()))?;
    let allowed = policy
        .get("licenses")
        .and_then(|licences| licences.get("allow"));
    let names = allowed.and_then(toml::Value::as_array).map(|names| {
        names
            .iter()
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect::<Vec<_>>()
    });
    names
        .filter(|names| !names.is_empty())
        .ok_or_else(|| format!("{}: no list licenses.allow", path.display()))
}

fn packages(metadata: &str) -> Result<Vec<Package>> {
    let metadata: Value =
        serde_json::from_str(metadata).map_err(|error| format!("cargo metadata: {error}"))?;
    let packages = metadata["packages"]
        .as_array()
        .ok_or("cargo metadata: no packages")?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let foreign = packages.iter().filter_map(|package| {
        Some(Package {
            // A member of the workspace has no source.
            source: text(&package["source"])?,
            name: text(&package["name"])?,
            version: text(&package["version"])?,
            licence: text(&package["license"]),
        })
    });
    Ok(foreign.collect())
}

fn faults(packages: &[Package], accepted: &[String]) -> Vec<String> {
    let mut faults = Vec::new();
    for Package {
        name,
        version,
        licence,
        source,
    } in packages
    {
        if source != CRATES_IO {
            faults.push(format!(
                "{name} {version} comes from {source}: take it from crates.io"
            ));
        }
        match licence {
            None => faults.push(format!("{name} {version} names no licence")),
            Some(licence) if !licence::satisfied(licence, accepted) => {
                faults.push(format!(
                    "{name} {version}: `{licence}` is not allowed by deny.toml"
                ));
            }
            Some(_) => {}
        }
    }
    faults
}

fn duplicates(packages: &[Package]) -> BTreeMap<&str, Vec<&str>> {
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in packages {
        versions
            .entry(&package.name)
            .or_default()
            .push(&package.version);
    }
    versions.retain(|_, versions| versions.len() > 1);
    versions
}

#[cfg(test)]
mod tests {
    use super::*;

    const METADATA: &str = r#"{"packages": [
        {"name": "own", "version": "0.1.0", "license": null, "source": null},
        {"name": "good", "version": "1.0.0", "license": "MIT",
         "source": "registry+https://github.com/rust-lang/crates.io-index"},
        {"name": "good", "version": "2.0.0", "license": "MIT",
         "source": "registry+https://github.com/rust-lang/crates.io-index"},
        {"name": "copyleft", "version": "1.0.0", "license": "GPL-3.0",
         "source": "registry+https://github.com/rust-lang/crates.io-index"},
        {"name": "nameless", "version": "1.0.0", "license": null,
         "source": "git+https://example.org/nameless"}
    ]}"#;

    #[test]
    fn licences_and_sources_are_judged_for_foreign_packages_only() {
        let packages = packages(METADATA).unwrap();
        let faults = faults(&packages, &["MIT".to_owned()]);
        assert_eq!(faults.len(), 3, "{faults:?}");
        assert!(faults[0].starts_with("copyleft 1.0.0: `GPL-3.0`"));
        assert!(faults[1].contains("nameless 1.0.0 comes from git"));
        assert_eq!(duplicates(&packages)["good"], ["1.0.0", "2.0.0"]);
    }
}
