//! A small model for the tests: 40 genes, five latents, five conditions in three contexts.

// Each test file uses its own part of this.
#![allow(dead_code)]

pub mod bundle;

use half::f16;
use refcast_core::{
    Conditioning, Counts, Gene, GeneAxis, OntologyId, Perturbation, PerturbationType, Query,
    SamplingStrategy,
};
use refcast_model::bundle::LatentSizes;
use refcast_model::effects::{
    BankArrays, BankEntry, Context, EffectBank, Knowledge, Level, SimilarityParameters, StoredBank,
};
use refcast_model::latent::{LatentGroup, LatentModel, MetadataPrior, PriorField};
use refcast_model::noise::TREND_LEVELS;
use refcast_model::terms::Terms;
use refcast_model::{
    Example, Measurement, Model, ModelParts, ModelSettings, ObservationModel, Reference,
};

pub const GENES: usize = 40;
pub const SIZES: LatentSizes = LatentSizes {
    technical: 1,
    biological: 2,
    perturbation: 2,
};

/// Seen in contexts 0 and 1, with opposite effects.
pub const TWO_CONTEXTS: &str = "CHEMBL25";
/// Seen in context 1 only.
pub const FAR: &str = "CHEMBL384467";
/// Seen in context 0, at 6 hours, by CRISPR; its study does not measure the last gene.
pub const EDITED: &str = "ENSG00000000007";
/// Seen in context 0, and no two donors agree.
pub const FICKLE: &str = "NCBITaxon:1773";
/// Seen nowhere.
pub const UNSEEN: &str = "CHEMBL1";

/// Patterns of two numbers from 0 to 2 correlate by exactly 0 over the genes.
fn sign(gene: usize, which: usize) -> f32 {
    if gene >> which & 1 == 0 { 1.0 } else { -1.0 }
}

fn mean_level(gene: usize) -> f32 {
    8.0 + ((gene * 7) % 16) as f32 / 8.0
}

/// Mean ln(1 + CPM) of the controls of a context. Every number here is one that half precision
/// holds, so that a bundle changes none of them.
pub fn context_level(context: usize, gene: usize) -> f32 {
    mean_level(gene) + sign(gene, context)
}

/// The mean effect of an entry on a gene.
pub fn observed_effect(entry: usize, gene: usize) -> f32 {
    let size = ((gene * (entry + 3)) % 9) as f32 / 4.0 - 1.0;
    if entry == 1 {
        -observed_effect(0, gene)
    } else {
        size
    }
}

pub fn id(text: &str) -> OntologyId {
    text.parse().expect("an id")
}

pub fn axis() -> GeneAxis {
    let gene = |number: usize| Gene {
        id: format!("ENSG{number:011}").parse().expect("an id"),
        symbol: format!("G{number}"),
    };
    GeneAxis::new((1..=GENES).map(gene).collect()).expect("an axis")
}

fn entry(entities: &str, kind: PerturbationType, study: usize, context: usize) -> BankEntry {
    BankEntry {
        study,
        context,
        condition: entities.to_owned(),
        entities: OntologyId::parse_joined(entities).expect("ids"),
        kind,
        background: None,
        doses: Vec::new(),
        time: None,
        cells: false,
        samples: 4,
        error_scale: 0.25,
        reproducibility: 1.0,
        weight: 1.0,
    }
}

pub fn effects() -> EffectBank {
    use PerturbationType::{Compound, Crispr, Infection};
    let entries = vec![
        entry(TWO_CONTEXTS, Compound, 0, 0),
        entry(TWO_CONTEXTS, Compound, 0, 1),
        entry(FAR, Compound, 0, 1),
        BankEntry {
            time: Some("6 h".parse().expect("a time")),
            ..entry(EDITED, Crispr, 1, 2)
        },
        BankEntry {
            reproducibility: 0.0,
            ..entry(FICKLE, Infection, 0, 0)
        },
    ];
    let n = entries.len();
    let square = |diagonal: f32| -> Vec<f32> {
        (0..n * n)
            .map(|at| if at / n == at % n { diagonal } else { 0.0 })
            .collect()
    };
    // Contexts 0 and 2 are the same cells in two studies.
    let pattern = [0, 1, 0];
    let mut measured = vec![1; 2 * GENES];
    measured[2 * GENES - 1] = 0;
    let of_entries = |value: &dyn Fn(usize, usize) -> f32| -> Vec<f32> {
        (0..n * GENES)
            .map(|at| value(at / GENES, at % GENES))
            .collect()
    };
    let arrays = BankArrays {
        mean: of_entries(&observed_effect),
        deviation: of_entries(&|_, _| 0.125),
        control: (0..3 * GENES)
            .map(|at| context_level(pattern[at / GENES], at % GENES))
            .collect(),
        measured,
        signal: square(0.5),
        error_correlation: square(1.0),
    };
    let context = |study, label: &str| Context {
        study,
        label: label.to_owned(),
        footprint: false,
    };
    let rows = StoredBank {
        expressed: 0.53,
        studies: vec!["first".to_owned(), "second".to_owned()],
        contexts: vec![
            context(0, "near"),
            context(0, "far"),
            context(1, "also near"),
        ],
        entries,
    };
    EffectBank::new(GENES, rows, arrays).expect("arrays that fit their rows")
}

