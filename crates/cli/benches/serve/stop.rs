//! How soon work stops that nobody wants: from the moment a client leaves, or a job is deleted, until the
//! server uses no more processor time.

use std::time::{Duration, Instant};

use hyper::Method;
use serde_json::{Value, json};

use crate::Result;
use crate::client::{Client, MODEL, percentile};
use crate::server::Server;

/// Tries of each kind, at most.
const TRIES: usize = 10;
/// Perturbations of a try, none of which was asked for before: each takes a while to prepare.
const PERTURBATIONS: usize = 15;
/// How long the work is let go on, and the processor time that it takes of that at least.
const LET_GO_ON: Duration = Duration::from_millis(150);
const AT_WORK: Duration = Duration::from_millis(50);
/// What the server uses in [`QUIET`] is looked at; so much is what it uses without any work.
const QUIET: Duration = Duration::from_millis(200);
const IDLE: Duration = Duration::from_millis(20);

/// Measures and prints.
pub async fn measure() -> Result<()> {
    println!("stop: processor time after nobody wants the work any more");
    let server = Server::start()?;
    let client = Client::new(&server.url);
    let example = client.example(MODEL).await?;
    let mut drawing = example.clone();
    drawing["inputs"][0]["num_samples"] = json!(10_000);
    drawing["sampling_strategy"] = json!("sample generation");
    let drawing = vec![drawing; TRIES];
    let preparing = with_perturbations(&client, &example).await?;
    // Before a job is accepted its perturbations are prepared: a deleted one only draws.
    for (what, queries, is_job) in [
        (
            "samples are drawn, and their client leaves",
            &drawing,
            false,
        ),
        (
            "samples are drawn, and their job is deleted",
            &drawing,
            true,
        ),
        (
            "perturbations are prepared, and their client leaves",
            &preparing,
            false,
        ),
    ] {
        let mut times = Vec::new();
        for query in queries {
            times.push(stopped_after(&server, &client, query.to_string(), is_job).await?);
        }
        let most = percentile(&mut times, 1.0);
        let median = percentile(&mut times, 0.5);
        let tries = times.len();
        println!("  {what}: {median:.0} ms, {most:.0} ms at most, {tries} tries");
    }
    Ok(())
}

/// Queries of one reference under perturbations that none of the others has.
async fn with_perturbations(client: &Client, example: &Value) -> Result<Vec<Value>> {
    let path = format!(
        "/api/models/{MODEL}/vocab?field=perturbation_ontology_id&search=CHEMBL&limit=1000"
    );
    let known = client.json(&path).await?;
    let known = known["values"].as_array().into_iter().flatten();
    let known: Vec<&Value> = known.filter(|value| value["kind"] == "compound").collect();
    let queries = known.chunks_exact(PERTURBATIONS).take(TRIES).map(|values| {
        let inputs = values.iter().map(|value| {
            let mut input = example["inputs"][0].clone();
            input["metadata"] = json!({"perturbation_ontology_id": value["value"]});
            input
        });
        let mut query = example.clone();
        query["inputs"] = inputs.collect();
        query
    });
    Ok(queries.collect())
}

async fn stopped_after(
    server: &Server,
    client: &Client,
    query: String,
    is_job: bool,
) -> Result<Duration> {
    if is_job {
        let path = format!("/api/models/{MODEL}/predict");
        let (status, body) = client.send(Method::POST, &path, query).await?;
        let submitted: Value = serde_json::from_slice(&body)?;
        let Some(id) = submitted["modelQueryId"].as_str() else {
            return Err(format!("answered {status}: {submitted}").into());
        };
        let path = format!("/api/model-queries/{id}");
        while client.json(&format!("{path}/status")).await?["status"] == "pending" {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let before = server.processor_time();
        tokio::time::sleep(LET_GO_ON).await;
        at_work(server, before)?;
        let begun = Instant::now();
        client.send(Method::DELETE, &path, String::new()).await?;
        Ok(quiet_after(server, begun).await)
    } else {
        // The connection is closed with the call that is dropped.
        let before = server.processor_time();
        let call = client.predict(MODEL, query);
        if let Ok(answer) = tokio::time::timeout(LET_GO_ON, call).await {
            let status = answer?.status;
            return Err(format!("answered {status} before the client left").into());
        }
        let begun = Instant::now();
        at_work(server, before)?;
        Ok(quiet_after(server, begun).await)
    }
}

/// Refuses to measure how soon a server stops that did not work.
fn at_work(server: &Server, before: Duration) -> Result<()> {
    let used = server.processor_time().saturating_sub(before);
    if used < AT_WORK {
        return Err(format!("the server used {used:?} in {LET_GO_ON:?}: it did not work").into());
    }
    Ok(())
}

/// When the server began to use no more processor time than without work, since `begun`.
async fn quiet_after(server: &Server, begun: Instant) -> Duration {
    let mut used = vec![(begun.elapsed(), server.processor_time())];
    loop {
        tokio::time::sleep(Duration::from_millis(5)).await;
        let now = (begun.elapsed(), server.processor_time());
        used.push(now);
        let quiet = used
            .iter()
            .find(|(at, then)| now.0 >= *at + QUIET && now.1 <= *then + IDLE);
        if let Some((at, _)) = quiet {
            return *at;
        }
    }
}
