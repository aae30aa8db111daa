//! `refcast serve` and clients that make it wait: for the head of a request, for its body, for room to
//! send an answer. Each on a socket of its own, as they come.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::io::{BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::Folder;
use support::server::{Answer, MODEL, Server};

/// A stream of nearly two gigabytes.
fn endless(server: &Server) -> Value {
    let mut query = server.example();
    query["inputs"][0]["num_samples"] = json!(10_000);
    query["sampling_strategy"] = json!("mean estimation");
    query
}

/// How long until the other side has closed the connection.
fn closed_after(stream: &mut BufReader<TcpStream>, begun: Instant) -> Duration {
    let mut bytes = [0; 1 << 16];
    loop {
        match stream.read(&mut bytes) {
            Ok(0) => return begun.elapsed(),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return begun.elapsed(),
            Err(error) => panic!("after {:?}: {error}", begun.elapsed()),
        }
    }
}

fn submit(server: &Server, query: &Value) -> u16 {
    let headers = "Content-Type: application/json\r\n";
    let path = format!("/api/models/{MODEL}/predict");
    server.post(&path, headers, &query.to_string()).status
}

#[test]
fn clients_that_do_not_read_give_up_their_places_and_hold_up_no_reader() {
    let folder = Folder::new();
    let server = Server::start(&folder, &["--at-once", "2", "--idle-seconds", "2"]);
    let (query, example) = (endless(&server), server.example());
    let mut held = Vec::new();
    for _ in 0..2 {
        let (answer, stream) = server.stream(&query);
        assert_eq!(answer.status, 200);
        held.push(stream);
    }
    // Until their lines are full.
    std::thread::sleep(Duration::from_millis(500));
    let begun = Instant::now();
    assert_eq!(submit(&server, &example), 200);
    let submitted = begun.elapsed();
    assert!(submitted < Duration::from_secs(2), "{submitted:?}");
    let (answer, mut stream) = server.stream(&example);
    assert_eq!(answer.status, 200);
    stream.read_to_end(&mut Vec::new()).unwrap();
    let answered = begun.elapsed();
    assert!(answered < Duration::from_secs(10), "{answered:?}");
    // Who reads again before it was given up is a reader like any other.
    std::thread::sleep(Duration::from_secs(8));
    let begun = Instant::now();
    for stream in &mut held {
        let closed = closed_after(stream, begun);
        assert!(closed < Duration::from_secs(5), "{closed:?}");
    }
}

#[test]
fn a_client_that_reads_slowly_holds_its_place_no_longer_than_a_request_may_take() {
    let folder = Folder::new();
    let server = Server::start(&folder, &["--at-once", "1", "--request-seconds", "6"]);
    let (query, example) = (endless(&server), server.example());
    let begun = Instant::now();
    let (answer, mut slow) = server.stream(&query);
    assert_eq!(answer.status, 200);
    let reading = std::thread::spawn(move || {
        let mut bytes = vec![0; 1 << 16];
        let mut end = Vec::new();
        while let Ok(n @ 1..) = slow.read(&mut bytes) {
            end = bytes[..n].to_vec();
            std::thread::sleep(Duration::from_millis(5));
        }
        end
    });
    // It waits for the place that the first one holds, and has been there for less time.
    std::thread::sleep(Duration::from_secs(3));
    let (answer, mut stream) = server.stream(&example);
    assert_eq!(answer.status, 200);
    stream.read_to_end(&mut Vec::new()).unwrap();
    let answered = begun.elapsed();
    assert!(answered < Duration::from_secs(12), "{answered:?}");
    // What was broken off does not look whole.
    let end = reading.join().unwrap();
    assert!(!end.ends_with(b"0\r\n\r\n"));
}

/// A reference under compounds that were not asked for before, each of which takes a while to prepare.
fn laborious(server: &Server, compounds: std::ops::Range<usize>) -> Value {
    let path = format!("/api/models/{MODEL}/vocab?field=perturbation_ontology_id&limit=300");
    let known: Value = serde_json::from_str(&server.get(&path).1).unwrap();
    let values = known["values"].as_array().unwrap().iter();
    let values: Vec<&Value> = values.filter(|value| value["kind"] == "compound").collect();
    let mut query = server.example();
    let input = query["inputs"][0].clone();
    let inputs = values[compounds].iter().map(|value| {
        let mut input = input.clone();
        input["metadata"] = json!({"perturbation_ontology_id": value["value"]});
        input
    });
    query["inputs"] = inputs.collect();
    query
}

