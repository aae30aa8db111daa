//! A server that answers as S3 does, on a free port of the loopback address, with an empty bucket.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::step::{Result, root};

/// The variable that tells the tests which bucket is theirs.
pub const VARIABLE: &str = "REFCAST_TEST_S3";
/// The bucket.
const BUCKET: &str = "refcast";
const REGION: &str = "us-east-1";
/// Any key will do: the server keeps all in memory and checks none.
const KEY: &str = "test";

/// A running server, stopped when it is dropped.
pub struct S3 {
    child: Child,
    endpoint: String,
}

impl S3 {
    /// Starts it in `python`, which has its packages. It ends by itself if this process does.
    ///
    /// # Errors
    /// What stands in the way.
    pub fn start(python: &Path) -> Result<Self> {
        let mut child = Command::new(python)
            .arg(root().join("xtask/src/services/s3.py"))
            .args([BUCKET, REGION, KEY])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start the S3 server: {error}"))?;
        let output = child.stdout.take().map(BufReader::new);
        let mut errors = child.stderr.take();
        let mut endpoint = String::new();
        if let Some(mut output) = output {
            // One line, once it answers; none if it fails.
            let _ = output.read_line(&mut endpoint);
        }
        let mut started = Self {
            child,
            endpoint: endpoint.trim().to_owned(),
        };
        if started.endpoint.is_empty() {
            let _ = started.child.kill();
            let mut why = String::new();
            if let Some(errors) = &mut errors {
                let _ = std::io::Read::read_to_string(errors, &mut why);
            }
            return Err(format!("the S3 server failed: {}", why.trim()));
        }
        Ok(started)
    }

    /// Tells the tests that `command` runs, and the client of S3 in them, where it is.
    pub fn tell(&self, command: &mut Command) {
        command
            .env(VARIABLE, format!("s3://{BUCKET}/tests"))
            .env("REFCAST_TEST_S3_ENDPOINT", &self.endpoint)
            .env("AWS_ACCESS_KEY_ID", KEY)
            .env("AWS_SECRET_ACCESS_KEY", KEY)
            .env("AWS_REGION", REGION)
            // One of the user's own does not belong to these keys.
            .env_remove("AWS_SESSION_TOKEN");
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        // It holds nothing but memory.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
