//! The state folder: where it is, that it is private, and that one server owns it.

use std::fs::{self, File, OpenOptions, TryLockError};
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
    /// [`Error::Setup`] when it cannot be made or read, or when others can write to it.
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
        let folder = Self { path };
        let own = own_user(&folder.path).map_err(fail)?;
        for path in [folder.path.clone(), folder.database(), folder.results()] {
            match refuse_others(&path, own) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                checked => checked.map_err(fail)??,
            }
        }
        Ok(folder)
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
        let fail = |error: std::io::Error| {
            Error::Setup(format!("{} cannot be locked: {error}", self.path.display()))
        };
        let holder = self.path.join("server.pid");
        let file = self.lockable().map_err(fail)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let holder = fs::read_to_string(&holder).unwrap_or_default();
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
        let _ = fs::write(holder, std::process::id().to_string());
        Ok(FolderLock { _file: file })
    }

    /// What is locked: the folder itself. A file in it could be deleted, and made anew unlocked.
    #[cfg(unix)]
    fn lockable(&self) -> std::io::Result<File> {
        File::open(&self.path)
    }

    /// What is locked, where a folder cannot be opened: a file in it, which cannot be deleted while
    /// it is open.
    #[cfg(not(unix))]
    fn lockable(&self) -> std::io::Result<File> {
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        options.open(self.path.join("server.lock"))
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

/// The user that this process is, by the owner of a file that it makes in `folder`.
#[cfg(unix)]
fn own_user(folder: &Path) -> std::io::Result<u32> {
    use std::os::unix::fs::MetadataExt;
    let path = folder.join(format!(".owner-{}", uuid::Uuid::new_v4()));
    let owner = File::create_new(&path)?.metadata()?.uid();
    fs::remove_file(path)?;
    Ok(owner)
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same on every system")]
fn own_user(_: &Path) -> std::io::Result<u32> {
    Ok(0)
}

/// Refuses what another user owns or may write to: whoever can, gives himself keys.
#[cfg(unix)]
fn refuse_others(path: &Path, own: u32) -> std::io::Result<Result<()>> {
    use std::os::unix::fs::MetadataExt;
    let found = path.metadata()?;
    let (owner, mode) = (found.uid(), found.mode() & 0o7777);
    let path = path.display();
    let wrong = if owner != own {
        format!(
            "{path} belongs to another user ({owner}; the server runs as {own}): run the server as \
             that one, or `chown -R {own} {path}`"
        )
    } else if mode & 0o022 != 0 {
        format!("{path} can be written to by others (its mode is {mode:o}): `chmod go-w {path}`")
    } else {
        return Ok(Ok(()));
    };
    Ok(Err(Error::Setup(format!(
        "{wrong}, or choose another folder with --state-dir; whoever can write there can make \
         themselves a key"
    ))))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same on every system")]
fn refuse_others(_: &Path, _: u32) -> std::io::Result<Result<()>> {
    Ok(Ok(()))
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
        // Whatever is deleted from the folder.
        for entry in fs::read_dir(folder.path()).unwrap() {
            fs::remove_file(entry.unwrap().path()).unwrap();
        }
        folder.lock().unwrap_err();
        drop(first);
        folder.lock().unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_others_can_write_to_is_refused_with_the_fix() {
        use std::os::unix::fs::PermissionsExt;
        let base = tempfile::tempdir().unwrap();
        let mode = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        let refused = || StateFolder::open(base.path()).unwrap_err().to_string();
        for wide in [0o777, 0o720, 0o702, 0o1777] {
            mode(base.path(), wide);
            let refused = refused();
            assert!(refused.contains("chmod go-w"), "{refused}");
        }
        mode(base.path(), 0o755);
        let folder = StateFolder::open(base.path()).unwrap();
        fs::write(folder.database(), "").unwrap();
        mode(&folder.database(), 0o666);
        assert!(refused().contains("refcast.sqlite"));
        mode(&folder.database(), 0o600);
        // To give a file away takes root.
        if std::os::unix::fs::chown(base.path(), Some(12345), None).is_ok() {
            let refused = refused();
            assert!(
                refused.contains("chown") && refused.contains("12345"),
                "{refused}"
            );
        }
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
