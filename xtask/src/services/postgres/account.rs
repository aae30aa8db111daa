//! Whose server it is: PostgreSQL refuses to run as root, so that root runs it as someone else.

use std::path::Path;
use std::process::Command;

use crate::apt::is_root;
use crate::step::Result;

/// Who may run it, the first that there is: its own account, or the one that owns nothing.
const NAMES: [&str; 2] = ["postgres", "nobody"];

/// An account of this machine.
pub struct Account {
    user: u32,
    group: u32,
}

impl Account {
    /// The account to use, or none where the user's own will do.
    ///
    /// # Errors
    /// That root has no other account at hand.
    pub fn other_than_root() -> Result<Option<Self>> {
        if !is_root() {
            return Ok(None);
        }
        let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        NAMES
            .iter()
            .find_map(|name| Self::listed(&accounts, name))
            .map(Some)
            .ok_or_else(|| {
                format!(
                    "PostgreSQL does not run as root: there is no user {}",
                    NAMES.join(" or ")
                )
            })
    }

    /// From lines of `name:password:user:group:…`.
    fn listed(accounts: &str, name: &str) -> Option<Self> {
        let mut fields = accounts
            .lines()
            .map(|line| line.split(':'))
            .find_map(|mut fields| (fields.next() == Some(name)).then_some(fields))?
            .skip(1);
        Some(Self {
            user: fields.next()?.parse().ok()?,
            group: fields.next()?.parse().ok()?,
        })
    }

    /// Makes `path` theirs.
    #[cfg(unix)]
    pub fn give(&self, path: &Path) -> std::io::Result<()> {
        std::os::unix::fs::chown(path, Some(self.user), Some(self.group))
    }

    /// Makes `command` theirs.
    #[cfg(unix)]
    pub fn run(&self, command: &mut Command) {
        use std::os::unix::process::CommandExt;
        command.uid(self.user).gid(self.group);
    }

    /// There is no root.
    #[cfg(not(unix))]
    pub fn give(&self, _: &Path) -> std::io::Result<()> {
        Ok(())
    }

    /// There is no root.
    #[cfg(not(unix))]
    pub fn run(&self, _: &mut Command) {}
}

/// Whether everyone may enter `folder` and all that it lies in.
#[cfg(unix)]
pub fn can_enter(folder: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let open = |path: &Path| {
        path.metadata()
            .is_ok_and(|found| found.permissions().mode() & 0o001 != 0)
    };
    std::fs::canonicalize(folder).is_ok_and(|whole| whole.ancestors().all(open))
}

/// Whether everyone may enter `folder`.
#[cfg(not(unix))]
pub fn can_enter(_: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::Account;

    #[test]
    fn an_account_is_found_by_its_whole_name() {
        let accounts = "root:x:0:0::/:/bin/sh\npostgres2:x:7:8::/:\npostgres:x:101:104:,,,:/:\n";
        let found = Account::listed(accounts, "postgres");
        assert!(found.is_some_and(|found| (found.user, found.group) == (101, 104)));
        assert!(Account::listed(accounts, "nobody").is_none());
    }
}
