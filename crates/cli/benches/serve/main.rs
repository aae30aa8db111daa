//! What `refcast serve` does under load, seen from outside:
//!
//!     cargo bench -p refcast --bench serve                # everything, about two minutes
//!     cargo bench -p refcast --bench serve -- latency     # or `stream`, or `overload`
//!
//! The server is the program itself, on a free port of the loopback address with an empty state
//! folder; the clients are this process, on the same processors.

mod client;
mod latency;
mod overload;
mod server;
mod stream;

use std::process::ExitCode;

/// What ends a measurement early.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> ExitCode {
    // Cargo adds `--bench`.
    let asked: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let wanted = |name: &str| asked.is_empty() || asked.iter().any(|asked| asked == name);
    for (name, measured) in [
        ("latency", wanted("latency")),
        ("stream", wanted("stream")),
        ("overload", wanted("overload")),
    ] {
        if !measured {
            continue;
        }
        let done = match name {
            "latency" => latency::measure().await,
            "stream" => stream::measure().await,
            _ => overload::measure().await,
        };
        if let Err(error) = done {
            eprintln!("{name}: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
