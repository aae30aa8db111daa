//! `refcast serve`: the server, and its keys.

mod keys;
mod memory;

use std::net::SocketAddr;
use std::time::Duration;

use refcast_server::{Server, ServerLimits, Settings, StartFailure};
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use crate::failure::{Failure, Result};
use crate::flags::{CommonFlags, ServeCommand, ServeFlags};

/// Serves until it is told to stop, or works on keys.
///
/// # Errors
/// What keeps the server from starting; a key that is not there.
pub fn run(flags: &ServeFlags, common: &CommonFlags) -> Result<()> {
    memory::give_back_early();
    let runtime = Runtime::new().map_err(|error| Failure::Failed(error.to_string()))?;
    let done = match &flags.command {
        Some(ServeCommand::Keys(command)) => {
            runtime.block_on(keys::run(command, &flags.store, common))
        }
        None => runtime.block_on(serve(flags, common)),
    };
    // Work that does not stop when told must not hold the process.
    runtime.shutdown_background();
    done
}

async fn serve(flags: &ServeFlags, common: &CommonFlags) -> Result<()> {
    log(flags, common);
    let server = Server::open(settings(flags)).await;
    let server = server.map_err(|StartFailure(why)| Failure::Failed(why))?;
    let address = server
        .address()
        .map_err(|error| Failure::Failed(error.to_string()))?;
    if !common.quiet {
        let keys = if server.asks_for_keys() {
            "a key is asked for"
        } else {
            "no key is asked for"
        };
        anstream::eprintln!(
            "Serving {} on http://{address} ({keys}; Ctrl-C stops)",
            server.model_ids().join(", ")
        );
    }
    let stop = told_to_stop().map_err(|error| Failure::Failed(error.to_string()))?;
    server.run(stop).await;
    Ok(())
}

/// Ends at SIGTERM, which service managers send, and at Ctrl-C.
fn told_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

fn settings(flags: &ServeFlags) -> Settings {
    let defaults = ServerLimits::default();
    Settings {
        address: SocketAddr::new(flags.host, flags.port),
        models: flags.models.clone(),
        state_dir: flags.store.state_dir.clone(),
        database: flags.store.database.clone(),
        results: flags.results.clone(),
        results_endpoint: flags.results_endpoint.clone(),
        public_url: flags.public_url.clone(),
        allow_origins: flags.allow_origin.clone(),
        trusted_proxies: flags.trusted_proxy.clone(),
        no_auth: flags.no_auth,
        limits: ServerLimits {
            connections: flags.max_connections.get(),
            patience: Duration::from_secs(flags.idle_seconds.get()),
            body: flags.max_body << 20,
            bodies: flags.max_bodies << 20,
            inputs: flags.max_inputs,
            samples: flags.max_samples,
            job_samples: flags.max_job_samples,
            at_once: flags.at_once.unwrap_or(defaults.at_once),
            waiting: flags.max_waiting,
            queue: flags.max_queue,
            queue_bytes: flags.max_queue_bytes << 20,
            job: Duration::from_secs(flags.job_seconds),
            results: flags.max_results << 20,
            results_by_key: flags.max_results_by_key << 20,
            per_minute: flags.per_minute,
            request: Duration::from_secs(flags.request_seconds),
        },
        drain: Duration::from_secs(flags.drain_seconds),
        grace: Duration::from_secs(flags.grace_seconds),
        retention: Duration::from_secs(flags.retention_hours * 3600),
    }
}

fn log(flags: &ServeFlags, common: &CommonFlags) {
    use tracing_subscriber::EnvFilter;
    let level = if common.quiet { "error" } else { "info" };
    let filter = EnvFilter::try_from_env("REFCAST_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if flags.log_json {
        lines.json().init();
    } else {
        lines.init();
    }
}
