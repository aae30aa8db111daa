//! The samples of training that the model in the program keeps.

use std::sync::LazyLock;

use refcast_core::{Perturbation, PerturbationFields, Query, RawQuery};
use refcast_model::Model;

static MODEL: LazyLock<Model> = LazyLock::new(|| {
    let built_in = Model::built_in("gem-1-bulk").expect("in the program");
    built_in.expect("whole")
});

fn query(perturbation: PerturbationFields) -> Query {
    let raw = RawQuery {
        perturbation,
        sampling_strategy: Some("mean estimation".to_owned()),
        ..RawQuery::default()
    };
    raw.check(1).expect("a query")
}

#[test]
fn every_sample_of_training_is_kept() {
    let samples = MODEL.training_samples().expect("samples").samples();
    // Published changes have no samples: they stand as pairs of mean profiles.
    let studies = MODEL.manifest().training.iter();
    let measured = studies.filter(|study| study.name != "MorPhiC_KO");
    let listed: usize = measured.map(|study| study.samples).sum();
    assert_eq!(samples.len(), listed);
}

#[test]
fn a_sample_under_a_control_has_the_latents_that_are_kept_of_it() {
    let samples = MODEL.training_samples().expect("samples");
    let plan = MODEL.plan(&query(Perturbation::control().into()));
    let plan = plan.expect("a plan");
    // From all over the list: tissues, lines, treated and not.
    for at in (0..samples.samples().len()).step_by(211) {
        let reference = MODEL.training_reference(samples, at, "0".to_owned());
        let made = MODEL.predict(&plan, &reference.expect("a reference"));
        let latents = &made.expect("a prediction")[0].latents;
        let groups = [
            &latents.technical,
            &latents.biological,
            &latents.perturbation,
        ];
        let found: Vec<f64> = groups
            .into_iter()
            .flatten()
            .copied()
            .map(f64::from)
            .collect();
        assert_eq!(
            found,
            samples.latents_of(at),
            "{}",
            samples.samples()[at].id
        );
    }
}

#[test]
fn airway_cells_by_their_id_answer_dexamethasone_by_its_own_genes() {
    let samples = MODEL.training_samples().expect("samples");
    let plan = MODEL.plan(&query(PerturbationFields {
        perturbation_ontology_id: Some("CHEMBL384467".to_owned()),
        perturbation_type: Some("compound".to_owned()),
        ..PerturbationFields::default()
    }));
    let at = samples.find("SRR1039508").expect("untreated airway cells");
    let reference = MODEL.training_reference(samples, at, "0".to_owned());
    let made = MODEL.predict(&plan.expect("a plan"), &reference.expect("a reference"));
    let effect = &made.expect("a prediction")[0].effect;
    let change = |gene: &str| {
        let place = MODEL.axis().index_of(gene.parse().expect("an id"));
        effect[place.expect("a gene of the model").as_usize()]
    };
    // FKBP5, TSC22D3, PER1 and ZBTB16 at least double under glucocorticoids (Himes et al. 2014).
    for gene in [
        "ENSG00000096060",
        "ENSG00000157514",
        "ENSG00000179094",
        "ENSG00000109906",
    ] {
        assert!(change(gene) > 2_f32.ln(), "{gene}: {}", change(gene));
    }
    // VCAM1 falls; actin stays.
    assert!(change("ENSG00000162692") < -0.5);
    assert!(change("ENSG00000075624").abs() < 0.3);
}
