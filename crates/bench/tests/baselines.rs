//! The simple baselines say what their definitions say, and reach the figures of the design.

mod examples;

use std::collections::BTreeMap;

use examples::{Curated, GENES, Row, benchmark, corpus};
use refcast_bench::baselines::{self, BaselineTraining, GeneSetFeatures, Question};
use refcast_bench::benchmark;
use refcast_bench::case::HeldOutCase;
use refcast_bench::metrics::{Scored, score};
use refcast_bench::split::{cells_of, folds, without};
use refcast_core::{Modality, OntologyId};
use refcast_train::bank::{Contrast, contrasts};
use refcast_train::corpus::Corpus;
use refcast_train::{Recipe, read};

const ALL: [usize; GENES] = {
    let mut all = [0; GENES];
    let mut at = 0;
    while at < GENES {
        all[at] = at;
        at += 1;
    }
    all
};

/// A control with its treated sample.
const A: &[Row] = &[
    ("a1", "d1", "", "", "6 h"),
    ("a1x", "d1", "x", "a1", "6 h"),
    ("a2", "d2", "", "", "6 h"),
    ("a2x", "d2", "x", "a2", "6 h"),
    ("a2y", "d2", "y", "a2", "6 h"),
    ("a3", "d3", "", "", "24 h"),
    ("a3x", "d3", "x", "a3", "24 h"),
];
const B: &[Row] = &[("b1", "d", "", "", ""), ("b1x", "d", "x", "b1", "")];
const C: &[Row] = &[("q", "d", "", "", ""), ("qx", "d", "x", "q", "")];
const CURATED: &[Curated] = &[
    ("a", "x", "CHEMBL25", "compound", ""),
    ("a", "y", "CHEMBL1", "compound", ""),
    ("b", "x", "CHEMBL25", "compound", ""),
    ("c", "x", "CHEMBL25", "compound", ""),
];

/// Changes are written into the contrasts by the tests; the counts only make profiles.
fn example() -> Corpus {
    let count = |study: &str, _: &str, gene: usize| match study {
        "b" => (1 + gene) as f64,
        "c" => (2 + gene) as f64,
        _ => (1 + (gene * 7) % 40) as f64,
    };
    corpus(&[("a", 40, A), ("b", 30, B), ("c", 40, C)], CURATED, &count)
}

/// A training whose contrasts change every gene by one number each, by treated sample.
fn training<'a>(
    corpus: &'a Corpus,
    features: &'a GeneSetFeatures,
    changes: &[(&str, f32)],
) -> BaselineTraining<'a> {
    let mut training = BaselineTraining::of(corpus, &[], features).expect("contrasts");
    training.contrasts.retain_mut(|contrast| {
        let id = corpus.studies[contrast.study].samples[contrast.treated].id();
        let found = changes.iter().find(|(sample, _)| *sample == id);
        if let Some((_, change)) = found {
            contrast.change.fill(*change);
        }
        found.is_some()
    });
    training
}

struct Asked {
    study: &'static str,
    contrast: Contrast,
    same: Vec<OntologyId>,
    class: Vec<OntologyId>,
}

impl Asked {
    fn of(corpus: &Corpus, study: &'static str, sample: &str) -> Self {
        let all = contrasts(corpus).expect("contrasts");
        let found = all.into_iter().find(|contrast| {
            let own = &corpus.studies[contrast.study];
            own.name == study && own.samples[contrast.treated].id() == sample
        });
        Self {
            study,
            contrast: found.expect("the sample"),
            same: Vec::new(),
            class: Vec::new(),
        }
    }

    fn ask(&self, baseline: &str, training: &BaselineTraining<'_>) -> Option<Vec<f64>> {
        let question = Question {
            study: self.study,
            cells: "|CL:0000235||",
            treatment: &self.contrast.treatment,
            same: &self.same,
            class: &self.class,
            control: &self.contrast.control,
            genes: &ALL,
        };
        baselines::named(baseline)
            .expect("a baseline")
            .predict(training, &question)
    }
}

#[track_caller]
fn all_near(found: Option<Vec<f64>>, expected: f64) {
    for value in found.expect("a prediction") {
        assert!((value - expected).abs() < 1e-6, "{value} for {expected}");
    }
}

