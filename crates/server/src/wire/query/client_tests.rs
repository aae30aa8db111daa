//! What clients send beside what they mean, and what attackers send.

use std::time::{Duration, Instant};

use refcast_core::{LONGEST_TEXT, MOST_ENTITIES};
use serde_json::{Value, json};

use super::tests::{counts, faults, first, interface, of_type, query, read, read_by, with};
use crate::registry::RequestType;
use crate::wire::Body;

#[test]
fn a_total_count_without_effect_is_answered_with_a_warning() {
    let asked = read(&with(|query| query["total_count"] = json!(5_000_000))).expect("a query");
    assert!(
        asked.warnings[0].contains("`total_count` (`5000000`) was ignored"),
        "{:?}",
        asked.warnings
    );
    let task = first(asked);
    assert_eq!(task.query.total_count, None);
    assert!(task.warnings[0].contains("`total_count`"));
    let asked = read(&with(|query| {
        query["total_count"] = json!(5_000_000);
        query["fixed_total_count"] = json!(true);
    }));
    let asked = asked.expect("a query");
    assert!(asked.warnings.is_empty());
    assert_eq!(first(asked).query.total_count, Some(5_000_000));
}

#[test]
fn keys_inside_the_wrapper_of_the_counts_are_refused_with_the_line_that_works() {
    let found = read(&with(|query| {
        query["inputs"][0]["counts"] = json!({"counts": counts(), "num_samples": 5});
    }))
    .expect_err("a misplaced key");
    assert_eq!(found[0].path, "inputs[0].counts.num_samples");
    assert_eq!(found[0].code, "misplaced_key");
    assert!(found[0].message.contains("num_samples = …)"), "{found:?}");
}

#[test]
fn an_order_of_genes_beside_the_inputs_is_that_of_their_lists() {
    let plain = first(read(&query()).expect("a query")).reference;
    let order: Vec<&String> = interface().served.gene_order.iter().rev().collect();
    let reversed: Vec<u64> = counts().into_iter().rev().collect();
    for in_wrapper in [false, true] {
        let asked = read(&with(|query| {
            if in_wrapper {
                query["inputs"][0]["counts"] = json!({"counts": reversed, "gene_order": order});
            } else {
                query["inputs"][0]["counts"] = json!(reversed);
                query["gene_order"] = json!(order);
            }
        }));
        assert_eq!(first(asked.expect("a query")).reference, plain);
    }
    let short = with(|query| query["gene_order"] = json!(["ENSG00000141510"]));
    assert!(read(&short).is_err());
}

fn by_name(strange: &str, share: f64) -> Value {
    let order = &interface().served.gene_order;
    let mut genes: serde_json::Map<String, Value> = order
        .iter()
        .zip(counts())
        .map(|(gene, count)| (gene.clone(), json!(count)))
        .collect();
    let all: u64 = counts().iter().sum();
    let own = (all as f64 * share / (1.0 - share)).round();
    genes.insert(strange.to_owned(), json!(own as u64));
    with(|query| query["inputs"][0]["counts"] = json!(genes))
}

#[test]
fn counts_of_names_that_match_nothing_are_named_and_refused_where_they_are_many() {
    let asked = read(&by_name("notagene", 0.05)).expect("a query");
    let warning = asked.warnings[0].clone();
    assert!(
        warning.contains("`notagene`") && warning.contains("5.00 % of the counts"),
        "{warning}"
    );
    assert_eq!(first(asked).warnings[0], warning);
    let found = read(&by_name("notagene", 0.2)).expect_err("a fifth of nothing");
    assert_eq!(
        (found[0].path.as_str(), found[0].code),
        ("inputs[0].counts", "unknown_genes")
    );
    assert!(found[0].message.contains("20.0 %") && found[0].message.contains("`notagene`"));
}

#[test]
fn a_name_or_a_symbol_is_taken_as_an_id() {
    for (name, kind, id) in [
        ("MDM2", json!("crispr"), "ENSG00000135679"),
        ("dexamethasone", Value::Null, "CHEMBL384467"),
        ("IL1B", json!("peptide or biologic"), "ENSG00000125538"),
    ] {
        let asked = read(&with(|query| {
            query["inputs"][0]["metadata"] =
                json!({"perturbation_ontology_id": name, "perturbation_type": kind});
        }));
        let entities = first(asked.expect(name))
            .query
            .perturbation
            .entities()
            .to_vec();
        assert_eq!(entities, [id.parse().expect("an id")], "{name}");
    }
}

