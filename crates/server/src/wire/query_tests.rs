//! Every spelling of a query, and every fault.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::query::{Asked, Limits};
use crate::registry::{Interface, Registry};

static REGISTRY: LazyLock<Registry> =
    LazyLock::new(|| Registry::open(None).expect("the model in the program"));
const LIMITS: Limits = Limits {
    inputs: 3,
    samples: 100,
};
const ID: &str = "gem-1-bulk_reference-conditioning";

fn interface() -> &'static Interface {
    REGISTRY.get(ID).expect("a model id")
}

fn genes() -> usize {
    interface().served.gene_order.len()
}

fn counts() -> Vec<u64> {
    (0..genes() as u64).map(|gene| gene % 50).collect()
}

fn query() -> Value {
    json!({
        "inputs": [{
            "counts": counts(),
            "metadata": {"perturbation_ontology_id": "CHEMBL384467", "perturbation_time": "24h"},
        }],
        "sampling_strategy": "mean estimation",
        "seed": 7,
    })
}

fn read(query: &Value) -> Result<Asked, Vec<refcast_core::Fault>> {
    // Through its text, as it comes.
    let query = serde_json::from_str(&query.to_string()).expect("JSON");
    Asked::read(&query, interface(), LIMITS)
}

/// Path and code of every fault.
fn faults(query: &Value) -> Vec<(String, &'static str)> {
    let faults = read(query).expect_err("a query with faults");
    faults
        .into_iter()
        .map(|fault| (fault.path, fault.code))
        .collect()
}

fn with(change: impl FnOnce(&mut Value)) -> Value {
    let mut query = query();
    change(&mut query);
    query
}

#[test]
fn every_spelling_of_the_same_counts_is_the_same_reference() {
    let plain = read(&query()).expect("a query").tasks.remove(0).reference;
    let order = &interface().served.gene_order;
    let by_gene: serde_json::Map<String, Value> = order
        .iter()
        .zip(counts())
        .map(|(gene, count)| (gene.clone(), json!(count)))
        .collect();
    let versions: Vec<String> = order.iter().rev().map(|gene| format!("{gene}.3")).collect();
    let reversed: Vec<u64> = counts().into_iter().rev().collect();
    let floats: Vec<f64> = counts().into_iter().map(|count| count as f64).collect();
    for (name, input) in [
        ("under counts", json!({"counts": {"counts": counts()}})),
        ("by gene", json!({"counts": by_gene})),
        (
            "by gene under counts",
            json!({"counts": {"counts": by_gene}}),
        ),
        (
            "beside ids",
            json!({"counts": reversed, "gene_ids": versions}),
        ),
        ("as doubles", json!({"counts": floats})),
    ] {
        let query = with(|query| {
            let mut input = input;
            input["metadata"] = query["inputs"][0]["metadata"].clone();
            query["inputs"][0] = input;
        });
        let task = read(&query).expect(name).tasks.remove(0);
        assert_eq!(task.reference, plain, "{name}");
    }
}

#[test]
fn what_r_boxes_and_unboxes_is_read() {
    let expected = read(&with(|query| {
        query["conditioning"] = json!(["technical"]);
        query["inputs"][0]["num_samples"] = json!(2);
    }))
    .expect("a query");
    for (name, query) in [
        (
            "bare strings and objects",
            with(|query| {
                query["conditioning"] = json!("technical");
                query["inputs"][0]["num_samples"] = json!(2);
                query["inputs"] = query["inputs"][0].clone();
            }),
        ),
        (
            "lists of one",
            with(|query| {
                query["conditioning"] = json!(["technical"]);
                query["sampling_strategy"] = json!(["mean estimation"]);
                query["seed"] = json!([7]);
                query["fixed_total_count"] = json!([false]);
                query["inputs"][0]["num_samples"] = json!([2]);
                query["inputs"][0]["metadata"]["perturbation_time"] = json!(["24h"]);
            }),
        ),
        (
            "numbers as text and as doubles",
            with(|query| {
                query["conditioning"] = json!(["technical"]);
                query["seed"] = json!("7");
                query["inputs"][0]["num_samples"] = json!(2.0);
                query["total_count"] = Value::Null;
            }),
        ),
    ] {
        let asked = read(&query).expect(name);
        assert_eq!(asked.tasks[0].query, expected.tasks[0].query, "{name}");
    }
}

