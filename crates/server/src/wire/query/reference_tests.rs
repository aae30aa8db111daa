//! References that are samples of training, named by their id.

use serde_json::{Value, json};

use super::Asked;
use super::tests::{counts, first, of_type, read_by};
use crate::registry::RequestType;

/// Untreated airway cells.
const SAMPLE: &str = "SRR1039508";

fn query() -> Value {
    json!({
        "inputs": [{
            "sample_id": SAMPLE,
            "metadata": {"perturbation_ontology_id": "CHEMBL384467", "perturbation_time": "18 h"},
        }],
        "sampling_strategy": "mean estimation",
        "seed": 7,
    })
}

fn read(query: &Value) -> Result<Asked, Vec<refcast_core::Fault>> {
    read_by(&of_type(RequestType::SampleConditioned), query)
}

fn with(change: impl FnOnce(&mut Value)) -> Value {
    let mut query = query();
    change(&mut query);
    query
}

#[test]
fn a_sample_is_the_reference_at_its_own_depth() {
    let interface = of_type(RequestType::SampleConditioned);
    let task = first(read(&query()).expect("a query"));
    assert_eq!(task.sample_id.as_deref(), Some(SAMPLE));
    let samples = interface.served.model.training_samples().expect("samples");
    let own = &samples.samples()[samples.find(SAMPLE).expect("the sample")];
    assert_eq!(task.query.total_count, Some(own.library_size));
    assert!(task.query.fixed_total_count);
    // Actin is among the most abundant genes of such cells, XIST is in none of a man's.
    let order = &interface.served.gene_order;
    let reference = task.reference.unpack(&interface.served.model);
    let counts = reference.expect("a reference").counts;
    let count = |gene: &str| {
        let at = order.iter().position(|own| own == gene).expect("a gene");
        counts.values()[at]
    };
    assert!(count("ENSG00000075624") > 1_000 * count("ENSG00000229807"));
}

#[test]
fn spellings_of_an_id_are_one_reference() {
    let plain = first(read(&query()).expect("a query")).reference;
    for id in [json!([SAMPLE]), json!(" srr1039508 ")] {
        let query = with(|query| query["inputs"][0]["sample_id"] = id.clone());
        assert_eq!(
            first(read(&query).expect("a query")).reference,
            plain,
            "{id}"
        );
    }
}

#[test]
fn a_library_size_counts_where_it_is_fixed_and_is_told_of_where_not() {
    let with_total = |fixed: bool| {
        let query = with(|query| {
            query["total_count"] = json!(1_000_000);
            query["fixed_total_count"] = json!(fixed);
        });
        read(&query).expect("a query")
    };
    let task = first(with_total(true));
    assert_eq!(task.query.total_count, Some(1_000_000));
    let asked = with_total(false);
    assert!(
        asked.warnings[0].contains("`total_count`"),
        "{:?}",
        asked.warnings
    );
    assert_ne!(first(asked).query.total_count, Some(1_000_000));
}

#[test]
fn an_id_that_is_no_sample_is_refused_with_the_nearest() {
    for (id, code, part) in [
        (json!("SRR103950"), "unknown_sample", "none of the"),
        (json!("CHEMBL25"), "unknown_sample", "vocab?field=sample_id"),
        (json!(""), "missing", "vocab?field=sample_id"),
        (json!(null), "missing", "vocab?field=sample_id"),
        (
            json!(["SRR1039508", "SRR1039512"]),
            "wrong_type",
            "give one value",
        ),
        (json!("x".repeat(100_000)), "too_long", "longer than"),
    ] {
        let query = with(|query| query["inputs"][0]["sample_id"] = id.clone());
        let faults = read(&query).expect_err("a fault");
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert_eq!(faults[0].path, "inputs[0].sample_id");
        assert_eq!(faults[0].code, code);
        assert!(faults[0].message.contains(part), "{}", faults[0].message);
    }
}

#[test]
fn counts_beside_an_id_are_refused_and_an_order_of_genes_is_of_no_use() {
    let query = with(|query| query["inputs"][0]["counts"] = json!(counts()));
    let faults = read(&query).expect_err("a fault");
    assert_eq!(faults[0].path, "inputs[0].counts");
    assert_eq!(faults[0].code, "unknown_key");
    let query = with(|query| query["gene_order"] = json!(["TP53"]));
    let asked = read(&query).expect("a query");
    assert!(
        asked.warnings[0].contains("`gene_order`"),
        "{:?}",
        asked.warnings
    );
}

#[test]
fn every_fault_of_an_input_is_told_beside_its_id() {
    let query = with(|query| {
        query["inputs"][0]["sample_id"] = json!("nobody");
        query["inputs"][0]["metadata"] =
            json!({"perturbation_ontology_id": "CHEMBL384467", "perturbation_time": "soon"});
        query["sampling_strategy"] = json!("guess");
    });
    let faults = read(&query).expect_err("faults");
    let paths: Vec<&str> = faults.iter().map(|fault| fault.path.as_str()).collect();
    assert!(paths.contains(&"inputs[0].sample_id"), "{paths:?}");
    assert!(
        paths.contains(&"inputs[0].metadata.perturbation_time"),
        "{paths:?}"
    );
    assert!(paths.contains(&"sampling_strategy"), "{paths:?}");
}
