//! Jobs over HTTP: how they end, whose they are, and what is left of them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::io::{BufRead, Read, Write};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::Folder;
use support::server::{MODEL, Server};

/// A server whose callers have `key`, and the query that it gives as an example.
struct Called<'a> {
    server: &'a Server,
    key: &'a str,
}

impl Called<'_> {
    fn example(&self) -> Value {
        let path = format!("/api/models/{MODEL}/example-query");
        let answer = self.server.ask("GET", &path, self.key, "");
        let mut body: Value = serde_json::from_str(&answer.body).unwrap();
        body["example_query"].take()
    }

    /// The id of the job that a query becomes.
    fn submit(&self, query: &Value) -> String {
        let path = format!("/api/models/{MODEL}/predict");
        let answer = self.server.ask("POST", &path, self.key, &query.to_string());
        assert_eq!(answer.status, 200, "{}", answer.body);
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        body["modelQueryId"].as_str().unwrap().to_owned()
    }

    /// The id of a job that runs for most of a minute.
    fn submit_long(&self) -> String {
        let mut long = self.example();
        long["inputs"][0]["num_samples"] = json!(10_000);
        long["sampling_strategy"] = json!("sample generation");
        self.submit(&long)
    }

    fn status(&self, id: &str) -> Value {
        let path = format!("/api/model-queries/{id}/status");
        let answer = self.server.ask("GET", &path, self.key, "");
        match answer.status {
            200 => serde_json::from_str(&answer.body).unwrap(),
            _ => json!({ "status": answer.status }),
        }
    }

    /// The status once it is none of `passing`.
    fn after(&self, id: &str, passing: &[&str]) -> Value {
        let begun = Instant::now();
        loop {
            let status = self.status(id);
            if !passing.iter().any(|own| status["status"] == *own) {
                return status;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "{status}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn delete(&self, id: &str) -> u16 {
        let path = format!("/api/model-queries/{id}");
        self.server.ask("DELETE", &path, self.key, "").status
    }
}

/// The path of a download URL.
fn path_of(status: &Value) -> String {
    let url = status["downloadUrl"].as_str().unwrap();
    url[url.find("/api/").unwrap()..].to_owned()
}

#[test]
fn a_running_job_ends_at_once_and_one_that_has_ended_is_deleted() {
    let folder = Folder::new();
    let server = Server::start(&folder, &["--at-once", "1"]);
    let called = Called {
        server: &server,
        key: "",
    };
    let id = called.submit_long();
    called.after(&id, &["pending"]);
    // In the middle of it.
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(called.delete(&id), 204);
    let begun = Instant::now();
    let status = called.after(&id, &["running"]);
    let took = begun.elapsed();
    assert_eq!(status["message"], "cancelled");
    // A tenth of a second, and what a busy machine adds. The whole job takes most of a minute.
    assert!(took < Duration::from_secs(1), "{took:?}");
    // It is there to be looked at until it is deleted.
    assert_eq!(called.delete(&id), 204);
    assert_eq!(called.delete(&id), 404);

    let id = called.submit(&called.example());
    let path = path_of(&called.after(&id, &["pending", "running"]));
    assert_eq!(server.get(&path).0, 200);
    assert_eq!(called.delete(&id), 204);
    assert_eq!(server.get(&path).0, 404);
    assert_eq!(called.status(&id)["status"], 404);
    let results = folder.path().join(".refcast/results");
    assert_eq!(std::fs::read_dir(results).unwrap().count(), 0);
}

#[test]
fn a_download_url_ends_with_its_key() {
    let folder = Folder::new();
    let key = folder.refcast(&["serve", "keys", "add", "lab"]).ok();
    let key = key.trim();
    let server = Server::start(&folder, &[]);
    let called = Called {
        server: &server,
        key,
    };
    let id = called.submit(&called.example());
    let path = path_of(&called.after(&id, &["pending", "running"]));
    assert_eq!(server.get(&path).0, 200);
    let key_id = key.split('_').nth(1).unwrap();
    folder.refcast(&["serve", "keys", "revoke", key_id]).ok();
    let (status, body) = server.get(&path);
    assert_eq!(status, 403, "{body}");
    assert!(body.contains("revoked"), "{body}");
}

#[test]
fn what_a_revoked_key_is_being_sent_breaks_off() {
    let folder = Folder::new();
    let add = |name: &str| {
        let key = folder.refcast(&["serve", "keys", "add", name]).ok();
        key.trim().to_owned()
    };
    let (key, other) = (add("lab"), add("other"));
    let server = Server::start(&folder, &["--at-once", "2"]);
    let called = Called {
        server: &server,
        key: &key,
    };
    let mut query = called.example();
    query["sampling_strategy"] = json!("mean estimation");
    // 40 MB: more than what is on the way at a time.
    query["inputs"][0]["num_samples"] = json!(1_000);
    let path = path_of(&called.after(&called.submit(&query), &["pending", "running"]));
    query["inputs"][0]["num_samples"] = json!(10_000);
    let stream = |key: &str| {
        let key = format!("Authorization: Bearer {key}\r\n");
        let mut stream = server.ask_for_stream(&query.to_string(), &key);
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        assert!(line.contains("200"), "{line}");
        stream
    };
    let streams = [stream(&key), stream(&other)];
    let mut download = server.connect();
    write!(
        download.get_mut(),
        "GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n",
        server.address()
    )
    .unwrap();
    let mut length = None;
    loop {
        let mut line = String::new();
        download.read_line(&mut line).unwrap();
        let line = line.trim().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse::<usize>().ok();
        }
        if line.is_empty() {
            break;
        }
    }
    let key_id = key.split('_').nth(1).unwrap();
    folder.refcast(&["serve", "keys", "revoke", key_id]).ok();
    let begun = Instant::now();
    // It reads slowly until then, so that there is something left.
    std::thread::sleep(Duration::from_secs(3));
    let mut rest = Vec::new();
    let _ = download.read_to_end(&mut rest);
    assert!(rest.len() < length.unwrap(), "{} of {length:?}", rest.len());
    let [mut own, mut others] = streams;
    let _ = own.read_to_end(&mut rest);
    assert!(!rest.ends_with(b"0\r\n\r\n"), "a stream went on to its end");
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(6), "{took:?}");
    let more = others.read(&mut [0; 1 << 16]).unwrap();
    assert!(more > 0, "another's stream broke off");
}

