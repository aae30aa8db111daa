//! How far an answer can be trusted, and what cannot be answered.

mod support;

use refcast_core::{Counts, Perturbation, PerturbationType, Query, Support, SupportLevel};
use refcast_model::{Model, Reference};
use support::*;

fn support_of(model: &Model, query: &Query, reference: &Reference) -> Support {
    let plan = model.plan(query).expect("a plan");
    let mut answers = model.predict(&plan, reference).expect("a prediction");
    answers.remove(0).support
}

#[test]
fn the_level_of_support_follows_the_evidence() {
    let model = model();
    let of = |perturbation, context| {
        support_of(&model, &query(perturbation), &reference("r", context, 2e6))
    };
    let near = of(compound(TWO_CONTEXTS), 0);
    assert_eq!(near.level, SupportLevel::Strong);
    assert_eq!(
        (near.n_samples, near.systems),
        (8, vec!["far".to_owned(), "near".to_owned()])
    );

    let far = of(compound(FAR), 0);
    assert_eq!(far.level, SupportLevel::Weak);
    assert!(far.score < near.score);
    assert!(
        far.reasons
            .iter()
            .any(|reason| reason.contains("unlike the cells")),
        "{far:?}"
    );

    let at_home = of(compound(FAR), 1);
    assert_eq!(at_home.level, SupportLevel::Strong);

    let fickle = of(perturbation(FICKLE, PerturbationType::Infection), 0);
    assert_eq!((fickle.level, fickle.score), (SupportLevel::None, 0.0));
    assert!(
        fickle
            .reasons
            .iter()
            .any(|reason| reason.contains("does not repeat"))
    );

    let sum = of(compound(&format!("{TWO_CONTEXTS}|{FAR}")), 1);
    assert_eq!(sum.level, SupportLevel::Strong);
    assert!(
        sum.reasons
            .iter()
            .any(|reason| reason.contains("sum of its parts"))
    );
}

#[test]
fn a_time_outside_those_seen_is_said() {
    let model = model();
    let of = |hours: &str| {
        let time = Some(hours.parse().expect("a time"));
        let edited =
            Perturbation::new(vec![id(EDITED)], PerturbationType::Crispr, Vec::new(), time);
        let query = query(edited.expect("a perturbation"));
        let support = support_of(&model, &query, &reference("r", 0, 2e6));
        (
            support.score,
            support
                .reasons
                .iter()
                .any(|reason| reason.contains("outside the times")),
        )
    };
    let (at_time, outside) = of("6 h");
    assert!(!outside);
    let (later, outside) = of("48 h");
    assert!(outside && later < at_time);
}

#[test]
fn what_training_did_not_see_is_refused_by_field() {
    let model = model();
    let faults = |perturbation| {
        let refcast_model::Error::Query(error) =
            model.plan(&query(perturbation)).expect_err("untrained")
        else {
            panic!("not a fault of the query");
        };
        error.into_faults("")
    };
    let unseen = faults(compound(UNSEEN));
    assert_eq!(
        (unseen[0].path.as_str(), unseen[0].code),
        ("perturbation_ontology_id", "no_training_data")
    );
    let both = faults(compound(&format!("{UNSEEN}|CHEMBL2|{FAR}")));
    assert_eq!(both.len(), 2);
    let raised = faults(perturbation(EDITED, PerturbationType::Overexpression));
    assert_eq!(raised[0].path, "perturbation_type");
    assert_eq!(raised[0].nearest, ["crispr"]);
}

#[test]
fn a_reference_that_is_not_on_the_axis_is_refused() {
    let model = model();
    let plan = model.plan(&query(compound(TWO_CONTEXTS))).expect("a plan");
    let short = Reference {
        name: "short".to_owned(),
        counts: Counts::fully_observed(vec![5; GENES - 1]).expect("counts"),
    };
    let message = model.predict(&plan, &short).expect_err("short").to_string();
    assert!(
        message.contains("short has 39 genes") && message.contains("40"),
        "{message}"
    );
}