#[test]
fn an_answer_that_has_not_begun_in_time_says_so() {
    let folder = Folder::new();
    let server = Server::start(&folder, &["--at-once", "1", "--request-seconds", "1"]);
    let query = laborious(&server, 0..24);
    let begun = Instant::now();
    let (answer, mut body) = server.stream(&query);
    let answered = begun.elapsed();
    assert_eq!(answer.status, 504);
    let mut text = String::new();
    body.read_to_string(&mut text).unwrap();
    let said: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(said["errors"][0]["code"], "time_over", "{said}");
    assert!(answered < Duration::from_secs(5), "{answered:?}");
}

#[test]
fn what_a_client_wanted_that_left_is_not_worked_on() {
    let folder = Folder::new();
    let server = Server::start(&folder, &["--at-once", "1"]);
    let example = server.example();
    let begun = Instant::now();
    assert_eq!(submit(&server, &laborious(&server, 0..10)), 200);
    let whole = begun.elapsed();
    let query = laborious(&server, 10..20).to_string();
    let mut stream = server.connect();
    write!(
        stream.get_mut(),
        "POST /api/models/{MODEL}/predict HTTP/1.1\r\nHost: {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{query}",
        server.address(),
        query.len()
    )
    .unwrap();
    std::thread::sleep(Duration::from_millis(500));
    drop(stream);
    let begun = Instant::now();
    assert_eq!(submit(&server, &example), 200);
    let answered = begun.elapsed();
    assert!(answered < whole / 2, "{answered:?} of {whole:?}");
}

#[test]
fn slow_heads_and_bodies_and_idle_connections_are_ended() {
    let folder = Folder::new();
    let server = Server::start(&folder, &["--idle-seconds", "2"]);
    let longest = Duration::from_secs(6);
    let address = server.address();
    let begun = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let closed = closed_after(&mut server.connect(), begun);
            assert!(
                closed < longest,
                "a connection without a request: {closed:?}"
            );
        });
        scope.spawn(|| {
            let mut stream = server.connect();
            let request = format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\n\r\n");
            stream.get_mut().write_all(request.as_bytes()).unwrap();
            assert_eq!(Answer::read(&mut stream).status, 200);
            let closed = closed_after(&mut stream, begun);
            assert!(closed < longest, "a connection after a request: {closed:?}");
        });
        scope.spawn(|| {
            let mut stream = server.connect();
            let mut head = format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\nX: ").into_bytes();
            head.resize(head.len() + 10_000, b'x');
            let sent = head.iter().take_while(|byte| {
                std::thread::sleep(Duration::from_millis(50));
                stream.get_mut().write_all(&[**byte]).is_ok()
            });
            assert!(sent.count() < head.len());
            assert!(
                begun.elapsed() < longest,
                "a slow head: {:?}",
                begun.elapsed()
            );
        });
        scope.spawn(|| {
            let mut stream = server.connect();
            let head = format!(
                "POST /api/models/{MODEL}/predict HTTP/1.1\r\nHost: {address}\r\n\
                 Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
            );
            stream.get_mut().write_all(head.as_bytes()).unwrap();
            let mut writing = stream.get_ref().try_clone().unwrap();
            scope.spawn(move || {
                while writing.write_all(b" ").is_ok() {
                    std::thread::sleep(Duration::from_millis(50));
                }
            });
            let answer = Answer::read(&mut stream);
            assert_eq!(answer.status, 408);
            assert_eq!(answer.json()["errors"][0]["code"], "slow_body");
            assert!(
                begun.elapsed() < longest,
                "a slow body: {:?}",
                begun.elapsed()
            );
            // The rest is read for five seconds more.
            let closed = closed_after(&mut stream, begun);
            assert!(closed < 2 * longest, "after a slow body: {closed:?}");
        });
        scope.spawn(|| {
            // Much at once earns no long pause.
            let mut stream = server.connect();
            let head = format!(
                "POST /api/models/{MODEL}/predict HTTP/1.1\r\nHost: {address}\r\n\
                 Content-Type: application/json\r\nContent-Length: 1000001\r\n\r\n"
            );
            let body = " ".repeat(1_000_000);
            stream.get_mut().write_all(head.as_bytes()).unwrap();
            stream.get_mut().write_all(body.as_bytes()).unwrap();
            let answer = Answer::read(&mut stream);
            assert_eq!(answer.status, 408);
            assert!(
                begun.elapsed() < longest,
                "a body that stops: {:?}",
                begun.elapsed()
            );
        });
    });
}

