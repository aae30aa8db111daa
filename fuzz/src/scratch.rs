//! Files for parsers that take paths: in memory where there is a file system for that.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A folder that is gone when dropped.
pub struct Scratch(TempDir);

impl Scratch {
    /// An empty folder.
    ///
    /// # Panics
    /// Where none can be made: nothing can be read then.
    pub fn new() -> Self {
        let in_memory = Path::new("/dev/shm");
        let folder = if in_memory.is_dir() {
            tempfile::tempdir_in(in_memory)
        } else {
            tempfile::tempdir()
        };
        Self(folder.expect("a folder for an input"))
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// A file in it.
    ///
    /// # Panics
    /// Where it cannot be written: nothing can be read then.
    pub fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, content).expect("a file of an input");
        path
    }
}
