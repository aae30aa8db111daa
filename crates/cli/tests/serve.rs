//! `refcast serve` as its clients meet it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use support::server::Server;
use support::{Folder, python, run_script};

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
        body.contains("\"nearest\":[\"gem-1-bulk_reference-conditioning\""),
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
fn a_method_that_a_path_does_not_take_is_told_which_it_takes() {
    let folder = Folder::new();
    let server = Server::start(&folder, &[]);
    let id = "gem-1-bulk_reference-conditioning";
    for (method, path, allowed) in [
        ("GET", format!("/api/models/{id}/predict"), "POST"),
        ("POST", "/api/models".to_owned(), "GET,HEAD"),
        ("PUT", "/api/model-queries/x".to_owned(), "DELETE"),
        ("TRACE", "/healthz".to_owned(), "GET,HEAD"),
    ] {
        let answer = server.request(method, &path);
        assert_eq!(answer.status, 405, "{method} {path}");
        assert_eq!(answer.header("allow"), Some(allowed), "{method} {path}");
        let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(body["errors"][0]["code"], "method_not_allowed", "{body}");
    }
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
fn waiting_queries_have_room_for_one_body_of_each_of_two_keys() {
    let folder = Folder::new();
    let small = ["serve", "--port", "0", "--max-queue-bytes", "63"];
    let ended = folder.refcast(&small);
    assert_eq!(ended.code, 1);
    assert!(
        ended.stderr.contains("--max-queue-bytes"),
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
