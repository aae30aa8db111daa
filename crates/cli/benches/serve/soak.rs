//! Mixed work for an hour: does the server hold more and more memory?

use std::sync::Arc;
use std::time::Duration;

use hyper::Method;
use serde_json::{Value, json};

use crate::Result;
use crate::client::{Client, MODEL};
use crate::load::Load;
use crate::server::Server;

/// Pieces of work begun in a second.
const RATE: f64 = 20.0;
/// The part of the time in which caches fill, which the slope leaves out.
const WARM_UP: f64 = 1.0 / 3.0;
const BETWEEN_LOOKS: Duration = Duration::from_secs(5);
/// One in five minutes.
const LOOKS_PER_LINE: usize = 60;

/// What is asked for, in turn.
struct Work {
    client: Client,
    /// A model and its example.
    examples: Vec<(&'static str, Value)>,
    /// Compounds that the bulk model knows.
    compounds: Vec<String>,
}

/// Works for some minutes and prints the memory on the way and its slope.
pub async fn measure(minutes: f64) -> Result<()> {
    let server = Server::start()?;
    let work = Arc::new(Work::prepare(Client::new(&server.url)).await?);
    let load = Load {
        rate: RATE,
        time: Duration::from_secs_f64(60.0 * minutes),
        between_health: BETWEEN_LOOKS,
        between_memory: BETWEEN_LOOKS,
        looks_per_line: LOOKS_PER_LINE,
    };
    println!("soak: {RATE} pieces of mixed work a second for {minutes} minutes");
    let mut seen = load
        .run(&server, |turn| {
            let work = Arc::clone(&work);
            async move {
                let outcome = work.piece(turn).await;
                outcome.unwrap_or_else(|error| format!("broken: {error}"))
            }
        })
        .await?;
    seen.print();
    let warm = load.time.mul_f64(WARM_UP);
    let points: Vec<(f64, f64)> = seen
        .memory
        .iter()
        .filter(|(time, _)| *time >= warm)
        .map(|(time, held)| (time.as_secs_f64() / 3600.0, *held))
        .collect();
    let (mean, slope) = line(&points);
    println!(
        "  memory after warm-up: mean {mean:.0} MB, {:+.2} % an hour",
        100.0 * slope / mean
    );
    Ok(())
}

/// The mean of the values, and the slope of the line of least squares through the points.
fn line(points: &[(f64, f64)]) -> (f64, f64) {
    let n = points.len() as f64;
    let x = points.iter().map(|point| point.0).sum::<f64>() / n;
    let y = points.iter().map(|point| point.1).sum::<f64>() / n;
    let covariance: f64 = points
        .iter()
        .map(|point| (point.0 - x) * (point.1 - y))
        .sum();
    let variance: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    (y, covariance / variance)
}

impl Work {
    async fn prepare(client: Client) -> Result<Self> {
        let mut examples = Vec::new();
        for model in [
            MODEL,
            "gem-1-bulk",
            "gem-1-bulk_condition-on-sample-ids",
            "gem-1-bulk_predict-metadata",
            "gem-1-sc_reference-conditioning",
            "gem-1-sc",
            "gem-1-sc_predict-metadata",
        ] {
            examples.push((model, client.example(model).await?));
        }
        let vocabulary = client
            .json(&format!(
                "/api/models/{MODEL}/vocab?field=perturbation_ontology_id&search=CHEMBL&limit=200"
            ))
            .await?;
        let compounds: Vec<String> = vocabulary["values"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry["value"].as_str()?.to_owned()))
            .collect();
        if compounds.is_empty() {
            return Err(format!("no compounds in {vocabulary}").into());
        }
        Ok(Self {
            client,
            examples,
            compounds,
        })
    }

    /// One piece of work; what came of it, in a few words.
    async fn piece(&self, turn: u64) -> Result<String> {
        let (model, example) = &self.examples[(turn / 8) as usize % self.examples.len()];
        let mut query = example.clone();
        query["seed"] = json!(turn);
        match turn % 8 {
            // The same reference under many compounds.
            0 | 1 => {
                let mut query = self.examples[0].1.clone();
                let compound = turn as usize / 8 % self.compounds.len();
                query["inputs"][0]["metadata"]["perturbation_ontology_id"] =
                    json!(self.compounds[compound]);
                self.stream(MODEL, query).await
            }
            // References that were not seen before.
            2 | 3 => {
                let mut query = self.examples[0].1.clone();
                query["inputs"][0]["counts"]["counts"][0] = json!(turn);
                self.stream(MODEL, query).await
            }
            4 => self.stream(model, query).await,
            5 => self.job(model, query, turn).await,
            // Whoever leaves before the answer.
            6 => {
                let patience = Duration::from_millis(turn / 8 % 20);
                let answer = self.stream(model, query);
                Ok(match tokio::time::timeout(patience, answer).await {
                    Ok(answer) => answer?,
                    Err(_) => "left".to_owned(),
                })
            }
            // A query with faults, of which the texts are never twice the same.
            _ => {
                query["inputs"][0]["metadata"] =
                    json!({ format!("tissue_{turn}"): "liver", "sex": format!("sex {turn}") });
                self.stream(model, query).await
            }
        }
    }

    async fn stream(&self, model: &str, query: Value) -> Result<String> {
        let answer = self.client.predict(model, query.to_string()).await?;
        Ok(format!("stream {}", answer.status.as_u16()))
    }

    /// Submits a job, waits for its end, and deletes every second one.
    async fn job(&self, model: &str, query: Value, turn: u64) -> Result<String> {
        let path = format!("/api/models/{model}/predict");
        let (status, body) = self
            .client
            .send(Method::POST, &path, query.to_string())
            .await?;
        if !status.is_success() {
            return Ok(format!("job {}", status.as_u16()));
        }
        let answer: Value = serde_json::from_slice(&body)?;
        let id = answer["modelQueryId"]
            .as_str()
            .ok_or_else(|| format!("a job without an id: {answer}"))?;
        let path = format!("/api/model-queries/{id}");
        let state = loop {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let answer = self.client.json(&format!("{path}/status")).await?;
            let state = answer["status"].as_str().unwrap_or_default().to_owned();
            if !["pending", "running"].contains(&state.as_str()) {
                break state;
            }
        };
        if turn % 16 == 5 {
            let (status, _) = self
                .client
                .send(Method::DELETE, &path, String::new())
                .await?;
            return Ok(format!("job {state}, deleted: {}", status.as_u16()));
        }
        Ok(format!("job {state}"))
    }
}
