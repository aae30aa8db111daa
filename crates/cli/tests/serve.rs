//! `refcast serve` as its clients meet it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use support::{Folder, program, python, run_script};

/// A server on a free port, ended when it is dropped.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(folder: &Folder, arguments: &[&str]) -> Self {
        let mut child = program(folder.path())
            .args(["serve", "--port", "0", "--drain-seconds", "0"])
            .args(arguments)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut address = None;
        let mut read = String::new();
        while address.is_none() {
            let mut line = String::new();
            assert!(log.read_line(&mut line).unwrap() > 0, "{read}");
            address = line
                .split_once("http://")
                .map(|(_, rest)| rest.split(' ').next().unwrap().to_owned());
            read += &line;
        }
        // The rest is read, so that the pipe does not fill.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Self {
            child,
            address: address.unwrap(),
        }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Status and body of a plain request.
    fn get(&self, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let address = &self.address;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, body.to_owned())
    }

    fn terminate(&mut self) {
        let done = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status();
        assert!(done.unwrap().success());
        let since = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            assert!(
                since.elapsed() < Duration::from_secs(30),
                "it does not stop"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_unmodified_client_works_in_both_modes() {
    let Some(python) = python("the_unmodified_client_works_in_both_modes") else {
        return;
    };
    let (open, closed) = (Folder::new(), Folder::new());
    let key = closed.refcast(&["serve", "keys", "add", "test"]).ok();
    let servers = [Server::start(&open, &[]), Server::start(&closed, &[])];
    let arguments = [servers[0].url(), servers[1].url(), key.trim().to_owned()];
    run_script(&python, "pysynthbio_calls.py", &arguments, open.path());
}

#[test]
fn pages_health_and_figures_answer_and_sigterm_ends_it() {
    let folder = Folder::new();
    let mut server = Server::start(&folder, &[]);
    for (path, part) in [
        ("/", "gem-1-bulk_reference-conditioning"),
        ("/docs", "Try it"),
        ("/healthz", "ok"),
        ("/readyz", "ok"),
        ("/metrics", "refcast_requests_total"),
        ("/openapi.json", "\"openapi\":\"3.1"),
    ] {
        let (status, body) = server.get(path);
        assert_eq!(status, 200, "{path}");
        assert!(body.contains(part), "{path}: {body}");
    }
    let (status, body) = server.get("/api/models/gem-1-bulk_reference-conditionin/genes");
    assert_eq!(status, 404);
    assert!(
        body.contains("\"nearest\":[\"gem-1-bulk_reference-conditioning\"]"),
        "{body}"
    );
    let id = "gem-1-bulk_reference-conditioning";
    let (status, body) = server.get(&format!("/api/models/{id}/genes?offset=1&limit=2"));
    assert_eq!(status, 200);
    let genes: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(genes["genes"].as_array().unwrap().len(), 2);
    let (status, body) = server.get(&format!("/api/models/{id}/vocab?search=dexameth&limit=1"));
    assert_eq!(status, 200);
    assert!(body.contains("CHEMBL384467"), "{body}");
    server.terminate();
}

#[test]
fn an_address_that_others_can_reach_needs_a_key_or_a_word() {
    let folder = Folder::new();
    let ended = folder.refcast(&["serve", "--host", "0.0.0.0", "--port", "0"]);
    assert_eq!(ended.code, 1);
    assert!(
        ended.stderr.contains("serve keys add") && ended.stderr.contains("--no-auth"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_second_server_on_the_same_folder_is_refused() {
    let folder = Folder::new();
    let _first = Server::start(&folder, &[]);
    let second = folder.refcast(&["serve", "--port", "0"]);
    assert_eq!(second.code, 1);
    assert!(second.stderr.contains("--state-dir"), "{}", second.stderr);
}

#[test]
fn keys_are_shown_once_listed_without_secrets_and_revoked() {
    let folder = Folder::new();
    let key = folder.refcast(&["serve", "keys", "add", "lab"]).ok();
    let list = folder.refcast(&["serve", "keys", "list"]).ok();
    let id = key.split('_').nth(1).unwrap();
    assert!(list.contains(&format!("{id}\tlab\tactive")), "{list}");
    assert!(!list.contains(key.trim().rsplit('_').next().unwrap()));
    folder.refcast(&["serve", "keys", "revoke", id]).ok();
    let list = folder.refcast(&["serve", "keys", "list"]).ok();
    assert!(list.contains(&format!("{id}\tlab\trevoked")), "{list}");
    folder
        .refcast(&["serve", "keys", "revoke", "nobody"])
        .refused(&["serve keys list"]);
}
