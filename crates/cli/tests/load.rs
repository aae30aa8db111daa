//! `refcast serve` under more than it can do at once. How fast it is, `benches/serve` measures.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::Folder;
use support::server::Server;

/// Bytes of a body, and how long the first of them took.
fn read(mut body: impl Read, begun: Instant) -> (usize, Duration) {
    let mut piece = vec![0; 1 << 20];
    let (mut bytes, mut first) = (0, None);
    loop {
        let n = body.read(&mut piece).unwrap();
        if n == 0 {
            return (bytes, first.unwrap());
        }
        bytes += n;
        first.get_or_insert_with(|| begun.elapsed());
    }
}

fn many_samples(server: &Server, samples: u64) -> Value {
    let mut query = server.example();
    query["inputs"][0]["num_samples"] = json!(samples);
    query
}

#[test]
fn ten_thousand_samples_are_streamed_from_the_first_on_in_little_memory() {
    let folder = Folder::new();
    let server = Server::start(&folder, &[]);
    let begun = Instant::now();
    let (answer, body) = server.stream(&many_samples(&server, 10_000));
    assert_eq!(answer.status, 200);
    let (bytes, first) = read(body, begun);
    let whole = begun.elapsed();
    // 22,560 counts of 8 bytes each.
    assert!(bytes > 10_000 * 22_560 * 8, "{bytes} bytes");
    assert!(
        first < whole / 5,
        "the first bytes after {first:?} of {whole:?}"
    );
    if let Some(peak) = server.peak_memory() {
        assert!(peak < 600_000_000, "{} MB", peak / 1_000_000);
    }
}

#[test]
fn a_client_that_goes_away_leaves_its_place_to_the_next() {
    let folder = Folder::new();
    let server = Server::start(&folder, &["--at-once", "1"]);
    let mut query = many_samples(&server, 10_000);
    query["sampling_strategy"] = json!("sample generation");
    let (answer, mut body) = server.stream(&query);
    assert_eq!(answer.status, 200);
    body.read_exact(&mut [0; 1000]).unwrap();
    drop(body);
    let begun = Instant::now();
    let (answer, body) = server.stream(&server.example());
    assert_eq!(answer.status, 200);
    read(body, begun);
    // All of the ten thousand take most of a minute.
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn answers_that_are_compressed_hold_up_no_others() {
    let folder = Folder::new();
    let server = Server::start(&folder, &["--at-once", "4"]);
    let query = many_samples(&server, 10_000).to_string();
    for _ in 0..4 {
        let mut stream = server.ask_for_stream(&query, "Accept-Encoding: gzip\r\n");
        // Until the server ends.
        std::thread::spawn(move || std::io::copy(&mut stream, &mut std::io::sink()));
    }
    std::thread::sleep(Duration::from_millis(500));
    let mut waits: Vec<Duration> = (0..100)
        .map(|_| {
            let begun = Instant::now();
            assert_eq!(server.get("/healthz").0, 200);
            std::thread::sleep(Duration::from_millis(10));
            begun.elapsed()
        })
        .collect();
    waits.sort();
    println!("/healthz: median {:?}, p98 {:?}", waits[50], waits[98]);
    // On processors that have all of this to do and more.
    assert!(waits[98] < Duration::from_secs(1), "{:?}", waits[98]);
}

#[test]
fn more_than_the_server_takes_is_told_when_to_come_again_and_health_goes_on() {
    let folder = Folder::new();
    let server = Server::start(&folder, &["--at-once", "1", "--max-waiting", "2"]);
    let query = many_samples(&server, 20);
    let until = Instant::now() + Duration::from_secs(4);
    let seen: Mutex<BTreeMap<u16, usize>> = Mutex::default();
    let slowest = std::thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| {
                while Instant::now() < until {
                    let (answer, body) = server.stream(&query);
                    let says_when = answer.header("retry-after").is_some();
                    assert_eq!(answer.status == 429, says_when, "{}", answer.status);
                    read(body, Instant::now());
                    *seen.lock().unwrap().entry(answer.status).or_default() += 1;
                }
            });
        }
        let mut slowest = Duration::ZERO;
        while Instant::now() < until {
            let begun = Instant::now();
            assert_eq!(server.get("/healthz").0, 200);
            slowest = slowest.max(begun.elapsed());
            std::thread::sleep(Duration::from_millis(50));
        }
        slowest
    });
    let figures = server.get("/metrics").1;
    for stage in ["read", "prepare", "draw", "encode"] {
        assert!(figures.contains(&format!("stage=\"{stage}\"")), "{figures}");
    }
    let seen = seen.into_inner().unwrap();
    let statuses: Vec<u16> = seen.keys().copied().collect();
    assert_eq!(statuses, [200, 429], "{seen:?}");
    // On two busy processors: a server that generates where it answers takes seconds.
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
}
