//! What people write for perturbations and for samples, by the vocabularies of the bundles that
//! ship.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::LazyLock;

use refcast_core::{
    BaselineQuery, Conditioning, Metadata, OntologyId, Perturbation, PerturbationFields,
    PerturbationType, Query, RawBaselineQuery, SamplingStrategy, SupportLevel, control_word,
};
use refcast_model::Model;
use refcast_model::bundle::BUILT_IN;
use refcast_model::vocabulary::{Completed, EntityKind};

static MODELS: LazyLock<Vec<Model>> = LazyLock::new(|| {
    BUILT_IN
        .map(|id| Model::built_in(id).unwrap().unwrap())
        .into()
});

fn named(model: &Model, name: &str, kind: &str) -> refcast_core::Result<Completed> {
    let fields = PerturbationFields {
        perturbation_type: (!kind.is_empty()).then(|| kind.to_owned()),
        ..PerturbationFields::default()
    };
    let vocabulary = model.vocabulary().unwrap();
    vocabulary.complete_named(name, "perturbation", fields)
}

fn is_control(completed: &Completed) -> bool {
    let fields = &completed.fields;
    fields.perturbation_type.as_deref() == Some("control")
        && fields.perturbation_ontology_id.is_none()
        && completed
            .understood
            .iter()
            .all(|own| own.label == "control" && own.id.is_none())
}

fn ids(completed: &Completed) -> &str {
    completed
        .fields
        .perturbation_ontology_id
        .as_deref()
        .unwrap_or_default()
}

#[test]
fn controls_are_controls_and_never_a_gene() {
    let spelled = "control|ctrl|CTRL|Ctrl_1|control-2|DMSO|DMSO 0.1%|0.1% DMSO|dmso_24h|vehicle|Vehicle (DMSO)|\
        ethanol vehicle|mock|Mock-infected|mock rep1|PBS|saline|sham|NTC|NTC_2|sgNTC|non-targeting|non_targeting|\
        Non-targeting control|scramble|scrambled|shScr|siNC|siCtrl|siControl|siScramble|shLuc|shGFP|sgAAVS1|AAVS1|\
        ROSA26|WT|wild type|EV|empty vector|naive|untreated|unstimulated|uninfected|unperturbed|medium|media|\
        no treatment|none|resting|baseline|isotype control|time 0|0h|dimethyl sulfoxide|NegCtrl0|water";
    for (position, model) in MODELS.iter().enumerate() {
        for text in spelled.split('|') {
            let text = if position == 0 {
                text.to_owned()
            } else {
                format!(" {} ", text.to_uppercase())
            };
            let found = named(model, &text, "").unwrap_or_else(|error| panic!("{text}: {error}"));
            assert!(is_control(&found), "{text}: {found:?}");
        }
        for (text, kind) in [
            ("DMSO", "compound"),
            ("DMSO", "drug"),
            ("NTC", "crispr"),
            ("AAVS1", "crispr"),
            ("siNC", "sirna"),
            ("PBS", "peptide or biologic"),
            ("mock", "infection"),
            ("EtOH", "control"),
            ("ctrl", "vehicle"),
        ] {
            let found = named(model, text, kind).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert!(is_control(&found), "{text} {kind}: {found:?}");
        }
    }
}

#[test]
fn a_control_beside_a_perturbation_adds_nothing_and_is_said() {
    let model = &MODELS[0];
    for (text, id) in [
        ("ctrl+dexamethasone", "CHEMBL384467"),
        ("dexamethasone+ctrl", "CHEMBL384467"),
        ("TP53+ctrl", "ENSG00000141510"),
        ("DMSO|JQ1", "CHEMBL1957266"),
        ("mock + hypoxia", "REFCAST:hypoxia"),
    ] {
        let found = named(model, text, "").unwrap();
        assert_eq!(ids(&found), id, "{text}");
        let note = found.understood[0].note.clone().unwrap_or_default();
        assert!(note.contains("adds nothing"), "{text}: {note}");
    }
    for text in ["ctrl+ctrl", "DMSO|DMSO", "control|vehicle"] {
        assert!(is_control(&named(model, text, "").unwrap()), "{text}");
    }
}