#[test]
fn times_doses_and_ids_are_read_in_the_ways_that_they_are_written() {
    for (field, value, read_as) in [
        ("perturbation_time", "24 hours", "24 h"),
        ("perturbation_time", "2 days", "2 d"),
        ("perturbation_dose", "10uM", "10 uM"),
        ("perturbation_dose", "10 µM", "10 uM"),
        ("perturbation_dose", "1mg/kg", "1 mg/kg"),
        ("perturbation_ontology_id", "chembl384467", "CHEMBL384467"),
    ] {
        let of = |value: &str| {
            let query = with(|query| query["inputs"][0]["metadata"][field] = json!(value));
            let task = read(&query).expect(value).tasks.remove(0);
            task.query.perturbation
        };
        assert_eq!(of(value), of(read_as), "{field} {value}");
    }
}

#[test]
fn unknown_keys_of_newer_clients_are_warned_of_and_unknown_metadata_refused() {
    let asked = read(&with(|query| {
        query["source"] = json!("pysynthbio");
        query["modality"] = json!("bulk");
    }))
    .expect("a query");
    assert_eq!(asked.warnings.len(), 1);
    assert!(asked.warnings[0].contains("`modality`"));
    let query = with(|query| query["inputs"][0]["metadata"]["perturbation_tme"] = json!("1 h"));
    let found = read(&query).expect_err("an unknown key");
    assert_eq!(found[0].path, "inputs[0].metadata.perturbation_tme");
    assert_eq!(found[0].nearest, ["perturbation_time"]);
}

#[test]
fn all_faults_of_all_inputs_are_told_at_once() {
    let query = json!({
        "inputs": [
            {"counts": [1, 2, 3], "metadata": {"perturbation_ontology_id": "CHEMBL384467"}},
            {"metadata": {"perturbation_time": "soon", "perturbation_dose": "some"},
             "num_samples": 0},
            {"counts": {"ENSG00000141510": -1.5}, "metadata": {"tissue": "liver"}},
        ],
        "sampling_strategy": "guess",
        "seed": "x",
    });
    let found = faults(&query);
    for expected in [
        ("inputs[0].counts", "wrong_length"),
        ("inputs[1].counts", "missing"),
        ("inputs[1].num_samples", "out_of_range"),
        ("inputs[2].counts.ENSG00000141510", "not_a_count"),
        ("inputs[2].metadata.tissue", "unknown_key"),
        ("sampling_strategy", "unknown_sampling_strategy"),
        ("seed", "out_of_range"),
    ] {
        let n = found
            .iter()
            .filter(|(path, code)| (path.as_str(), *code) == expected)
            .count();
        assert_eq!(n, 1, "{expected:?} in {found:?}");
    }
    for path in ["perturbation_time", "perturbation_dose"] {
        let path = format!("inputs[1].metadata.{path}");
        assert!(found.iter().any(|(found, _)| *found == path), "{path}");
    }
}

#[test]
fn an_unknown_entity_is_answered_with_the_nearest() {
    let query = with(|query| {
        query["inputs"][0]["metadata"]["perturbation_ontology_id"] = json!("CHEMBL99999999999");
    });
    let found = read(&query).expect_err("an id that no table has");
    assert_eq!(found[0].path, "inputs[0].metadata.perturbation_ontology_id");
}

#[test]
fn more_than_the_server_takes_is_refused() {
    let many = with(|query| {
        let input = query["inputs"][0].clone();
        query["inputs"] = json!([input, input, input, input]);
    });
    assert_eq!(faults(&many), [("inputs".to_owned(), "too_many")]);
    let deep = with(|query| query["inputs"][0]["num_samples"] = json!(101));
    assert_eq!(faults(&deep), [("inputs".to_owned(), "too_many")]);
}

#[test]
fn no_body_makes_it_panic() {
    for body in [
        json!(null),
        json!([]),
        json!("text"),
        json!({}),
        json!({"inputs": []}),
        json!({"inputs": [null]}),
        json!({"inputs": {"counts": {}}}),
        json!({"inputs": [{"counts": [], "metadata": []}], "conditioning": {"a": 1}}),
        json!({"inputs": [{"counts": {"counts": {"counts": 1}}, "metadata": "x"}]}),
        json!({"inputs": [{"counts": [1e300], "gene_ids": [1], "num_samples": {}}]}),
    ] {
        assert!(read(&body).is_err(), "{body}");
    }
}