#[test]
fn no_change_is_zero_everywhere() {
    let (corpus, features) = (example(), GeneSetFeatures::default());
    let training = training(&corpus, &features, &[("b1x", 1.0)]);
    all_near(
        Asked::of(&corpus, "c", "qx").ask("no change", &training),
        0.0,
    );
}

#[test]
fn the_mean_is_of_the_same_condition_where_there_is_one() {
    let (corpus, features) = (example(), GeneSetFeatures::default());
    let training = training(
        &corpus,
        &features,
        &[("a2x", 2.0), ("a3x", 6.0), ("b1x", 9.0)],
    );
    all_near(Asked::of(&corpus, "a", "a1x").ask("mean", &training), 2.0);
}

#[test]
fn the_mean_of_other_studies_gives_each_study_one_vote_and_skips_genes_that_one_lacks() {
    let (corpus, features) = (example(), GeneSetFeatures::default());
    let changes = [("a1x", 1.0), ("a2x", 1.0), ("a3x", 4.0), ("b1x", 8.0)];
    let training = training(&corpus, &features, &changes);
    let asked = Asked::of(&corpus, "c", "qx");
    let mean = asked.ask("mean", &training).unwrap();
    assert!(
        (mean[0] - 5.0).abs() < 1e-6 && (mean[39] - 2.0).abs() < 1e-6,
        "{mean:?}"
    );
    let half = asked.ask("half mean", &training).unwrap();
    assert!((half[0] - 2.5).abs() < 1e-6);
}

#[test]
fn the_nearest_context_is_the_one_whose_controls_are_most_alike_and_takes_all_the_weight() {
    let (corpus, features) = (example(), GeneSetFeatures::default());
    let training = training(&corpus, &features, &[("a1x", 1.0), ("b1x", 8.0)]);
    let asked = Asked::of(&corpus, "c", "qx");
    assert!((asked.ask("nearest context", &training).unwrap()[0] - 8.0).abs() < 1e-6);
    let weighted = asked.ask("context-weighted", &training).unwrap();
    assert!((weighted[0] - 8.0).abs() < 1e-3, "{}", weighted[0]);
    // Gene 39 is measured by the other context only.
    assert!((weighted[39] - 1.0).abs() < 1e-6, "{}", weighted[39]);
}

#[test]
fn the_global_mean_is_of_the_own_study_where_training_has_some_of_it() {
    let (corpus, features) = (example(), GeneSetFeatures::default());
    let training = training(&corpus, &features, &[("a2y", 3.0), ("b1x", 9.0)]);
    all_near(
        Asked::of(&corpus, "a", "a1x").ask("global mean", &training),
        3.0,
    );
    let elsewhere = Asked::of(&corpus, "c", "qx")
        .ask("global mean", &training)
        .unwrap();
    assert!((elsewhere[0] - 6.0).abs() < 1e-6);
}

#[test]
fn a_combination_is_the_sum_of_its_parts_and_nothing_where_a_part_is_missing() {
    let (corpus, features) = (example(), GeneSetFeatures::default());
    let full = training(
        &corpus,
        &features,
        &[("a1x", 1.0), ("a2x", 3.0), ("a2y", 5.0)],
    );
    let mut asked = Asked::of(&corpus, "a", "a1x");
    asked.contrast.treatment.entities = OntologyId::parse_joined("CHEMBL25|CHEMBL1").unwrap();
    all_near(asked.ask("additive", &full), 7.0);
    let partial = training(&corpus, &features, &[("a1x", 1.0)]);
    assert_eq!(asked.ask("additive", &partial), None);
}

#[test]
fn the_mean_of_a_class_gives_each_member_one_vote() {
    let (corpus, features) = (example(), GeneSetFeatures::default());
    let training = training(
        &corpus,
        &features,
        &[("a1x", 1.0), ("a2x", 3.0), ("a2y", 6.0)],
    );
    let mut asked = Asked::of(&corpus, "a", "a1x");
    asked.contrast.treatment.entities = OntologyId::parse_joined("CHEMBL2").unwrap();
    asked.class = OntologyId::parse_joined("CHEMBL25|CHEMBL1").unwrap();
    all_near(asked.ask("class mean", &training), 4.0);
    asked.class.clear();
    assert_eq!(asked.ask("class mean", &training), None);
}

