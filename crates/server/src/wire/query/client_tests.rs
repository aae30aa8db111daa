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
    let text = with(|query| {
        query.as_object_mut().expect("an object").remove("seed");
        query["note"] = json!("x".repeat(1_000_000));
    });
    let (asked, kept, again) = as_sent_and_as_kept(&text.to_string());
    assert!(!kept.contains("xxx"));
    assert_eq!(again.seed, asked.seed);
    assert_eq!(first(again).query, first(asked).query);
}

/// The faults of a text that is no query, as path and code.
fn faults_of_text(text: &str) -> Vec<(String, &'static str)> {
    let body = Body::read(text.as_bytes()).expect("JSON");
    let found = super::Asked::read(&body, interface(), EVERYTHING).expect_err("a fault");
    found.into_iter().map(|own| (own.path, own.code)).collect()
}

const EVERYTHING: super::Limits = super::Limits {
    inputs: 3,
    samples: 10,
};

#[test]
fn a_key_that_stands_twice_is_refused_wherever_it_stands() {
    let text = query().to_string();
    let gene = &interface().served.gene_order[7];
    let by_gene = with(|query| {
        query["inputs"][0]["counts"] = by_name("x", 0.0)["inputs"][0]["counts"].clone()
    });
    let by_gene = by_gene.to_string();
    for (once, twice, path) in [
        (
            &text,
            ("\"seed\":", "\"seed\":1,\"seed\":"),
            "seed".to_owned(),
        ),
        (
            &text,
            ("\"inputs\":", "\"inputs\":[],\"inputs\":"),
            "inputs".to_owned(),
        ),
        (
            &text,
            ("\"metadata\":", "\"metadata\":{},\"metadata\":"),
            "inputs[0].metadata".to_owned(),
        ),
        (
            &text,
            (
                "\"perturbation_time\":",
                "\"perturbation_time\":null,\"perturbation_time\":",
            ),
            "inputs[0].metadata.perturbation_time".to_owned(),
        ),
        (
            &by_gene,
            (
                &*format!("\"{gene}\":"),
                &*format!("\"{gene}\":999999,\"{gene}\":"),
            ),
            format!("inputs[0].counts.{gene}"),
        ),
    ] {
        let (key, keys) = twice;
        assert!(once.contains(key), "{key}");
        let found = faults_of_text(&once.replacen(key, keys, 1));
        assert_eq!(found, [(path, "repeated_key")]);
    }
    let found = faults_of_text("{\"inputs\":[{\"a\":1,\"a\":2,\"b\":3}],\"seed\":-1,\"seed\":-1}");
    for (path, code) in [
        ("seed", "repeated_key"),
        ("seed", "out_of_range"),
        ("inputs[0].a", "repeated_key"),
        ("inputs[0].b", "unknown_key"),
    ] {
        assert!(
            found.contains(&(path.to_owned(), code)),
            "{path} in {found:?}"
        );
    }
}

#[test]
fn counts_of_a_gene_with_two_names_are_added_up_and_a_warning_says_so() {
    let order = &interface().served.gene_order;
    let counts = counts();
    let twice = with(|query| {
        let mut ids: Vec<&str> = order.iter().map(String::as_str).collect();
        let mut values = counts.clone();
        ids.extend([order[3].as_str(), order[9].as_str()]);
        values.extend([1_000, 0]);
        query["inputs"][0]["counts"] = json!(values);
        query["inputs"][0]["gene_ids"] = json!(ids);
    });
    let by_version = by_name(&format!("{}.7", order[3]), 0.2);
    for (query, begins) in [
        (twice, "inputs[0].counts: 2 names (`"),
        (by_version, "inputs[0].counts: 1 name (`"),
    ] {
        let asked = read(&query).expect("a query");
        let warning = asked.warnings[0].clone();
        assert!(
            warning.starts_with(begins)
                && warning.contains(&order[3])
                && warning.contains("added up"),
            "{warning}"
        );
        let task = first(asked);
        assert_eq!(task.warnings[0], warning);
        let reference = task.reference.unpack(&interface().served.model);
        let counts = reference.expect("a reference").counts;
        assert!(counts.values()[3] >= 1_000, "{warning}");
    }
}

