//! The plain VAE finds a planted effect, in donors that it did not see, and on any number of threads.

mod examples;

use examples::{Curated, GENES, Row, benchmark, corpus};
use refcast_bench::baselines::{self, BaselineTraining, GeneSetFeatures, Question};
use refcast_bench::case::HeldOutCase;
use refcast_bench::split::{cells_of, folds, without};
use refcast_core::OntologyId;
use refcast_train::bank::contrasts;
use refcast_train::corpus::{Corpus, StudyKind};

/// Six donors, each untreated, with one drug and with another.
const DONORS: &[Row] = &[
    ("c1", "d1", "", "", "6 h"),
    ("x1", "d1", "x", "c1", "6 h"),
    ("y1", "d1", "y", "c1", "6 h"),
    ("c2", "d2", "", "", "6 h"),
    ("x2", "d2", "x", "c2", "6 h"),
    ("y2", "d2", "y", "c2", "6 h"),
    ("c3", "d3", "", "", "6 h"),
    ("x3", "d3", "x", "c3", "6 h"),
    ("y3", "d3", "y", "c3", "6 h"),
    ("c4", "d4", "", "", "6 h"),
    ("x4", "d4", "x", "c4", "6 h"),
    ("y4", "d4", "y", "c4", "6 h"),
    ("c5", "d5", "", "", "6 h"),
    ("x5", "d5", "x", "c5", "6 h"),
    ("y5", "d5", "y", "c5", "6 h"),
    ("c6", "d6", "", "", "6 h"),
    ("x6", "d6", "x", "c6", "6 h"),
    ("y6", "d6", "y", "c6", "6 h"),
];
const CURATED: &[Curated] = &[
    ("s", "x", "CHEMBL25", "compound", ""),
    ("s", "y", "CHEMBL521", "compound", ""),
];

/// Genes of different levels; every donor has its own; x raises every fourth, y lowers others.
fn example() -> Corpus {
    let count = |_: &str, sample: &str, gene: usize| {
        let donor = sample[1..].parse::<usize>().expect("a number");
        let level = 200.0 * (1.0 + (gene * 7 % 11) as f64);
        let own = 1.0 + 0.3 * (((gene + 3) * donor * 13 % 17) as f64 / 17.0 - 0.5);
        let change = match (&sample[..1], gene % 4) {
            ("x", 0) => 3.0,
            ("y", 1) => 0.3,
            _ => 1.0,
        };
        (level * own * change).round()
    };
    corpus(&[("s", 40, DONORS)], CURATED, &count)
}

/// What the baseline says of every sample of the first donor, beside what is true.
fn answers(corpus: &Corpus) -> Vec<(Vec<f64>, Vec<f64>)> {
    let contrasts = contrasts(corpus).expect("contrasts");
    let donors = benchmark("kind = \"donors\"\ncore = [\"s\"]\nmore = []\nleast_donors = 3");
    let fold = folds(&donors, corpus, &contrasts).expect("folds").remove(0);
    let kept = without(corpus, &fold.left_out);
    let features = GeneSetFeatures::default();
    let training = BaselineTraining::of(&kept, &[], &features).expect("effects");
    let baseline = baselines::named("plain VAE").expect("a baseline");
    baseline.prepare(&training);
    let ask = |asked: &refcast_bench::split::HeldOutSample<'_>| {
        let contrast = &asked.contrast;
        let study = &corpus.studies[contrast.study];
        let case = HeldOutCase::of(corpus, contrast, asked.group.clone());
        let question = Question {
            study: &study.name,
            cells: &cells_of(&study.samples[contrast.treated]),
            treatment: &contrast.treatment,
            same: &asked.same,
            class: &asked.class,
            control: &contrast.control,
            genes: &case.genes,
        };
        let predicted = baseline
            .predict(&training, &question)
            .expect("a prediction");
        (predicted, case.truth.clone())
    };
    fold.asked.iter().map(ask).collect()
}

#[test]
fn a_planted_effect_is_found_in_a_donor_that_was_not_seen() {
    let found = answers(&example());
    assert_eq!(found.len(), 2);
    for (predicted, truth) in found {
        let squares = |of: &mut dyn Iterator<Item = f64>| of.map(|x| x * x).sum::<f64>();
        let errors = squares(&mut predicted.iter().zip(&truth).map(|(a, b)| a - b));
        let explained = 1.0 - errors / squares(&mut truth.iter().copied());
        assert!(explained > 0.8, "{explained}: {predicted:?} for {truth:?}");
    }
}

#[test]
fn one_thread_and_two_give_the_same_bytes() {
    let corpus = example();
    let of = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(|| answers(&corpus))
    };
    assert_eq!(of(1), of(2));
}

#[test]
fn a_perturbation_that_was_not_seen_changes_nothing() {
    let corpus = example();
    let features = GeneSetFeatures::default();
    let training = BaselineTraining::of(&corpus, &[], &features).unwrap();
    let mut treatment = training.contrasts[0].treatment.clone();
    treatment.entities = OntologyId::parse_joined("CHEMBL1").unwrap();
    let genes: Vec<usize> = (0..GENES).collect();
    let question = Question {
        study: "s",
        cells: "",
        treatment: &treatment,
        same: &[],
        class: &[],
        control: &training.contrasts[0].control,
        genes: &genes,
    };
    let baseline = baselines::named("plain VAE").unwrap();
    let predicted = baseline.predict(&training, &question);
    assert_eq!(predicted, Some(vec![0.0; GENES]));
}

#[test]
fn published_contrasts_are_no_samples_to_learn_from() {
    let mut corpus = example();
    corpus.studies[0].kind = StudyKind::Published;
    let features = GeneSetFeatures::default();
    let training = BaselineTraining::of(&corpus, &[], &features).unwrap();
    let genes: Vec<usize> = (0..GENES).collect();
    let question = Question {
        study: "s",
        cells: "",
        treatment: &training.contrasts[0].treatment,
        same: &[],
        class: &[],
        control: &training.contrasts[0].control,
        genes: &genes,
    };
    let baseline = baselines::named("plain VAE").unwrap();
    assert_eq!(baseline.predict(&training, &question), None);
}
