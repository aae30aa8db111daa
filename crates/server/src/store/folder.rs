//! The state folder: where it is, that it is private, and that one server owns it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
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
    /// [`Error::Setup`] when it cannot be made or read, when others can write to it, or when others can put another
    /// in its place.
    pub fn open(path: &Path) -> Result<Self> {
        let fail = |error: std::io::Error| {
            Error::Setup(format!(
                "the state folder {} cannot be used: {error}; choose another with --state-dir",
                path.display()
            ))
        };
        create_private(path).map_err(fail)?;
        let named = std::path::absolute(path).map_err(fail)?;
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
        for path in [named, folder.results()] {
            match check_way(&path, own, LINKS) {
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
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true);
        let mut holder = open_regular(&self.path.join("server.pid"), &mut options)?;
        let file = self.lockable().map_err(fail)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let holder = read_short(&mut holder).unwrap_or_default();
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
        let written = holder.rewind().and_then(|()| holder.set_len(0));
        let _ = written.and_then(|()| write!(holder, "{}", std::process::id()));
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

/// Symbolic links that are followed on the way to a folder; systems follow as many.
const LINKS: usize = 40;

/// Refuses a path that others can have lead elsewhere: by a link that is theirs, or by putting something else in the
/// place of what lies in a folder that everybody can write to.
#[cfg(unix)]
fn check_way(path: &Path, own: u32, links: usize) -> std::io::Result<Result<()>> {
    use std::os::unix::fs::MetadataExt;
    let mut steps: Vec<&Path> = path.ancestors().collect();
    steps.reverse();
    for step in steps {
        let found = fs::symlink_metadata(step)?;
        let (owner, mode, shown) = (found.uid(), found.mode(), step.display());
        let wrong = if found.is_symlink() && owner != own && owner != 0 {
            format!(
                "{shown} is a symbolic link of another user ({owner}; the server runs as {own}), who can have it \
                 lead elsewhere: name the folder that is meant, {}, with --state-dir",
                step.canonicalize()?.display()
            )
        } else if found.is_dir() && step != path && mode & 0o1002 == 0o002 {
            format!(
                "everybody can write to {shown} and put another in the place of what is in it: `chmod o-w {shown}` \
                 (or `chmod +t {shown}`, as for /tmp), or choose a folder elsewhere with --state-dir"
            )
        } else if found.is_symlink() {
            let Some(links) = links.checked_sub(1) else {
                return Err(std::io::ErrorKind::TooManyLinks.into());
            };
            let to = fs::read_link(step)?;
            let to = step.parent().unwrap_or(step).join(to);
            match check_way(&to, own, links)? {
                Ok(()) => continue,
                refused => return Ok(refused),
            }
        } else {
            continue;
        };
        return Ok(Err(Error::Setup(wrong)));
    }
    Ok(Ok(()))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same on every system")]
fn check_way(_: &Path, _: u32, _: usize) -> std::io::Result<Result<()>> {
    Ok(Ok(()))
}

/// Opens a file of the state folder: a regular one, by its own name, made for its owner only where `options` make
/// it. A link would have another file written to, and to open a pipe waits for ever.
///
/// # Errors
/// [`Error::Setup`], with the fix; [`crate::store::Error::Setup`] also where there is none.
pub(crate) fn open_regular(path: &Path, options: &mut OpenOptions) -> Result<File> {
    find_regular(path, options)?.ok_or_else(|| {
        Error::Setup(format!(
            "{} cannot be opened: it is not there",
            path.display()
        ))
    })
}

/// As [`open_regular`]; none where there is no such file.
///
/// # Errors
/// [`Error::Setup`], with the fix.
pub(crate) fn find_regular(path: &Path, options: &mut OpenOptions) -> Result<Option<File>> {
    let fail = |error: std::io::Error| {
        Error::Setup(format!("{} cannot be opened: {error}", path.display()))
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
        options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    }
    // Before as well: to open a device may do something.
    if let Ok(found) = fs::symlink_metadata(path) {
        regular(path, &found)?;
    }
    let file = match options.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(fail(error)),
    };
    regular(path, &file.metadata().map_err(fail)?)?;
    Ok(Some(file))
}

fn regular(path: &Path, found: &fs::Metadata) -> Result<()> {
    if found.is_file() {
        return Ok(());
    }
    let kind = if found.is_symlink() {
        "a symbolic link"
    } else if found.is_dir() {
        "a folder"
    } else {
        "a pipe, a socket or a device"
    };
    Err(Error::Setup(format!(
        "{} is {kind}, where the server keeps a file of its own: move it away, or choose another folder with \
         --state-dir",
        path.display()
    )))
}

/// The text of a small file; an error where it is no text, or larger than any that is written here.
pub(crate) fn read_short(file: &mut File) -> std::io::Result<String> {
    const MOST: u64 = 1024;
    let mut text = String::new();
    file.take(MOST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MOST {
        return Err(std::io::ErrorKind::FileTooLarge.into());
    }
    Ok(text)
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
/// [`Error::Setup`] where it is no regular file; a file that is there already is left as it is.
pub(super) fn touch_private(path: &Path) -> Result<()> {
    open_regular(path, OpenOptions::new().create(true).append(true)).map(drop)
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

    #[cfg(unix)]
    #[test]
    fn a_way_that_others_can_change_is_refused_with_the_fix() {
        use std::os::unix::fs::{PermissionsExt, lchown, symlink};
        let base = tempfile::tempdir().unwrap();
        let open = |name: &str| StateFolder::open(&base.path().join(name));
        let mode = |mode| {
            fs::set_permissions(base.path(), fs::Permissions::from_mode(mode)).unwrap();
        };
        open("state").unwrap();
        symlink("state", base.path().join("link")).unwrap();
        open("link").unwrap();
        mode(0o777);
        for name in ["state", "link", "state/new", "link/new"] {
            let refused = open(name).unwrap_err().to_string();
            assert!(refused.contains("chmod o-w"), "{name}: {refused}");
        }
        // Nobody but the owner takes away what is in it.
        mode(0o1777);
        open("state").unwrap();
        // A link elsewhere that leads into such a folder.
        let elsewhere = tempfile::tempdir().unwrap();
        symlink(base.path().join("state"), elsewhere.path().join("link")).unwrap();
        StateFolder::open(&elsewhere.path().join("link")).unwrap();
        mode(0o777);
        StateFolder::open(&elsewhere.path().join("link")).unwrap_err();
        mode(0o755);
        // To give a link away takes root.
        if lchown(base.path().join("link"), Some(12345), None).is_ok() {
            for name in ["link", "link/new"] {
                let refused = open(name).unwrap_err().to_string();
                assert!(
                    refused.contains("symbolic link of another user (12345")
                        && refused.contains("name the folder"),
                    "{refused}"
                );
            }
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn what_is_no_regular_file_is_refused_and_neither_followed_nor_waited_for() {
        use crate::signing::Signer;
        use crate::store::Database;
        use std::os::unix::fs::symlink;
        let pipe = |path: &Path| {
            let made = std::process::Command::new("mkfifo").arg(path).status();
            assert!(made.unwrap().success());
        };
        let link = |path: &Path| {
            let target = path.with_file_name("target");
            fs::write(&target, "precious").unwrap();
            symlink(target, path).unwrap();
        };
        let dangling = |path: &Path| symlink(path.with_file_name("new"), path).unwrap();
        let directory = |path: &Path| fs::create_dir(path).unwrap();
        let kinds: [&dyn Fn(&Path); 4] = [&pipe, &link, &dangling, &directory];
        for name in [
            "server.pid",
            "download.secret",
            "refcast.sqlite",
            "refcast.sqlite-wal",
            "refcast.sqlite-shm",
            "refcast.sqlite-journal",
        ] {
            for kind in kinds {
                let base = tempfile::tempdir().unwrap();
                let folder = StateFolder::open(base.path()).unwrap();
                kind(&base.path().join(name));
                let opened = async {
                    match name {
                        "server.pid" => folder.lock().map(drop),
                        "download.secret" => Signer::in_folder(&folder).map(drop),
                        _ => Database::embedded(&folder).await.map(drop),
                    }
                };
                let refused = opened.await.unwrap_err().to_string();
                assert!(
                    refused.contains(name) && refused.contains("move it away"),
                    "{refused}"
                );
                assert!(!base.path().join("new").exists(), "{name}");
                if let Ok(text) = fs::read_to_string(base.path().join("target")) {
                    assert_eq!(text, "precious", "{name}");
                }
            }
        }
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