#[test]
fn what_may_be_two_things_is_refused_with_both() {
    for model in MODELS.iter() {
        for (text, kind, parts) in [
            ("CTRL", "crispr", &["`control`", "ENSG00000141086"][..]),
            ("water", "compound", &["`control`", "water"]),
            ("EtOH", "", &["`control`", "ethanol"]),
            ("ethanol", "", &["`control`", "CHEBI:16236"]),
            ("CNTRL", "", &["`control`", "ENSG00000119397"]),
            ("NC", "", &["`control`"]),
            ("nan", "", &["`control`"]),
            ("WT_1", "", &["`control`", "ENSG00000184937"]),
            ("NT-3", "", &["NTF3", "SORT1"]),
            ("TSA", "", &["trichostatin A", "PRDX2"]),
            ("STS", "", &["staurosporine", "ENSG00000101846"]),
            ("TP53", "compound", &["a gene", "ENSG00000141510", "a drug"]),
            (
                "dexamethasone",
                "crispr",
                &["a compound", "CHEMBL384467", "a gene"],
            ),
            ("HIV-1", "crispr", &["an organism", "infection", "a gene"]),
            ("TNF", "infection", &["a gene", "an organism"]),
            ("p53", "", &["TP53", "crispr"]),
        ] {
            let refused = named(model, text, kind)
                .map(|found| format!("{found:?}"))
                .unwrap_err();
            let message = refused.to_string();
            for part in parts {
                assert!(message.contains(part), "{text} {kind}: {message}");
            }
        }
    }
}

#[test]
fn a_type_decides_between_two_things_of_one_name_and_that_is_said() {
    let model = &MODELS[0];
    for (text, kind, id) in [
        ("TSA", "compound", "CHEMBL"),
        ("TSA", "crispr", "ENSG00000167815"),
        ("STS", "drug", "CHEMBL"),
        ("STS", "sirna", "ENSG00000101846"),
        ("ethanol", "compound", "CHEBI:16236"),
        ("EtOH", "compound", "CHEBI:16236"),
        ("WT1", "crispr", "ENSG00000184937"),
    ] {
        let found = named(model, text, kind).unwrap_or_else(|error| panic!("{text}: {error}"));
        let is_it =
            ids(&found).starts_with(id) || id == "CHEMBL" && ids(&found).starts_with("CHEBI");
        assert!(is_it, "{text} {kind}: {found:?}");
    }
    let found = named(model, "TSA", "compound").unwrap();
    assert!(
        found.understood[0].note.as_ref().unwrap().contains("PRDX2"),
        "{found:?}"
    );
}

#[test]
fn the_type_follows_from_what_a_thing_is() {
    for model in MODELS.iter() {
        for (text, kind) in [
            ("JQ1", "compound"),
            ("TNF", "peptide or biologic"),
            ("IL6", "peptide or biologic"),
            ("CXCL8", "peptide or biologic"),
            ("TP53", "crispr"),
            ("ENSG00000141510", "crispr"),
            ("influenza", "infection"),
            ("bortezomib", "compound"),
            ("trastuzumab", "peptide or biologic"),
            ("hypoxia", "other"),
            ("TGF-beta|JQ1", "peptide or biologic"),
            ("CEBPE|RUNX1T1", "crispr"),
        ] {
            let found = named(model, text, "").unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(
                found.fields.perturbation_type.as_deref(),
                Some(kind),
                "{text}"
            );
        }
    }
}

