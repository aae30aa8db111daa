//! Download addresses that carry their own permission: signed, and good for a time.
//!
//! Clients fetch a result without their key, so whoever has the address may fetch. The signature is
//! HMAC-SHA256 over the job, the attempt that made the result and the time the address ends, by a
//! secret that no one but the servers of a store has.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use hmac::{Hmac, Mac};
use sha2::Sha256;
use uuid::Uuid;

use crate::store::{Database, Error, Result, StateFolder, find_regular, open_regular, read_short};

/// Bytes of the secret: as many as the hash gives.
const SECRET: usize = 32;

/// What an address permits: to fetch the result of one attempt of one job until a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permit {
    /// The job.
    pub job: Uuid,
    /// The attempt that made its result.
    pub attempt: i64,
    /// The last second, since 1970, at which it is good.
    pub expires: u64,
}

/// Signs permits and knows its own signatures again.
#[derive(Clone)]
pub struct Signer {
    secret: [u8; SECRET],
}

impl Signer {
    /// With the secret of the state folder, which is made at the first start in a file that only
    /// its owner can read.
    ///
    /// # Errors
    /// [`Error::Setup`] when others can read the file, or it is not what was written.
    pub fn in_folder(folder: &StateFolder) -> Result<Self> {
        let path = folder.secret();
        let fail = |problem: &str| Error::Setup(format!("the secret {} {problem}", path.display()));
        let io = |error: io::Error| fail(&format!("cannot be read or made: {error}"));
        let mut file = match find_regular(&path, OpenOptions::new().read(true))? {
            Some(file) => file,
            None => {
                create(folder.path(), &path).map_err(io)?;
                open_regular(&path, OpenOptions::new().read(true))?
            }
        };
        // Of the file that is open, not of whatever has the name by then.
        if let Some(mode) = wider_than_owner(&file).map_err(io)? {
            return Err(fail(&format!(
                "can be read by others (its mode is {mode:o}). Whoever read it can fetch every \
                 result: delete it, which ends the addresses given out so far, or, if nobody did, \
                 `chmod 600 {}`",
                path.display()
            )));
        }
        let text = read_short(&mut file).unwrap_or_default();
        let secret = secret(text.trim()).ok_or_else(|| {
            fail("is damaged; delete it, which ends the download addresses given out so far")
        })?;
        Ok(Self { secret })
    }

    /// With the secret in a database that several servers share, so that each takes the addresses
    /// that the others gave out.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; [`Error::Setup`] when it is not what was written.
    pub async fn in_database(database: &Database) -> Result<Self> {
        let drawn = hex::encode(draw()?);
        let text = database.secret_or("download", &drawn).await?;
        let secret = secret(&text).ok_or_else(|| {
            Error::Setup("the secret `download` in the database is damaged; delete its row".into())
        })?;
        Ok(Self { secret })
    }

    /// The signature of a permit: 64 hexadecimal digits.
    pub fn sign(&self, permit: &Permit) -> String {
        hex::encode(self.mac(permit).finalize().into_bytes())
    }

    /// Whether `signature` is that of `permit`, and `now`, in seconds since 1970, is in its time.
    /// Takes the same time for every wrong signature.
    pub fn verify(&self, permit: &Permit, signature: &str, now: u64) -> bool {
        let signed = secret(signature)
            .is_some_and(|signature| self.mac(permit).verify_slice(&signature).is_ok());
        signed && now <= permit.expires
    }

    fn mac(&self, permit: &Permit) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("a key of any length");
        // Fields of fixed length under a name of what this is: no two permits are the same bytes.
        mac.update(b"refcast download 1");
        mac.update(permit.job.as_bytes());
        mac.update(&permit.attempt.to_be_bytes());
        mac.update(&permit.expires.to_be_bytes());
        mac
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer")
    }
}

/// Random bytes of the operating system.
///
/// # Errors
/// [`Error::Setup`] when it gives none.
pub(crate) fn draw() -> Result<[u8; SECRET]> {
    let mut bytes = [0; SECRET];
    getrandom::fill(&mut bytes).map_err(|error| {
        Error::Setup(format!(
            "the operating system gives no random numbers: {error}"
        ))
    })?;
    Ok(bytes)
}

