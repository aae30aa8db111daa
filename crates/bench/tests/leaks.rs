//! Nothing that is tested is in training: every kind of leak is planted, and caught.

mod examples;

use examples::{Curated, Row, benchmark, corpus};
use refcast_bench::Error;
use refcast_bench::benchmark::{self, Benchmark, Split};
use refcast_bench::split::{HeldOutPart, folds, leak, without};
use refcast_core::Modality;
use refcast_train::bank::contrasts;
use refcast_train::corpus::{Corpus, StudyKind};
use refcast_train::{Recipe, read};

const DRUG: &str = "CHEMBL25";
const OTHER: &str = "CHEMBL521";

/// Three donors, one of them cultured twice, and a line whose cultures share their controls.
const DONORS: &[Row] = &[
    ("c1", "d1", "", "", "6 h"),
    ("t1", "d1", "drug", "c1", "6 h"),
    ("c1f", "d1_frozen", "", "", "6 h"),
    ("t1f", "d1_frozen", "drug", "c1f", "6 h"),
    ("c2", "d2", "", "", "6 h"),
    ("t2", "d2", "drug", "c2", "6 h"),
    ("c3", "d3", "", "", "6 h"),
    ("t3", "d3", "drug", "c3", "6 h"),
];
const LINE: &[Row] = &[
    ("lc1", "r1", "", "", "6 h"),
    ("lc2", "r2", "", "", "24 h"),
    ("lt1", "r1", "drug", "lc1", "6 h"),
    ("lt2", "r2", "drug", "lc1", "6 h"),
    ("lt3", "r3", "drug", "lc1", "6 h"),
    ("lu1", "r1", "drug", "lc2", "24 h"),
    ("lo1", "r1", "other", "lc1", "6 h"),
    ("lb1", "r1", "both", "lc1", "6 h"),
    ("ln1", "r1", "other on drug", "lt1", "6 h"),
];
const CURATED: &[Curated] = &[
    ("donors", "drug", DRUG, "compound", ""),
    ("line", "drug", DRUG, "compound", ""),
    ("line", "other", OTHER, "compound", ""),
    ("line", "both", "CHEMBL25|CHEMBL521", "compound", ""),
    ("line", "other on drug", OTHER, "compound", DRUG),
];

fn example() -> Corpus {
    let count = |_: &str, sample: &str, gene: usize| (10 + gene + sample.len()) as f64;
    corpus(
        &[("donors", 40, DONORS), ("line", 40, LINE)],
        CURATED,
        &count,
    )
}

fn donors() -> Benchmark {
    benchmark(
        "kind = \"donors\"\ncore = [\"donors\"]\nmore = [\"line\"]\nleast_donors = 3\nshared_controls = [\"line\"]\n[split.cultures]\ndonors = \"_\"",
    )
}

fn context() -> Benchmark {
    benchmark(
        "kind = \"context\"\nshared_donors = []\n[[split.perturbations]]\nname = \"drug\"\nentities = [\"CHEMBL25\"]",
    )
}

fn unseen() -> Benchmark {
    benchmark(
        "kind = \"unseen\"\n[[split.classes]]\nname = \"class\"\nalike = true\n[[split.classes.members]]\nname = \"drug\"\nentities = [\"CHEMBL25\"]\nwithin = [\"REFCAST:mixture\"]",
    )
}

fn combination() -> Benchmark {
    benchmark(
        "kind = \"combination\"\n[[split.pairs]]\nname = \"both\"\nstudy = \"line\"\ncondition = \"both\"\nentities = [\"CHEMBL25\", \"CHEMBL521\"]",
    )
}

fn time() -> Benchmark {
    benchmark("kind = \"time\"\nstudies = [\"line\"]")
}