#[test]
fn times_are_interpolated_between_neighbours_and_held_or_drawn_on_beyond_them() {
    let (corpus, features) = (example(), GeneSetFeatures::default());
    // 1.0 at 6 h, 4.0 at 24 h.
    let training = training(&corpus, &features, &[("a1x", 1.0), ("a3x", 4.0)]);
    let at = |time: &str, baseline: &str| {
        let mut asked = Asked::of(&corpus, "a", "a1x");
        asked.contrast.treatment.time = Some(time.parse().unwrap());
        asked.ask(baseline, &training)
    };
    all_near(at("15 h", "linear in time"), 2.5);
    all_near(at("12 h", "linear in log time"), 2.5);
    all_near(at("10 h", "nearest time"), 1.0);
    all_near(at("48 h", "linear in log time"), 4.0);
    all_near(at("3 h", "linear in time"), 1.0);
    all_near(at("48 h", "extrapolated in log time"), 5.5);
    all_near(at("3 h", "extrapolated in log time"), -0.5);
}

#[test]
fn only_the_targeted_gene_changes_by_what_targets_of_training_do() {
    let curated = [
        ("s", "kd0", "ENSG00000000001", "sirna", ""),
        ("s", "kd1", "ENSG00000000002", "shrna", ""),
        ("s", "up2", "ENSG00000000003", "overexpression", ""),
        ("s", "kd3", "ENSG00000000004", "crispr", ""),
    ];
    let rows: &[Row] = &[
        ("c", "1", "", "", ""),
        ("kd0", "1", "kd0", "c", ""),
        ("kd1", "1", "kd1", "c", ""),
        ("up2", "1", "up2", "c", ""),
        ("kd3", "1", "kd3", "c", ""),
    ];
    let corpus = corpus(&[("s", 40, rows)], &curated, &|_, _, gene| {
        (5 + gene) as f64
    });
    let features = GeneSetFeatures::default();
    let training = training(
        &corpus,
        &features,
        &[("kd0", -1.0), ("kd1", -3.0), ("up2", 5.0)],
    );
    let predicted = Asked::of(&corpus, "s", "kd3")
        .ask("target only", &training)
        .unwrap();
    for (gene, value) in predicted.iter().enumerate() {
        assert!(
            (value - if gene == 3 { -2.0 } else { 0.0 }).abs() < 1e-6,
            "{gene}: {value}"
        );
    }
}

/// Genes lost in two kinds of cells of one study, and one in another study.
fn losses() -> Corpus {
    let curated: &[Curated] = &[
        ("s", "g0", "ENSG00000000001", "crispr", ""),
        ("s", "g1", "ENSG00000000002", "crispr", ""),
        ("s", "g2", "ENSG00000000003", "crispr", ""),
        ("s", "g3", "ENSG00000000004", "crispr", ""),
        ("o", "g4", "ENSG00000000005", "sirna", ""),
    ];
    let rows: &[Row] = &[
        ("c", "1", "", "", ""),
        ("t0", "1", "g0", "c", ""),
        ("t0b", "1", "g0", "c", ""),
        ("t1", "1", "g1", "c", ""),
        ("t2", "1", "g2", "c", ""),
        ("t3", "1", "g3", "c", ""),
    ];
    let other: &[Row] = &[("oc", "1", "", "", ""), ("o4", "1", "g4", "oc", "")];
    let count = |_: &str, _: &str, gene: usize| (5 + gene) as f64;
    corpus(&[("s", 40, rows), ("o", 40, other)], curated, &count)
}

#[test]
fn the_mean_of_a_system_gives_each_lost_gene_one_vote() {
    let (corpus, features) = (losses(), GeneSetFeatures::default());
    let changes = [("t0", 1.0), ("t0b", 3.0), ("t1", 4.0), ("o4", 90.0)];
    let training = training(&corpus, &features, &changes);
    let asked = Asked::of(&corpus, "s", "t3");
    all_near(asked.ask("mean of the system", &training), 3.0);
    let elsewhere = Asked::of(&corpus, "o", "o4");
    all_near(elsewhere.ask("mean of the system", &training), 90.0);
}