#[test]
fn connections_that_are_not_used_make_room_for_one_that_is() {
    let folder = Folder::new();
    let server = Server::start(&folder, &["--max-connections", "8"]);
    let idle: Vec<_> = (0..8).map(|_| server.connect()).collect();
    std::thread::sleep(Duration::from_millis(200));
    let begun = Instant::now();
    assert_eq!(server.get("/healthz").0, 200);
    assert!(
        begun.elapsed() < Duration::from_secs(8),
        "{:?}",
        begun.elapsed()
    );
    drop(idle);
    // All of them are being answered or wait for it: the next is told that there is no room.
    let query = endless(&server).to_string();
    for _ in 0..8 {
        let mut stream = server.ask_for_stream(&query, "");
        // Until the server ends.
        std::thread::spawn(move || std::io::copy(&mut stream, &mut std::io::sink()));
    }
    std::thread::sleep(Duration::from_millis(500));
    // None of those that come waits for the one before.
    let begun = Instant::now();
    let late: Vec<_> = (0..6).map(|_| server.connect()).collect();
    for mut late in late {
        let answer = Answer::read(&mut late);
        assert_eq!(answer.status, 503);
        assert!(answer.header("retry-after").is_some());
    }
    let answered = begun.elapsed();
    assert!(answered < Duration::from_secs(6), "{answered:?}");
}

/// The beginning of a head, whose end does not come.
fn half_head(server: &Server) -> String {
    format!(
        "GET /healthz HTTP/1.1\r\nHost: {}\r\nX-A: ",
        server.address()
    )
}

/// A query without its end.
fn half_body(server: &Server) -> String {
    format!(
        "POST /api/models/{MODEL}/predict HTTP/1.1\r\nHost: {}\r\n\
         Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{{",
        server.address()
    )
}

#[test]
fn heads_that_never_end_shut_nobody_out() {
    shut_nobody_out(half_head);
}

#[test]
fn bodies_that_hardly_come_shut_nobody_out() {
    shut_nobody_out(half_body);
}

/// Asks a server all of whose places are taken by connections that begin like this and go on byte by byte.
fn shut_nobody_out(beginning: impl Fn(&Server) -> String + Sync) {
    let folder = Folder::new();
    let server = Server::start(&folder, &["--max-connections", "8"]);
    let is_over = AtomicBool::new(false);
    let (begun, most) = (Instant::now(), Duration::from_secs(5));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    let mut stream = server.connect();
                    let mut sent = stream.get_mut().write_all(beginning(&server).as_bytes());
                    while sent.is_ok() && !is_over.load(Ordering::Relaxed) {
                        std::thread::sleep(Duration::from_millis(300));
                        sent = stream.get_mut().write_all(b"a");
                    }
                }
            });
        }
        std::thread::sleep(Duration::from_secs(1));
        let mut slowest = Duration::ZERO;
        let mut statuses = Vec::new();
        for _ in 0..6 {
            let begun = Instant::now();
            let request = half_head(&server) + "\r\nConnection: close\r\n\r\n";
            statuses.push(server.send(&request).status);
            slowest = slowest.max(begun.elapsed());
        }
        is_over.store(true, Ordering::Relaxed);
        assert_eq!(statuses, [200; 6], "{:?}", begun.elapsed());
        assert!(slowest < most, "{slowest:?}");
    });
}

