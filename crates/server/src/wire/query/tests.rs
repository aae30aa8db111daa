//! Every spelling of a query, and every fault.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::{Asked, Conditioned, Described, Limits, Tasks};
use crate::registry::{Interface, Registry, RequestType};
use crate::wire::Body;

static REGISTRY: LazyLock<Registry> =
    LazyLock::new(|| Registry::open(None).expect("the model in the program"));
const LIMITS: Limits = Limits {
    inputs: 3,
    samples: 100,
};
const ID: &str = "gem-1-bulk_reference-conditioning";

pub(super) fn interface() -> &'static Interface {
    REGISTRY.get(ID).expect("a model id")
}

fn genes() -> usize {
    interface().served.gene_order.len()
}

pub(super) fn counts() -> Vec<u64> {
    (0..genes() as u64).map(|gene| gene % 50).collect()
}

pub(super) fn query() -> Value {
    json!({
        "inputs": [{
            "counts": counts(),
            "metadata": {"perturbation_ontology_id": "CHEMBL384467", "perturbation_time": "24h"},
        }],
        "sampling_strategy": "mean estimation",
        "seed": 7,
    })
}

pub(super) fn read(query: &Value) -> Result<Asked, Vec<refcast_core::Fault>> {
    read_by(interface(), query)
}

pub(super) fn read_by(
    interface: &Interface,
    query: &Value,
) -> Result<Asked, Vec<refcast_core::Fault>> {
    // Through its text, as it comes.
    let text = query.to_string();
    let body = Body::read(text.as_bytes()).expect("JSON");
    Asked::read(&body, interface, LIMITS)
}

/// The same weights under another interface.
pub(super) fn of_type(request_type: RequestType) -> Interface {
    Interface {
        id: format!("gem-1-bulk_{request_type}"),
        request_type,
        ..interface().clone()
    }
}

/// The first input.
pub(super) fn first(asked: Asked) -> Conditioned {
    match asked.tasks {
        Tasks::Conditioned(mut tasks) => tasks.remove(0),
        other => panic!("{other:?}"),
    }
}

/// Path and code of every fault.
pub(super) fn faults(query: &Value) -> Vec<(String, &'static str)> {
    let faults = read(query).expect_err("a query with faults");
    faults
        .into_iter()
        .map(|fault| (fault.path, fault.code))
        .collect()
}

pub(super) fn with(change: impl FnOnce(&mut Value)) -> Value {
    let mut query = query();
    change(&mut query);
    query
}

#[test]
fn every_spelling_of_the_same_counts_is_the_same_reference() {
    let plain = first(read(&query()).expect("a query")).reference;
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
        let task = first(read(&query).expect(name));
        assert_eq!(task.reference, plain, "{name}");
    }
}

#[test]
fn what_r_boxes_and_unboxes_is_read() {
    let expected = read(&with(|query| {
        query["conditioning"] = json!(["technical"]);
        query["inputs"][0]["num_samples"] = json!(2);
    }));
    let expected = first(expected.expect("a query")).query;
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
        assert_eq!(first(asked).query, expected, "{name}");
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
            let task = first(read(&query).expect(value));
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
        for interface in [
            interface(),
            &of_type(RequestType::Baseline),
            &of_type(RequestType::PredictMetadata),
        ] {
            assert!(read_by(interface, &body).is_err(), "{body}");
        }
    }
}