#[test]
fn the_target_stands_out_from_the_global_mean() {
    let (corpus, features) = (losses(), GeneSetFeatures::default());
    let mut training = training(&corpus, &features, &[("t0", 1.0), ("t1", 3.0)]);
    training.contrasts[0].change[0] = -5.0;
    training.contrasts[1].change[1] = -7.0;
    let predicted = Asked::of(&corpus, "s", "t3").ask("global mean + target", &training);
    let predicted = predicted.expect("a prediction");
    assert!((predicted[3] + 6.0).abs() < 1e-6, "{predicted:?}");
    assert!((predicted[9] - 2.0).abs() < 1e-6, "{predicted:?}");
}

#[test]
fn a_study_of_many_losses_has_one_vote_in_the_rules_for_other_studies() {
    let (corpus, features) = (losses(), GeneSetFeatures::default());
    let changes = [("t0", -1.0), ("t1", -1.0), ("t2", -1.0), ("o4", -3.0)];
    let training = training(&corpus, &features, &changes);
    let mut asked = Asked::of(&corpus, "s", "t3");
    asked.study = "a third";
    all_near(asked.ask("global mean", &training), -2.0);
    let target = asked.ask("target only", &training).expect("a prediction");
    assert!((target[3] + 2.0).abs() < 1e-6, "{target:?}");
}

#[test]
fn rules_of_loss_say_nothing_of_what_is_given() {
    let (corpus, features) = (example(), GeneSetFeatures::default());
    let training = training(&corpus, &features, &[("b1x", 1.0)]);
    let asked = Asked::of(&corpus, "c", "qx");
    for rule in [
        "mean of the system",
        "systems by likeness",
        "global mean + target",
    ] {
        assert!(asked.ask(rule, &training).is_none(), "{rule}");
    }
}

#[test]
fn learned_rules_borrow_from_the_perturbations_with_like_features() {
    let curated: Vec<Curated> = vec![
        ("s", "p0", "CHEMBL10", "compound", ""),
        ("s", "p1", "CHEMBL11", "compound", ""),
        ("s", "p2", "CHEMBL12", "compound", ""),
        ("s", "p3", "ENSG00000000001", "sirna", ""),
        ("s", "p4", "ENSG00000000002", "sirna", ""),
        ("s", "p5", "ENSG00000000003", "sirna", ""),
    ];
    let rows: &[Row] = &[
        ("c", "1", "", "", ""),
        ("p0", "1", "p0", "c", ""),
        ("p1", "1", "p1", "c", ""),
        ("p2", "1", "p2", "c", ""),
        ("p3", "1", "p3", "c", ""),
        ("p4", "1", "p4", "c", ""),
        ("p5", "1", "p5", "c", ""),
    ];
    let corpus = corpus(&[("s", 40, rows)], &curated, &|_, _, gene| {
        (5 + gene) as f64
    });
    let features = GeneSetFeatures::default();
    let changes = [
        ("p1", 4.0),
        ("p2", 4.0),
        ("p3", -4.0),
        ("p4", -4.0),
        ("p5", -4.0),
    ];
    let training = training(&corpus, &features, &changes);
    let asked = Asked::of(&corpus, "s", "p0");
    all_near(asked.ask("nearest perturbations", &training), 4.0);
    let ridge = asked.ask("ridge", &training).unwrap();
    assert!(ridge[0] > 2.5 && ridge[0] < 4.5, "{}", ridge[0]);
}

#[test]
fn a_benchmark_that_names_no_known_method_or_field_is_refused() {
    assert!(baselines::named("wishful thinking").is_none());
    for benchmark in benchmark::all().unwrap() {
        // The methods of these are ways of drawing, describing or telling samples, not rules for
        // effects; those of cells are rules of their own, which a run checks.
        let draws = matches!(
            benchmark.split,
            benchmark::Split::Realism(_)
                | benchmark::Split::Described(_)
                | benchmark::Split::Annotation(_)
        ) || benchmark.modality() == Modality::SingleCell;
        for method in benchmark.methods.iter().filter(|_| !draws) {
            let known = baselines::named(method).is_some() || method == baselines::Ceiling::NAME;
            assert!(known, "{}: {method}", benchmark.name);
        }
        for requirement in &benchmark.requires {
            let all = requirement.against.iter();
            assert!(
                all.clone().all(|method| benchmark.methods.contains(method)),
                "{requirement:?}"
            );
            assert!(
                benchmark.metrics.contains(&requirement.metric),
                "{requirement:?}"
            );
        }
    }
    let error = benchmark::Benchmark::parse("donors", "name = \"x\"\nunknown = 1").unwrap_err();
    assert!(error.to_string().contains("donors"), "{error}");
}