#[test]
fn texts_of_any_length_are_refused_before_anything_is_looked_up_by_them() {
    let long = "liver cells ".repeat(10_000);
    let joined = vec!["CHEMBL25"; 100_000].join("|");
    let many: Vec<String> = (0..100_000).map(|at| format!("field{at}")).collect();
    let unknown: serde_json::Map<String, Value> =
        many.iter().map(|key| (key.clone(), json!(1))).collect();
    let begun = Instant::now();
    for field in [
        "perturbation_ontology_id",
        "perturbation_type",
        "perturbation_time",
    ] {
        for text in [&long, &joined] {
            let found = faults(&with(|query| {
                query["inputs"][0]["metadata"][field] = json!(text)
            }));
            let path = format!("inputs[0].metadata.{field}");
            assert!(found.contains(&(path, "too_long")), "{field}: {found:?}");
        }
    }
    for field in ["tissue_ontology_id", "sex", "age_years", "study"] {
        let query = json!({
            "inputs": [{"metadata": {field: long}}],
            "sampling_strategy": "mean estimation",
        });
        let found = read_by(&of_type(RequestType::Baseline), &query).expect_err("too long");
        assert_eq!(found[0].code, "too_long", "{field}");
    }
    for (key, value) in [
        ("seed", json!(long)),
        ("sampling_strategy", json!(long)),
        ("conditioning", json!(many)),
        ("conditioning", json!([long])),
        ("fixed_total_count", json!(long)),
    ] {
        assert!(read(&with(|query| query[key] = value)).is_err(), "{key}");
    }
    let found = read(&with(|query| {
        query["inputs"][0]["metadata"] = json!(unknown)
    }));
    assert!(found.expect_err("unknown keys").len() < 20);
    let warned = read(&with(|query| {
        let query = query.as_object_mut().expect("an object");
        query.extend(unknown.clone());
        query.insert(long.clone(), json!(1));
    }));
    let warnings = warned.expect("a query").warnings;
    assert!(warnings.len() < 20 && warnings.iter().all(|own| own.len() < 300));
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn a_perturbation_has_some_entities_at_most() {
    let names = |n: usize| {
        let ids: Vec<String> = (25..25 + n).map(|at| format!("CHEMBL{at}")).collect();
        ids.join("|")
    };
    let longest = names(LONGEST_TEXT / 9);
    let found = faults(&with(|query| {
        query["inputs"][0]["metadata"]["perturbation_ontology_id"] = json!(longest);
    }));
    let path = "inputs[0].metadata.perturbation_ontology_id".to_owned();
    assert!(found.contains(&(path, "too_many_entities")), "{found:?}");
    const { assert!(MOST_ENTITIES < LONGEST_TEXT / 9) };
}

#[test]
fn inputs_are_no_longer_read_after_many_faults() {
    let limits = super::Limits {
        inputs: 100_000,
        samples: 100_000,
    };
    let text = format!(
        "{{\"inputs\": [{}{{}}], \"sampling_strategy\": \"mean estimation\"}}",
        "{\"a\": 0},".repeat(50_000)
    );
    let body = Body::read(text.as_bytes()).expect("JSON");
    let found = super::Asked::read(&body, interface(), limits).expect_err("faults");
    assert!(found.len() < 110, "{}", found.len());
    assert_eq!(found.last().map(|own| own.code), Some("unread"));
}

#[test]
fn what_is_kept_of_a_query_reads_as_the_query_itself() {
    let asked_of = |text: &str| {
        let body = Body::read(text.as_bytes()).expect("JSON");
        let limits = super::Limits {
            inputs: 3,
            samples: 10,
        };
        let asked = super::Asked::read(&body, interface(), limits).expect("a query");
        let kept = asked.query(&body);
        (asked, kept)
    };
    let text = with(|query| {
        query.as_object_mut().expect("an object").remove("seed");
        query["note"] = json!("x".repeat(1_000_000));
    });
    let (asked, kept) = asked_of(&text.to_string());
    assert!(!kept.contains("xxx"));
    let (again, kept_again) = asked_of(&kept);
    assert_eq!((again.seed, &kept_again), (asked.seed, &kept));
    assert_eq!(first(again).query, first(asked).query);
}
