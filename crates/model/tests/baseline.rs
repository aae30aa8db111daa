//! Samples from metadata, and metadata from samples, by a model of three tissues.

mod support;

use half::f16;
use refcast_core::{
    AnnotationQuery, BaselineQuery, Counts, Metadata, MetadataField, SamplingStrategy,
    SupportLevel, UNKNOWN,
};
use refcast_model::annotation::{Classifier, ClassifierSettings, Classifiers, Novelty};
use refcast_model::baseline::{
    BaselineModel, Kernel, LEVEL_STEP, SampleGroup, Spread, SpreadOf, level_byte,
};
use refcast_model::linalg::Symmetric;
use refcast_model::terms::Terms;
use refcast_model::{Model, ModelParts, Reference};
use support::{GENES, SIZES, latent, parts, reference};

fn metadata(fields: &[(&str, &str)]) -> Metadata {
    Metadata::check(fields.iter().copied()).expect("metadata")
}

fn group(study: &str, tissue: &str, kind: &str, samples: u32) -> SampleGroup {
    let (cells, line) = match kind {
        "primary tissue" => ("none", "none"),
        _ => ("CL:0000182", "none"),
    };
    SampleGroup {
        metadata: metadata(&[
            ("study", study),
            ("tissue", tissue),
            ("cell_type", cells),
            ("cell_line", line),
            ("sample_type", kind),
        ]),
        samples,
        male: Some(0.5),
        age_years: None,
    }
}

const LIVER: &str = "UBERON:0002107";
const LUNG: &str = "UBERON:0002048";
const LOBE: &str = "UBERON:0001114";

fn terms() -> Terms {
    let lines = [
        "UBERON:0002107\tliver\tUBERON:0000062\tiecur",
        "UBERON:0001114\tright lobe of liver\tUBERON:0002107\t",
        "UBERON:0002048\tlung\tUBERON:0000062\t",
        "UBERON:0000062\torgan\t\t",
        "UBERON:0000178\tblood\t\t",
        "CL:0000182\thepatocyte\t\t",
    ];
    Terms::from_lines(&lines.map(str::to_owned))
}

/// The level of a gene in a group, ln(1 + CPM): gene `at` is that of group `at`.
fn level(group: usize, gene: usize) -> f64 {
    if gene == group {
        8.0
    } else {
        3.0 + (gene % 5) as f64
    }
}

fn baseline(kernel: Kernel) -> BaselineModel {
    let groups = vec![
        group("a", LIVER, "primary tissue", 40),
        group("b", LIVER, "primary cells", 4),
        group("a", LUNG, "primary tissue", 40),
    ];
    let bytes =
        (0..groups.len()).flat_map(|at| (0..GENES).map(move |gene| level_byte(level(at, gene))));
    let n = SIZES.technical + SIZES.biological;
    let mut sex = vec![f16::ZERO; GENES];
    sex[30] = f16::from_f32(1.5);
    let spread = Spread {
        kinds: vec![SpreadOf {
            sample_type: String::new(),
            residual_scale: 1.0,
        }],
        covariances: vec![Symmetric::from_fn(
            n,
            |i, j| if i == j { 0.01 } else { 0.0 },
        )],
        residual: vec![0.01; GENES],
    };
    BaselineModel::new(
        groups,
        bytes.collect(),
        kernel,
        [sex, vec![f16::ZERO; GENES]],
        spread,
    )
}

/// With little noise a group that was seen is given back.
fn sharp() -> Kernel {
    Kernel {
        group: 1e-3,
        sample: 1e-3,
        ..Kernel::default()
    }
}

