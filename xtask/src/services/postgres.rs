//! A PostgreSQL server on a free port of the loopback address, with nothing in it.

mod account;
mod programs;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::step::{Result, output_of, target};
use account::Account;
use programs::Programs;

/// The variable that tells the tests where it is.
pub const VARIABLE: &str = "REFCAST_TEST_POSTGRES";
/// The superuser, who needs no password: only this machine can reach the server.
const USER: &str = "refcast";
/// How long a start may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a throw-away server does without, and room for many tests at a time.
const SETTINGS: [&str; 6] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=500",
];

/// A running server; stopped, and its data deleted, when it is dropped.
pub struct Postgres {
    child: Child,
    port: u16,
    programs: Programs,
    // After the server that uses it.
    folder: Folder,
}

impl Postgres {
    /// Starts a server of this machine's PostgreSQL, which is installed where that can be done.
    ///
    /// # Errors
    /// What stands in the way.
    pub fn start() -> Result<Self> {
        let programs = Programs::get()?;
        let folder = Folder::new()?;
        let data = folder.data();
        output_of(
            "initdb",
            folder
                .command(&programs.initdb())
                .args(["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"])
                .arg(format!("--username={USER}"))
                .arg("--pgdata")
                .arg(&data),
        )?;
        let port = free_port()?;
        let log = folder.log()?;
        let child = folder
            .command(&programs.postgres())
            .arg("-D")
            .arg(&data)
            .args(["-p", &port.to_string()])
            .args(SETTINGS.iter().flat_map(|setting| ["-c", setting]))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|error| format!("cannot start PostgreSQL: {error}"))?;
        let mut started = Self {
            child,
            port,
            programs,
            folder,
        };
        started.wait_until_ready()?;
        Ok(started)
    }

    /// Tells the tests that `command` runs where it is.
    pub fn tell(&self, command: &mut Command) {
        let port = self.port;
        command.env(
            VARIABLE,
            format!("postgres://{USER}@127.0.0.1:{port}/postgres"),
        );
    }

    /// The last line of the file of its process id says how it stands; the port opens earlier.
    fn wait_until_ready(&mut self) -> Result<()> {
        let state = self.folder.data().join("postmaster.pid");
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let text = std::fs::read_to_string(&state).unwrap_or_default();
            if text.lines().any(|line| line.trim() == "ready") {
                return Ok(());
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                let log = self.folder.logged();
                return Err(format!("PostgreSQL ended ({status}): {log}"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err(format!(
            "PostgreSQL is not ready after {} s",
            PATIENCE.as_secs()
        ))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let stopped = output_of(
            "stopping PostgreSQL",
            self.folder
                .command(&self.programs.pg_ctl())
                .args(["stop", "--silent", "--mode=immediate", "--pgdata"])
                .arg(self.folder.data()),
        );
        if stopped.is_err() {
            // It has ended already, or is made to; its own processes end with it.
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// The folder of a server, which belongs to the account that runs it.
struct Folder {
    path: PathBuf,
    account: Option<Account>,
}

impl Folder {
    /// Under the build folder, or the system's temporary one where the account cannot enter that.
    fn new() -> Result<Self> {
        let account = Account::other_than_root()?;
        let mut parent = target();
        if account.is_some() && !account::can_enter(&parent) {
            parent = std::env::temp_dir();
        }
        let folder = Self {
            path: parent.join(format!("refcast-postgres-{}", std::process::id())),
            account,
        };
        let path = &folder.path;
        let fault = |error| format!("{}: {error}", path.display());
        std::fs::create_dir_all(path).map_err(fault)?;
        if let Some(account) = &folder.account {
            account.give(path).map_err(fault)?;
        }
        Ok(folder)
    }

    fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    fn log(&self) -> Result<std::fs::File> {
        let path = self.path.join("log");
        std::fs::File::create(&path).map_err(|error| format!("{}: {error}", path.display()))
    }

    fn logged(&self) -> String {
        let log = std::fs::read_to_string(self.path.join("log")).unwrap_or_default();
        log.trim().to_owned()
    }

    /// Of a program that runs here, as the owner.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        // A home of root's cannot be entered by the account, which is a fault to the programs.
        command.current_dir(&self.path).env("LC_ALL", "C");
        // Settings of whoever runs the tests are not meant for this server.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(name);
            }
        }
        if let Some(account) = &self.account {
            account.run(&mut command);
        }
        command
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Left behind, it is in nobody's way.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// A port that nothing listens on. PostgreSQL takes no 0, so that another program may be quicker.
fn free_port() -> Result<u16> {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| format!("no free port: {error}"))
}
