//! Twice as many requests as the server can answer, for half a minute, whatever comes back.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::Result;
use crate::client::{Client, percentile};
use crate::server::Server;

const TIME: Duration = Duration::from_secs(30);
/// How many clients share the requests, each with connections of its own.
const CLIENTS: [usize; 2] = [8, 32];

#[derive(Default)]
struct Seen {
    statuses: BTreeMap<u16, usize>,
    /// Connections that failed.
    broken: usize,
    /// 429 without `Retry-After`.
    silent: usize,
}

/// Measures and prints.
pub async fn measure() -> Result<()> {
    for clients in CLIENTS {
        measure_with(clients).await?;
    }
    Ok(())
}

async fn measure_with(clients: usize) -> Result<()> {
    let server = Server::start()?;
    let clients: Vec<Client> = (0..clients).map(|_| Client::new(&server.url)).collect();
    let health_client = Client::new(&server.url);
    let query = health_client.example().await?.to_string();
    let sustainable = sustainable(&clients, &query).await?;
    let rate = 2.0 * sustainable;
    println!(
        "overload: {} clients, {rate:.0} requests/s, twice the {sustainable:.0} that are answered",
        clients.len()
    );

    let seen = Arc::new(Mutex::new(Seen::default()));
    let begun = Instant::now();
    let mut health = Vec::new();
    let mut memory = vec![server.memory()];
    let mut running = JoinSet::new();
    let (mut sent, mut asked_after, mut looked) = (0_u32, 0_u32, 0_u32);
    while begun.elapsed() < TIME {
        let due = (begun.elapsed().as_secs_f64() * rate) as u32;
        while sent < due {
            let client = clients[sent as usize % clients.len()].clone();
            sent += 1;
            let (query, seen) = (query.clone(), Arc::clone(&seen));
            running.spawn(async move {
                let answer = client.predict(query).await;
                let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                match answer {
                    Ok(answer) => {
                        let status = answer.status.as_u16();
                        *seen.statuses.entry(status).or_default() += 1;
                        seen.silent += usize::from(status == 429 && !answer.says_when);
                    }
                    Err(_) => seen.broken += 1,
                }
            });
        }
        // Twenty times a second, and every ten seconds.
        if begun.elapsed().as_millis() / 50 >= u128::from(asked_after) {
            asked_after += 1;
            health.push(health_client.health().await?);
        }
        if begun.elapsed().as_secs() / 10 > u64::from(looked) {
            looked += 1;
            memory.push(server.memory());
        }
        while running.try_join_next().is_some() {}
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    running.join_all().await;
    memory.push(server.memory());
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    println!(
        "  statuses {:?}, connections that broke {}",
        seen.statuses, seen.broken
    );
    println!("  429 without Retry-After: {}", seen.silent);
    println!(
        "  /healthz: p50 {:.1} ms, p99 {:.1} ms",
        percentile(&mut health, 0.5),
        percentile(&mut health, 0.99)
    );
    let held: Vec<String> = memory
        .iter()
        .map(|held| held.map_or("?".to_owned(), |(now, _)| format!("{now:.0}")))
        .collect();
    println!("  memory before, every 10 s, after: {} MB", held.join(", "));
    Ok(())
}

/// Answers a second while all clients ask as soon as they have their answer.
async fn sustainable(clients: &[Client], query: &str) -> Result<f64> {
    let time = Duration::from_secs(5);
    let until = Instant::now() + time;
    let mut running = JoinSet::new();
    for client in clients {
        let (client, query) = (client.clone(), query.to_owned());
        running.spawn(async move {
            let mut answered = 0;
            while Instant::now() < until {
                let answer = client.predict(query.clone()).await;
                answered += usize::from(answer.is_ok_and(|answer| answer.status.is_success()));
            }
            answered
        });
    }
    let answered: usize = running.join_all().await.into_iter().sum();
    Ok(answered as f64 / time.as_secs_f64())
}