fn classifiers() -> Classifiers {
    let n = SIZES.technical + SIZES.biological;
    let unit = |size: f64| Symmetric::from_fn(n, |i, j| if i == j { size } else { 0.0 });
    let far = 3.0_f32;
    let means: Vec<f32> = [far, -far].iter().flat_map(|own| vec![*own; n]).collect();
    Classifiers {
        fields: vec![Classifier {
            settings: ClassifierSettings {
                field: MetadataField::Tissue,
                values: vec![LIVER.to_owned(), LUNG.to_owned()],
                components: vec![(0, 10), (1, 10)],
                temperature: 1.0,
                rank_weight: 0.0,
                genes: Vec::new(),
            },
            means: means.clone(),
            centres: means.clone(),
            between: unit(0.1),
            levels: Vec::new(),
        }],
        markers: Vec::new(),
        within: unit(0.5),
        between: unit(0.1),
        groups: means,
        novelty: Novelty {
            distance: 1e6,
            residual: 1e6,
        },
    }
}

fn model() -> Model {
    Model::from_parts(ModelParts {
        baseline: Some(baseline(sharp())),
        classifiers: Some(classifiers()),
        terms: terms(),
        samples: None,
        ..parts()
    })
}

fn asked(fields: &[(&str, &str)]) -> BaselineQuery {
    BaselineQuery {
        metadata: metadata(fields),
        perturbation: None,
        num_samples: 2,
        sampling_strategy: SamplingStrategy::MeanEstimation,
        deterministic_latents: false,
        seed: 1,
        total_count: Some(1_000_000),
    }
}

fn profile(fields: &[(&str, &str)]) -> Vec<f64> {
    let model = model();
    model
        .baseline(&asked(fields), 0)
        .expect("answers")
        .profile()
        .to_vec()
}

#[test]
fn a_description_that_was_seen_is_its_own_profile() {
    let own = profile(&[
        ("tissue", "lung"),
        ("sample_type", "primary tissue"),
        ("cell_type", "none"),
        ("cell_line", "none"),
        ("study", "a"),
    ]);
    for (gene, level_of) in own.iter().enumerate().take(30) {
        let off = level_of - level(2, gene);
        assert!(
            off.abs() < f64::from(LEVEL_STEP) + 0.1,
            "gene {gene}: {off}"
        );
    }
}

#[test]
fn a_tissue_alone_is_the_tissue_and_not_cells_of_it() {
    let own = profile(&[("tissue", "liver")]);
    assert!(own[0] > 7.0 && own[1] < 5.0, "{} {}", own[0], own[1]);
}

#[test]
fn cells_are_asked_for_by_name() {
    let own = profile(&[("tissue", "liver"), ("cell_type", "hepatocyte")]);
    assert!(own[1] > 7.0, "{}", own[1]);
}

#[test]
fn a_tissue_that_was_not_seen_is_answered_from_its_relatives_and_says_so() {
    let model = model();
    let samples = model
        .baseline(&asked(&[("tissue", LOBE)]), 0)
        .expect("answers");
    let own = samples.profile();
    assert!(
        own[0] > own[2],
        "a lobe of the liver is more like liver than lung"
    );
    assert_eq!(samples.support().level, SupportLevel::Weak);
    let reasons = samples.support().reasons.join("\n");
    assert!(
        reasons.contains("right lobe of liver was not seen"),
        "{reasons}"
    );
    assert!(reasons.contains("nearest of them liver"), "{reasons}");
}

#[test]
fn what_is_like_nothing_that_was_seen_has_no_support() {
    let model = model();
    let samples = model
        .baseline(&asked(&[("tissue", "blood")]), 0)
        .expect("answers");
    assert_eq!(samples.support().level, SupportLevel::None);
    assert!(samples.profile().iter().all(|level| level.is_finite()));
}

#[test]
fn names_that_nothing_has_are_answered_with_the_nearest_all_at_once() {
    let model = model();
    let query = asked(&[("tissue", "livr"), ("cell_type", "hepatocit")]);
    let Err(refcast_model::Error::Query(error)) = model.baseline(&query, 0) else {
        panic!("accepted");
    };
    let faults = error.into_faults("");
    let nearest: Vec<&str> = faults
        .iter()
        .map(|fault| fault.nearest[0].as_str())
        .collect();
    assert_eq!(nearest, ["hepatocyte", "liver"]);
}

