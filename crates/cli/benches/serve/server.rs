//! The program under test, and what the system says of it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::Result;

/// Ticks of the system's clock in a second, as Linux gives processor time.
const TICKS: f64 = 100.0;

/// A server on a free port, ended when it is dropped.
pub struct Server {
    child: Child,
    /// Deleted after the server has ended.
    _state: tempfile::TempDir,
    /// `http://127.0.0.1:port`
    pub url: String,
}

impl Server {
    /// Starts one, with an empty state folder.
    pub fn start() -> Result<Self> {
        let state = tempfile::tempdir()?;
        let mut child = Command::new(env!("CARGO_BIN_EXE_refcast"))
            .args(["serve", "--port", "0", "--state-dir"])
            .arg(state.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut log = BufReader::new(child.stderr.take().ok_or("the server has no log")?);
        let mut read = String::new();
        let url = loop {
            let before = read.len();
            if log.read_line(&mut read)? == 0 {
                return Err(format!("the server does not start: {read}").into());
            }
            if let Some((_, rest)) = read[before..].split_once("http://") {
                let address = rest.split_whitespace().next().unwrap_or_default();
                break format!("http://{address}");
            }
        };
        // The rest is read, so that the pipe does not fill.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Ok(Self {
            child,
            _state: state,
            url,
        })
    }

    /// Processor time that it has used; zero where the system does not say.
    pub fn processor_time(&self) -> Duration {
        let path = format!("/proc/{}/stat", self.child.id());
        let stat = std::fs::read_to_string(path).unwrap_or_default();
        // The name of the program, in brackets, may hold anything.
        let fields = stat.rsplit(')').next().unwrap_or_default();
        let ticks: f64 = fields
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|ticks| ticks.parse::<f64>().ok())
            .sum();
        Duration::from_secs_f64(ticks / TICKS)
    }

    /// Megabytes that it holds now, and the most that it held; `None` where the system does not say.
    pub fn memory(&self) -> Option<(f64, f64)> {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).ok()?;
        let kilobytes = |name: &str| -> Option<f64> {
            let line = status.lines().find(|line| line.starts_with(name))?;
            line.split_whitespace().nth(1)?.parse().ok()
        };
        Some((
            kilobytes("VmRSS:")? * 1024.0 / 1e6,
            kilobytes("VmHWM:")? * 1024.0 / 1e6,
        ))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