#[test]
fn every_trained_entity_has_a_type_of_its_kind_and_counts_as_seen() {
    for model in MODELS.iter() {
        let vocabulary = model.vocabulary().unwrap();
        let reference = model.example_reference(1).unwrap();
        for entity in vocabulary.trained() {
            let id = entity.id.to_string();
            assert!(entity.samples > 0, "{id}");
            let listed = vocabulary
                .search(Some("perturbation_ontology_id"), &id)
                .unwrap();
            assert!(
                listed.iter().any(|own| own.value == id && own.samples > 0),
                "{id}"
            );
            let by_name = named(model, &entity.label, "");
            let Ok(completed) = by_name else {
                // Seen in several ways, which only the query can choose from.
                assert!(entity.types.len() > 1, "{id}: {by_name:?}");
                continue;
            };
            assert_eq!(ids(&completed), id);
            let perturbation = Perturbation::try_from(completed.fields).unwrap();
            let kind = perturbation.kind();
            let of_its_kind = match entity.kind {
                EntityKind::Compound => kind == PerturbationType::Compound,
                EntityKind::Biologic | EntityKind::Protein => {
                    kind == PerturbationType::PeptideOrBiologic
                }
                EntityKind::Infection => kind == PerturbationType::Infection,
                EntityKind::Gene => {
                    OntologyId::parse_joined(&id).is_ok() && entity.types.contains(&kind)
                }
                _ => entity.types.contains(&kind),
            };
            assert!(of_its_kind, "{id} {}: {kind}", entity.label);
            let plan = model.plan(&asked(perturbation)).unwrap();
            let (_, support) = model.effect(&plan, &reference).unwrap();
            let said = support.reasons.join("; ");
            assert!(said.starts_with("seen "), "{id} {}: {said}", entity.label);
            assert_eq!(support.level, SupportLevel::of_score(support.score), "{id}");
        }
    }
}

fn asked(perturbation: Perturbation) -> Query {
    Query {
        perturbation,
        num_samples: 2,
        sampling_strategy: SamplingStrategy::MeanEstimation,
        conditioning: Conditioning::default(),
        deterministic_latents: true,
        seed: 1,
        total_count: None,
        fixed_total_count: false,
    }
}

#[test]
fn a_dose_that_has_no_part_in_the_answer_is_said_to_have_none() {
    let model = &MODELS[0];
    let reference = model.example_reference(1).unwrap();
    let answer = |name: &str, dose: Option<&str>| {
        let mut fields = named(model, name, "").unwrap().fields;
        fields.perturbation_dose = dose.map(str::to_owned);
        let plan = model.plan(&asked(fields.try_into().unwrap())).unwrap();
        model.effect(&plan, &reference).unwrap()
    };
    let said = |dose: Option<&str>| {
        let (_, support) = answer("dexamethasone", dose);
        let mut reasons = support.reasons.into_iter();
        reasons
            .find(|own| own.starts_with("the dose"))
            .unwrap_or_default()
    };
    assert_eq!(said(None), "");
    assert_eq!(said(Some("10 uM")), "");
    let other = "the dose has no part in the answer: it cannot be compared with those of the training data (";
    for dose in ["10 mg/ml", "10 %", "5 U/ml", "10 mg/kg"] {
        assert!(
            said(Some(dose)).starts_with(other),
            "{dose}: {}",
            said(Some(dose))
        );
        let ((with, support), (without, expected)) = (
            answer("dexamethasone", Some(dose)),
            answer("dexamethasone", None),
        );
        assert_eq!(with.mean, without.mean, "{dose}");
        assert_eq!(support.score, expected.score, "{dose}");
    }
    // Two spellings of one dose are one plan, and have one answer.
    assert_eq!(said(Some("10 mg/ml")), said(Some("10 g/l")));
    let (_, support) = answer("MDM2", Some("10 uM"));
    let reasons = support.reasons.join("; ");
    assert!(
        reasons.contains("the training data do not state one"),
        "{reasons}"
    );
}

