//! References of which only some genes are measured: filtered matrices, variable genes, panels.
//! `cargo test -p refcast-model --test panels -- --nocapture` prints the figures of `docs/model-checks.md`.

mod real;

use real::*;
use refcast_core::elementary;
use refcast_model::{Model, Reference};

/// Panels of a sample's genes, by name, with the least r of the effect on them with that on all.
fn panels(
    reference: &Reference,
    others: &[Reference],
    seed: u64,
) -> Vec<(String, Vec<usize>, f64)> {
    let genes = measured(reference);
    let mut panels: Vec<(String, Vec<usize>, f64)> = [
        ("half", genes.len() / 2, 0.95),
        ("quarter", genes.len() / 4, 0.9),
        ("5000", 5000, 0.85),
        ("1000", 1000, 0.6),
        ("300", 300, 0.0),
    ]
    .into_iter()
    .map(|(name, n, least)| (name.to_owned(), any_of(&genes, n, seed), least))
    .collect();
    let levels: Vec<Vec<f64>> = others.iter().map(log_levels).collect();
    let n = levels.len() as f64;
    let mean = |gene: usize| levels.iter().map(|own| own[gene]).sum::<f64>() / n;
    let variance = |gene: usize| {
        let mean = mean(gene);
        levels
            .iter()
            .map(|own| (own[gene] - mean).powi(2))
            .sum::<f64>()
            / n
    };
    let top = |score: &dyn Fn(usize) -> f64, n: usize| {
        let mut keyed: Vec<(f64, usize)> = genes.iter().map(|&gene| (score(gene), gene)).collect();
        keyed.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        keyed.truncate(n);
        keyed.into_iter().map(|(_, gene)| gene).collect::<Vec<_>>()
    };
    panels.push(("abundant 8000".to_owned(), top(&mean, 8000), 0.9));
    panels.push(("variable 2000".to_owned(), top(&variance, 2000), 0.6));
    panels
}

/// ln(1 + counts in ten thousand), `[genes]`.
fn log_levels(reference: &Reference) -> Vec<f64> {
    let size = reference.counts.library_size() as f64;
    let counts = reference.counts.values().iter();
    let mut levels: Vec<f64> = counts.map(|count| *count as f64 * 1e4 / size).collect();
    elementary::ln_1p(&mut levels);
    levels
}

fn pearson(a: &[f64], b: &[f64], genes: &[usize]) -> f64 {
    let n = genes.len() as f64;
    let mean = |x: &[f64]| genes.iter().map(|&gene| x[gene]).sum::<f64>() / n;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for &gene in genes {
        let (x, y) = (a[gene] - mean_a, b[gene] - mean_b);
        ab += x * y;
        aa += x * x;
        bb += y * y;
    }
    ab / (aa * bb).sqrt()
}

/// Prints r and the support of every panel of some samples under a perturbation, and returns what
/// falls short.
fn short_of(
    model: &Model,
    label: &str,
    references: &[Reference],
    perturbation: &str,
) -> Vec<String> {
    let plan = plan(model, perturbation);
    let mut short = Vec::new();
    for (seed, reference) in references.iter().take(2).enumerate() {
        let (whole, support) = model.effect(&plan, reference).expect("answers");
        println!(
            "{label}, {perturbation}: all genes, support {:.2}",
            support.score
        );
        for (name, genes, least) in panels(reference, references, seed as u64) {
            let part = panel_of(reference, &genes);
            let (effect, own) = model.effect(&plan, &part).expect("answers");
            let r = pearson(&effect.mean, &whole.mean, &genes);
            let line = format!("{label}, {perturbation}, {name}: r {r:.3}");
            println!("{line}, support {:.2}", own.score);
            assert!(own.score <= support.score + 0.08, "{line}: {own:?}");
            if r < least {
                short.push(line);
            }
        }
    }
    short
}

#[test]
fn the_effect_on_some_genes_of_a_bulk_sample_is_that_on_the_whole_sample() {
    let test = "the_effect_on_some_genes_of_a_bulk_sample_is_that_on_the_whole_sample";
    let Some(corpus) = corpus(test) else { return };
    let model = shipped("gem-1-bulk");
    let file = |study: &str| corpus.join("bulk").join(study).join("counts.tsv.gz");
    let airway = ["SRR1039508", "SRR1039512", "SRR1039516", "SRR1039520"];
    let airway = samples(&model, &file("airway_GSE52778"), 9, |own| {
        airway.contains(&own)
    });
    let gut = samples(&model, &file("T84_IL22_IFNL"), 6, |own| {
        own.starts_with("Mock")
    });
    let mut short = short_of(&model, "airway", &airway, "dexamethasone");
    short.extend(short_of(&model, "airway", &airway, "TNF"));
    short.extend(short_of(&model, "T84", &gut, "interleukin-22"));
    assert!(short.is_empty(), "{short:#?}");
}

#[test]
fn the_effect_on_some_genes_of_a_cell_is_that_on_the_whole_cell() {
    let test = "the_effect_on_some_genes_of_a_cell_is_that_on_the_whole_cell";
    let Some(corpus) = corpus(test) else { return };
    let model = shipped("gem-1-sc");
    let file = |set: &str| corpus.join("sc").join(format!("{set}.h5ad"));
    let blood = samples(&model, &file("ref_10x_p1kv3_unlabelled"), 12, |_| true);
    let lines = samples(&model, &file("ref_sc_mixology_lung_lines"), 12, |_| true);
    let mut short = short_of(&model, "blood", &blood, "interferon beta");
    short.extend(short_of(&model, "blood", &blood, "interferon gamma"));
    short.extend(short_of(&model, "lung lines", &lines, "interferon beta"));
    assert!(short.is_empty(), "{short:#?}");
}

#[test]
fn a_small_panel_is_answered_with_less_support_and_a_plain_warning() {
    for id in ["gem-1-bulk", "gem-1-sc"] {
        let model = shipped(id);
        let whole = model.example_reference(1).expect("an example");
        let panel = panel_of(&whole, &any_of(&measured(&whole), 300, 1));
        let warning = format!("measures 300 of the model's {} genes", model.axis().len());
        for perturbation in ["control", "dexamethasone"] {
            let plan = plan(&model, perturbation);
            let (of_whole, of_panel) = (
                support(&model, &plan, &whole),
                support(&model, &plan, &panel),
            );
            let warned = |own: &refcast_core::Support| {
                own.reasons.iter().any(|reason| reason.contains(&warning))
            };
            assert!(!warned(&of_whole), "{id}, {perturbation}: {of_whole:?}");
            assert!(warned(&of_panel), "{id}, {perturbation}: {of_panel:?}");
            assert!(
                of_panel.score < 0.8 * of_whole.score,
                "{id}, {perturbation}: {} of {}",
                of_panel.score,
                of_whole.score
            );
            assert!(of_panel.level <= of_whole.level, "{of_panel:?}");
        }
    }
}

#[test]
fn a_control_gives_a_panel_back_count_by_count() {
    for id in ["gem-1-bulk", "gem-1-sc"] {
        let model = shipped(id);
        let whole = model.example_reference(1).expect("an example");
        let panel = panel_of(&whole, &any_of(&measured(&whole), 1000, 2));
        let given = model
            .predict(&plan(&model, "control"), &panel)
            .expect("answers");
        assert_eq!(given[0].counts, panel.counts, "{id}");
    }
}