#[test]
fn the_sexes_differ_by_what_was_learned_and_without_one_the_mean_is_given() {
    let at = |sex: Option<&'static str>| {
        let mut fields = vec![("tissue", "liver")];
        fields.extend(sex.map(|sex| ("sex", sex)));
        profile(&fields)[30]
    };
    let (male, female, open) = (at(Some("male")), at(Some("female")), at(None));
    assert!((male - female - 3.0).abs() < 1e-2, "{male} {female}");
    assert!((f64::midpoint(male, female) - open).abs() < 1e-9);
}

#[test]
fn a_mean_estimate_has_the_library_size_and_is_the_same_in_every_sample() {
    let model = model();
    let samples = model
        .baseline(&asked(&[("tissue", "lung")]), 0)
        .expect("answers");
    let (one, two) = (
        samples.sample(0).expect("one"),
        samples.sample(1).expect("two"),
    );
    assert_eq!(one.counts.library_size(), 1_000_000);
    assert_eq!(one.counts, two.counts);
}

#[test]
fn generated_samples_scatter_and_the_same_seed_gives_them_again() {
    let model = model();
    let query = BaselineQuery {
        sampling_strategy: SamplingStrategy::SampleGeneration,
        ..asked(&[("tissue", "lung")])
    };
    let samples = model.baseline(&query, 0).expect("answers");
    let (one, two) = (
        samples.sample(0).expect("one"),
        samples.sample(1).expect("two"),
    );
    assert_ne!(one.counts, two.counts);
    assert_eq!(two.counts.library_size(), 1_000_000);
    let again = model.baseline(&query, 0).expect("answers");
    assert_eq!(again.sample(1).expect("again"), two);
    let other = model.baseline(&query, 1).expect("answers");
    assert_ne!(other.sample(0).expect("other").counts, one.counts);
}

#[test]
fn a_model_without_baselines_says_so() {
    let error = support::model()
        .baseline(&asked(&[]), 0)
        .err()
        .expect("refused");
    assert!(error.to_string().contains("makes no samples"), "{error}");
}

#[test]
fn probabilities_add_up_and_a_strange_sample_is_unknown() {
    let mut model = model();
    let query = AnnotationQuery {
        fields: None,
        seed: 1,
    };
    let sample = reference("x", 0, 1e6);
    let made = model
        .annotator(&query)
        .expect("tells")
        .annotate(&sample)
        .expect("told");
    let told = &made.annotation;
    let tissue = &told.fields[0];
    let sum: f32 = tissue.probabilities.iter().map(|own| own.probability).sum();
    assert!((sum - 1.0).abs() < 1e-5);
    assert!(told.is_familiar && tissue.value == tissue.probabilities[0].value);
    assert!(["liver", "lung"].contains(&tissue.label.as_str()));
    assert_eq!(
        made.decoder_sample.library_size(),
        sample.counts.library_size()
    );

    let mut strict = classifiers();
    strict.novelty.residual = 1e-9;
    model = Model::from_parts(ModelParts {
        classifiers: Some(strict),
        terms: terms(),
        samples: None,
        ..parts()
    });
    let told = model
        .annotator(&query)
        .expect("tells")
        .annotate(&sample)
        .expect("told")
        .annotation;
    assert!(!told.is_familiar);
    assert_eq!(told.fields[0].value, UNKNOWN);
}

/// Two tissues that only the order of genes tells apart: in the first of them the first genes are
/// high, in the second the last.
fn ranked() -> Model {
    let mut ranked = classifiers();
    let field = &mut ranked.fields[0];
    field.settings.temperature = 1e9;
    field.settings.rank_weight = 20.0;
    field.settings.genes = (0..GENES as u32).collect();
    let up = (0..GENES).map(|gene| gene as f32 / 10.0);
    field.levels = up.clone().rev().chain(up).collect();
    Model::from_parts(ModelParts {
        classifiers: Some(ranked),
        terms: terms(),
        samples: None,
        ..parts()
    })
}