#[test]
fn a_search_without_a_letter_or_a_digit_finds_nothing() {
    let model = &MODELS[0];
    for field in [
        None,
        Some("sample_id"),
        Some("perturbation_type"),
        Some("tissue_ontology_id"),
    ] {
        for nothing in ["%", "_", ".*", "😀", " - ", "[", "%%%"] {
            assert_eq!(
                model.search(field, nothing).unwrap().len(),
                0,
                "{field:?} {nothing}"
            );
        }
        for all in ["", "  "] {
            assert!(
                !model.search(field, all).unwrap().is_empty(),
                "{field:?} {all:?}"
            );
        }
    }
    assert!(!model.search(None, "β").unwrap().is_empty());
}

#[test]
fn what_was_not_seen_is_said_not_to_be() {
    let model = &MODELS[0];
    let reference = model.example_reference(1).unwrap();
    for (text, part) in [
        ("JQ1", "seen only together with TGF-beta 1"),
        ("TNF", "no sample treated with it"),
        (
            "interferon alpha 2",
            "not seen itself; what acts like it was seen in",
        ),
        ("dexamethasone", "seen in"),
    ] {
        let completed = named(model, text, "").unwrap();
        let perturbation = Perturbation::try_from(completed.fields).unwrap();
        let plan = model.plan(&asked(perturbation)).unwrap();
        let (_, support) = model.effect(&plan, &reference).unwrap();
        assert!(
            support.reasons[0].contains(part),
            "{text}: {:?}",
            support.reasons
        );
        let is_seen = text == "dexamethasone";
        assert_eq!(support.n_samples > 0, is_seen, "{text}");
    }
}

#[test]
fn few_names_of_genes_are_everyday_words_for_controls() {
    let names = MODELS[0].vocabulary().unwrap().gene_names().unwrap();
    let mut taken: Vec<String> = Vec::new();
    for name in names {
        let (name, ..) = name.into_parts();
        if control_word(&name) == Some(refcast_core::ControlWord::Plain) {
            taken.push(name);
        }
    }
    taken.sort();
    // Symbols and aliases that are everyday words for controls; the gene is asked for by its id.
    assert!(taken.len() < 20, "{taken:?}");
}

#[test]
fn a_deterministic_mean_estimate_does_not_depend_on_the_seed() {
    for model in MODELS.iter() {
        let reference = model.example_reference(1).unwrap();
        let fields = named(model, "interferon beta", "").unwrap().fields;
        let perturbation = Perturbation::try_from(fields).unwrap();
        let with_seed = |seed| {
            let query = Query {
                seed,
                ..asked(perturbation.clone())
            };
            let plan = model.plan(&query).unwrap();
            let made = model.predict(&plan, &reference).unwrap();
            made.into_iter()
                .map(|own| (own.counts, own.effect))
                .collect::<Vec<_>>()
        };
        assert_eq!(with_seed(1), with_seed(2));
        let described = |seed: u64| {
            let metadata = Metadata::check([("tissue", "blood")]).unwrap();
            let query = BaselineQuery {
                metadata,
                perturbation: None,
                num_samples: 2,
                sampling_strategy: SamplingStrategy::MeanEstimation,
                deterministic_latents: true,
                seed,
                total_count: None,
            };
            let samples = model.baseline(&query, 0).unwrap();
            [0, 1].map(|at| samples.sample(at).unwrap().counts)
        };
        assert_eq!(described(1), described(2));
    }
}

fn baseline(
    model: &Model,
    fields: &[(&str, &str)],
) -> refcast_model::Result<(Metadata, refcast_core::Support)> {
    let raw = RawBaselineQuery {
        metadata: fields
            .iter()
            .map(|(field, value)| ((*field).to_owned(), (*value).to_owned()))
            .collect(),
        sampling_strategy: Some("mean estimation".to_owned()),
        ..RawBaselineQuery::default()
    };
    let samples = model.baseline(&raw.check(1)?, 0)?;
    Ok((samples.metadata().clone(), samples.support().clone()))
}

