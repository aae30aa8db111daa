//! The state folder: where it is, that it is private, and that one server owns it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::{Error, Result};

/// The folder in which a server keeps what must survive it.
#[derive(Debug, Clone)]
pub struct StateFolder {
    path: PathBuf,
}

impl StateFolder {
    /// Opens the folder at `path`, making it (for its owner only) where it is not there.
    ///
    /// # Errors
    /// [`Error::Setup`] when it cannot be made or read.
    pub fn open(path: &Path) -> Result<Self> {
        let fail = |error: std::io::Error| {
            Error::Setup(format!(
                "the state folder {} cannot be used: {error}; choose another with --state-dir",
                path.display()
            ))
        };
        create_private(path).map_err(fail)?;
        // Absolute, so that a later change of the working folder moves nothing.
        let path = path.canonicalize().map_err(fail)?;
        Ok(Self { path })
    }

    /// Where the folder is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The place of the embedded database.
    pub(super) fn database(&self) -> PathBuf {
        self.path.join("refcast.sqlite")
    }

    /// The place of the results, where no bucket is named.
    pub(super) fn results(&self) -> PathBuf {
        self.path.join("results")
    }

    /// The place of the secret that signs download addresses.
    pub(crate) fn secret(&self) -> PathBuf {
        self.path.join("download.secret")
    }

    /// Takes the folder for this server, until the lock is dropped or the process ends, however it
    /// ends.
    ///
    /// # Errors
    /// [`Error::Setup`] when another server has it.
    pub fn lock(&self) -> Result<FolderLock> {
        let path = self.path.join("server.lock");
        let fail = |error: std::io::Error| {
            Error::Setup(format!("{} cannot be locked: {error}", path.display()))
        };
        let mut file = OpenOptions::new()
            .create(true)
            .read(true)
            .write(true)
            .truncate(false)
            .open(&path)
            .map_err(fail)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let holder = fs::read_to_string(&path).unwrap_or_default();
                return Err(Error::Setup(format!(
                    "the state folder {} belongs to a running server{}; stop that one, give this \
                     one its own --state-dir, or let both share a PostgreSQL",
                    self.path.display(),
                    process(&holder)
                )));
            }
            Err(TryLockError::Error(error)) => return Err(fail(error)),
        }
        // For whoever reads the message above; the lock holds without it.
        let _ = file
            .set_len(0)
            .and_then(|()| write!(file, "{}", std::process::id()));
        Ok(FolderLock { _file: file })
    }
}

/// The mark that this process is the only server on a folder.
#[derive(Debug)]
pub struct FolderLock {
    // The operating system takes the lock back when the file is closed, and so also at a kill.
    _file: File,
}

fn process(holder: &str) -> String {
    match holder.trim().parse::<u32>() {
        Ok(id) => format!(" (process {id})"),
        Err(_) => String::new(),
    }
}

#[cfg(unix)]
pub(super) fn create_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

#[cfg(not(unix))]
pub(super) fn create_private(path: &Path) -> std::io::Result<()> {
    fs::create_dir_all(path)
}

/// Makes the file at `path` readable by its owner only, before anything is written to it.
///
/// # Errors
/// Those of the file system; a file that is there already is left as it is.
pub(super) fn touch_private(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_server_on_a_folder_is_refused_until_the_first_ends() {
        let base = tempfile::tempdir().unwrap();
        let folder = StateFolder::open(&base.path().join("state")).unwrap();
        let first = folder.lock().unwrap();
        let refusal = folder.lock().unwrap_err().to_string();
        assert!(refusal.contains("belongs to a running server"), "{refusal}");
        assert!(
            refusal.contains(&std::process::id().to_string()),
            "{refusal}"
        );
        drop(first);
        folder.lock().unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_new_folder_is_its_owners_only() {
        use std::os::unix::fs::PermissionsExt;
        let base = tempfile::tempdir().unwrap();
        let folder = StateFolder::open(&base.path().join("a/b")).unwrap();
        let mode = folder.path().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    fn a_file_in_the_place_of_the_folder_is_named() {
        let base = tempfile::tempdir().unwrap();
        let path = base.path().join("state");
        fs::write(&path, "").unwrap();
        let error = StateFolder::open(&path).unwrap_err().to_string();
        assert!(error.contains("--state-dir"), "{error}");
    }
}
