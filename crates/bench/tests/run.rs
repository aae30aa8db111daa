//! A run: what is asked is answered, the same on any number of threads, and the model beats the
//! baselines where it must.

mod examples;

use refcast_bench::benchmark;
use refcast_bench::outcome::{Outcome, Report};
use refcast_bench::run::{BenchmarkProgress, MODEL, Options, measure, names, run};

fn options(corpus: std::path::PathBuf, names: &[&str]) -> Options {
    Options {
        recipe: examples::root().join("recipes/gem-1-bulk.toml"),
        corpus,
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        quick: true,
        seed: 1,
    }
}

#[test]
fn an_unknown_benchmark_is_refused_before_anything_is_read() {
    let nowhere = std::path::PathBuf::from("nowhere");
    let error = run(&options(nowhere, &["donor"]), &|_| panic!("nothing begins")).unwrap_err();
    let said = error.to_string();
    assert!(
        said.contains("\"donor\"") && said.contains("donors, context"),
        "{said}"
    );
}

#[test]
fn every_benchmark_has_a_name_and_a_question_of_its_own() {
    let names = names().unwrap();
    assert_eq!(names.len(), 15);
    for (at, one) in names.iter().enumerate() {
        assert!(one.definition.len() > 40, "{one:?}");
        assert!(names[..at].iter().all(|other| other.name != one.name));
    }
}

#[test]
fn a_quick_fold_that_does_not_exist_is_refused() {
    let Some(corpus) = examples::real_corpus("a_quick_fold_that_does_not_exist") else {
        return;
    };
    let mut benchmark = benchmark::named(&["time".to_owned()]).unwrap().remove(0);
    benchmark.quick = vec!["time 99".to_owned()];
    let error = measure(&[benchmark], &options(corpus, &[]), &|_| {}).unwrap_err();
    assert!(error.to_string().contains("time 99"), "{error}");
}

#[test]
fn a_run_scores_every_method_and_is_the_same_on_any_number_of_threads() {
    let Some(corpus) = examples::real_corpus("a_run_scores_every_method") else {
        return;
    };
    let options = options(corpus, &["combination"]);
    let of = |threads: usize| -> Report {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| run(&options, &|_| {})).unwrap()
    };
    let (one, three) = (of(1), of(3));
    assert_eq!(one, three);
    let outcome = &one.outcomes[0];
    assert!(one.quick && outcome.cases.len() >= 20);
    for case in &outcome.cases {
        for method in &outcome.methods {
            let scores = case.scores.get(&method.name);
            let scores = scores.unwrap_or_else(|| panic!("{}: {}", case.sample, method.name));
            assert!(
                scores.contains_key("EV"),
                "{}: {}",
                case.sample,
                method.name
            );
            assert!(scores.values().all(|value| value.is_finite()));
        }
    }
    // No change explains nothing, by definition; the ceiling knows the condition.
    assert_eq!(outcome.mean("no change", "EV"), Some(0.0));
    assert!(
        outcome
            .comparisons
            .iter()
            .any(|found| found.group.is_none() && found.metric == "EV")
    );
    assert!(!outcome.requirements.is_empty());
}

#[test]
fn a_held_out_donor_is_predicted_better_than_by_the_mean_and_the_shrunk_mean_of_the_others() {
    let Some(corpus) = examples::real_corpus("a_held_out_donor_is_predicted_better") else {
        return;
    };
    let mut donors = benchmark::named(&["donors".to_owned()]).unwrap().remove(0);
    // Six folds hold every donor of six core datasets out, and six donors each of the two largest.
    donors.quick = (1..=6).map(|at| format!("donor {at}")).collect();
    let benchmark::Split::Donors(split) = &mut donors.split else {
        panic!("a split by donors");
    };
    split.more.clear();
    let folds = std::sync::Mutex::new(0);
    let count = |stage: BenchmarkProgress| {
        if let BenchmarkProgress::Fold { .. } = stage {
            *folds.lock().unwrap() += 1;
        }
    };
    let report = measure(&[donors], &options(corpus, &[]), &count).unwrap();
    assert_eq!(*folds.lock().unwrap(), 6);
    let outcome = &report.outcomes[0];
    assert_eq!(outcome.groups().len(), 8);
    println!("{}", figures(outcome));
    for requirement in &outcome.requirements {
        assert!(requirement.holds, "{requirement:?}\n{}", figures(outcome));
    }
}

fn figures(outcome: &Outcome) -> String {
    let mut lines = String::new();
    for group in outcome.groups() {
        for method in [MODEL, "mean", "shrunk mean"] {
            let of = |metric| outcome.mean_in(group, method, metric).unwrap_or(f64::NAN);
            lines += &format!("{group:36} {method:12} {:.3} {:.3}\n", of("r"), of("EV"));
        }
    }
    lines
}