#[test]
fn the_name_of_a_key_is_a_short_line() {
    let folder = Folder::new();
    for name in ["a\nb", "\u{1b}[2J", " ", &"a".repeat(201)] {
        let refused = folder.refcast(&["serve", "keys", "add", name]);
        refused.refused(&["the name of the key"]);
    }
    folder
        .refcast(&["serve", "keys", "add", &"a".repeat(200)])
        .ok();
}

#[test]
fn a_server_whose_keys_were_all_revoked_is_not_open() {
    let folder = Folder::new();
    let key = folder.refcast(&["serve", "keys", "add", "lab"]).ok();
    let id = key.split('_').nth(1).unwrap();
    folder.refcast(&["serve", "keys", "revoke", id]).ok();
    let status_of = |server: &Server| server.get("/api/models").0;
    assert_eq!(status_of(&Server::start(&folder, &[])), 401);
    // That is said, and not concluded.
    assert_eq!(status_of(&Server::start(&folder, &["--no-auth"])), 200);
}

#[test]
fn a_job_has_a_time_limit() {
    let folder = Folder::new();
    let server = Server::start(&folder, &["--at-once", "1", "--job-seconds", "1"]);
    let called = Called {
        server: &server,
        key: "",
    };
    let id = called.submit_long();
    let status = called.after(&id, &["pending", "running"]);
    let message = status["message"].as_str().unwrap();
    assert!(message.contains("longer than 1 s"), "{message}");
}