#[test]
fn descriptions_are_read_as_people_write_them() {
    for (model, field, given, label) in [
        (0, "tissue", "Lung", "lung"),
        (0, "tissue", "lungs", "lung"),
        (0, "tissue", "lung tissue", "lung"),
        (0, "tissue", "whole blood", "blood"),
        (0, "tissue", "Peripheral blood", "blood"),
        (0, "tissue", "PBMC", "blood"),
        (0, "tissue", "prostate", "prostate gland"),
        (0, "tissue", "skin", "skin of body"),
        (
            0,
            "cell_type",
            "CD4+ T cell",
            "CD4-positive, alpha-beta T cell",
        ),
        (0, "cell_type", "T cells", "T cell"),
        (0, "cell_type", "monocytes", "monocyte"),
        (0, "cell_type", "natural killer", "natural killer cell"),
        (1, "cell_type", "NK cells", "natural killer cell"),
        (1, "cell_type", "NK", "natural killer cell"),
        (1, "cell_line", "A549 cells", "A-549"),
        (0, "cell_line", "HEK 293T", "HEK293T"),
        (0, "disease", "COVID-19", "COVID-19"),
        (0, "disease", "Breast cancer", "breast cancer"),
        (0, "disease", "healthy control", "normal"),
    ] {
        let model = &MODELS[model];
        let metadata = Metadata::check([(field, given)]).unwrap();
        let (resolved, _) = model
            .resolve_metadata(&metadata)
            .unwrap_or_else(|error| panic!("{given}: {error}"));
        let (field, value) = resolved.iter().next().unwrap();
        assert_eq!(model.value_label(field, value), label, "{given}");
    }
    let wrong = Metadata::check([("tissue", "hepatocyte")]).unwrap();
    let message = MODELS[0].resolve_metadata(&wrong).unwrap_err().to_string();
    assert!(message.contains("is a cell type"), "{message}");
}

#[test]
fn the_tissue_of_a_disease_is_its_own() {
    let model = &MODELS[0];
    for (disease, tissue) in [
        ("breast cancer", "breast"),
        ("breast carcinoma", "breast"),
        ("prostate cancer", "prostate gland"),
        ("COVID-19", "blood"),
        ("glioblastoma", "brain"),
        ("acute myeloid leukemia", "blood"),
        ("hepatocellular carcinoma", "liver"),
        ("lung adenocarcinoma", "lung"),
    ] {
        let (metadata, support) = baseline(model, &[("disease", disease)])
            .unwrap_or_else(|error| panic!("{disease}: {error}"));
        let said = support.reasons.join("; ");
        let given = metadata
            .get(refcast_core::MetadataField::Tissue)
            .map(|own| model.value_label(refcast_core::MetadataField::Tissue, own));
        let is_it = given.as_deref() == Some(tissue)
            || said.contains(&format!("tissue was not given: {tissue} by"));
        assert!(is_it, "{disease}: {given:?} {said}");
    }
    let refused = baseline(model, &[("disease", "systemic lupus erythematosus")])
        .map(|_| ())
        .unwrap_err();
    assert!(refused.to_string().contains("give the tissue"), "{refused}");
    baseline(
        model,
        &[
            ("disease", "systemic lupus erythematosus"),
            ("tissue", "liver"),
        ],
    )
    .unwrap();
}

#[test]
fn the_word_for_the_support_of_a_description_follows_its_score() {
    for model in MODELS.iter() {
        for fields in [
            &[("tissue", "blood")][..],
            &[("tissue", "lung")],
            &[("tissue", "brain"), ("cell_line", "HEK293T")],
            &[("cell_type", "T cell")],
            &[("tissue", "liver"), ("disease", "asthma")],
            &[],
        ] {
            let Ok((_, support)) = baseline(model, fields) else {
                continue;
            };
            assert_eq!(
                support.level,
                SupportLevel::of_score(support.score),
                "{fields:?}"
            );
        }
    }
}
