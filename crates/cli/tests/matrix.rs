//! Every route that the server describes, asked in every way that must be refused. A route that is
//! described and has no line here is a failure, and so is one that needs no key and is not said to.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeSet;

use serde_json::Value;
use support::Folder;
use support::server::{MODEL, Server};

/// A route, whether it answers without a key, and what it answers to whoever may ask.
const ROUTES: [(&str, &str, bool, u16); 15] = [
    ("GET", "/api/models", false, 200),
    ("GET", "/api/models/{model_id}", false, 200),
    ("GET", "/api/models/{model_id}/example-query", false, 200),
    ("GET", "/api/models/{model_id}/genes", false, 200),
    ("GET", "/api/models/{model_id}/vocab", false, 200),
    ("POST", "/api/models/{model_id}/predict", false, 200),
    ("GET", "/api/model-queries/{id}/status", false, 404),
    ("DELETE", "/api/model-queries/{id}", false, 404),
    // Needs a signature, which this is not.
    ("GET", "/api/model-queries/{id}/result", true, 403),
    ("GET", "/healthz", true, 200),
    ("GET", "/readyz", true, 200),
    ("GET", "/metrics", true, 200),
    // Not part of the description.
    ("GET", "/", true, 200),
    ("GET", "/docs", true, 200),
    ("GET", "/openapi.json", true, 200),
];

const JOB: &str = "00000000-0000-4000-8000-000000000000";

#[test]
fn every_route_is_in_the_matrix_and_says_whether_it_needs_a_key() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    let text = std::fs::read_to_string(path).unwrap();
    let description: Value = serde_json::from_str(&text).unwrap();
    let mut described = BTreeSet::new();
    for (path, operations) in description["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let security = operation.get("security");
            let is_open = security.is_some_and(|security| security[0] == serde_json::json!({}));
            described.insert((method.to_uppercase(), path.clone(), is_open));
        }
    }
    let known = ROUTES[..12].iter();
    let known: BTreeSet<_> = known
        .map(|(method, path, is_open, _)| ((*method).to_owned(), (*path).to_owned(), *is_open))
        .collect();
    assert_eq!(described, known);
}

#[test]
fn every_route_refuses_who_may_not_ask() {
    let folder = Folder::new();
    let key = folder.refcast(&["serve", "keys", "add", "right"]).ok();
    let key = key.trim();
    let revoked = folder.refcast(&["serve", "keys", "add", "revoked"]).ok();
    let revoked = revoked.trim();
    let id = revoked.split('_').nth(1).unwrap();
    folder.refcast(&["serve", "keys", "revoke", id]).ok();
    let wrong = format!("{}x", &key[..key.len() - 1]);
    let server = Server::start(&folder, &[]);
    let example = server
        .get_with_key(&format!("/api/models/{MODEL}/example-query"), key)
        .1;
    let mut example: Value = serde_json::from_str(&example).unwrap();
    let example = example["example_query"].take().to_string();
    let own = format!("Host: {}\r\n", server.address());
    let bearer = |key: &str| format!("Authorization: Bearer {key}\r\n");
    let whole = format!("Content-Length: {}\r\n\r\n{example}", example.len());
    let one_by_one: String = example
        .chars()
        .map(|byte| format!("1\r\n{byte}\r\n"))
        .collect();
    let one_by_one = format!("Transfer-Encoding: chunked\r\n\r\n{one_by_one}0\r\n\r\n");
    for (method, route, is_open, status) in ROUTES {
        let path = route.replace("{model_id}", MODEL).replace("{id}", JOB);
        let path = match route.ends_with("/result") {
            true => format!("{path}?attempt=1&expires=99999999999&signature=abc&key={key}"),
            false => path,
        };
        let ask = |path: &str, headers: &str, body: &str| {
            let request = format!(
                "{method} {path} HTTP/1.1\r\nConnection: close\r\n\
                 Content-Type: application/json\r\n{headers}{body}"
            );
            server.send(&request)
        };
        let kept_out = if is_open { status } else { 401 };
        let in_query = |name: &str| {
            format!(
                "{path}{}{name}={key}",
                if path.contains('?') { '&' } else { '?' }
            )
        };
        for (what, path, headers, body, wanted) in [
            (
                "the right key",
                path.clone(),
                own.clone() + &bearer(key),
                &whole,
                status,
            ),
            (
                "one byte a chunk",
                path.clone(),
                own.clone() + &bearer(key),
                &one_by_one,
                status,
            ),
            ("no key", path.clone(), own.clone(), &whole, kept_out),
            (
                "a wrong key",
                path.clone(),
                own.clone() + &bearer(&wrong),
                &whole,
                kept_out,
            ),
            (
                "a revoked key",
                path.clone(),
                own.clone() + &bearer(revoked),
                &whole,
                kept_out,
            ),
            (
                "an empty key",
                path.clone(),
                own.clone() + &bearer(""),
                &whole,
                kept_out,
            ),
            (
                "no key, one byte a chunk",
                path.clone(),
                own.clone(),
                &one_by_one,
                kept_out,
            ),
            (
                "the key in the query",
                in_query("key"),
                own.clone(),
                &whole,
                kept_out,
            ),
            (
                "the key in the query",
                in_query("Authorization"),
                own.clone(),
                &whole,
                kept_out,
            ),
            (
                "a foreign page",
                path.clone(),
                own.clone() + &bearer(key) + "Origin: https://evil.example\r\n",
                &whole,
                403,
            ),
            (
                "a foreign name",
                path.clone(),
                bearer(key) + "Host: evil.example\r\n",
                &whole,
                421,
            ),
        ] {
            let answer = ask(&path, &headers, body);
            assert_eq!(
                answer.status, wanted,
                "{method} {route} with {what}: {}",
                answer.body
            );
            for (name, value) in [
                ("x-content-type-options", "nosniff"),
                ("cache-control", "no-store"),
                ("referrer-policy", "no-referrer"),
                ("x-frame-options", "DENY"),
            ] {
                assert_eq!(
                    answer.header(name),
                    Some(value),
                    "{method} {route} with {what}"
                );
            }
            let policy = answer.header("content-security-policy").unwrap();
            assert!(policy.starts_with("default-src 'none'; "), "{policy}");
            assert!(policy.ends_with("frame-ancestors 'none'"), "{policy}");
            assert!(!policy.contains("unsafe"), "{policy}");
        }
    }
    let figures = server.send(&format!(
        "GET /metrics HTTP/1.1\r\n{own}Connection: close\r\n\r\n"
    ));
    assert!(!figures.body.contains(key), "the key is in the figures");
}

#[test]
fn whatever_word_a_client_makes_up_is_one_more_label_at_most() {
    let folder = Folder::new();
    let server = Server::start(&folder, &[]);
    let series = || {
        let figures = server.get("/metrics").1;
        figures
            .lines()
            .filter(|line| line.starts_with("refcast_request"))
            .count()
    };
    server.request("FIRST", "/first");
    server.request("FIRST", "/healthz");
    server.get("/metrics");
    let before = series();
    for number in 0..50 {
        server.request(&format!("WORD{number}"), &format!("/path{number}"));
        server.request(&format!("WORD{number}"), "/healthz");
    }
    assert_eq!(series(), before);
}
