//! What every route can reach.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use metrics_exporter_prometheus::PrometheusHandle;

use crate::admission::Admission;
use crate::edge::budget::Budget;
use crate::edge::compression::Compressors;
use crate::edge::origin::Callers;
use crate::example::Examples;
use crate::limits::rate::RateLimits;
use crate::registry::Registry;
use crate::settings::Settings;
use crate::signing::Signer;
use crate::store::{Jobs, Keys};

/// The server's parts. Cheap to clone.
pub type App = Arc<Parts>;

/// The server's parts.
pub struct Parts {
    /// How it was started.
    pub settings: Settings,
    /// The models.
    pub registry: Arc<Registry>,
    /// A query for each model id that runs as it is.
    pub examples: Examples,
    /// The names of this server, and who may call it from where.
    pub callers: Callers,
    /// What compresses answers.
    pub compressors: Compressors,
    /// The bytes of queries in memory.
    pub bodies: Budget,
    /// The gate before the reading of queries.
    pub reading: Admission,
    /// The gate before the generation of streams: their clients may be slow, and readers must not
    /// wait for them.
    pub streams: Admission,
    /// The gate before searches in vocabularies: each takes a processor for a tenth of a second.
    pub searches: Admission,
    /// The jobs.
    pub jobs: Jobs,
    /// The keys; none where the server asks for none.
    pub keys: Option<Keys>,
    /// How often each may call.
    pub rates: RateLimits,
    /// Signs download URLs.
    pub signer: Signer,
    /// The figures for `/metrics`.
    pub metrics: PrometheusHandle,
    /// False from the moment the server is told to stop.
    pub is_ready: AtomicBool,
}

impl Parts {
    /// Whether new work is welcome.
    pub fn is_ready(&self) -> bool {
        self.is_ready.load(Ordering::Acquire)
    }
}