#[test]
fn every_perturbation_of_two_studies_is_asked_for_across_contexts() {
    let Some(folder) = examples::real_corpus("every_perturbation_of_two_studies") else {
        return;
    };
    let recipe = Recipe::read(&examples::root().join("recipes/gem-1-bulk.toml")).unwrap();
    let (corpus, _) = read(&recipe, &folder).unwrap();
    let contrasts = contrasts(&corpus).unwrap();
    let mut studies: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for contrast in &contrasts {
        let of = &contrast.treatment;
        let entities: Vec<String> = of.entities.iter().map(ToString::to_string).collect();
        let key = format!("{} {}", entities.join("|"), of.kind.name());
        let known = studies.entry(key).or_default();
        if !known.contains(&contrast.study) {
            known.push(contrast.study);
        }
    }
    let context = benchmark::named(&["context".to_owned()]).unwrap().remove(0);
    let folds = folds(&context, &corpus, &contrasts).unwrap();
    let asked = |key: &str| {
        folds.iter().flat_map(|fold| &fold.asked).any(|one| {
            let of = &one.contrast.treatment;
            let entities: Vec<String> = of.entities.iter().map(ToString::to_string).collect();
            format!("{} {}", entities.join("|"), of.kind.name()) == key
        })
    };
    for (key, studies) in studies.iter().filter(|(_, studies)| studies.len() > 1) {
        assert!(asked(key), "{key} is in {} studies", studies.len());
    }
}

/// Mean r and EV over the held-out samples of some folds, of one baseline.
fn measured(
    corpus: &Corpus,
    training: &BaselineTraining<'_>,
    held: &[&Contrast],
    baseline: &str,
) -> Vec<(f64, f64)> {
    held.iter()
        .filter_map(|contrast| {
            let study = &corpus.studies[contrast.study];
            let case = HeldOutCase::of(corpus, contrast, String::new());
            let cells = cells_of(&study.samples[contrast.treated]);
            let question = Question {
                study: &study.name,
                cells: &cells,
                treatment: &contrast.treatment,
                same: &[],
                class: &[],
                control: &contrast.control,
                genes: &case.genes,
            };
            let predicted = baselines::named(baseline)?.predict(training, &question)?;
            let scores = score(&Scored {
                truth: &case.truth,
                predicted: &predicted,
                perturbed_mean: None,
                changed: None,
            });
            Some((scores["r"], scores["EV"]))
        })
        .collect()
}

fn mean(scores: &[(f64, f64)]) -> (f64, f64) {
    let n = scores.len() as f64;
    let sum = scores
        .iter()
        .fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    (sum.0 / n, sum.1 / n)
}