/// Contrasts of four lost genes without samples; a study in which one of them is knocked down.
const PUBLISHED: &[Row] = &[
    ("pc1", "", "", "", ""),
    ("p1", "", "g1", "pc1", ""),
    ("pc1b", "", "", "", ""),
    ("p1b", "", "g1", "pc1b", ""),
    ("pc2", "", "", "", ""),
    ("p2", "", "g2", "pc2", ""),
    ("pc3", "", "", "", ""),
    ("p3", "", "g3", "pc3", ""),
    ("pc4", "", "", "", ""),
    ("p4", "", "g4", "pc4", ""),
];
const DOWN: &[Row] = &[("kc", "d", "", "", ""), ("k1", "d", "down", "kc", "")];

fn lost() -> Corpus {
    let count = |_: &str, sample: &str, gene: usize| (10 + gene + sample.len()) as f64;
    let curated: &[Curated] = &[
        ("published", "g1", "ENSG00000000001", "crispr", ""),
        ("published", "g2", "ENSG00000000002", "crispr", ""),
        ("published", "g3", "ENSG00000000003", "crispr", ""),
        ("published", "g4", "ENSG00000000004", "crispr", ""),
        ("down", "down", "ENSG00000000001", "sirna", ""),
    ];
    let studies = [("down", 40, DOWN), ("published", 40, PUBLISHED)];
    let mut corpus = corpus(&studies, curated, &count);
    corpus.studies[1].kind = StudyKind::Published;
    corpus
}

fn knockouts() -> Benchmark {
    benchmark("kind = \"knockouts\"\nstudies = [\"published\"]\nfolds = 2")
}

/// What the check says of the first fold of the knock-outs if training lacks these samples only.
fn said_of_lost(ids: &[&str]) -> Option<String> {
    let (corpus, benchmark) = (lost(), knockouts());
    let contrasts = contrasts(&corpus).expect("contrasts");
    let fold = &folds(&benchmark, &corpus, &contrasts).expect("folds")[0];
    leak::check(&benchmark, &corpus, &but(&corpus, ids), fold)
        .err()
        .map(|error| error.to_string())
}

/// The corpus without some samples, by id.
fn but(corpus: &Corpus, ids: &[&str]) -> Corpus {
    let studies = corpus.studies.iter();
    Corpus {
        studies: studies
            .map(|study| study.filtered(|sample| !ids.contains(&sample.id())))
            .collect(),
        ..corpus.clone()
    }
}

/// What the check says of the first fold if training lacks these samples only.
fn said(benchmark: &Benchmark, ids: &[&str]) -> Option<String> {
    let corpus = example();
    let contrasts = contrasts(&corpus).expect("contrasts");
    let fold = &folds(benchmark, &corpus, &contrasts).expect("folds")[0];
    leak::check(benchmark, &corpus, &but(&corpus, ids), fold)
        .err()
        .map(|error| error.to_string())
}

#[track_caller]
fn caught(benchmark: &Benchmark, ids: &[&str], what: &str) {
    let said = said(benchmark, ids).expect("a leak");
    assert!(said.contains(what), "{said}");
}

#[test]
fn every_split_of_the_example_passes_its_check() {
    for benchmark in [donors(), context(), unseen(), combination(), time()] {
        let corpus = example();
        let contrasts = contrasts(&corpus).unwrap();
        let folds = folds(&benchmark, &corpus, &contrasts).unwrap();
        assert!(!folds.is_empty());
        for fold in &folds {
            assert!(!fold.asked.is_empty());
            let training = without(&corpus, &fold.left_out);
            leak::check(&benchmark, &corpus, &training, fold).unwrap();
        }
    }
}