#[test]
fn a_head_has_ten_seconds_whatever_comes_of_it() {
    let folder = Folder::new();
    let server = Server::start(&folder, &[]);
    let mut stream = server.connect();
    let begun = Instant::now();
    stream
        .get_mut()
        .write_all(half_head(&server).as_bytes())
        .unwrap();
    let mut writing = stream.get_ref().try_clone().unwrap();
    std::thread::spawn(move || {
        while writing.write_all(b"a").is_ok() {
            std::thread::sleep(Duration::from_millis(200));
        }
    });
    let closed = closed_after(&mut stream, begun);
    assert!(closed > Duration::from_secs(9), "{closed:?}");
    assert!(closed < Duration::from_secs(15), "{closed:?}");
}

#[test]
fn a_server_that_stops_waits_for_no_half_request_and_ends_what_is_whole() {
    let folder = Folder::new();
    let mut server = Server::start(&folder, &[]);
    let mut query = server.example();
    query["inputs"][0]["num_samples"] = json!(1_500);
    query["sampling_strategy"] = json!("mean estimation");
    let mut held = Vec::new();
    for sent in [
        String::new(),
        half_head(&server),
        half_head(&server) + "\r\n\r\n",
        format!(
            "POST /api/models/{MODEL}/predict HTTP/1.1\r\nHost: {}\r\n\
             Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{",
            server.address()
        ),
    ] {
        let mut stream = server.connect();
        stream.get_mut().write_all(sent.as_bytes()).unwrap();
        held.push(stream);
    }
    let (answer, mut stream) = server.stream(&query);
    assert_eq!(answer.status, 200);
    let reading = std::thread::spawn(move || {
        let mut end = Vec::new();
        let mut bytes = vec![0; 1 << 16];
        while let Ok(read @ 1..) = stream.read(&mut bytes) {
            end.extend_from_slice(&bytes[..read]);
            end.drain(..end.len().saturating_sub(5));
            std::thread::sleep(Duration::from_micros(200));
        }
        end
    });
    let begun = Instant::now();
    server.terminate();
    let end = reading.join().unwrap();
    let stopped = begun.elapsed();
    assert_eq!(end, b"0\r\n\r\n", "a whole request was not answered");
    // The grace is 30 seconds.
    assert!(stopped < Duration::from_secs(20), "{stopped:?}");

    let mut server = Server::start(&folder, &[]);
    let mut stream = server.connect();
    stream
        .get_mut()
        .write_all(half_head(&server).as_bytes())
        .unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let begun = Instant::now();
    server.terminate();
    let stopped = begun.elapsed();
    assert!(stopped < Duration::from_secs(3), "{stopped:?}");
}

#[test]
fn the_grace_is_one_for_connections_and_jobs() {
    let folder = Folder::new();
    let mut server = Server::start(&folder, &["--at-once", "1", "--grace-seconds", "6"]);
    let mut job = server.example();
    job["inputs"][0]["num_samples"] = json!(10_000);
    job["sampling_strategy"] = json!("sample generation");
    assert_eq!(submit(&server, &job), 200);
    let (answer, held) = server.stream(&endless(&server));
    assert_eq!(answer.status, 200);
    let begun = Instant::now();
    server.terminate();
    let stopped = begun.elapsed();
    drop(held);
    assert!(stopped < Duration::from_secs(11), "{stopped:?}");
}

#[test]
fn a_client_that_leaves_while_it_waits_is_not_waited_for() {
    let folder = Folder::new();
    let server = Server::start(&folder, &["--at-once", "1"]);
    let (answer, first) = server.stream(&endless(&server));
    assert_eq!(answer.status, 200);
    let waiting = || {
        let figures = server.get("/metrics").1;
        let line = figures
            .lines()
            .find(|line| line.starts_with("refcast_waiting_requests "));
        line.unwrap()
            .rsplit(' ')
            .next()
            .unwrap()
            .parse::<f64>()
            .unwrap()
    };
    let query = server.example().to_string();
    let streams: Vec<_> = (0..5).map(|_| server.ask_for_stream(&query, "")).collect();
    let until = Instant::now() + Duration::from_secs(10);
    while waiting() < 4.5 {
        assert!(Instant::now() < until, "{}", waiting());
    }
    drop(streams);
    while waiting() > 0.5 {
        assert!(Instant::now() < until, "{} still wait", waiting());
    }
    drop(first);
}
