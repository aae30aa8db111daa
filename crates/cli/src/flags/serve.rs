//! `refcast serve`.

use std::net::IpAddr;
use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Serve models over HTTP, as existing clients know it.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  refcast serve
  refcast serve --port 9000 --models models --state-dir state
  refcast serve keys add laptop
  refcast serve --host 0.0.0.0

A server on the loopback address asks for no key until one is made, and from then on for good, until
--no-auth. Any other address needs one key at least, or --no-auth."
)]
pub struct ServeFlags {
    /// Keys instead of serving
    #[command(subcommand)]
    pub command: Option<ServeCommand>,
    #[command(flatten)]
    pub store: StoreFlags,
    /// Address to listen on
    #[arg(long, env = "REFCAST_HOST", default_value = "127.0.0.1")]
    pub host: IpAddr,
    /// Port to listen on; 0 for a free one
    #[arg(long, env = "REFCAST_PORT", default_value_t = 8080)]
    pub port: u16,
    /// Folder of more models, each a bundle in a folder of its own
    #[arg(long, env = "REFCAST_MODELS", value_name = "DIR")]
    pub models: Option<PathBuf>,
    /// s3://bucket/prefix for results, instead of the state folder; AWS_* variables say how to reach it
    #[arg(
        long,
        env = "REFCAST_RESULTS",
        value_name = "URL",
        help_heading = "Store"
    )]
    pub results: Option<String>,
    /// Address of the S3 server, where it is not Amazon's
    #[arg(
        long,
        env = "REFCAST_RESULTS_ENDPOINT",
        value_name = "URL",
        help_heading = "Store"
    )]
    pub results_endpoint: Option<String>,
    /// What clients call this server: a name it answers to, and the start of download URLs [default:
    /// the Host of each request]
    #[arg(long, env = "REFCAST_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// Origin of a web page that may call this server (`https://tool.example.org`); repeatable
    #[arg(
        long,
        env = "REFCAST_ALLOW_ORIGIN",
        value_name = "ORIGIN",
        value_delimiter = ','
    )]
    pub allow_origin: Vec<String>,
    /// Address or network of a proxy whose X-Forwarded-Host and -Proto are believed; repeatable
    #[arg(
        long,
        env = "REFCAST_TRUSTED_PROXY",
        value_name = "IP",
        value_delimiter = ','
    )]
    pub trusted_proxy: Vec<String>,
    /// Ask for no key, whoever can reach the address
    #[arg(long, env = "REFCAST_NO_AUTH")]
    pub no_auth: bool,
    /// Generations at once, and as many jobs [default: processors]
    #[arg(
        long,
        env = "REFCAST_AT_ONCE",
        value_name = "N",
        help_heading = "Limits"
    )]
    pub at_once: Option<usize>,
    /// Requests that may wait for a generation; the rest get 429
    #[arg(
        long,
        env = "REFCAST_MAX_WAITING",
        value_name = "N",
        default_value_t = 64,
        help_heading = "Limits"
    )]
    pub max_waiting: usize,
    /// Jobs that may wait, of one key no more than places are left free; the rest get 429
    #[arg(
        long,
        env = "REFCAST_MAX_QUEUE",
        value_name = "N",
        default_value_t = 1000,
        help_heading = "Limits"
    )]
    pub max_queue: u32,
    /// Queries of all jobs that wait together, MiB, of one key half of that at most; the rest get 429
    #[arg(
        long,
        env = "REFCAST_MAX_QUEUE_BYTES",
        value_name = "MIB",
        default_value_t = 1024,
        value_parser = clap::value_parser!(u64).range(1..=1 << 40),
        help_heading = "Limits"
    )]
    pub max_queue_bytes: u64,
    /// Connections at a time
    #[arg(
        long,
        env = "REFCAST_MAX_CONNECTIONS",
        value_name = "N",
        default_value = "512",
        help_heading = "Limits"
    )]
    pub max_connections: NonZeroUsize,
    /// How long a client may send nothing of a request or take nothing of an answer, seconds
    #[arg(
        long,
        env = "REFCAST_IDLE_SECONDS",
        value_name = "S",
        default_value = "30",
        help_heading = "Limits"
    )]
    pub idle_seconds: NonZeroU64,
    /// All queries in memory together, MiB; the rest get 429
    #[arg(
        long,
        env = "REFCAST_MAX_BODIES",
        value_name = "MIB",
        default_value_t = 128,
        help_heading = "Limits"
    )]
    pub max_bodies: usize,
    /// Largest body, MiB
    #[arg(
        long,
        env = "REFCAST_MAX_BODY",
        value_name = "MIB",
        default_value_t = 32,
        help_heading = "Limits"
    )]
    pub max_body: usize,
    /// Inputs of one query
    #[arg(
        long,
        env = "REFCAST_MAX_INPUTS",
        value_name = "N",
        default_value_t = 10_000,
        help_heading = "Limits"
    )]
    pub max_inputs: usize,
    /// Samples of one streamed answer
    #[arg(
        long,
        env = "REFCAST_MAX_SAMPLES",
        value_name = "N",
        default_value_t = 100_000,
        help_heading = "Limits"
    )]
    pub max_samples: u64,
    /// Samples of one job
    #[arg(
        long,
        env = "REFCAST_MAX_JOB_SAMPLES",
        value_name = "N",
        default_value_t = 10_000,
        help_heading = "Limits"
    )]
    pub max_job_samples: u64,
    /// Requests a minute for each key, or for all clients of a server without keys [default: any]
    #[arg(
        long,
        env = "REFCAST_PER_MINUTE",
        value_name = "N",
        help_heading = "Limits"
    )]
    pub per_minute: Option<NonZeroU32>,
    /// Longest wait for an answer, and longest streamed answer, seconds
    #[arg(
        long,
        env = "REFCAST_REQUEST_SECONDS",
        value_name = "S",
        default_value_t = 600,
        help_heading = "Limits"
    )]
    pub request_seconds: u64,
    /// Longest run of a job, seconds
    #[arg(
        long,
        env = "REFCAST_JOB_SECONDS",
        value_name = "S",
        default_value_t = 3600,
        help_heading = "Limits"
    )]
    pub job_seconds: u64,
    /// Results that are kept, MiB; the oldest make room
    #[arg(
        long,
        env = "REFCAST_MAX_RESULTS",
        value_name = "MIB",
        default_value_t = 51_200,
        value_parser = clap::value_parser!(u64).range(1..=1 << 40),
        help_heading = "Store"
    )]
    pub max_results: u64,
    /// Results of one key that are kept, MiB; the oldest make room
    #[arg(
        long,
        env = "REFCAST_MAX_RESULTS_BY_KEY",
        value_name = "MIB",
        default_value_t = 10_240,
        value_parser = clap::value_parser!(u64).range(1..=1 << 40),
        help_heading = "Store"
    )]
    pub max_results_by_key: u64,
    /// How long results are kept, hours
    #[arg(
        long,
        env = "REFCAST_RETENTION_HOURS",
        value_name = "H",
        default_value_t = 24,
        help_heading = "Store"
    )]
    pub retention_hours: u64,
    /// How long to answer as not ready before closing, seconds
    #[arg(
        long,
        env = "REFCAST_DRAIN_SECONDS",
        value_name = "S",
        default_value_t = 1
    )]
    pub drain_seconds: u64,
    /// How long to wait for running work when told to stop, seconds
    #[arg(
        long,
        env = "REFCAST_GRACE_SECONDS",
        value_name = "S",
        default_value_t = 30
    )]
    pub grace_seconds: u64,
    /// Log as JSON, one object a line
    #[arg(long, env = "REFCAST_LOG_JSON")]
    pub log_json: bool,
}

/// Where a server keeps what must survive it.
#[derive(Debug, Clone, Args)]
pub struct StoreFlags {
    /// Folder of jobs, results, keys and the secret
    #[arg(
        long,
        env = "REFCAST_STATE_DIR",
        value_name = "DIR",
        default_value = ".refcast",
        global = true,
        help_heading = "Store"
    )]
    pub state_dir: PathBuf,
    /// postgres://… for jobs and keys, instead of the state folder
    #[arg(
        long,
        env = "REFCAST_DATABASE",
        value_name = "URL",
        global = true,
        help_heading = "Store",
        hide_env_values = true
    )]
    pub database: Option<String>,
}

/// What else there is to a server.
#[derive(Debug, Subcommand)]
pub enum ServeCommand {
    /// Add, list and revoke keys
    #[command(subcommand)]
    Keys(KeysCommand),
}

/// Keys of clients.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Make a key; it is shown once
    Add {
        /// Whose it is
        name: String,
        /// Requests a minute [default: the server's]
        #[arg(long)]
        per_minute: Option<NonZeroU32>,
    },
    /// List keys, without their secrets
    List,
    /// End a key
    Revoke {
        /// Its id, as listed
        id: String,
    },
}
