//! Twice as many requests as the server can answer, for half a minute, whatever comes back.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::Result;
use crate::client::{Client, MODEL};
use crate::load::Load;
use crate::server::Server;

const TIME: Duration = Duration::from_secs(30);
/// How many clients share the requests, each with connections of its own.
const CLIENTS: [usize; 2] = [8, 32];

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
    let query = Client::new(&server.url).example(MODEL).await?.to_string();
    let sustainable = sustainable(&clients, &query).await?;
    let load = Load {
        rate: 2.0 * sustainable,
        time: TIME,
        between_health: Duration::from_millis(50),
        between_memory: Duration::from_secs(10),
        looks_per_line: 1,
    };
    println!(
        "overload: {} clients, {:.0} requests/s, twice the {sustainable:.0} that are answered",
        clients.len(),
        load.rate
    );
    let mut seen = load
        .run(&server, |turn| {
            let client = clients[turn as usize % clients.len()].clone();
            let query = query.clone();
            async move { outcome(&client, query).await }
        })
        .await?;
    seen.print();
    Ok(())
}

async fn outcome(client: &Client, query: String) -> String {
    match client.predict(MODEL, query).await {
        Ok(answer) if answer.status == 429 && !answer.says_when => {
            "429 without Retry-After".to_owned()
        }
        Ok(answer) => answer.status.as_u16().to_string(),
        Err(error) => format!("broken: {error}"),
    }
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
                let answer = client.predict(MODEL, query.clone()).await;
                answered += usize::from(answer.is_ok_and(|answer| answer.status.is_success()));
            }
            answered
        });
    }
    let answered: usize = running.join_all().await.into_iter().sum();
    Ok(answered as f64 / time.as_secs_f64())
}