#[test]
fn the_baselines_of_held_out_donors_are_those_of_the_design() {
    let Some(folder) = examples::real_corpus("the_baselines_of_held_out_donors") else {
        return;
    };
    let recipe = Recipe::read(&examples::root().join("recipes/gem-1-bulk.toml")).unwrap();
    let (mut corpus, _) = read(&recipe, &folder).unwrap();
    // r of the mean and of the shrunk mean of the other donors, over all genes of the files; here
    // over those of the axis.
    let known = [
        ("airway_GSE52778", 0.53, 0.47),
        ("TOP2i_iPSC_CM", 0.55, 0.54),
        ("MDM_interferons", 0.64, 0.62),
        ("T84_IL22_IFNL", 0.79, 0.79),
        ("DC_Mtb_GSE94116", 0.91, 0.92),
        ("Tcell_activation_GSE197067", 0.96, 0.96),
        ("HBEC_IL13_ITLN1", 0.78, 0.78),
        ("macrophage_IFNg_Salmonella_Alasoo", 0.88, 0.88),
    ];
    corpus
        .studies
        .retain(|study| known.iter().any(|(name, _, _)| *name == study.name));
    let contrasts = contrasts(&corpus).unwrap();
    let names: Vec<String> = known
        .iter()
        .map(|(name, _, _)| format!("{name:?}"))
        .collect();
    let donors = benchmark(&format!(
        "kind = \"donors\"\ncore = [{}]\nmore = []\nleast_donors = 3\nshared_controls = [\"T84_IL22_IFNL\"]",
        names.join(", ")
    ));
    let features = GeneSetFeatures::default();
    let mut scores: BTreeMap<(&str, &str), Vec<(f64, f64)>> = BTreeMap::new();
    for fold in folds(&donors, &corpus, &contrasts).unwrap() {
        let kept = without(&corpus, &fold.left_out);
        let training = BaselineTraining::of(&kept, &[], &features).unwrap();
        for (name, _, _) in known {
            let held: Vec<&Contrast> = fold
                .asked
                .iter()
                .filter(|asked| asked.group == name)
                .map(|asked| asked.contrast.as_ref())
                .collect();
            for baseline in ["mean", "shrunk mean"] {
                let own = measured(&corpus, &training, &held, baseline);
                scores.entry((name, baseline)).or_default().extend(own);
            }
        }
    }
    for (name, r, shrunk) in known {
        for (baseline, expected) in [("mean", r), ("shrunk mean", shrunk)] {
            let (found, _) = mean(&scores[&(name, baseline)]);
            assert!(
                (found - expected).abs() < 0.016,
                "{name}, {baseline}: {found} for {expected}"
            );
        }
    }
    let overall = |baseline: &str| {
        let of_each = known.map(|(name, _, _)| mean(&scores[&(name, baseline)]));
        mean(&of_each)
    };
    let near = |(r, ev): (f64, f64), expected: (f64, f64)| {
        assert!(
            (r - expected.0).abs() < 0.01 && (ev - expected.1).abs() < 0.01,
            "{r} {ev}"
        );
    };
    near(overall("mean"), (0.754, 0.506));
    near(overall("shrunk mean"), (0.744, 0.586));
}

#[test]
fn the_transfers_between_studies_are_those_of_the_design() {
    let Some(folder) = examples::real_corpus("the_transfers_between_studies") else {
        return;
    };
    let recipe = Recipe::read(&examples::root().join("recipes/gem-1-bulk.toml")).unwrap();
    let (corpus, _) = read(&recipe, &folder).unwrap();
    let contrasts = contrasts(&corpus).unwrap();
    let features = GeneSetFeatures::default();
    // From, to, entity, r and EV of the mean of one study as the prediction in the other.
    let known = [
        (
            "macrophage_IFNg_Salmonella_Alasoo",
            "MDM_interferons",
            "ENSG00000111537",
            0.66,
            0.10,
        ),
        (
            "MDM_interferons",
            "macrophage_IFNg_Salmonella_Alasoo",
            "ENSG00000111537",
            0.67,
            0.44,
        ),
        (
            "AM_MDM_Mtb",
            "DC_Mtb_GSE94116",
            "NCBITaxon:83332",
            0.43,
            0.18,
        ),
        (
            "lung_fibroblast_hypoxia_molidustat",
            "ileum_organoid_hypoxia",
            "REFCAST:hypoxia",
            -0.07,
            -0.34,
        ),
        (
            "lung_fibroblast_hypoxia_molidustat",
            "LNCaP_PC3_hypoxia_ONECUT2_GSE106305",
            "REFCAST:hypoxia",
            0.12,
            -0.37,
        ),
    ];
    for (from, to, entity, r, ev) in known {
        let mut alone = corpus.clone();
        alone.studies.retain(|study| study.name == from);
        let training = BaselineTraining::of(&alone, &[], &features).unwrap();
        let entities = OntologyId::parse_joined(entity).unwrap();
        let held: Vec<&Contrast> = contrasts
            .iter()
            .filter(|contrast| {
                corpus.studies[contrast.study].name == to && contrast.treatment.entities == entities
            })
            .collect();
        let (found_r, found_ev) = mean(&measured(&corpus, &training, &held, "mean"));
        println!("{from} → {to}: {found_r:.3} for {r}, {found_ev:.3} for {ev}");
        assert!(
            (found_r - r).abs() < 0.016,
            "{from} → {to}: {found_r} for {r}"
        );
        assert!(
            (found_ev - ev).abs() < 0.05,
            "{from} → {to}: {found_ev} for {ev}"
        );
    }
}
