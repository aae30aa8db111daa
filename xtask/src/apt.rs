//! Debian's packages, for what tests need and a machine lacks. Only root is asked for nothing:
//! everyone else is told what to install.

use std::process::Command;

use crate::step::{Result, output_of, works};

/// Installs `packages`, without the services of theirs that would be started beside them.
///
/// # Errors
/// That this is not Debian or not root, with the packages to install; or what apt-get says.
pub fn install(packages: &[&str]) -> Result<()> {
    let names = packages.join(" ");
    if !is_root() || !works(Command::new("apt-get").arg("--version")) {
        return Err(format!("install it (Debian's packages: {names})"));
    }
    eprintln!("── installing {names}");
    let apt_get = || {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    let what = format!("installing {names}");
    output_of(&what, apt_get().args(["update", "--quiet"]))?;
    output_of(
        &what,
        apt_get()
            .args(["install", "--quiet", "--yes", "--no-install-recommends"])
            .args(packages),
    )?;
    Ok(())
}

/// Whether this is the superuser, to whom apt-get listens and PostgreSQL does not.
pub fn is_root() -> bool {
    output_of("id", Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}