#[test]
fn genes_that_are_named_twice_are_refused_with_what_to_leave_out() {
    let order = &interface().served.gene_order;
    let by_gene = by_name("x", 0.0)["inputs"][0]["counts"].clone();
    let list = json!(counts());
    for (change, path) in [
        (
            json!({"counts": by_gene, "gene_ids": order}),
            "inputs[0].gene_ids",
        ),
        (
            json!({"counts": {"counts": by_gene, "gene_ids": order}}),
            "inputs[0].counts.gene_ids",
        ),
        (
            json!({"counts": {"counts": list, "gene_ids": order}, "gene_ids": order}),
            "inputs[0].gene_ids",
        ),
        (
            json!({"counts": {"counts": list, "gene_ids": order, "gene_order": order}}),
            "inputs[0].counts.gene_order",
        ),
        (
            json!({"counts": by_gene, "gene_order": order}),
            "gene_order",
        ),
    ] {
        let query = with(|query| {
            query["inputs"][0]["counts"] = change["counts"].clone();
            query["inputs"][0]["gene_ids"] = change["gene_ids"].clone();
            query["gene_order"] = change["gene_order"].clone();
        });
        let found = read(&query).expect_err("named twice");
        let found: Vec<_> = found
            .iter()
            .map(|own| (own.path.as_str(), own.code, &own.message))
            .collect();
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].0, found[0].1), (path, "named_twice"));
        assert!(
            found[0].2.ends_with(&format!("leave out `{path}`")),
            "{found:?}"
        );
    }
    // The names of an input come before those of the query, as is documented.
    let own = with(|query| {
        query["inputs"][0]["gene_ids"] = json!(order);
        query["gene_order"] = json!(["x"]);
    });
    assert_eq!(
        first(read(&own).expect("a query")).reference,
        first(read(&query()).expect("a query")).reference
    );
}

#[test]
fn faults_of_an_order_beside_the_inputs_are_told_at_the_order() {
    for (order, code) in [(json!("x"), "wrong_type"), (json!(["x"]), "wrong_length")] {
        let query = with(|query| {
            query["gene_order"] = order;
            query["inputs"] = json!([query["inputs"][0], query["inputs"][0]]);
        });
        assert_eq!(faults(&query), [("gene_order".to_owned(), code)]);
    }
    let query = with(|query| {
        query["inputs"][0]["counts"] = json!({"counts": [1, 2], "gene_ids": ["x"]});
    });
    assert_eq!(
        faults(&query),
        [("inputs[0].counts.gene_ids".to_owned(), "wrong_length")]
    );
}

/// Reads a text as a client sends it, and again as it was kept.
fn as_sent_and_as_kept(text: &str) -> (super::Asked, String, super::Asked) {
    let body = Body::read(text.as_bytes()).expect("JSON");
    let asked = super::Asked::read(&body, interface(), EVERYTHING).expect("a query");
    let kept = asked.query(&body);
    let body = Body::read_kept(&kept).expect("JSON");
    let again = super::Asked::read(&body, interface(), EVERYTHING).expect("a query");
    assert_eq!(again.query(&body), kept);
    (asked, kept, again)
}

#[test]
fn what_is_kept_is_not_larger_than_what_it_means() {
    let blanks = " \n".repeat(1_000_000);
    let zeros = "0".repeat(1_000_000);
    let plain = query().to_string();
    let (_, expected, of_plain) = as_sent_and_as_kept(&plain);
    let of_plain = first(of_plain);
    for (from, to) in [
        ("\"metadata\":", format!("{blanks}\"metadata\"{blanks}:")),
        ("\"24h\"", "\"\\u0032\\u0034\\u0068\"".to_owned()),
        ("\"counts\":[0,", format!("\"counts\":[0.{zeros},")),
        ("\"seed\":", format!("\"source\":[\"{zeros}\"],\"seed\":")),
        ("\"seed\":", format!("\"note\":[\"{zeros}\"],\"seed\":")),
    ] {
        assert!(plain.contains(from), "{from}");
        let (asked, kept, again) = as_sent_and_as_kept(&plain.replacen(from, &to, 1));
        assert!(kept.len() < expected.len() + 200, "{from}: {}", kept.len());
        assert_eq!((asked.seed, &asked.warnings), (again.seed, &again.warnings));
        let (asked, again) = (first(asked), first(again));
        assert_eq!(asked.reference, of_plain.reference, "{from}");
        assert_eq!(again.reference, of_plain.reference, "{from}");
        assert_eq!(again.query, of_plain.query, "{from}");
        assert_eq!(again.warnings, asked.warnings, "{from}");
    }
}

#[test]
fn a_result_says_of_what_was_ignored_what_the_submission_says() {
    let text = with(|query| {
        let query = query.as_object_mut().expect("an object");
        for at in 0..30 {
            query.insert(format!("k{at:02}{}", "x".repeat(at * 10)), json!(at));
        }
        query.insert("perturbation_tpye".to_owned(), json!(1));
        query.insert("total_count".to_owned(), json!(5));
        query.insert(
            "ignored".to_owned(),
            json!(["what a client says of itself"]),
        );
    });
    let (asked, _, again) = as_sent_and_as_kept(&text.to_string());
    assert_eq!(asked.warnings, again.warnings);
    assert_eq!(asked.warnings.len(), 12, "{:?}", asked.warnings);
    assert!(!asked.warnings.iter().any(|own| own.contains("of itself")));
    assert_eq!(first(asked).warnings, first(again).warnings);
}

