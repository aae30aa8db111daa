//! What `refcast serve` does under load, seen from outside:
//!
//!     cargo bench -p refcast-cli --bench serve                # all but the soak, about three minutes
//!     cargo bench -p refcast-cli --bench serve -- latency     # or `stream`, `overload`, `stop`
//!     cargo bench -p refcast-cli --bench serve -- soak 60     # mixed work for 60 minutes
//!
//! The server is the program itself, on a free port of the loopback address with an empty state
//! folder; the clients are this process, on the same processors.

mod client;
mod latency;
mod load;
mod overload;
mod server;
mod soak;
mod stop;
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
    let named = |name: &str| asked.iter().any(|asked| asked == name);
    let minutes = asked.iter().find_map(|asked| asked.parse().ok());
    for (name, measured) in [
        ("latency", asked.is_empty() || named("latency")),
        ("stream", asked.is_empty() || named("stream")),
        ("overload", asked.is_empty() || named("overload")),
        ("stop", asked.is_empty() || named("stop")),
        ("soak", named("soak")),
    ] {
        if !measured {
            continue;
        }
        let done = match name {
            "latency" => latency::measure().await,
            "stream" => stream::measure().await,
            "stop" => stop::measure().await,
            "soak" => soak::measure(minutes.unwrap_or(60.0)).await,
            _ => overload::measure().await,
        };
        if let Err(error) = done {
            eprintln!("{name}: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
