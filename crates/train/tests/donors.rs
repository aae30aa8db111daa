//! The model beats its baselines on donors that it did not see. A part of the benchmark that
//! `cargo run --release -p refcast-train --example donors` runs whole.

use std::path::PathBuf;

use refcast_train::evaluate::donors;
use refcast_train::{Recipe, read};

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

#[test]
fn a_held_out_donor_is_predicted_better_than_by_the_mean_and_the_shrunk_mean_of_the_others() {
    let corpus = root().join("../shared/corpus");
    if !corpus.is_dir() {
        println!("SKIPPED a_held_out_donor_is_predicted_better: no corpus beside the repository");
        return;
    }
    let mut recipe = Recipe::read(&root().join("recipes/gem-1-bulk.toml")).unwrap();
    // The latents do not enter a mean estimate; one round is enough to have some.
    recipe.latent.rounds = 1;
    let (corpus, labels) = read(&recipe, &corpus).unwrap();
    // Six folds hold every donor of six datasets out, and six donors each of the two largest.
    let report = donors::run(&corpus, &recipe, &labels, 6, &|_, _| {}).unwrap();
    println!("{report}");
    let [mean, shrunk, model] = report.overall();
    assert!(model.r > mean.r && model.r >= 0.75, "{report}");
    assert!(
        model.explained > shrunk.explained && model.explained >= 0.59,
        "{report}"
    );
    for dataset in &report.datasets {
        let r = dataset.mean.r.max(dataset.shrunk.r);
        let explained = dataset.mean.explained.max(dataset.shrunk.explained);
        assert!(dataset.samples > 0, "{report}");
        assert!(dataset.model.r >= r - 0.02, "{report}");
        assert!(dataset.model.explained >= explained - 0.02, "{report}");
    }
}

#[test]
fn the_baselines_are_those_of_the_design() {
    let corpus = root().join("../shared/corpus");
    if !corpus.is_dir() {
        println!("SKIPPED the_baselines_are_those_of_the_design: no corpus beside the repository");
        return;
    }
    let recipe = Recipe::read(&root().join("recipes/gem-1-bulk.toml")).unwrap();
    let (corpus, _) = read(&recipe, &corpus).unwrap();
    // r of the mean of the other donors, over all genes of the files; here over those of the axis.
    let known = [
        ("airway_GSE52778", 0.53),
        ("TOP2i_iPSC_CM", 0.55),
        ("MDM_interferons", 0.64),
        ("T84_IL22_IFNL", 0.79),
        ("DC_Mtb_GSE94116", 0.91),
        ("Tcell_activation_GSE197067", 0.96),
        ("HBEC_IL13_ITLN1", 0.78),
        ("macrophage_IFNg_Salmonella_Alasoo", 0.88),
    ];
    for (name, r) in known {
        let [mean, _] = donors::baselines(&corpus, name).unwrap();
        assert!((mean.r - r).abs() < 0.016, "{name}: {} for {r}", mean.r);
    }
}
