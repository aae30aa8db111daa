//! How a server is started.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

/// Every setting; the command line has a flag and an environment variable for each.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to listen.
    pub address: SocketAddr,
    /// Folder of more models, a bundle in each folder of it.
    pub models: Option<PathBuf>,
    /// Folder of the job store, the results and the secret.
    pub state_dir: PathBuf,
    /// URL of a PostgreSQL database, instead of the SQLite file in the state folder.
    pub database: Option<String>,
    /// `s3://bucket/prefix`, instead of the results folder in the state folder.
    pub results: Option<String>,
    /// The address of the S3 server, where it is not Amazon's.
    pub results_endpoint: Option<String>,
    /// What clients call the server, for download URLs and as a name that it answers to; by their own
    /// `Host` header where not given.
    pub public_url: Option<String>,
    /// Origins of other web pages that may call the server.
    pub allow_origins: Vec<String>,
    /// Addresses and networks of proxies whose `X-Forwarded-Host` and `X-Forwarded-Proto` are believed.
    pub trusted_proxies: Vec<String>,
    /// Answer without keys on an address that others can reach.
    pub no_auth: bool,
    /// The most of everything.
    pub limits: ServerLimits,
    /// How long to go on answering, as not ready, when told to stop.
    pub drain: Duration,
    /// How long to wait for running work after that.
    pub grace: Duration,
    /// How long results are kept.
    pub retention: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 8080)),
            models: None,
            state_dir: PathBuf::from(".refcast"),
            database: None,
            results: None,
            results_endpoint: None,
            public_url: None,
            allow_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            no_auth: false,
            limits: ServerLimits::default(),
            drain: Duration::from_secs(1),
            grace: Duration::from_secs(30),
            retention: Duration::from_secs(24 * 3600),
        }
    }
}

/// The most of everything.
#[derive(Debug, Clone, Copy)]
pub struct ServerLimits {
    /// Connections at a time.
    pub connections: usize,
    /// How long a client may send nothing of a request, or take nothing of an answer.
    pub patience: Duration,
    /// Bytes of a body.
    pub body: usize,
    /// Bytes of all queries in memory together.
    pub bodies: usize,
    /// Inputs of a query.
    pub inputs: usize,
    /// Samples of a query that is answered at once, over all inputs.
    pub samples: u64,
    /// Samples of a query that becomes a job, whose result is one document.
    pub job_samples: u64,
    /// Generations at once, and as many jobs.
    pub at_once: usize,
    /// Requests that wait for one.
    pub waiting: usize,
    /// Jobs that wait.
    pub queue: u32,
    /// Bytes of the queries of all jobs that wait; those of one key take half of them at most.
    pub queue_bytes: u64,
    /// How long a job may run.
    pub job: Duration,
    /// Bytes of results that are kept.
    pub results: u64,
    /// The same of each key.
    pub results_by_key: u64,
    /// Requests per minute for each key; for all clients together where there are no keys.
    pub per_minute: Option<NonZeroU32>,
    /// How long a request may take to the head of its answer, and a stream to its end.
    pub request: Duration,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            connections: 512,
            patience: Duration::from_secs(30),
            body: 32 << 20,
            bodies: 128 << 20,
            inputs: 10_000,
            samples: 100_000,
            job_samples: 10_000,
            at_once: std::thread::available_parallelism().map_or(2, usize::from),
            waiting: 64,
            queue: 1_000,
            queue_bytes: 1 << 30,
            job: Duration::from_secs(3_600),
            results: 50 << 30,
            results_by_key: 10 << 30,
            per_minute: None,
            request: Duration::from_secs(600),
        }
    }
}
