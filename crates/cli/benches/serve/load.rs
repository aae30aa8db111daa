//! Work that is begun at a steady rate, whatever comes back, and what the server is like meanwhile.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::Result;
use crate::client::{Client, percentile};
use crate::server::Server;

/// How much work is begun, and how often the server is looked at.
pub struct Load {
    /// Pieces of work begun in a second.
    pub rate: f64,
    pub time: Duration,
    pub between_health: Duration,
    pub between_memory: Duration,
    /// Of so many looks at the memory, one is printed.
    pub looks_per_line: usize,
}

/// What was seen of the work and of the server.
pub struct Seen {
    /// What came of the pieces of work, and how often.
    outcomes: BTreeMap<String, usize>,
    /// How long the server took to say that it lives.
    health: Vec<Duration>,
    /// When, and the megabytes that the server held: at the beginning, on the way and at the end.
    pub memory: Vec<(Duration, f64)>,
}

impl Load {
    /// Begins `piece` with 0, 1, … at the rate, and waits for the last; each says in a few words
    /// what came of it.
    pub async fn run<F>(&self, server: &Server, piece: impl Fn(u64) -> F) -> Result<Seen>
    where
        F: Future<Output = String> + Send + 'static,
    {
        let client = Client::new(&server.url);
        let held = || Ok::<_, &str>(server.memory().ok_or("the system tells no memory")?.0);
        let mut seen = Seen {
            outcomes: BTreeMap::new(),
            health: Vec::new(),
            memory: Vec::new(),
        };
        let begun = Instant::now();
        let mut running = JoinSet::new();
        let mut sent = 0;
        while begun.elapsed() < self.time {
            let due = (begun.elapsed().as_secs_f64() * self.rate) as u64;
            while sent < due {
                running.spawn(piece(sent));
                sent += 1;
            }
            if begun.elapsed() >= self.between_health * seen.health.len() as u32 {
                seen.health.push(client.health().await?);
            }
            if begun.elapsed() >= self.between_memory * seen.memory.len() as u32 {
                seen.memory.push((begun.elapsed(), held()?));
                if (seen.memory.len() - 1).is_multiple_of(self.looks_per_line) {
                    seen.print_memory();
                }
            }
            while let Some(outcome) = running.try_join_next() {
                *seen.outcomes.entry(outcome?).or_default() += 1;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        while let Some(outcome) = running.join_next().await {
            *seen.outcomes.entry(outcome?).or_default() += 1;
        }
        seen.memory.push((begun.elapsed(), held()?));
        seen.print_memory();
        Ok(seen)
    }
}

impl Seen {
    /// Prints the last look at the memory.
    fn print_memory(&self) {
        if let Some((time, held)) = self.memory.last() {
            println!("  {:.1} min: {held:.0} MB", time.as_secs_f64() / 60.0);
        }
    }

    /// Prints what came of the work, and how soon the server said that it lives.
    pub fn print(&mut self) {
        for (outcome, times) in &self.outcomes {
            println!("  {outcome}: {times}");
        }
        println!(
            "  /healthz: p50 {:.1} ms, p99 {:.1} ms",
            percentile(&mut self.health, 0.5),
            percentile(&mut self.health, 0.99)
        );
    }
}
