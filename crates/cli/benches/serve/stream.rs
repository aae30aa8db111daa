//! Ten thousand samples through one stream: what the server holds meanwhile.

use serde_json::Value;

use crate::Result;
use crate::client::{Client, MODEL};
use crate::server::Server;

const SAMPLES: u64 = 10_000;

/// Measures and prints.
pub async fn measure() -> Result<()> {
    println!("stream: {SAMPLES} samples of one reference");
    for strategy in ["mean estimation", "sample generation"] {
        let server = Server::start()?;
        let client = Client::new(&server.url);
        let mut query = client.example(MODEL).await?;
        query["inputs"][0]["num_samples"] = Value::from(SAMPLES);
        query["sampling_strategy"] = Value::from(strategy);
        let answer = client.predict(MODEL, query.to_string()).await?;
        if !answer.status.is_success() {
            return Err(format!("answered {}", answer.status).into());
        }
        let peak = server.memory().map_or(f64::NAN, |(_, peak)| peak);
        let seconds = answer.whole.as_secs_f64();
        println!(
            "  {strategy}: first bytes after {:.2} s, all after {seconds:.1} s ({:.0} samples/s, \
             {:.2} GB), the server's peak memory {peak:.0} MB",
            answer.first.as_secs_f64(),
            SAMPLES as f64 / seconds,
            answer.bytes as f64 / 1e9,
        );
    }
    Ok(())
}
