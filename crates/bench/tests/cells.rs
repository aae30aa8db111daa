//! Benchmarks of cells: nothing that is asked for is in training, every kind of leak is caught, and
//! levels are on the scale that they say.

mod examples;

use std::collections::BTreeMap;

use refcast_bench::Error;
use refcast_bench::benchmark::{self, Benchmark, Split};
use refcast_bench::cells::leak::{self, Apart};
use refcast_bench::cells::{Levels, is_held};
use refcast_bench::run::{Options, measure, run};
use refcast_core::{Gene, GeneAxis, Modality};
use refcast_train::corpus::Conditions;
use refcast_train::corpus::cells::{CellCounts, CellSet};
use refcast_train::{CellCorpus, Recipe};

/// A cell: id, label, donor, whether it was treated.
type Cell = (&'static str, &'static str, &'static str, bool);

const CELLS: [Cell; 7] = [
    ("u1", "CD14 Mono", "d1", false),
    ("t1", "CD14 Mono", "d1", true),
    ("u2", "CD14 Mono", "d2", false),
    ("t2", "CD14 Mono", "d2", true),
    ("t3", "NK", "d1", true),
    ("u3", "NK", "d3", false),
    ("x1", "NK", "", false),
];

fn recipe() -> std::path::PathBuf {
    examples::root().join("recipes/gem-1-sc.toml")
}

/// Four genes, of which every cell has 1, 2, 0 and 7.
fn corpus() -> CellCorpus {
    let cells = Recipe::read(&recipe())
        .expect("a recipe")
        .cells
        .expect("cells");
    let gene = |number: usize| Gene {
        id: format!("ENSG{number:011}").parse().expect("an id"),
        symbol: format!("G{number}"),
    };
    let axis = GeneAxis::new((1..5).map(gene).collect()).expect("an axis");
    let row = |(id, label, donor, treated): Cell| {
        let kind = if treated { "compound" } else { "control" };
        let fields = [
            ("sample_id", id),
            ("cell_type_source", label),
            ("donor", donor),
            ("perturbation_type", kind),
        ];
        let given = fields.into_iter().filter(|(_, value)| !value.is_empty());
        let given = given.map(|(name, value)| (name.to_owned(), value.to_owned()));
        given.collect::<BTreeMap<_, _>>()
    };
    let set = CellSet {
        recipe: cells.sets[0].clone(),
        genes: axis.genes().iter().map(|gene| gene.id).collect(),
        rows: CELLS.map(row).to_vec(),
        counts: CELLS
            .map(|_| CellCounts {
                gene: vec![0, 1, 3],
                count: vec![1.0, 2.0, 7.0],
            })
            .to_vec(),
    };
    CellCorpus {
        axis,
        sets: vec![set],
        recipe: cells,
        bulk: Vec::new(),
        conditions: Conditions::default(),
        footprints: Vec::new(),
    }
}

/// What the check says if training lacks these cells only.
fn said(asked: &[usize], apart: Apart<'_>, left_out: &[&str]) -> Option<String> {
    let whole = corpus();
    let training = whole.filtered(|_, row| !left_out.contains(&row["sample_id"].as_str()));
    leak::check(("example", "fold"), &whole.sets[0], asked, apart, &training)
        .err()
        .map(|error| error.to_string())
}

#[test]
fn a_kind_leaves_with_its_treated_cells_and_nothing_else() {
    let whole = corpus();
    let training = whole.filtered(|_, row| !is_held(row, "CD14"));
    let kept: Vec<&str> = training.sets[0]
        .rows
        .iter()
        .map(|row| row["sample_id"].as_str())
        .collect();
    assert_eq!(kept, ["u1", "u2", "t3", "u3", "x1"]);
    leak::check(
        ("example", "CD14"),
        &whole.sets[0],
        &[1, 3],
        Apart::Kind,
        &training,
    )
    .unwrap();
}

#[test]
fn a_treated_cell_of_the_kind_in_training_is_caught() {
    let itself = said(&[1], Apart::Kind, &["t2"]).expect("a leak");
    assert!(
        itself.contains("t1 of kang2018_pbmc_ifnb is in training"),
        "{itself}"
    );
    let another = said(&[1], Apart::Kind, &["t1"]).expect("a leak");
    assert!(another.contains("t2"), "{another}");
    assert_eq!(said(&[1], Apart::Kind, &["t1", "t2"]), None);
}

#[test]
fn a_cell_of_the_donor_or_of_no_known_donor_in_training_is_caught() {
    let donor = Apart::Donor("donor");
    let untreated = said(&[1], donor, &["t1", "t3", "x1"]).expect("a leak");
    assert!(untreated.contains("u1"), "{untreated}");
    let doublet = said(&[1], donor, &["u1", "t1", "t3"]).expect("a leak");
    assert!(doublet.contains("x1"), "{doublet}");
    assert_eq!(said(&[1], donor, &["u1", "t1", "t3", "x1"]), None);
}

#[test]
fn any_cell_of_a_set_that_is_left_out_is_caught() {
    let all = CELLS.map(|cell| cell.0);
    assert!(said(&[0], Apart::Set, &all[1..]).is_some());
    assert_eq!(said(&[0], Apart::Set, &all), None);
}

#[test]
fn a_fold_that_asks_for_no_cell_fails() {
    let whole = corpus();
    let found = leak::check(
        ("example", "fold"),
        &whole.sets[0],
        &[],
        Apart::Kind,
        &whole,
    );
    assert!(matches!(found, Err(Error::Empty { .. })), "{found:?}");
}

#[test]
fn levels_are_of_all_molecules_of_a_cell_or_of_what_a_panel_stands_for() {
    let whole = corpus();
    let set = &whole.sets[0];
    let level = |count: f64, library: f64| (count * 1e4 / library).ln_1p() as f32;
    // Of the two that most cells detect, in the order of the file.
    let two = Levels::detected(set, 2);
    assert_eq!(two.of(0), [level(1.0, 10.0), level(2.0, 10.0)]);
    // The panel's genes have a tenth of a mean cell's molecules.
    let panel = Levels::panel(set, 0.1);
    let expected = [1.0, 2.0, 0.0, 7.0].map(|count| level(count, 100.0));
    assert_eq!(panel.of(0), expected);
    let reference = panel.references(&whole.axis).of(0).unwrap();
    assert_eq!(reference.counts.values(), [1, 2, 0, 7]);
}

#[test]
fn cells_of_a_panel_change_neither_what_the_latents_see_nor_the_mean_cell() {
    let mut whole = corpus();
    let mut panel = whole.sets[0].clone();
    panel.recipe.name = "panel".to_owned();
    panel.recipe.panel = true;
    whole.sets.push(panel);
    let without = whole.filtered(|set, row| set != "panel" || row["sample_id"] == "u1");
    assert_eq!(without.sets[1].rows.len(), 1);
    assert_eq!(whole.share(), without.share());
    let values = |corpus: &CellCorpus| {
        let studies = corpus.cells().expect("cells").studies.into_iter();
        studies.map(|study| study.values).collect::<Vec<_>>()
    };
    assert_eq!(values(&whole), values(&without));
}

fn options(recipe: std::path::PathBuf, corpus: std::path::PathBuf, names: &[&str]) -> Options {
    Options {
        recipe,
        corpus,
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        quick: true,
        seed: 1,
    }
}

#[test]
fn a_benchmark_of_another_modality_is_refused_before_anything_is_read() {
    let bulk = examples::root().join("recipes/gem-1-bulk.toml");
    for (recipe, name, right) in [
        (bulk, "cells-kinds", "recipes/gem-1-sc.toml"),
        (recipe(), "donors", "recipes/gem-1-bulk.toml"),
    ] {
        let nowhere = std::path::PathBuf::from("nowhere");
        let error = run(&options(recipe, nowhere, &[name]), &|_| {
            panic!("nothing begins")
        });
        let error = error.unwrap_err();
        assert!(matches!(error, Error::Modality { .. }), "{error}");
        assert!(error.to_string().contains(right), "{error}");
    }
}

fn named(name: &str) -> Benchmark {
    benchmark::named(&[name.to_owned()])
        .expect("a benchmark")
        .remove(0)
}

#[test]
fn every_benchmark_belongs_to_a_modality() {
    for benchmark in benchmark::all().unwrap() {
        let is_of_cells = benchmark.name.starts_with("cells-");
        assert_eq!(
            benchmark.modality() == Modality::SingleCell,
            is_of_cells,
            "{}",
            benchmark.name
        );
    }
}

#[test]
fn a_set_or_a_quick_fold_that_does_not_exist_is_refused_before_training() {
    let Some(corpus) = examples::real_corpus("a_set_or_a_quick_fold_that_does_not_exist") else {
        return;
    };
    let mut kinds = named("cells-kinds");
    kinds.quick = vec!["CD99".to_owned()];
    let mut donors = named("cells-donors");
    let Split::CellDonors(split) = &mut donors.split else {
        panic!("a split by donors");
    };
    split.set = "no_set".to_owned();
    let options = options(recipe(), corpus, &[]);
    for (benchmark, what) in [(kinds, "CD99"), (donors, "no_set")] {
        let error = measure(&[benchmark], &options, &|_| {}).unwrap_err();
        assert!(matches!(error, Error::Empty { .. }), "{error}");
        assert!(error.to_string().contains(what), "{error}");
    }
}