#[test]
fn genes_are_dealt_to_the_folds_and_each_is_asked_for_on_all_its_contrasts() {
    let (corpus, benchmark) = (lost(), knockouts());
    let contrasts = contrasts(&corpus).unwrap();
    let folds = folds(&benchmark, &corpus, &contrasts).unwrap();
    let groups = |at: usize| -> Vec<&str> {
        let asked = folds[at].asked.iter();
        asked.map(|asked| asked.group.as_str()).collect()
    };
    assert_eq!(folds.len(), 2);
    assert_eq!(groups(0), ["G0", "G0", "G2"]);
    assert_eq!(groups(1), ["G1", "G3"]);
    for fold in &folds {
        let training = without(&corpus, &fold.left_out);
        leak::check(&benchmark, &corpus, &training, fold).unwrap();
    }
    let kept = |fold: usize, study: usize| -> Vec<String> {
        let training = without(&corpus, &folds[fold].left_out);
        let samples = training.studies[study].samples.iter();
        samples.map(|sample| sample.id().to_owned()).collect()
    };
    assert_eq!(kept(0, 1), ["pc2", "p2", "pc4", "p4"]);
    assert_eq!(kept(0, 0), ["kc"]);
    assert_eq!(kept(1, 0), ["kc", "k1"]);
}

#[test]
fn a_lost_gene_is_caught_in_other_cells_and_in_another_study() {
    let leave = ["p1", "pc1", "p3", "pc3", "k1", "p1b", "pc1b"];
    let other_cells = said_of_lost(&leave[..5]).expect("a leak");
    let expected = "p1b of published in training has ENSG00000000001";
    assert!(other_cells.contains(expected), "{other_cells}");
    let but_other_study = [&leave[..4], &leave[5..]].concat();
    let other_study = said_of_lost(&but_other_study).expect("a leak");
    let expected = "k1 of down in training has ENSG00000000001";
    assert!(other_study.contains(expected), "{other_study}");
    assert_eq!(said_of_lost(&leave), None);
}

#[test]
fn the_control_of_a_published_contrast_in_training_is_caught() {
    let but_control = ["p1", "pc1", "p1b", "p3", "pc3", "k1"];
    let said = said_of_lost(&but_control).expect("a leak");
    assert!(said.contains("its control pc1b is in training"), "{said}");
}

#[test]
fn an_unseen_gene_takes_its_published_contrasts_along_and_is_not_asked_for_on_them() {
    let benchmark = benchmark(
        "kind = \"unseen\"\n[[split.classes]]\nname = \"genes\"\nalike = false\n[[split.classes.members]]\nname = \"G0\"\nentities = [\"ENSG00000000001\"]",
    );
    let corpus = lost();
    let contrasts = contrasts(&corpus).unwrap();
    let fold = &folds(&benchmark, &corpus, &contrasts).unwrap()[0];
    assert_eq!(fold.asked.len(), 1);
    let training = without(&corpus, &fold.left_out);
    leak::check(&benchmark, &corpus, &training, fold).unwrap();
    assert_eq!(training.studies[1].samples.len(), PUBLISHED.len() - 4);
    let said = leak::check(&benchmark, &corpus, &but(&corpus, &["k1"]), fold).unwrap_err();
    assert!(said.to_string().contains("p1 of published"), "{said}");
}

#[test]
fn a_held_out_sample_in_training_is_caught() {
    for benchmark in [donors(), context(), unseen(), combination(), time()] {
        let said = said(&benchmark, &[]).expect("a leak");
        assert!(said.contains("is in training"), "{said}");
    }
}

#[test]
fn the_control_of_a_held_out_donor_in_training_is_caught() {
    let treated = ["t1", "t1f", "c1f", "lt1", "lu1", "lo1", "lb1", "ln1"];
    caught(&donors(), &treated, "its control c1 is in training");
}

#[test]
fn another_culture_of_a_held_out_donor_in_training_is_caught() {
    let by_label = ["t1", "c1", "lt1", "lu1", "lo1", "lb1", "ln1"];
    caught(&donors(), &by_label, "of the same donor is in training");
}

#[test]
fn cultures_that_share_their_controls_leave_them_in_training_and_nothing_else() {
    let own = ["t1", "c1", "t1f", "c1f"];
    let treated = ["lt1", "lu1", "lo1", "lb1", "ln1"];
    assert_eq!(said(&donors(), &[&own[..], &treated].concat()), None);
    let but_one = [&own[..], &treated[..4]].concat();
    caught(&donors(), &but_one, "ln1 of the same donor is in training");
}

