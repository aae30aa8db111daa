//! What an answer must hold, whatever the model has learned.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use serde_json::Value;
use support::{Folder, Table, genes, numbers};

const DEXAMETHASONE: [&str; 2] = ["--perturbation", "dexamethasone"];

/// Predicts from `table` and returns the result JSON.
fn predict(table: &Table, more: &[&str]) -> Value {
    let folder = Folder::new();
    folder.write("counts.tsv", table.text('\t'));
    let mut arguments = vec![
        "predict",
        "-i",
        "counts.tsv",
        "-o",
        "out.json",
        "--seed",
        "3",
    ];
    arguments.extend(more);
    folder.refcast(&arguments).ok();
    folder.json("out.json")
}

fn outputs(result: &Value) -> &[Value] {
    result["outputs"].as_array().unwrap()
}

/// The counts of a table's sample in the order of the model's genes; 0 where it has not the gene.
fn in_order_of_the_model(table: &Table, sample: usize) -> Vec<f64> {
    let known: std::collections::HashMap<&str, f64> = table
        .genes
        .iter()
        .zip(&table.cells)
        .map(|(id, row)| (id.as_str(), row[sample].parse().unwrap()))
        .collect();
    genes()
        .iter()
        .map(|(id, _)| known.get(id.as_str()).copied().unwrap_or(0.0))
        .collect()
}

#[test]
fn with_a_control_the_reference_comes_out_exactly() {
    let table = Table::new(2).shuffled();
    let result = predict(&table, &["--perturbation-type", "control"]);
    for (sample, output) in outputs(&result).iter().enumerate() {
        assert_eq!(
            numbers(&output["counts"]),
            in_order_of_the_model(&table, sample)
        );
        assert!(
            numbers(&output["effect"])
                .iter()
                .all(|effect| effect.abs() < 1e-9)
        );
    }
}

#[test]
fn a_table_of_controls_is_the_table_that_went_in() {
    let folder = Folder::new();
    let table = Table::new(3);
    folder.write("counts.tsv", table.text('\t'));
    for output in ["out.tsv", "out.csv.gz"] {
        folder
            .refcast(&[
                "predict",
                "-i",
                "counts.tsv",
                "--perturbation",
                "control",
                "-o",
                output,
            ])
            .ok();
    }
    let csv = support::unzipped(&folder.read("out.csv.gz"));
    let tsv = String::from_utf8(folder.read("out.tsv")).unwrap();
    assert_eq!(csv.replace(',', "\t"), tsv);
    let without_symbols = |line: &str| {
        let mut cells: Vec<&str> = line.split('\t').collect();
        cells.remove(1);
        cells.join("\t") + "\n"
    };
    assert_eq!(
        tsv.lines().map(without_symbols).collect::<String>(),
        table.text('\t')
    );
}

#[test]
fn what_is_generated_differs_from_the_reference_by_the_effect() {
    let table = Table::new(2);
    let result = predict(&table, &DEXAMETHASONE);
    for (sample, output) in outputs(&result).iter().enumerate() {
        let library = table.library_size(sample) as f64;
        let log = |count: f64| (count.max(0.0) * 1e6 / library).ln_1p();
        let reference = in_order_of_the_model(&table, sample);
        let counts = numbers(&output["counts"]);
        for (gene, effect) in numbers(&output["effect"]).into_iter().enumerate() {
            // The effect is exact; the counts were rounded to whole ones.
            let before_rounding = log(reference[gene]) + effect;
            let (low, high) = (log(counts[gene] - 1.0), log(counts[gene] + 1.0));
            assert!(
                (low - 1e-4..=high + 1e-4).contains(&before_rounding),
                "gene {gene}: {before_rounding} is not within {low}..{high}"
            );
        }
    }
}

#[test]
fn every_effect_lies_in_its_interval() {
    let result = predict(&Table::new(1), &DEXAMETHASONE);
    let output = &outputs(&result)[0];
    let [effect, lower, upper] =
        ["effect", "effect_lower", "effect_upper"].map(|name| numbers(&output[name]));
    assert!(effect.iter().any(|&effect| effect != 0.0));
    for gene in 0..effect.len() {
        assert!(
            lower[gene] <= effect[gene] && effect[gene] <= upper[gene],
            "gene {gene}"
        );
    }
}

