//! The bytes of a bundle's files, checked against the manifest.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use refcast_io::input;
use serde::Deserialize;

use super::MANIFEST;
use super::manifest::{FORMAT, FileHash, Manifest, version_of};
use crate::error::{Error, Result};

/// The most latents of one group; beyond, their sum could overflow.
const MOST_LATENTS: usize = 65_536;

/// The most bytes of a manifest,
const MOST_MANIFEST: u64 = 1 << 24;
/// and of all files together, which is far more than any bundle has.
const MOST_BYTES: u64 = 1 << 30;

/// A manifest and the bytes of every file that it lists.
#[derive(Debug, Clone)]
pub struct BundleFiles {
    manifest: Manifest,
    contents: BTreeMap<String, Cow<'static, [u8]>>,
}

impl BundleFiles {
    /// Checks contents against the manifest's hashes.
    ///
    /// # Errors
    /// A manifest that does not parse or is of another format; a file that is missing, unlisted,
    /// or not what its hash says.
    pub fn new(manifest: &[u8], contents: BTreeMap<String, Cow<'static, [u8]>>) -> Result<Self> {
        let manifest = parse(manifest)?;
        if let Some(name) = contents
            .keys()
            .find(|name| !manifest.files.contains_key(*name))
        {
            return Err(Error::bundle(name, "is not listed in the manifest"));
        }
        for (name, listed) in &manifest.files {
            let Some(content) = contents.get(name) else {
                return Err(Error::bundle(
                    name,
                    "is listed in the manifest and not there",
                ));
            };
            let found = FileHash::of(content);
            if found != *listed {
                let problem = format!(
                    "has {} bytes and hash {}; the manifest says {} bytes and {}",
                    found.bytes, found.sha256, listed.bytes, listed.sha256
                );
                return Err(Error::bundle(name, problem));
            }
        }
        let version = version_of(&manifest.files);
        if version != manifest.version {
            let problem = format!(
                "says version {} while its files make {version}",
                manifest.version
            );
            return Err(Error::bundle(MANIFEST, problem));
        }
        Ok(Self { manifest, contents })
    }

    /// Reads a folder.
    ///
    /// # Errors
    /// As [`BundleFiles::new`], and files that cannot be read.
    pub fn read_folder(folder: &Path) -> Result<Self> {
        let read = |name: &str, most: u64| {
            let path = folder.join(name);
            input::read(&path, most).map_err(|source| match input::refusal(&source) {
                Some(refusal) => Error::bundle(path.display().to_string(), refusal),
                None => Error::Read { path, source },
            })
        };
        let manifest = read(MANIFEST, MOST_MANIFEST)?;
        let parsed = parse(&manifest)?;
        let sizes = parsed.files.values().map(|listed| listed.bytes);
        if sizes.fold(0, u64::saturating_add) > MOST_BYTES {
            let problem = format!("lists files of more than {MOST_BYTES} bytes");
            return Err(Error::bundle(MANIFEST, problem));
        }
        let mut contents = BTreeMap::new();
        for (name, listed) in &parsed.files {
            let plain = Path::new(name)
                .file_name()
                .is_some_and(|last| last == name.as_str());
            if !plain {
                return Err(Error::bundle(
                    MANIFEST,
                    format!("lists {name:?}, which is not a plain file name"),
                ));
            }
            // No more is read than the manifest says; of a shorter file the hash differs.
            contents.insert(name.clone(), Cow::Owned(read(name, listed.bytes)?));
        }
        Self::new(&manifest, contents)
    }

    /// What the bundle is.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The bytes of one file.
    ///
    /// # Errors
    /// The manifest does not list it.
    pub fn get(&self, name: &str) -> Result<&[u8]> {
        self.contents
            .get(name)
            .map(AsRef::as_ref)
            .ok_or_else(|| Error::bundle(name, "is missing"))
    }

    /// The bytes of one file, kept for as long as they are needed.
    ///
    /// # Errors
    /// The manifest does not list it.
    pub fn take(&mut self, name: &str) -> Result<Cow<'static, [u8]>> {
        self.contents
            .remove(name)
            .ok_or_else(|| Error::bundle(name, "is missing"))
    }
}

/// What every format says of itself.
#[derive(Deserialize)]
struct FormatVersion {
    format: u32,
}

/// The manifest; the format is looked at first, for another one has other fields.
fn parse(manifest: &[u8]) -> Result<Manifest> {
    let damaged = |problem: serde_json::Error| Error::bundle(MANIFEST, problem.to_string());
    let FormatVersion { format } = serde_json::from_slice(manifest).map_err(damaged)?;
    if format != FORMAT {
        let problem =
            format!("is of format {format}; this version of refcast reads format {FORMAT}");
        return Err(Error::bundle(MANIFEST, problem));
    }
    let manifest: Manifest = serde_json::from_slice(manifest).map_err(damaged)?;
    let sizes = manifest.latents;
    let groups = [sizes.technical, sizes.biological, sizes.perturbation];
    if groups.iter().any(|size| *size > MOST_LATENTS) {
        let problem = format!("names a group of more than {MOST_LATENTS} latents");
        return Err(Error::bundle(MANIFEST, problem));
    }
    Ok(manifest)
}

/// Writes a bundle into a folder, the manifest last: fills in `manifest.files` and the version.
///
/// # Errors
/// The folder cannot be written.
pub fn write_folder(
    folder: &Path,
    mut manifest: Manifest,
    contents: &BTreeMap<String, Vec<u8>>,
) -> Result<Manifest> {
    let failed = |path: &Path, source| Error::Read {
        path: path.to_owned(),
        source,
    };
    std::fs::create_dir_all(folder).map_err(|source| failed(folder, source))?;
    manifest.format = FORMAT;
    manifest.files = contents
        .iter()
        .map(|(name, content)| (name.clone(), FileHash::of(content)))
        .collect();
    manifest.version = version_of(&manifest.files);
    for (name, content) in contents {
        let path = folder.join(name);
        std::fs::write(&path, content).map_err(|source| failed(&path, source))?;
    }
    let mut text = serde_json::to_string_pretty(&manifest)
        .map_err(|problem| Error::bundle(MANIFEST, problem.to_string()))?;
    text.push('\n');
    let path = folder.join(MANIFEST);
    std::fs::write(&path, text).map_err(|source| failed(&path, source))?;
    Ok(manifest)
}