/// Makes the secret so that it is there whole or not at all: another name first, then a link, which
/// does not take the place of a file that came in between.
fn create(folder: &Path, path: &Path) -> io::Result<()> {
    let drawn = draw().map_err(io::Error::other)?;
    let unfinished = folder.join(format!(".secret-{}", Uuid::new_v4()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(&unfinished)?;
    let made = writeln!(file, "{}", hex::encode(drawn))
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::hard_link(&unfinished, path));
    fs::remove_file(&unfinished)?;
    match made {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}

/// The mode of a file that more than its owner can use.
#[cfg(unix)]
fn wider_than_owner(file: &File) -> io::Result<Option<u32>> {
    use std::os::unix::fs::PermissionsExt;
    let mode = file.metadata()?.permissions().mode() & 0o777;
    Ok(Some(mode).filter(|mode| mode & 0o077 != 0))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same on every system")]
fn wider_than_owner(_: &File) -> io::Result<Option<u32>> {
    Ok(None)
}

/// The bytes of a secret in hexadecimal digits, and of nothing else.
pub(crate) fn secret(text: &str) -> Option<[u8; SECRET]> {
    let mut bytes = [0; SECRET];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permit() -> Permit {
        Permit {
            job: Uuid::from_u128(7),
            attempt: 2,
            expires: 1000,
        }
    }

    fn signer(byte: u8) -> Signer {
        Signer {
            secret: [byte; SECRET],
        }
    }

    #[test]
    fn a_permit_is_good_until_its_last_second() {
        let signature = signer(1).sign(&permit());
        assert!(signer(1).verify(&permit(), &signature, 0));
        assert!(signer(1).verify(&permit(), &signature, 1000));
        assert!(!signer(1).verify(&permit(), &signature, 1001));
    }

    #[test]
    fn a_signature_is_good_for_nothing_else() {
        let signature = signer(1).sign(&permit());
        let others = [
            Permit {
                job: Uuid::from_u128(8),
                ..permit()
            },
            Permit {
                attempt: 1,
                ..permit()
            },
            Permit {
                expires: 1001,
                ..permit()
            },
        ];
        for other in others {
            assert!(!signer(1).verify(&other, &signature, 0), "{other:?}");
        }
        assert!(!signer(2).verify(&permit(), &signature, 0));
    }

    #[test]
    fn what_is_not_a_signature_is_refused() {
        let right = signer(1).sign(&permit());
        let changed = format!(
            "{}{}",
            if right.starts_with('0') { '1' } else { '0' },
            &right[1..]
        );
        for wrong in [
            "",
            "00",
            &right[..62],
            &format!("{right}00"),
            &changed,
            &"é".repeat(32),
        ] {
            assert!(!signer(1).verify(&permit(), wrong, 0), "{wrong}");
        }
    }

    #[test]
    fn the_secret_outlives_the_server() {
        let base = tempfile::tempdir().unwrap();
        let folder = StateFolder::open(base.path()).unwrap();
        let signature = Signer::in_folder(&folder).unwrap().sign(&permit());
        let after = Signer::in_folder(&folder).unwrap();
        assert!(after.verify(&permit(), &signature, 0));
        let names: Vec<_> = fs::read_dir(base.path()).unwrap().collect();
        assert_eq!(names.len(), 1, "nothing is left beside it: {names:?}");
    }

    #[cfg(unix)]
    #[test]
    fn a_secret_that_others_can_read_is_refused_with_the_fix() {
        use std::os::unix::fs::PermissionsExt;
        let base = tempfile::tempdir().unwrap();
        let folder = StateFolder::open(base.path()).unwrap();
        Signer::in_folder(&folder).unwrap();
        let mode = |mode| fs::set_permissions(folder.secret(), fs::Permissions::from_mode(mode));
        let made = folder.secret().metadata().unwrap().permissions().mode();
        assert_eq!(made & 0o777, 0o600);
        for wide in [0o640, 0o604, 0o666] {
            mode(wide).unwrap();
            let error = Signer::in_folder(&folder).unwrap_err().to_string();
            assert!(error.contains("chmod 600"), "{error}");
        }
        mode(0o400).unwrap();
        Signer::in_folder(&folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_damaged_secret_is_refused() {
        let base = tempfile::tempdir().unwrap();
        let folder = StateFolder::open(base.path()).unwrap();
        Signer::in_folder(&folder).unwrap();
        fs::write(folder.secret(), "short").unwrap();
        let error = Signer::in_folder(&folder).unwrap_err().to_string();
        assert!(error.contains("damaged"), "{error}");
    }
}
