//! One reference, one sample, an Arrow stream: how long it takes, alone and beside others.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::Result;
use crate::client::{Client, MODEL, percentile};
use crate::server::Server;

const TIME: Duration = Duration::from_secs(8);

/// What differs from one request to the next.
#[derive(Clone, Copy)]
enum Asked {
    /// Nothing but the draw.
    OneReference,
    /// The reference too: nothing that was prepared for another serves it.
    NewReferences,
}

/// Measures and prints.
pub async fn measure() -> Result<()> {
    println!("latency: one reference, one sample, Arrow, loopback");
    for (asked, name) in [
        (Asked::OneReference, "the same reference"),
        (Asked::NewReferences, "a reference that was not seen before"),
    ] {
        for clients in [1, 8] {
            report(asked, name, clients).await?;
        }
    }
    Ok(())
}

async fn report(asked: Asked, name: &str, clients: u64) -> Result<()> {
    let server = Server::start()?;
    let example = Client::new(&server.url).example(MODEL).await?;
    // Connections, caches and threads are there before the time counts.
    run(&server.url, &example, asked, clients, TIME / 8, 0).await?;
    let before = server.processor_time();
    let mut times = run(&server.url, &example, asked, clients, TIME, 1 << 32).await?;
    let used = server.processor_time() - before;
    let n = times.len() as f64;
    println!(
        "  {name}, {clients} clients: p50 {:.1} ms, p99 {:.1} ms, {:.0} answers/s, {:.2} ms of the \
         server's processor time each",
        percentile(&mut times, 0.5),
        percentile(&mut times, 0.99),
        n / TIME.as_secs_f64(),
        used.as_secs_f64() * 1e3 / n,
    );
    Ok(())
}

async fn run(
    url: &str,
    example: &Value,
    asked: Asked,
    clients: u64,
    time: Duration,
    first: u64,
) -> Result<Vec<Duration>> {
    let until = Instant::now() + time;
    let mut running = Vec::new();
    for client in 0..clients {
        let (url, mut query) = (url.to_owned(), example.clone());
        running.push(tokio::spawn(async move {
            let connection = Client::new(&url);
            let mut times = Vec::new();
            let same = query.to_string();
            let mut number = first + (client << 20);
            while Instant::now() < until {
                number += 1;
                let body = match asked {
                    Asked::OneReference => same.clone(),
                    Asked::NewReferences => {
                        // A count that no other request has.
                        let counts = &mut query["inputs"][0]["counts"]["counts"];
                        counts[0] = Value::from(number % 1_000_003);
                        counts[1] = Value::from(number / 1_000_003);
                        query.to_string()
                    }
                };
                let answer = connection.predict(MODEL, body).await?;
                if !answer.status.is_success() {
                    return Err(format!("answered {}", answer.status).into());
                }
                times.push(answer.whole);
            }
            Result::Ok(times)
        }));
    }
    let mut times = Vec::new();
    for client in running {
        times.extend(client.await??);
    }
    Ok(times)
}