fn told_tissue(model: &Model, counts: Counts) -> (String, f32) {
    let query = AnnotationQuery {
        fields: None,
        seed: 1,
    };
    let reference = Reference {
        name: "x".to_owned(),
        counts,
        latents: None,
    };
    let annotator = model.annotator(&query).expect("tells");
    let told = annotator.annotate(&reference).expect("told").annotation;
    let best = &told.fields[0].probabilities[0];
    (best.label.clone(), best.probability)
}

#[test]
fn the_order_of_genes_tells_a_value_on_any_scale() {
    let model = ranked();
    // Counts that rise with the gene, and the same through a laboratory that squares them.
    let rising: Vec<u64> = (0..GENES as u64).map(|gene| 10 + 7 * gene).collect();
    let squared: Vec<u64> = rising.iter().map(|count| count * count).collect();
    for counts in [rising.clone(), squared] {
        let (label, probability) =
            told_tissue(&model, Counts::fully_observed(counts).expect("counts"));
        assert!(
            label == "lung" && probability > 0.99,
            "{label} {probability}"
        );
    }
    let falling = rising.into_iter().rev().collect();
    let (label, _) = told_tissue(&model, Counts::fully_observed(falling).expect("counts"));
    assert_eq!(label, "liver");
}

#[test]
fn genes_that_are_not_measured_are_not_ranked_and_a_handful_tells_nothing() {
    let model = ranked();
    // Of the measured genes the order is that of the lung; zeros elsewhere would say liver.
    let counts: Vec<u64> = (0..GENES as u64)
        .map(|gene| if gene < 20 { 10 + 7 * gene } else { 0 })
        .collect();
    let of_first = |n: usize| -> Counts {
        let counts = counts.iter().enumerate();
        let counts = counts.map(|(gene, count)| if gene < n { *count } else { 0 });
        let observed: Vec<bool> = (0..GENES).map(|gene| gene < n).collect();
        Counts::new(counts.collect(), observed).expect("counts")
    };
    let (label, probability) = told_tissue(&model, of_first(20));
    assert!(
        label == "lung" && probability > 0.99,
        "{label} {probability}"
    );
    let (_, probability) = told_tissue(&model, of_first(9));
    assert!(probability < 0.51, "{probability}");
}

#[test]
fn a_field_that_is_not_told_is_refused_with_those_that_are() {
    let query = AnnotationQuery {
        fields: Some(vec![MetadataField::Race]),
        seed: 1,
    };
    let error = model().annotator(&query).err().expect("refused");
    assert!(error.to_string().contains("tissue_ontology_id"), "{error}");
}

#[test]
fn both_come_out_of_the_tensors_as_they_went_in() {
    let n = SIZES.technical + SIZES.biological;
    let mut tensors = refcast_model::bundle::Tensors::default();
    let (own, told) = (baseline(sharp()), classifiers());
    let json = own.put(&mut tensors).expect("puts");
    let settings = told.put(&mut tensors).expect("puts");
    let bytes = tensors.write().expect("writes");
    let mut read = refcast_model::bundle::Tensors::read(&bytes).expect("reads");
    let back = BaselineModel::take(&mut read, GENES, n, &json).expect("takes");
    assert_eq!(
        (back.groups, back.profiles, back.kernel),
        (own.groups, own.profiles, own.kernel)
    );
    let back = Classifiers::take(&mut read, n, &settings).expect("takes");
    assert_eq!(back.fields[0].settings, told.fields[0].settings);
    assert_eq!(back.fields[0].centres, told.fields[0].centres);
    assert_eq!((back.groups, back.novelty), (told.groups, told.novelty));
    assert_eq!(latent().genes(), GENES);
}
