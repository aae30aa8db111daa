//! References that the model cannot judge: of another kind, or like nothing that training saw.
//! `cargo test -p refcast-model --test familiarity -- --nocapture` prints the figures of
//! `docs/model-checks.md`.

mod real;

use real::*;
use refcast_core::{Support, SupportLevel};
use refcast_model::{Model, Reference};

fn names(support: &Support, words: &str) -> bool {
    support.reasons.iter().any(|reason| reason.contains(words))
}

fn control(model: &Model, reference: &Reference) -> Support {
    support(model, &plan(model, "control"), reference)
}

#[test]
fn a_control_of_a_real_reference_is_strong() {
    for id in ["gem-1-bulk", "gem-1-sc"] {
        let model = shipped(id);
        let support = control(&model, &model.example_reference(3).expect("an example"));
        assert_eq!(support.level, SupportLevel::Strong, "{id}: {support:?}");
        assert!((support.score - 1.0).abs() < 1e-6, "{id}: {support:?}");
    }
}

#[test]
fn a_reference_with_hardly_any_gene_above_zero_is_told_so() {
    for id in ["gem-1-bulk", "gem-1-sc"] {
        let model = shipped(id);
        let whole = model.example_reference(3).expect("an example");
        let with = |genes: usize| {
            let mut left = genes;
            let values = whole.counts.values().iter().map(|count| {
                let is_kept = *count > 0 && left > 0;
                left -= usize::from(is_kept);
                if is_kept { *count } else { 0 }
            });
            let observed = std::sync::Arc::clone(whole.counts.observed());
            let counts = refcast_core::Counts::new(values.collect(), observed);
            let reference = Reference {
                counts: counts.expect("counts"),
                ..whole.clone()
            };
            control(&model, &reference)
        };
        for (genes, words) in [(1, "only 1 gene has"), (99, "only 99 genes have")] {
            let support = with(genes);
            assert!(names(&support, words), "{id} {genes}: {support:?}");
        }
        assert!(!names(&with(100), "above zero"), "{id}");
    }
}

#[test]
fn shuffled_genes_are_said_to_be_like_nothing_and_not_even_their_control_is_trusted() {
    for (id, most) in [
        ("gem-1-bulk", SupportLevel::None),
        ("gem-1-sc", SupportLevel::Weak),
    ] {
        let model = shipped(id);
        let nonsense = shuffled(&model.example_reference(3).expect("an example"));
        let support = control(&model, &nonsense);
        assert!(support.level <= most, "{id}: {support:?}");
        assert!(names(&support, "like no sample of training"), "{support:?}");
    }
}

#[test]
fn cells_are_told_to_the_bulk_model_and_bulk_to_the_model_of_cells() {
    let (bulk, cells) = (shipped("gem-1-bulk"), shipped("gem-1-sc"));
    let cell = cells.example_reference(4).expect("an example");
    let sample = bulk.example_reference(4).expect("an example");
    let wrong = control(&bulk, &on_axis_of(&bulk, &cells, &cell));
    assert!(
        names(&wrong, "single cells") && names(&wrong, "gem-1-sc"),
        "{wrong:?}"
    );
    assert!(wrong.level <= SupportLevel::Weak, "{wrong:?}");
    for library in [1e6, 2e7] {
        let sample = on_axis_of(&cells, &bulk, &thinned(&sample, library));
        let wrong = control(&cells, &sample);
        assert!(
            names(&wrong, "bulk sample") && names(&wrong, "gem-1-bulk"),
            "{wrong:?}"
        );
        assert!(wrong.level <= SupportLevel::Weak, "{wrong:?}");
    }
}

#[test]
fn a_shallow_bulk_sample_is_not_taken_for_a_cell() {
    let model = shipped("gem-1-bulk");
    let sample = model.example_reference(4).expect("an example");
    for library in [1e5, 3e5, 1e6] {
        let support = control(&model, &thinned(&sample, library));
        assert!(!names(&support, "single cells"), "{library}: {support:?}");
        assert_eq!(
            support.level,
            SupportLevel::Strong,
            "{library}: {support:?}"
        );
    }
}

