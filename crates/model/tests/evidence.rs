//! How far an answer can be trusted, and what cannot be answered.

mod support;

use refcast_core::{
    Counts, Perturbation, PerturbationType, Prediction, Query, Support, SupportLevel,
};
use refcast_model::effects::{Mechanism, Member, Receptor, Way};
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
fn what_nothing_speaks_for_changes_nothing_with_wide_intervals_and_says_why() {
    let model = model();
    let reference = reference("r", 0, 2e6);
    let of = |perturbation| {
        let plan = model.plan(&query(perturbation)).expect("a plan");
        model
            .predict(&plan, &reference)
            .expect("predictions")
            .remove(0)
    };
    let unseen = of(compound(UNSEEN));
    assert!(unseen.effect.iter().all(|change| change.abs() < 1e-6));
    assert_eq!(unseen.support.level, SupportLevel::None);
    assert!(
        unseen
            .support
            .reasons
            .iter()
            .any(|reason| reason.contains(UNSEEN) && reason.contains("no change")),
        "{:?}",
        unseen.support.reasons
    );
    let width = |prediction: &Prediction| -> f32 {
        let bounds = prediction.effect_upper.iter().zip(&prediction.effect_lower);
        bounds.map(|(upper, lower)| upper - lower).sum()
    };
    assert!(width(&unseen) > width(&of(compound(TWO_CONTEXTS))));
}

#[test]
fn a_combination_with_a_part_that_nothing_speaks_for_is_its_other_part() {
    let model = model();
    let reference = reference("r", 1, 2e6);
    let of = |entities: &str| {
        let plan = model.plan(&query(compound(entities))).expect("a plan");
        model
            .predict(&plan, &reference)
            .expect("predictions")
            .remove(0)
    };
    let (both, alone) = (of(&format!("{UNSEEN}|{FAR}")), of(FAR));
    for (both, alone) in both.effect.iter().zip(&alone.effect) {
        assert!((both - alone).abs() < 1e-5);
    }
    assert!(
        both.support
            .reasons
            .iter()
            .any(|reason| reason.contains(UNSEEN))
    );
}

#[test]
fn what_acts_by_the_same_mechanism_answers_and_what_acts_against_it_answers_in_reverse() {
    let mut parts = parts();
    let member = |entity: &str, against| Member {
        entity: id(entity),
        way: Way::Agent,
        against,
    };
    parts.settings.knowledge.mechanisms.push(Mechanism {
        name: "receptor".to_owned(),
        likeness: 0.8,
        members: vec![
            member(FAR, false),
            member(UNSEEN, false),
            member("CHEMBL2", true),
        ],
    });
    let model = Model::from_parts(parts);
    let reference = reference("r", 1, 2e6);
    let of = |entity: &str| {
        let plan = model.plan(&query(compound(entity))).expect("a plan");
        model
            .predict(&plan, &reference)
            .expect("predictions")
            .remove(0)
    };
    let along = |other: &Prediction, own: &Prediction| -> f32 {
        other
            .effect
            .iter()
            .zip(&own.effect)
            .map(|(a, b)| a * b)
            .sum()
    };
    let own = of(FAR);
    let (kin, foe) = (of(UNSEEN), of("CHEMBL2"));
    assert!(along(&kin, &own) > 0.2 * along(&own, &own));
    assert!(along(&foe, &own) < -0.2 * along(&own, &own));
    assert!(along(&kin, &kin) < along(&own, &own));
    assert!(kin.support.score < own.support.score);
    let said = |prediction: &Prediction| prediction.support.reasons.join("; ");
    assert!(said(&kin).contains("receptor"), "{}", said(&kin));
}

#[test]
fn the_loss_of_a_gene_is_told_from_its_partners_only_where_one_of_them_was_lost() {
    let (lost, partner) = ("ENSG00000000008", "ENSG00000000009");
    let of = |entity: &str, members: &[&str]| {
        let mut parts = parts();
        let member = |entity: &&str| Member {
            entity: id(entity),
            way: Way::Loss,
            against: false,
        };
        parts.settings.knowledge.mechanisms.push(Mechanism {
            name: "complex".to_owned(),
            likeness: 0.7,
            members: members.iter().map(member).collect(),
        });
        let model = Model::from_parts(parts);
        let crispr = perturbation(entity, PerturbationType::Crispr);
        let plan = model.plan(&query(crispr)).expect("a plan");
        let prediction = model.predict(&plan, &reference("r", 0, 2e6));
        prediction.expect("predictions").remove(0)
    };
    let names_the_complex = |prediction: &Prediction| {
        let mut reasons = prediction.support.reasons.iter();
        reasons.any(|reason| reason.contains("(complex)"))
    };
    let of_seen = of(lost, &[EDITED, lost]);
    assert!(names_the_complex(&of_seen));
    assert!(of_seen.effect.iter().any(|change| change.abs() > 0.05));
    let of_unseen = of(lost, &[partner, lost]);
    assert!(!names_the_complex(&of_unseen));
    assert_eq!(of_unseen.effect, of(lost, &[]).effect);
}

#[test]
fn cells_without_the_receptor_hardly_respond() {
    let place = 7;
    let mut parts = parts();
    parts.settings.knowledge.receptors.push(Receptor {
        entity: id(FAR),
        gene: parts.axis.genes()[place].id,
    });
    let model = Model::from_parts(parts);
    let plan = model.plan(&query(compound(FAR))).expect("a plan");
    let size = |count: u64| -> f32 {
        let whole = reference("r", 1, 2e6);
        let mut counts = whole.counts.values().to_vec();
        counts[place] = count;
        let reference = Reference {
            name: "r".to_owned(),
            counts: Counts::fully_observed(counts).expect("counts"),
            latents: None,
        };
        let prediction = model
            .predict(&plan, &reference)
            .expect("predictions")
            .remove(0);
        let others = prediction
            .effect
            .iter()
            .enumerate()
            .filter(|(gene, _)| *gene != place);
        others.map(|(_, change)| change * change).sum()
    };
    let with = size(reference("r", 1, 2e6).counts.values()[place]);
    assert!(size(0) < 0.5 * with, "{} {with}", size(0));
}

#[test]
fn a_reference_that_is_not_on_the_axis_is_refused() {
    let model = model();
    let plan = model.plan(&query(compound(TWO_CONTEXTS))).expect("a plan");
    let short = Reference {
        name: "short".to_owned(),
        counts: Counts::fully_observed(vec![5; GENES - 1]).expect("counts"),
        latents: None,
    };
    let message = model.predict(&plan, &short).expect_err("short").to_string();
    assert!(
        message.contains("short has 39 genes") && message.contains("40"),
        "{message}"
    );
}
