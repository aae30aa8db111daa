//! A client that reads answers as bytes, and what it sees of many.

use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use hyper::{Method, Request, StatusCode};
use hyper_util::client::legacy::Client as Connections;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use crate::Result;

/// The model that is called where one is enough.
pub const MODEL: &str = "gem-1-bulk_reference-conditioning";
const ARROW: &str = "application/vnd.apache.arrow.stream";
/// The bytes that end an Arrow stream.
const END: [u8; 8] = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];

/// A client with connections of its own.
#[derive(Clone)]
pub struct Client {
    http: Connections<HttpConnector, Full<Bytes>>,
    url: String,
}

/// What came of one request.
pub struct Answer {
    pub status: StatusCode,
    /// Whether a refusal says when to come again.
    pub says_when: bool,
    /// Until the first byte of the body, and until the last.
    pub first: Duration,
    pub whole: Duration,
    pub bytes: usize,
}

impl Client {
    pub fn new(url: &str) -> Self {
        let mut connector = HttpConnector::new();
        // As the clients in Python and R do.
        connector.set_nodelay(true);
        Self {
            http: Connections::builder(TokioExecutor::new()).build(connector),
            url: url.to_owned(),
        }
    }

    /// The server's own example of a model: one input, one sample.
    pub async fn example(&self, model: &str) -> Result<Value> {
        let mut answer = self
            .json(&format!("/api/models/{model}/example-query"))
            .await?;
        Ok(answer["example_query"].take())
    }

    /// What the server answers at a path, as JSON.
    pub async fn json(&self, path: &str) -> Result<Value> {
        let body = self.get(format!("{}{path}", self.url)).await?;
        Ok(serde_json::from_slice(&body)?)
    }

    /// Sends a request with or without a body of JSON; the whole answer.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: String,
    ) -> Result<(StatusCode, Bytes)> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header(CONTENT_TYPE, "application/json")
            .body(Full::from(body))?;
        let response = self.http.request(request).await?;
        let status = response.status();
        Ok((status, response.into_body().collect().await?.to_bytes()))
    }

    async fn get(&self, url: String) -> Result<Bytes> {
        let response = self.http.get(url.parse()?).await?;
        let status = response.status();
        if !status.is_success() {
            return Err(format!("{url} answered {status}").into());
        }
        Ok(response.into_body().collect().await?.to_bytes())
    }

    /// Asks a model for an Arrow stream and reads it to its end.
    pub async fn predict(&self, model: &str, query: String) -> Result<Answer> {
        let begun = Instant::now();
        let request = Request::post(format!("{}/api/models/{model}/predict", self.url))
            .header(ACCEPT, ARROW)
            .header(CONTENT_TYPE, "application/json")
            .body(Full::from(query))?;
        let mut response = self.http.request(request).await?;
        let (status, mut bytes) = (response.status(), 0);
        let says_when = response.headers().contains_key(RETRY_AFTER);
        let mut first = None;
        let mut last = Vec::new();
        while let Some(frame) = response.frame().await {
            let Ok(piece) = frame?.into_data() else {
                continue;
            };
            first.get_or_insert_with(|| begun.elapsed());
            bytes += piece.len();
            last.extend_from_slice(&piece[piece.len().saturating_sub(END.len())..]);
            last.drain(..last.len().saturating_sub(END.len()));
        }
        if status == StatusCode::OK && last != END {
            return Err("an Arrow stream without its end".into());
        }
        let whole = begun.elapsed();
        Ok(Answer {
            status,
            says_when,
            first: first.unwrap_or(whole),
            whole,
            bytes,
        })
    }

    /// How long the server takes to say that it lives.
    pub async fn health(&self) -> Result<Duration> {
        let begun = Instant::now();
        self.get(format!("{}/healthz", self.url)).await?;
        Ok(begun.elapsed())
    }
}

/// The value below which a part of the times lies, milliseconds.
pub fn percentile(times: &mut [Duration], part: f64) -> f64 {
    times.sort_unstable();
    let place = ((times.len() as f64 * part) as usize).min(times.len().saturating_sub(1));
    times
        .get(place)
        .map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
}