#[test]
fn the_annotation_says_so_as_well() {
    let (bulk, cells) = (shipped("gem-1-bulk"), shipped("gem-1-sc"));
    let cell = cells.example_reference(4).expect("an example");
    let query = refcast_core::AnnotationQuery {
        fields: None,
        seed: 1,
    };
    let annotator = bulk.annotator(&query).expect("tells metadata");
    let annotation = annotator
        .annotate(&on_axis_of(&bulk, &cells, &cell))
        .expect("annotates")
        .annotation;
    assert!(
        annotation
            .notes
            .iter()
            .any(|note| note.contains("gem-1-sc"))
    );
    let own = cells.annotator(&query).expect("tells metadata");
    let own = own.annotate(&cell).expect("annotates").annotation;
    assert!(own.notes.is_empty(), "{:?}", own.notes);
}

/// Files of the corpus and the parts of their samples that are taken for the other kind and for
/// strange.
fn told(
    model: &Model,
    files: &[std::path::PathBuf],
    most: usize,
) -> Vec<(String, usize, f64, f64)> {
    let plan = plan(model, "control");
    let of = |file: &std::path::PathBuf| {
        let references = samples(model, file, most, |_| true);
        let supports: Vec<Support> = references
            .iter()
            .map(|reference| support(model, &plan, reference))
            .collect();
        let part = |words: &str| {
            let told = supports
                .iter()
                .filter(|support| names(support, words))
                .count();
            told as f64 / supports.len() as f64
        };
        let name = file.to_string_lossy().into_owned();
        (
            name,
            supports.len(),
            part("use the model"),
            part("like no sample"),
        )
    };
    let told: Vec<_> = files.iter().map(of).collect();
    for (name, n, other, strange) in &told {
        println!(
            "{}: {name}: {n} samples, other kind {other:.2}, strange {strange:.2}",
            model.manifest().id
        );
    }
    told
}

fn mean(told: &[(String, usize, f64, f64)], of: impl Fn(&(String, usize, f64, f64)) -> f64) -> f64 {
    let n: usize = told.iter().map(|own| own.1).sum();
    told.iter().map(|own| own.1 as f64 * of(own)).sum::<f64>() / n as f64
}

#[test]
fn real_samples_are_taken_for_what_they_are() {
    let Some(corpus) = corpus("real_samples_are_taken_for_what_they_are") else {
        return;
    };
    let mut bulk = Vec::new();
    for part in ["bulk", "new/bulk"] {
        let Ok(studies) = std::fs::read_dir(corpus.join(part)) else {
            continue;
        };
        let files = studies.map(|study| study.expect("a folder").path().join("counts.tsv.gz"));
        bulk.extend(files.filter(|file| file.exists()));
    }
    bulk.sort();
    let sets = [
        "kang2018_pbmc_ifnb",
        "ref_10x_frozen_pbmc_donorA_unlabelled2896",
        "ref_10x_p1kv3_unlabelled",
        "ref_sc_mixology_lung_lines",
        "ref_zheng2017_facs_pbmc3874",
        "verboom2019_ngp_nutlin3_c1",
    ];
    let cells: Vec<_> = sets
        .iter()
        .map(|set| corpus.join("sc").join(format!("{set}.h5ad")))
        .collect();
    let (bulk_model, cell_model) = (shipped("gem-1-bulk"), shipped("gem-1-sc"));
    let right = told(&bulk_model, &bulk, 8);
    assert!(mean(&right, |own| own.2) <= 0.01, "{right:#?}");
    assert!(mean(&right, |own| own.3) <= 0.05, "{right:#?}");
    let right = told(&cell_model, &cells, 40);
    assert!(mean(&right, |own| own.2) <= 0.01, "{right:#?}");
    assert!(mean(&right, |own| own.3) <= 0.05, "{right:#?}");
    let wrong = told(&bulk_model, &cells, 40);
    assert!(mean(&wrong, |own| own.2) >= 0.95, "{wrong:#?}");
    let wrong = told(&cell_model, &bulk, 4);
    assert!(mean(&wrong, |own| own.2) >= 0.9, "{wrong:#?}");
}
