//! Clients that give up at any moment of a submission, two thousand of them: no job that was taken in
//! is lost, no connection of the store is left in the middle of a transaction, and keys still end.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use support::Folder;
use support::server::Server;

const LEAVERS: u64 = 2_000;
/// As many at a time.
const AT_A_TIME: u64 = 8;
const MODEL: &str = "gem-1-bulk";

#[test]
fn leavers_take_nothing_with_them_on_sqlite() {
    leave_and_look(&[], || ());
}

#[test]
fn leavers_take_nothing_with_them_on_postgres() {
    let test = "leavers_take_nothing_with_them_on_postgres";
    let Some(postgres) = Postgres::new(test) else {
        return;
    };
    leave_and_look(&["--database", &postgres.url], || {
        let begun = Instant::now();
        // A rollback may be on its way for a moment.
        while postgres.idle_in_transaction() > 0 {
            assert!(
                begun.elapsed() < Duration::from_secs(5),
                "sessions are idle in a transaction"
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    });
}

fn leave_and_look(store: &[&str], look: impl FnOnce()) {
    let folder = Folder::new();
    let run = |arguments: &[&str]| {
        let begun = Instant::now();
        let out = folder.refcast(&[arguments, store].concat()).ok();
        assert!(begun.elapsed() < Duration::from_secs(10), "{arguments:?}");
        out.trim().to_owned()
    };
    let key = run(&["serve", "keys", "add", "first"]);
    let server = Server::start(&folder, &[&["--max-queue", "100000"][..], store].concat());
    let submission = submission(&server, &key);
    // Long enough for a part of them to be taken in, on a slow machine too: those that matter leave
    // while the store writes.
    answer(server.address(), &submission);
    let begun = Instant::now();
    answer(server.address(), &submission);
    let longest = (begun.elapsed() * AT_A_TIME as u32).max(Duration::from_millis(30));
    std::thread::scope(|scope| {
        for thread in 0..AT_A_TIME {
            let (server, submission) = (&server, &submission);
            scope.spawn(move || {
                let mut random = thread + 1;
                for _ in 0..LEAVERS / AT_A_TIME {
                    leave(server.address(), submission, longest, &mut random);
                }
            });
        }
    });
    look();
    assert_eq!(server.get("/readyz").0, 200);
    // Keys come and go at once, also while the jobs are worked off.
    let second = run(&["serve", "keys", "add", "second"]);
    assert_eq!(server.get_with_key("/api/models", &second).0, 200);
    let id = second.split('_').nth(1).unwrap();
    run(&["serve", "keys", "revoke", id]);
    assert_eq!(server.get_with_key("/api/models", &second).0, 401);
    // Somebody who stays is answered, and everything that was taken in ends, with a result.
    let accepted = answer(server.address(), &submission);
    assert!(accepted.starts_with("HTTP/1.1 200"), "{accepted}");
    let begun = Instant::now();
    loop {
        let figures = server.get("/metrics").1;
        let jobs = |state: &str| figure(&figures, &format!("refcast_jobs{{state=\"{state}\"}}"));
        if jobs("pending") + jobs("running") == 0.0 {
            assert_eq!(jobs("failed"), 0.0, "{figures}");
            let ready = jobs("ready");
            assert!(ready > 20.0, "{ready} were taken in of {LEAVERS}");
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(300), "{figures}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// A whole request that becomes a job.
fn submission(server: &Server, key: &str) -> Vec<u8> {
    let (status, body) = server.get_with_key(&format!("/api/models/{MODEL}/example-query"), key);
    assert_eq!(status, 200, "{body}");
    let mut example: Value = serde_json::from_str(&body).unwrap();
    let query = example["example_query"].take().to_string();
    format!(
        "POST /api/models/{MODEL}/predict HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{query}",
        server.address(),
        query.len()
    )
    .into_bytes()
}

/// Sends the submission, whole three times of four, and leaves at some time up to `longest`.
fn leave(address: &str, submission: &[u8], longest: Duration, random: &mut u64) {
    let part = draw(random);
    let sent = match part % 4 {
        0 => (part >> 8) as usize % submission.len(),
        _ => submission.len(),
    };
    let mut stream = TcpStream::connect(address).unwrap();
    // A server that has answered already may have closed.
    let _ = stream.write_all(&submission[..sent]);
    std::thread::sleep(Duration::from_micros(
        draw(random) % longest.as_micros() as u64,
    ));
}

fn answer(address: &str, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The next number of a sequence (xorshift), the same in each run.
fn draw(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

fn figure(figures: &str, name: &str) -> f64 {
    let line = figures.lines().find(|line| line.starts_with(name));
    let value = line.and_then(|line| line.rsplit(' ').next());
    value.map_or(f64::NAN, |value| value.parse().unwrap())
}

/// A schema of its own, and the name by which the sessions on it are known.
struct Postgres {
    server: String,
    url: String,
    name: String,
}

impl Postgres {
    fn new(test: &str) -> Option<Self> {
        let named = std::env::var("REFCAST_TEST_POSTGRES").unwrap_or_default();
        if named.is_empty() {
            println!("SKIPPED {test}: REFCAST_TEST_POSTGRES is not set");
            return None;
        }
        let name = format!("leavers_{}", std::process::id());
        let joint = if named.contains('?') { '&' } else { '?' };
        let url = format!("{named}{joint}options[search_path]={name}&application_name={name}");
        let new = Self {
            server: named,
            url,
            name: name.clone(),
        };
        new.ask(format!("CREATE SCHEMA {name}"));
        Some(new)
    }

    /// The number that a statement gives, if it gives one.
    fn ask(&self, sql: String) -> Option<i64> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let mut connection = PgConnection::connect(&self.server).await.unwrap();
            let rows = sqlx::query_scalar(AssertSqlSafe(sql));
            rows.fetch_optional(&mut connection).await.unwrap()
        })
    }

    fn idle_in_transaction(&self) -> i64 {
        self.ask(format!(
            "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = '{}' \
             AND state LIKE 'idle in transaction%'",
            self.name
        ))
        .unwrap()
    }
}