#[test]
fn a_study_that_shares_donors_with_the_one_left_out_is_caught() {
    let family = benchmark(
        "kind = \"context\"\nshared_donors = [[\"donors\", \"atlas\"]]\n[[split.perturbations]]\nname = \"drug\"\nentities = [\"CHEMBL25\"]",
    );
    let count = |_: &str, sample: &str, gene: usize| (10 + gene + sample.len()) as f64;
    let studies = [
        ("atlas", 40, &[("a1", "d1", "", "", "")] as &[Row]),
        ("donors", 40, DONORS),
        ("line", 40, LINE),
    ];
    let corpus = corpus(&studies, CURATED, &count);
    let contrasts = contrasts(&corpus).unwrap();
    let folds = folds(&family, &corpus, &contrasts).unwrap();
    let fold = folds.iter().find(|fold| fold.name == "donors").unwrap();
    leak::check(&family, &corpus, &without(&corpus, &fold.left_out), fold).unwrap();
    let alone = without(&corpus, &[HeldOutPart::Study("donors".to_owned())]);
    let said = leak::check(&family, &corpus, &alone, fold)
        .unwrap_err()
        .to_string();
    assert!(said.contains("training holds samples of atlas"), "{said}");
}

#[test]
fn a_sample_of_the_left_out_study_is_caught() {
    let all: Vec<&str> = DONORS.iter().map(|row| row.0).collect();
    assert_eq!(said(&context(), &all), None);
    caught(&context(), &all[1..], "training holds samples of donors");
}

#[test]
fn an_unseen_perturbation_is_caught_in_combination_and_as_background() {
    let alone = ["t1", "t1f", "t2", "t3", "lt1", "lt2", "lt3", "lu1"];
    let background_left = [&alone[..], &["lb1"]].concat();
    caught(
        &unseen(),
        &background_left,
        "ln1 of line in training has CHEMBL25",
    );
    let combination_left = [&alone[..], &["ln1"]].concat();
    caught(
        &unseen(),
        &combination_left,
        "lb1 of line in training has CHEMBL25",
    );
    assert_eq!(
        said(&unseen(), &[&alone[..], &["lb1", "ln1"]].concat()),
        None
    );
}

#[test]
fn a_mixture_that_holds_an_unseen_perturbation_leaves_with_it() {
    let count = |_: &str, sample: &str, gene: usize| (10 + gene + sample.len()) as f64;
    let rows: &[Row] = &[
        ("c", "d", "", "", ""),
        ("t", "d", "drug", "c", ""),
        ("m", "d", "mixture", "c", ""),
    ];
    let curated = [
        ("s", "drug", DRUG, "compound", ""),
        ("s", "mixture", "REFCAST:mixture", "other", ""),
    ];
    let corpus = corpus(&[("s", 40, rows)], &curated, &count);
    let contrasts = contrasts(&corpus).unwrap();
    let benchmark = unseen();
    let fold = &folds(&benchmark, &corpus, &contrasts).unwrap()[0];
    assert_eq!(fold.asked.len(), 1);
    leak::check(&benchmark, &corpus, &without(&corpus, &fold.left_out), fold).unwrap();
    let said = leak::check(&benchmark, &corpus, &but(&corpus, &["t"]), fold).unwrap_err();
    assert!(said.to_string().contains("REFCAST:mixture"), "{said}");
}

#[test]
fn a_pair_is_caught_where_one_of_the_two_is_background() {
    caught(
        &combination(),
        &["lb1"],
        "ln1 of line in training has CHEMBL25 and CHEMBL521 together",
    );
    assert_eq!(said(&combination(), &["lb1", "ln1"]), None);
}

