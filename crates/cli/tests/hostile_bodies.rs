//! Bodies that are made to take more memory than they have bytes.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fmt::Write;

use serde_json::json;
use support::Folder;
use support::server::{MODEL, Server};

/// As many bytes as a body may have where no other limit is given.
const BYTES: usize = 32 << 20;
/// Bytes beside four times those of the body.
const FREE: u64 = 100_000_000;

/// `start`, `part` as often as there is room for it, and `end`.
fn repeated(start: &str, part: &str, end: &str) -> String {
    let times = (BYTES - start.len() - end.len()) / part.len();
    format!("{start}{}{end}", part.repeat(times))
}

/// `start`, parts with a number each, and `end`.
fn numbered(start: &str, part: impl Fn(usize) -> String, end: &str) -> String {
    let mut body = String::with_capacity(BYTES);
    body += start;
    for number in 0.. {
        let next = part(number);
        if body.len() + next.len() + end.len() + 1 > BYTES {
            break;
        }
        if number > 0 {
            body.push(',');
        }
        write!(body, "{next}").unwrap();
    }
    body + end
}

fn bodies() -> Vec<(&'static str, String)> {
    let input = r#"{"inputs":[{"metadata":{"perturbation_ontology_id":"control"},"#;
    let end = "}]}";
    vec![
        ("objects", repeated("[", r#"{"a":0},"#, "0]")),
        ("empty objects", repeated("[", "{},", "0]")),
        ("inputs", repeated(r#"{"inputs":["#, "{},", "{}]}")),
        ("empty lists", repeated("[", "[],", "0]")),
        ("depth", repeated("", "[", "")),
        (
            "depth under a key",
            repeated(r#"{"inputs":"#, r#"[{"inputs":"#, ""),
        ),
        ("empty texts", repeated(r#"{"inputs":["#, r#""","#, "0]}")),
        (
            "a text",
            repeated(r#"{"inputs":[{"metadata":{"tissue":""#, "x", r#""}}]}"#),
        ),
        (
            "an escaped text",
            repeated(
                r#"{"inputs":[{"metadata":{"tissue":""#,
                "\\u00e9",
                r#""}}]}"#,
            ),
        ),
        ("an ignored text", repeated(r#"{"comment":""#, "x", r#""}"#)),
        (
            "digits",
            repeated(&format!(r#"{input}"counts":["#), "1", &format!("]{end}")),
        ),
        (
            "zeros",
            repeated(&format!(r#"{input}"counts":["#), "0,", &format!("0]{end}")),
        ),
        (
            "texts of numbers",
            repeated(
                &format!(r#"{input}"counts":["#),
                r#""1","#,
                &format!("0]{end}"),
            ),
        ),
        (
            "gene ids",
            repeated(
                &format!(r#"{input}"counts":[1],"gene_ids":["#),
                r#""A","#,
                &format!(r#""A"]{end}"#),
            ),
        ),
        (
            "counts under one name",
            repeated(
                &format!(r#"{input}"counts":{{"#),
                r#""A":1,"#,
                &format!(r#""A":1}}{end}"#),
            ),
        ),
        (
            "counts by name",
            numbered(
                &format!(r#"{input}"counts":{{"#),
                |n| format!(r#""G{n}":1"#),
                &format!("}}{end}"),
            ),
        ),
        ("keys", numbered("{", |n| format!(r#""k{n}":0"#), "}")),
        (
            "keys of metadata",
            numbered(
                r#"{"inputs":[{"metadata":{"#,
                |n| format!(r#""k{n}":0"#),
                "}}]}",
            ),
        ),
        (
            "fields",
            numbered(r#"{"fields":["#, |n| format!(r#""f{n}""#), "]}"),
        ),
        (
            "faults",
            numbered(
                r#"{"inputs":["#,
                |n| format!(r#"{{"num_samples":"n{n}"}}"#),
                "]}",
            ),
        ),
    ]
}

#[test]
fn no_body_takes_more_than_four_times_its_bytes_and_a_hundred_megabytes() {
    let folder = Folder::new();
    let server = Server::start(&folder, &["--state-dir", "state", "--no-auth"]);
    // What all queries share is made by the first.
    let path = format!("/api/models/{MODEL}/predict");
    let body = r#"{"inputs":[{"counts":{"ENSG00000141510":5},"metadata":{"perturbation_ontology_id":"control"}}]}"#;
    server.ask("POST", &path, "", body);
    let mut over = Vec::new();
    for (name, body) in bodies() {
        for accept in ["application/json", "application/vnd.apache.arrow.stream"] {
            let headers = format!("Content-Type: application/json\r\nAccept: {accept}\r\n");
            let before = server.begin_peak_memory();
            let answer = server.post(&path, &headers, &body);
            assert!(
                (400..500).contains(&answer.status),
                "{name}: {}",
                answer.status
            );
            assert!(
                answer.body.len() < 100_000,
                "{name}: an answer of {}",
                answer.body.len()
            );
            let took = server.peak_memory().unwrap() - before;
            if took > 4 * body.len() as u64 + FREE {
                over.push(format!("{name}, {accept}: {} MB", took / 1_000_000));
            }
        }
    }
    assert!(over.is_empty(), "{over:#?}");
}

/// As many inputs as a query may have, each of few bytes, are on the axis of the model one after the
/// other and not all at a time.
#[test]
fn ten_thousand_small_references_take_no_more_than_their_bytes_either() {
    let folder = Folder::new();
    let server = Server::start(&folder, &["--state-dir", "state", "--no-auth"]);
    let (_, listed) = server.get(&format!("/api/models/{MODEL}/genes?limit=110"));
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let genes: Vec<&str> = listed["genes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|gene| gene["gene_id"].as_str().unwrap())
        .collect();
    let counts: Vec<u32> = (100..210).collect();
    let control = json!({"perturbation_type": "control"});
    let by_order = json!({"counts": counts, "metadata": control, "num_samples": 1});
    let by_order = json!({
        "gene_order": genes, "inputs": vec![by_order; 10_000], "sampling_strategy": "mean estimation",
    });
    let annotated = json!({"gene_order": genes, "inputs": vec![json!({"counts": counts}); 10_000]});
    let by_id = json!({"sample_id": "SRR1039508", "metadata": control, "num_samples": 1});
    let by_id = json!({"inputs": vec![by_id; 10_000], "sampling_strategy": "mean estimation"});
    let base = MODEL.strip_suffix("_reference-conditioning").unwrap();
    for (model, query) in [
        (MODEL.to_owned(), by_order),
        (format!("{base}_predict-metadata"), annotated),
        (format!("{base}_condition-on-sample-ids"), by_id),
    ] {
        let path = format!("/api/models/{model}/predict");
        let mut first = query.clone();
        first["inputs"].as_array_mut().unwrap().truncate(1);
        let answer = server.ask("POST", &path, "", &first.to_string());
        assert_eq!(answer.status, 200, "{}", answer.body);
        let body = query.to_string();
        let before = server.begin_peak_memory();
        let answer = server.ask("POST", &path, "", &body);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let took = server.peak_memory().unwrap() - before;
        let id = answer.json()["modelQueryId"].as_str().unwrap().to_owned();
        server.ask("DELETE", &format!("/api/model-queries/{id}"), "", "");
        assert!(
            took < 4 * body.len() as u64 + FREE,
            "{model}: {} MB for {} MB",
            took / 1_000_000,
            body.len() / 1_000_000
        );
    }
}
