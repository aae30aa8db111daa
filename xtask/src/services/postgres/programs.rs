//! Where PostgreSQL's programs are: those of a server are not on the path of everyone.

use std::path::{Path, PathBuf};

use crate::apt;
use crate::step::Result;

/// Where Debian and its kin keep a folder for each version.
const VERSIONS: &str = "/usr/lib/postgresql";
/// Debian makes and starts a first database with the package unless a file here says no.
const CONFIGURATION: &str = "/etc/postgresql-common/createcluster.d";

/// The folder of the programs.
pub struct Programs(PathBuf);

impl Programs {
    /// Those of this machine, installed where it has none and that can be done.
    ///
    /// # Errors
    /// That there are none, and what to install.
    pub fn get() -> Result<Self> {
        if let Some(found) = Self::find() {
            return Ok(found);
        }
        install().map_err(|why| format!("there is no PostgreSQL server: {why}"))?;
        Self::find().ok_or_else(|| "PostgreSQL was installed but is not found".to_owned())
    }

    fn find() -> Option<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
        folders.extend(versions(Path::new(VERSIONS)));
        folders
            .into_iter()
            .map(Self)
            .find(|programs| programs.initdb().is_file() && programs.postgres().is_file())
    }

    /// Makes the folder of a server.
    pub fn initdb(&self) -> PathBuf {
        self.program("initdb")
    }

    /// The server.
    pub fn postgres(&self) -> PathBuf {
        self.program("postgres")
    }

    /// Stops it. It lies where the others do, which may be links from elsewhere.
    pub fn pg_ctl(&self) -> PathBuf {
        let server = std::fs::canonicalize(self.postgres()).unwrap_or_else(|_| self.postgres());
        server.with_file_name(format!("pg_ctl{}", std::env::consts::EXE_SUFFIX))
    }

    fn program(&self, name: &str) -> PathBuf {
        self.0
            .join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }
}

/// The folders of programs by version, the newest first.
fn versions(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut found: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    found.sort_by(|one, other| other.cmp(one));
    found.into_iter().map(|(_, folder)| folder).collect()
}

/// Installs the programs alone: no server is left running on the machine.
fn install() -> Result<()> {
    let refusal = Path::new(CONFIGURATION).join("refcast-tests.conf");
    // It only spares the machine a server; the tests do as well with it.
    let refused = apt::is_root()
        && std::fs::create_dir_all(CONFIGURATION).is_ok()
        && std::fs::write(&refusal, "create_main_cluster = false\n").is_ok();
    let installed = apt::install(&["postgresql"]);
    if refused {
        let _ = std::fs::remove_file(&refusal);
    }
    installed
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_comes_first_by_number() {
        let folder = std::env::temp_dir().join(format!("refcast-versions-{}", std::process::id()));
        for version in ["9", "17", "15", "common"] {
            std::fs::create_dir_all(folder.join(version)).unwrap();
        }
        let found = versions(&folder);
        let expected = ["17", "15", "9"].map(|version| folder.join(version).join("bin"));
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(found, expected);
        assert_eq!(versions(&folder), Vec::<PathBuf>::new());
    }
}
