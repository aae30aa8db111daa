//! The Python environments of the tests: what they compare with, the client that the server's users
//! have, and the programs that stand in for a bucket and for a hostile client.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::apt;
use crate::step::{Result, output_of, target, works};

/// An environment under the build folder, made on first use.
pub struct Environment {
    /// The variable that tells a test which interpreter to use; set before, it names another one, or
    /// none where it is empty.
    pub variable: &'static str,
    folder: &'static str,
    requirements: &'static [&'static str],
    /// Whether they can be used.
    imports: &'static str,
}

/// What most tests use: the newest of what users have. The client is as it is in the registry; what
/// decides the outcome of a test by its own rules is of one version.
pub const NEWEST: Environment = Environment {
    variable: "REFCAST_PYTHON",
    folder: "python",
    requirements: &[
        "anndata>=0.12",
        "h5py>=3.15",
        "moto[server]==5.2.5",
        "pyarrow>=15",
        "pysynthbio==4.2.4",
        "pytest>=8",
        "schemathesis==4.32.5",
    ],
    imports: "import anndata, h5py, moto.server, pyarrow, pysynthbio, pytest, schemathesis",
};

/// An old anndata on HDF5 1.14, which files that are written must open in too.
pub const OLD: Environment = Environment {
    variable: "REFCAST_PYTHON_OLD",
    folder: "python-old",
    requirements: &[
        "anndata==0.10.9",
        "h5py==3.12.1",
        "numpy<2.3",
        "pandas<2.3",
        "scipy<1.16",
    ],
    imports: "import anndata, h5py; assert h5py.version.hdf5_version_tuple < (2,)",
};

/// The oldest Python that they take.
const OLDEST: &str = "import sys, venv; assert sys.version_info >= (3, 11)";

impl Environment {
    /// The interpreter.
    ///
    /// # Errors
    /// A sentence that says why there is none; the tests that need it are then skipped.
    pub fn interpreter(&self) -> Result<PathBuf> {
        match std::env::var_os(self.variable) {
            Some(named) if named.is_empty() => {
                return Err(format!("{} is set to none", self.variable));
            }
            Some(named) => return Ok(PathBuf::from(named)),
            None => {}
        }
        let environment = target().join(self.folder);
        let inside = if cfg!(windows) {
            "Scripts/python.exe"
        } else {
            "bin/python"
        };
        let python = environment.join(inside);
        // Written last: an installation that broke off is made anew, and so is one of other versions.
        let installed = environment.join("installed.txt");
        let wanted = self.requirements.join("\n");
        if std::fs::read_to_string(&installed).is_ok_and(|found| found == wanted)
            && self.has_all(&python)
        {
            return Ok(python);
        }
        eprintln!("── Python environment in {}", environment.display());
        make(&environment)?;
        output_of(
            "installing what the tests use of Python",
            Command::new(&python)
                .args([
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "--disable-pip-version-check",
                ])
                .args(self.requirements),
        )?;
        if !self.has_all(&python) {
            return Err("what the tests need was installed but cannot be imported".to_owned());
        }
        std::fs::write(&installed, wanted)
            .map_err(|error| format!("{}: {error}", installed.display()))?;
        Ok(python)
    }

    fn has_all(&self, python: &Path) -> bool {
        python.exists() && works(Command::new(python).args(["-c", self.imports]))
    }
}

/// Prints the interpreter for use in a shell.
pub fn print() -> Result<()> {
    println!("{}", NEWEST.interpreter()?.display());
    Ok(())
}

/// Makes an empty environment, with Debian's Python where the machine has none that can.
fn make(environment: &Path) -> Result<()> {
    let make = |system: &str| {
        output_of(
            "making the environment",
            Command::new(system)
                .args(["-m", "venv", "--clear"])
                .arg(environment),
        )
    };
    let made = match system() {
        // Debian's Python has the module but not the pip that goes into an environment.
        Some(name) => make(name),
        None => Err("no Python 3.11 or later on this machine".to_owned()),
    };
    let Err(why) = made else { return Ok(()) };
    apt::install(&["python3", "python3-venv"]).map_err(|refused| format!("{why}; {refused}"))?;
    let name = system().ok_or(why)?;
    make(name).map(drop)
}

fn system() -> Option<&'static str> {
    ["python3", "python"]
        .into_iter()
        .find(|name| works(Command::new(name).args(["-c", OLDEST])))
}