#[test]
fn the_library_size_is_the_references_or_the_one_asked_for() {
    let table = Table::new(2);
    for strategy in ["mean estimation", "sample generation"] {
        let own = predict(
            &table,
            &[
                "--perturbation",
                "dexamethasone",
                "--sampling-strategy",
                strategy,
            ],
        );
        for (sample, output) in outputs(&own).iter().enumerate() {
            let library: f64 = numbers(&output["counts"]).iter().sum();
            assert_eq!(library, table.library_size(sample) as f64, "{strategy}");
        }
        let asked = [
            "--fixed-total-count",
            "--total-count",
            "1234567",
            "--sampling-strategy",
            strategy,
        ];
        let fixed = predict(&table, &[&DEXAMETHASONE[..], &asked].concat());
        for output in outputs(&fixed) {
            assert_eq!(
                numbers(&output["counts"]).iter().sum::<f64>(),
                1_234_567.0,
                "{strategy}"
            );
        }
    }
}

#[test]
fn genes_that_the_reference_lacks_stay_out() {
    let mut table = Table::new(1);
    let missing = table.genes.len() / 4;
    table.genes.drain(..missing);
    table.cells.drain(..missing);
    let result = predict(&table, &DEXAMETHASONE);
    let counts = numbers(&outputs(&result)[0]["counts"]);
    assert!(counts[..missing].iter().all(|&count| count == 0.0));
    assert_eq!(counts.iter().sum::<f64>(), table.library_size(0) as f64);
    let observed: Vec<bool> = result["observed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|o| o.as_bool().unwrap())
        .collect();
    assert!(
        observed[..missing].iter().all(|&seen| !seen)
            && observed[missing..].iter().all(|&seen| seen)
    );
    assert_eq!(result["alignment"]["missing"], missing);

    let folder = Folder::new();
    folder.write("counts.tsv", table.text('\t'));
    folder
        .refcast(&[
            "predict",
            "-i",
            "counts.tsv",
            "--perturbation",
            "dexamethasone",
            "-o",
            "out.tsv",
        ])
        .ok();
    let lines = String::from_utf8(folder.read("out.tsv"))
        .unwrap()
        .lines()
        .count();
    assert_eq!(lines - 1, table.genes.len());
}

#[test]
fn the_order_and_the_names_of_the_genes_do_not_matter() {
    let table = Table::new(2);
    let mut times = std::collections::HashMap::new();
    for (_, symbol) in genes() {
        *times.entry(symbol.as_str()).or_insert(0) += 1;
    }
    let symbol_or_id = |gene: usize, id: &str| match genes()[gene].1.as_str() {
        symbol if !symbol.is_empty() && times[symbol] == 1 => symbol.to_owned(),
        _ => id.to_owned(),
    };
    let expected = predict(&table, &DEXAMETHASONE);
    for (what, other) in [
        ("shuffled", table.clone().shuffled()),
        (
            "versioned",
            table
                .clone()
                .named(|gene, id| format!("{id}.{}", gene % 20 + 1)),
        ),
        ("symbols", table.clone().named(symbol_or_id)),
        (
            "shuffled symbols",
            table.clone().named(symbol_or_id).shuffled(),
        ),
    ] {
        let result = predict(&other, &DEXAMETHASONE);
        assert_eq!(result["outputs"], expected["outputs"], "{what}");
        assert_eq!(result["gene_order"], expected["gene_order"], "{what}");
    }
}

#[test]
fn every_form_of_the_same_table_gives_the_same_answer() {
    let folder = Folder::new();
    let table = Table::new(3);
    folder
        .write("counts.tsv", table.text('\t'))
        .write("counts.csv", table.text(','))
        .write(
            "counts.tsv.gz",
            support::gzipped(table.text('\t').as_bytes()),
        )
        .write("on_its_side.tsv", table.text_by_sample());
    let mut answers = Vec::new();
    for (input, more) in [
        ("counts.tsv", None),
        ("counts.csv", None),
        ("counts.tsv.gz", None),
        ("on_its_side.tsv", Some("--samples-in-rows")),
    ] {
        let mut arguments = vec![
            "predict",
            "-i",
            input,
            "--perturbation",
            "dexamethasone",
            "--seed",
            "1",
            "-o",
            "o.json",
        ];
        arguments.extend(more);
        folder.refcast(&arguments).ok();
        answers.push(folder.json("o.json")["outputs"].clone());
    }
    let arguments = [
        "predict",
        "-i",
        "-",
        "--perturbation",
        "dexamethasone",
        "--seed",
        "1",
        "-o",
        "o.json",
    ];
    support::refcast_with(folder.path(), &arguments, &[], table.text('\t').as_bytes()).ok();
    answers.push(folder.json("o.json")["outputs"].clone());
    assert!(answers.iter().all(|answer| *answer == answers[0]));
}

#[test]
fn picking_samples_changes_nothing_about_them() {
    let table = Table::new(4);
    let all = predict(
        &table,
        &[
            "--perturbation",
            "dexamethasone",
            "--sampling-strategy",
            "sample-generation",
        ],
    );
    let some = predict(
        &table,
        &[
            "--perturbation",
            "dexamethasone",
            "--sampling-strategy",
            "sample-generation",
            "--samples",
            "s4,s2",
        ],
    );
    let [all, some] = [outputs(&all), outputs(&some)];
    // In the order of the input, whatever the order of the flag.
    assert_eq!(some, [all[1].clone(), all[3].clone()]);
}

#[test]
fn a_perturbation_is_the_same_by_name_synonym_and_id() {
    let table = Table::new(1);
    let by_name = predict(&table, &DEXAMETHASONE);
    for other in [
        &["--perturbation", "Dexamethasone"][..],
        &["--perturbation", "CHEMBL384467"],
        &["--perturbation-ontology-id", "CHEMBL384467"],
        &[
            "--perturbation-ontology-id",
            "chembl384467",
            "--perturbation-type",
            "compound",
        ],
    ] {
        assert_eq!(
            predict(&table, other)["outputs"],
            by_name["outputs"],
            "{other:?}"
        );
    }
}

#[test]
fn a_type_left_out_is_the_one_that_training_saw() {
    let table = Table::new(1);
    let left_out = predict(&table, &["--perturbation", "IL1B"]);
    assert_eq!(
        left_out["query"]["perturbation"]["perturbation_type"],
        "peptide or biologic"
    );
    let given = [
        "--perturbation",
        "IL1B",
        "--perturbation-type",
        "peptide or biologic",
    ];
    assert_eq!(predict(&table, &given)["outputs"], left_out["outputs"]);
}

/// The effects and the support of a perturbation on a small table.
fn answer(name: &str) -> (Vec<f64>, Value) {
    let result = predict(&Table::new(1), &["--perturbation", name]);
    let output = &outputs(&result)[0];
    (numbers(&output["effect"]), output["support"].clone())
}

#[test]
fn what_nothing_speaks_for_changes_nothing_and_says_so() {
    let (effect, support) = answer("aspirin");
    assert!(effect.iter().all(|change| change.abs() < 1e-6));
    assert_eq!(support["level"], "none");
    assert!(
        support["reasons"]
            .to_string()
            .contains("no change is predicted"),
        "{support}"
    );
}

#[test]
fn a_cytokine_that_was_not_seen_is_answered_from_its_pathway_and_says_so() {
    let (effect, support) = answer("TNF");
    let of = |symbol: &str| {
        let place = genes().iter().position(|(_, own)| own == symbol).unwrap();
        effect[place]
    };
    // Targets of NF-kappa B in every textbook.
    for symbol in ["TNFAIP3", "ICAM1", "NFKBIA"] {
        assert!(of(symbol) > 0.3, "{symbol}: {}", of(symbol));
    }
    assert!(
        support["reasons"]
            .to_string()
            .contains("like no sample of training"),
        "the table is made up: {support}"
    );
    let ended = Folder::new().refcast(&[
        "predict",
        "--example",
        "--perturbation",
        "TNF",
        "--seed",
        "1",
        "--json",
    ]);
    let example: Value = serde_json::from_str(&ended.ok()).unwrap();
    assert_eq!(example["support"]["level"], "weak", "{example}");
    assert!(
        support["reasons"].to_string().contains("NFkB pathway"),
        "{support}"
    );
}
