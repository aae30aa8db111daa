//! Figures for Prometheus.

use std::cell::Cell;
use std::time::{Duration, Instant};

use axum::http::Method;
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::failure::StartFailure;

const REQUESTS: &str = "refcast_requests_total";
const REQUEST_SECONDS: &str = "refcast_request_seconds";
const ANSWER_SECONDS: &str = "refcast_answer_seconds";
const GENERATION_SECONDS: &str = "refcast_generation_seconds";
const SAMPLES: &str = "refcast_generated_samples_total";
const WAITING: &str = "refcast_waiting_requests";
const JOBS: &str = "refcast_jobs";

/// Upper ends of the classes of durations, seconds.
const SECONDS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0, 300.0,
];

/// Sets up the recorder, once in a process; later calls share the first one's.
///
/// # Errors
/// Another recorder in the same process.
pub fn install() -> Result<PrometheusHandle, StartFailure> {
    static HANDLE: std::sync::OnceLock<PrometheusHandle> = std::sync::OnceLock::new();
    if let Some(handle) = HANDLE.get() {
        return Ok(handle.clone());
    }
    let failed = |error: &dyn std::fmt::Display| StartFailure(format!("metrics: {error}"));
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
        .map_err(|error| failed(&error))?
        .build_recorder();
    let handle = HANDLE.get_or_init(|| recorder.handle()).clone();
    metrics::set_global_recorder(recorder).map_err(|error| failed(&error))?;
    describe_counter!(REQUESTS, "Requests by route, method and status");
    describe_histogram!(REQUEST_SECONDS, "Time to the response's head, by route");
    describe_histogram!(
        ANSWER_SECONDS,
        "Time to the end of a whole answer, by model and mode (stream or job)"
    );
    describe_histogram!(
        GENERATION_SECONDS,
        "Time that one answer spends in a stage (read, prepare, draw, encode), by model"
    );
    describe_counter!(SAMPLES, "Generated samples by model");
    describe_gauge!(WAITING, "Requests that wait for a generation");
    describe_gauge!(JOBS, "Jobs by state");
    Ok(handle)
}

/// A method as a label: whatever word a client makes up is another one.
pub fn method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

/// A request was answered.
pub fn request(route: &str, method: &'static str, status: u16, since: Instant) {
    let labels = [
        ("route", route.to_owned()),
        ("method", method.to_owned()),
        ("status", status.to_string()),
    ];
    counter!(REQUESTS, &labels).increment(1);
    histogram!(REQUEST_SECONDS, "route" => route.to_owned()).record(since.elapsed());
}

/// The gauges, read when they are asked for.
pub fn queues(waiting: usize, jobs: &[(String, u64)]) {
    gauge!(WAITING).set(waiting as f64);
    for (state, n) in jobs {
        gauge!(JOBS, "state" => state.clone()).set(*n as f64);
    }
}

/// A stage of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Reading the query and looking up what it asks for.
    Read,
    /// What is the same for all samples of a reference.
    Prepare,
    /// The samples.
    Draw,
    /// Their bytes.
    Encode,
}

const STAGES: [(Stage, &str); 4] = [
    (Stage::Read, "read"),
    (Stage::Prepare, "prepare"),
    (Stage::Draw, "draw"),
    (Stage::Encode, "encode"),
];

/// Times an answer and its stages.
pub struct Timer {
    model: String,
    mode: &'static str,
    since: Instant,
    /// Time in each of [`STAGES`].
    spent: [Cell<Duration>; STAGES.len()],
}

impl Timer {
    /// An answer begins; `mode` is `stream` or `job`.
    pub fn start(model: &str, mode: &'static str) -> Self {
        Self {
            model: model.to_owned(),
            mode,
            since: Instant::now(),
            spent: Default::default(),
        }
    }

    /// Does a piece of a stage.
    pub fn time<T>(&self, stage: Stage, work: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let done = work();
        let spent = &self.spent[stage as usize];
        spent.set(spent.get() + begun.elapsed());
        done
    }

    /// It ended well.
    pub fn done(self, samples: u64) {
        let labels = [
            ("model", self.model.clone()),
            ("mode", self.mode.to_owned()),
        ];
        histogram!(ANSWER_SECONDS, &labels).record(self.since.elapsed());
        for (stage, name) in STAGES {
            let labels = [("model", self.model.clone()), ("stage", name.to_owned())];
            histogram!(GENERATION_SECONDS, &labels).record(self.spent[stage as usize].get());
        }
        counter!(SAMPLES, "model" => self.model).increment(samples);
    }
}