pub fn latent() -> LatentModel {
    let loading = |at: usize| ((at * 37 + 11) % 17) as f32 / 16.0 - 0.5;
    let field = |name: &str, group, values: [&str; 2]| PriorField {
        name: name.to_owned(),
        group,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    };
    LatentModel {
        sizes: SIZES,
        mean: (0..GENES).map(mean_level).collect(),
        loadings: (0..GENES * SIZES.total())
            .map(|at| f16::from_f32(loading(at)))
            .collect(),
        residual_variance: vec![0.25; GENES],
        technical_share: vec![0.25; GENES],
        prior: MetadataPrior::new(
            SIZES,
            vec![
                (
                    field("study", LatentGroup::Technical, ["first", "second"]),
                    vec![0.5, -0.5],
                ),
                (
                    field("tissue", LatentGroup::Biological, ["lung", "skin"]),
                    vec![0.5, 0.25, -0.5, -0.25],
                ),
            ],
            vec![0.5; SIZES.total()],
            vec![1.0; SIZES.total()],
        ),
    }
}

pub fn noise() -> ObservationModel {
    ObservationModel {
        // The two studies of the bank, and the typical one.
        trends: vec![vec![0.0625; TREND_LEVELS]; 3],
        factor: vec![1.0; GENES],
        directions: Vec::new(),
        strengths: vec![Vec::new(); 3],
        persistent_variance: vec![0.125; GENES],
    }
}

pub fn settings() -> ModelSettings {
    ModelSettings {
        fields: latent().prior.fields().cloned().collect(),
        relation: SimilarityParameters::default(),
        level: Level::default(),
        knowledge: Knowledge::default(),
        calibration: Default::default(),
        example: Example {
            name: "example".to_owned(),
            metadata: vec![("tissue".to_owned(), "lung".to_owned())],
            library_size: 1_000_000,
        },
    }
}

pub fn parts() -> ModelParts {
    ModelParts {
        axis: axis(),
        settings: settings(),
        latent: latent(),
        measurement: Measurement::Bulk(noise()),
        effects: effects(),
        baseline: None,
        classifiers: None,
        terms: Terms::default(),
        samples: None,
    }
}

pub fn model() -> Model {
    Model::from_parts(parts())
}

/// A sample of the cells of a context.
pub fn reference(name: &str, context: usize, library_size: f64) -> Reference {
    Reference {
        name: name.to_owned(),
        counts: Counts::fully_observed(counts(context, library_size)).expect("counts"),
        latents: None,
    }
}

/// The same with a gene that is not expressed and one that was seen once.
pub fn sparse(name: &str, context: usize, library_size: f64) -> Reference {
    let mut counts = counts(context, library_size);
    counts[20] = 0;
    counts[21] = 1;
    Reference {
        name: name.to_owned(),
        counts: Counts::fully_observed(counts).expect("counts"),
        latents: None,
    }
}

/// The same, by an assay that does not measure genes 5, 17 and 39.
pub fn panel(name: &str, context: usize, library_size: f64) -> Reference {
    let mut counts = counts(context, library_size);
    let mut observed = vec![true; GENES];
    for gene in [5, 17, 39] {
        counts[gene] = 0;
        observed[gene] = false;
    }
    Reference {
        name: name.to_owned(),
        counts: Counts::new(counts, observed).expect("counts"),
        latents: None,
    }
}

fn counts(context: usize, library_size: f64) -> Vec<u64> {
    // A wobble of each gene, so that the reference is not the context itself.
    let level = |gene: usize| {
        f64::from(context_level(context, gene)) + ((gene * 13) % 7) as f64 / 20.0 - 0.15
    };
    let expected: Vec<f64> = (0..GENES).map(|gene| level(gene).exp()).collect();
    let total: f64 = expected.iter().sum();
    expected
        .iter()
        .map(|value| (value * library_size / total).round() as u64)
        .collect()
}

pub fn perturbation(entities: &str, kind: PerturbationType) -> Perturbation {
    let entities = entities.split('|').map(id).collect();
    Perturbation::new(entities, kind, Vec::new(), None).expect("a perturbation")
}

pub fn compound(entities: &str) -> Perturbation {
    perturbation(entities, PerturbationType::Compound)
}

/// One sample by mean estimation, conditioned on everything.
pub fn query(perturbation: Perturbation) -> Query {
    Query {
        perturbation,
        num_samples: 1,
        sampling_strategy: SamplingStrategy::MeanEstimation,
        conditioning: Conditioning::default(),
        deterministic_latents: true,
        seed: 7,
        total_count: None,
        fixed_total_count: false,
    }
}

/// Drawn samples, latents and all.
pub fn drawn(perturbation: Perturbation, num_samples: u32, seed: u64) -> Query {
    Query {
        num_samples,
        seed,
        sampling_strategy: SamplingStrategy::SampleGeneration,
        deterministic_latents: false,
        ..query(perturbation)
    }
}

/// The reads of a bulk model's parts.
pub fn bulk(parts: &mut ModelParts) -> &mut ObservationModel {
    match &mut parts.measurement {
        Measurement::Bulk(noise) => noise,
        Measurement::Cells(_) => unreachable!("these parts are of bulk"),
    }
}