#[test]
fn a_control_and_another_condition_of_an_unseen_time_are_caught() {
    let asked = ["lt1", "lt2", "lt3"];
    let control_left = [&asked[..], &["lo1", "lb1", "ln1"]].concat();
    caught(&time(), &control_left, "its control lc1 is in training");
    let other_left = [&asked[..], &["lc1", "lb1", "ln1"]].concat();
    caught(&time(), &other_left, "lo1 of the same time is in training");
    assert_eq!(
        said(
            &time(),
            &[&asked[..], &["lc1", "lo1", "lb1", "ln1"]].concat()
        ),
        None
    );
}

#[test]
fn a_split_that_selects_nothing_names_the_benchmark_and_the_selector() {
    let splits = [
        (
            "kind = \"donors\"\ncore = [\"absent\"]\nmore = []\nleast_donors = 3",
            "study absent",
        ),
        (
            "kind = \"donors\"\ncore = [\"donors\"]\nmore = []\nleast_donors = 9",
            "9 donors",
        ),
        (
            "kind = \"context\"\n[[split.perturbations]]\nname = \"gone\"\nentities = [\"CHEMBL1\"]",
            "gone in two studies",
        ),
        (
            "kind = \"unseen\"\n[[split.classes]]\nname = \"class\"\nalike = true\n[[split.classes.members]]\nname = \"gone\"\nentities = [\"CHEMBL1\"]",
            "gone of class",
        ),
        (
            "kind = \"combination\"\n[[split.pairs]]\nname = \"p\"\nstudy = \"line\"\ncondition = \"absent\"\nentities = [\"CHEMBL25\", \"CHEMBL521\"]",
            "absent in line",
        ),
        (
            "kind = \"combination\"\n[[split.pairs]]\nname = \"p\"\nstudy = \"donors\"\ncondition = \"drug\"\nentities = [\"CHEMBL25\", \"CHEMBL521\"]",
            "CHEMBL521 alone in donors",
        ),
        (
            "kind = \"knockouts\"\nstudies = [\"donors\"]\nfolds = 2",
            "a lost gene of donors",
        ),
        (
            "kind = \"time\"\nstudies = [\"donors\"]",
            "two times of donors",
        ),
    ];
    let corpus = example();
    let contrasts = contrasts(&corpus).unwrap();
    for (split, selector) in splits {
        let error = folds(&benchmark(split), &corpus, &contrasts).unwrap_err();
        assert!(matches!(error, Error::Empty { .. }), "{error}");
        let said = error.to_string();
        assert!(
            said.contains("benchmark example") && said.contains(selector),
            "{said}"
        );
    }
}

#[test]
fn no_fold_of_any_benchmark_leaks_on_the_real_corpus() {
    let Some(folder) = examples::real_corpus("no_fold_of_any_benchmark_leaks") else {
        return;
    };
    let recipe = Recipe::read(&examples::root().join("recipes/gem-1-bulk.toml")).unwrap();
    let (corpus, _) = read(&recipe, &folder).unwrap();
    let contrasts = contrasts(&corpus).unwrap();
    for benchmark in benchmark::all().unwrap() {
        if matches!(
            benchmark.split,
            Split::Calibration(_) | Split::Realism(_) | Split::Described(_) | Split::Annotation(_)
        ) || benchmark.modality() == Modality::SingleCell
        {
            // These have no folds of their own, or folds of cells, which are checked as they run.
            continue;
        }
        let folds = folds(&benchmark, &corpus, &contrasts).unwrap();
        for quick in &benchmark.quick {
            assert!(folds.iter().any(|fold| fold.name == *quick), "{quick}");
        }
        for fold in &folds {
            let training = without(&corpus, &fold.left_out);
            leak::check(&benchmark, &corpus, &training, fold).unwrap();
            let kept: usize = training
                .studies
                .iter()
                .map(|study| study.samples.len())
                .sum();
            let all: usize = corpus.studies.iter().map(|study| study.samples.len()).sum();
            assert!(
                kept < all && kept > all / 2,
                "{}: {kept} of {all}",
                fold.name
            );
        }
    }
}