fn described(query: &Value) -> Vec<Described> {
    let asked = read_by(&of_type(RequestType::Baseline), query).expect("a query");
    match asked.tasks {
        Tasks::Baseline(tasks) => tasks,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_description_is_read_in_the_ways_that_python_and_r_write_it() {
    let query = |metadata: Value| {
        json!({
            "inputs": [{"metadata": metadata, "num_samples": 2}],
            "sampling_strategy": "sample generation",
            "fixed_total_count": false,
            "total_count": 5_000_000,
            "seed": 3,
        })
    };
    let plain = described(&query(json!({
        "tissue_ontology_id": "UBERON:0002107", "age_years": "45", "sex": "female",
        "perturbation_ontology_id": "CHEMBL384467", "perturbation_dose": "100 nM",
    })));
    let boxed = described(&query(json!({
        "tissue_ontology_id": ["uberon:0002107"], "age_years": 45.0, "sex": ["Female"],
        "perturbation_ontology_id": ["CHEMBL384467"], "perturbation_dose": ["100nM"],
        "race": null, "study": [],
    })));
    assert_eq!(plain[0].query, boxed[0].query);
    assert_eq!(plain[0].samples(), 2);
    assert_eq!(plain[0].query.total_count, Some(5_000_000));
    assert_eq!(plain[0].understood[0].label, "dexamethasone");
    // A list of one that R has unboxed, and an empty list that stands for an empty object.
    let bare = json!({"inputs": {"metadata": []}, "sampling_strategy": "mean estimation"});
    assert!(described(&bare)[0].query.metadata.is_empty());
}

#[test]
fn all_faults_of_descriptions_are_told_at_once_with_what_was_meant() {
    let query = json!({
        "inputs": [
            {"metadata": {"tisue_ontology_id": "UBERON:0002107", "sex": "femal", "age_years": 200}},
            {"metadata": {"perturbation_ontology_id": "CHEMBL99999999999", "perturbation_time": "soon"},
             "num_samples": 0},
            {"counts": [1, 2], "metadata": "liver"},
        ],
        "sampling_strategy": "guess",
        "total_count": 0,
    });
    let found = read_by(&of_type(RequestType::Baseline), &query).expect_err("faults");
    for (path, code, near) in [
        (
            "inputs[0].metadata.tisue_ontology_id",
            "unknown_key",
            Some("tissue_ontology_id"),
        ),
        ("inputs[0].metadata.sex", "unknown_value", Some("female")),
        ("inputs[0].metadata.age_years", "out_of_range", None),
        ("inputs[1].num_samples", "out_of_range", None),
        ("inputs[2].counts", "unknown_key", None),
        ("inputs[2].metadata", "wrong_type", None),
        ("sampling_strategy", "unknown_sampling_strategy", None),
        ("total_count", "out_of_range", None),
    ] {
        let same: Vec<_> = found
            .iter()
            .filter(|fault| (fault.path.as_str(), fault.code) == (path, code))
            .collect();
        assert_eq!(same.len(), 1, "{path} {code} in {found:?}");
        if let Some(near) = near {
            assert_eq!(same[0].nearest[0], near);
        }
    }
    for path in ["perturbation_ontology_id", "perturbation_time"] {
        let path = format!("inputs[1].metadata.{path}");
        assert!(
            found.iter().any(|fault| fault.path == path),
            "{path} in {found:?}"
        );
    }
}

#[test]
fn samples_to_annotate_are_read_with_the_fields_that_are_wanted() {
    let interface = of_type(RequestType::PredictMetadata);
    let query = json!({
        "inputs": [{"counts": {"counts": counts()}}, {"counts": counts()}],
        "fields": "tissue_ontology_id",
        "seed": 5,
        "sampling_strategy": "sample generation",
    });
    let asked = read_by(&interface, &query).expect("a query");
    assert!(
        asked.warnings[0].contains("`sampling_strategy`"),
        "{:?}",
        asked.warnings
    );
    assert_eq!((asked.samples(), asked.seed), (2, 5));
    let Tasks::Annotation(tasks) = asked.tasks else {
        panic!("{:?}", asked.tasks);
    };
    assert_eq!(tasks.query.seed, 5);
    assert_eq!(
        tasks.query.fields,
        Some(vec![refcast_core::MetadataField::Tissue])
    );
    let counts_of = |at: usize| {
        let reference = tasks.inputs[at].reference.unpack(&interface.served.model);
        reference.expect("a reference").counts
    };
    assert_eq!(counts_of(0), counts_of(1));
    let query =
        json!({"inputs": [{"counts": [1]}, {"num_samples": 3}], "fields": ["tisue"], "seed": -1});
    let found = read_by(&interface, &query).expect_err("faults");
    let found: Vec<_> = found
        .iter()
        .map(|fault| (fault.path.as_str(), fault.code))
        .collect();
    for expected in [
        ("inputs[0].counts", "wrong_length"),
        ("inputs[1].counts", "missing"),
        ("inputs[1].num_samples", "unknown_key"),
        ("fields", "unknown_field"),
        ("seed", "out_of_range"),
    ] {
        assert!(found.contains(&expected), "{expected:?} in {found:?}");
    }
}

#[test]
fn words_for_controls_are_controls_where_ids_are_expected() {
    for (id, kind) in [
        ("ctrl", Value::Null),
        ("DMSO 0.1%", Value::Null),
        ("non-targeting", json!("crispr")),
        ("", json!("vehicle")),
        ("DMSO|DMSO", Value::Null),
    ] {
        let asked = read(&with(|query| {
            query["inputs"][0]["metadata"] =
                json!({"perturbation_ontology_id": id, "perturbation_type": kind});
        }))
        .unwrap_or_else(|faults| panic!("{id}: {faults:?}"));
        let is_noted = asked.warnings.iter().any(|own| own.contains("`crispr`"));
        assert_eq!(is_noted, kind == "crispr", "{:?}", asked.warnings);
        assert!(first(asked).query.perturbation.is_control(), "{id}");
    }
    let asked = read(&with(|query| {
        query["inputs"][0]["metadata"] = json!({"perturbation_ontology_id": "CHEMBL384467|ctrl"});
    }))
    .expect("a query");
    let entities = first(asked).query.perturbation.entities().to_vec();
    assert_eq!(entities, ["CHEMBL384467".parse().expect("an id")]);
    let refused = faults(&with(|query| {
        query["inputs"][0]["metadata"] = json!({"perturbation_ontology_id": "EtOH"});
    }));
    let path = "inputs[0].metadata.perturbation_ontology_id".to_owned();
    assert!(
        refused.contains(&(path, "ambiguous_perturbation")),
        "{refused:?}"
    );
}

#[test]
fn a_gene_without_a_type_is_taken_as_lost_and_a_warning_says_so() {
    let asked = read(&with(|query| {
        query["inputs"][0]["metadata"] = json!({"perturbation_ontology_id": "ENSG00000141510"});
    }))
    .expect("a query");
    assert!(
        asked
            .warnings
            .iter()
            .any(|own| own.contains("TP53") && own.contains("`crispr`")),
        "{:?}",
        asked.warnings
    );
    assert_eq!(first(asked).query.perturbation.kind().name(), "crispr");
}

#[test]
fn what_draws_nothing_needs_no_seed() {
    let asked = read(&with(|query| {
        query["deterministic_latents"] = json!(true);
        query.as_object_mut().expect("an object").remove("seed");
    }))
    .expect("a query");
    assert_eq!((asked.seed, first(asked).query.seed), (0, 0));
}