#[test]
fn a_sentence_that_is_cut_is_cut_with_the_samples_too() {
    let mut names: serde_json::Map<String, Value> = by_name("x", 0.0)["inputs"][0]["counts"]
        .as_object()
        .expect("an object")
        .clone();
    for at in 0..9 {
        names.insert(format!("{at}{}", "unknown".repeat(20)), json!(1));
    }
    let asked = read(&with(|query| query["inputs"][0]["counts"] = json!(names))).expect("a query");
    let warnings = asked.warnings.clone();
    assert!(
        warnings.iter().any(|own| own.ends_with('…')),
        "{warnings:?}"
    );
    assert!(warnings.iter().all(|own| own.chars().count() <= 300));
    assert_eq!(first(asked).warnings, warnings);
}

#[test]
fn one_fault_is_told_once() {
    let id = "inputs[0].metadata.perturbation_ontology_id";
    let long = "a".repeat(600);
    for (change, expected) in [
        (
            json!({"sampling_strategy": {}}),
            ("sampling_strategy", "wrong_type"),
        ),
        (
            json!({"sampling_strategy": ["a", "b"]}),
            ("sampling_strategy", "wrong_type"),
        ),
        (json!({"id": long}), (id, "too_long")),
        (json!({"id": "||||"}), (id, "missing")),
        (json!({"id": "CHEMBL25||CHEMBL384467|"}), (id, "missing")),
        (
            json!({"dose": "0 uM"}),
            ("inputs[0].metadata.perturbation_dose", "no_dose"),
        ),
    ] {
        let query = with(|query| {
            if let Some(strategy) = change.get("sampling_strategy") {
                query["sampling_strategy"] = strategy.clone();
            }
            let metadata = &mut query["inputs"][0]["metadata"];
            if let Some(id) = change.get("id") {
                metadata["perturbation_ontology_id"] = id.clone();
            }
            metadata["perturbation_dose"] = change["dose"].clone();
        });
        assert_eq!(
            faults(&query),
            [(expected.0.to_owned(), expected.1)],
            "{change}"
        );
    }
}

#[test]
fn values_that_are_no_counts_are_named_with_their_place_and_a_fix_that_is_taken() {
    let text = query().to_string();
    let found = faults_of_text(&text.replacen("[0,1,2,", "[0,1,1e999,", 1));
    assert_eq!(found, [("inputs[0].counts[2]".to_owned(), "unreadable")]);
    let found = faults_of_text(&text.replacen("[0,1,2,", "[0,1,1e308,", 1));
    assert_eq!(found, [("inputs[0].counts[2]".to_owned(), "not_a_count")]);
    let message = |counts: Value| {
        let found = read(&with(|query| query["inputs"][0]["counts"] = counts));
        let found = found.expect_err("a fault").remove(0);
        format!("{}: {}", found.path, found.message)
    };
    let listed = message(json!([1, null, 3]));
    assert!(
        listed.contains("`gene_ids`") && !listed.contains("measured out"),
        "{listed}"
    );
    let named = message(json!({"TP53": null, "MDM2": 5}));
    assert!(named.contains("leave a gene"), "{named}");
    let empty = message(json!({}));
    assert!(empty.contains("is empty"), "{empty}");
    let huge = message(json!({"TP53": 1e300, "MDM2": 5}));
    assert!(
        huge.contains("larger than any library") && huge.len() < 200,
        "{huge}"
    );
    let tiny: Vec<f64> = counts().iter().map(|_| 0.001).collect();
    let tiny = message(json!(tiny));
    assert!(
        tiny.contains("fractions") && !tiny.contains("zero"),
        "{tiny}"
    );
}

#[test]
fn a_type_is_told_where_another_was_possible() {
    for (id, is_told) in [
        // A small molecule, by its name and by its id, and an organism.
        ("dexamethasone", false),
        ("CHEMBL384467", false),
        ("CHEMBL384467|CHEMBL25", false),
        ("NCBITaxon:2697049", false),
        // A gene, a protein, an antibody, a compound that training saw otherwise.
        ("TP53", true),
        ("IL1B", true),
        ("trastuzumab", true),
        ("molidustat", true),
        ("molidustat|CHEMBL25", true),
    ] {
        let query = with(|query| {
            query["inputs"][0]["metadata"] = json!({"perturbation_ontology_id": id});
        });
        let asked = read(&query).unwrap_or_else(|faults| panic!("{id}: {faults:?}"));
        let warnings = asked.warnings.join("; ");
        let kind = first(asked).query.perturbation.kind();
        let said = format!("no type was given: taken as `{kind}`");
        assert_eq!(warnings.contains(&said), is_told, "{id}: {warnings}");
    }
}
