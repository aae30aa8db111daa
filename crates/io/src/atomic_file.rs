//! Files that appear whole or not at all.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{Error, Result};

/// A file under construction beside its destination. [`AtomicFile::commit`] puts it in place in
/// one step; dropped before that, it leaves nothing behind and the destination as it was.
pub struct AtomicFile {
    destination: PathBuf,
    file: BufWriter<NamedTempFile>,
}

impl AtomicFile {
    /// Begins a file that will be `destination`, in the same folder so that it can be renamed.
    ///
    /// # Errors
    /// When the folder does not exist or cannot be written to.
    pub fn create(destination: &Path) -> Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".refcast-").suffix(".part");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // What any other program would create, less the umask; the default is owner only.
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let file = builder
            .tempfile_in(folder(destination))
            .map_err(|error| Error::write(destination, error))?;
        Ok(Self {
            destination: destination.to_owned(),
            file: BufWriter::with_capacity(1 << 16, file),
        })
    }

    /// The file under construction, for writers that want a path.
    pub fn path(&self) -> &Path {
        self.file.get_ref().path()
    }

    /// Puts the file in place: flushed to the disk first, then renamed over the destination.
    ///
    /// # Errors
    /// When the system cannot; then the destination is as it was.
    pub fn commit(self) -> Result<()> {
        let destination = self.destination;
        let failed = |error: io::Error| Error::write(&destination, error);
        let file = self
            .file
            .into_inner()
            .map_err(|error| failed(error.into_error()))?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(&destination)
            .map_err(|error| failed(error.error))?;
        // Makes the new name last; not every system can sync a folder, and the file is whole.
        if let Ok(folder) = File::open(folder(&destination)) {
            folder.sync_all().ok();
        }
        Ok(())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The folder that a file is in; the parent of a bare name is empty.
fn folder(file: &Path) -> &Path {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn names(folder: &Path) -> Vec<String> {
        fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    #[test]
    fn a_committed_file_replaces_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.tsv");
        fs::write(&path, "old").unwrap();
        let mut file = AtomicFile::create(&path).unwrap();
        file.write_all(b"new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        file.commit().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(names(folder.path()), ["out.tsv"]);
    }

    #[test]
    fn a_dropped_file_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = AtomicFile::create(&folder.path().join("out.tsv")).unwrap();
        file.write_all(b"half").unwrap();
        file.flush().unwrap();
        drop(file);
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn a_folder_that_does_not_exist_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("missing").join("out.tsv");
        let error = AtomicFile::create(&path).err().unwrap().to_string();
        assert!(
            error.contains("out.tsv") && error.contains("folder exists"),
            "{error}"
        );
    }
}
