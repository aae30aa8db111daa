//! Small banks for the tests of this module.

use std::sync::Arc;

use refcast_core::{OntologyId, Perturbation, PerturbationType};

use super::bank::{BankArrays, EffectBank};
use super::entry::{BankEntry, Context, StoredBank};
use super::{
    ContextProfiles, EffectPosterior, Evidence, ReferenceProfile, SimilarityParameters, StandIns,
    WeightedEvidence,
};
use crate::error::Result;

/// Genes of the banks of [`Example`].
pub const GENES: usize = 32;
/// Mean level of every gene.
pub const LEVEL: f64 = 3.0;

/// Profile number `which` of ln(1 + CPM): the patterns of two numbers correlate by exactly 0.
pub fn profile(which: usize) -> Vec<f64> {
    let sign = |gene: usize| if gene >> which & 1 == 0 { 1.0 } else { -1.0 };
    (0..GENES).map(|gene| LEVEL + sign(gene)).collect()
}

/// The mean profile of the training data.
pub fn centre() -> Vec<f32> {
    vec![LEVEL as f32; GENES]
}

pub fn id(text: &str) -> OntologyId {
    text.parse().expect("an id")
}

/// A condition that was measured well: entities joined by `|`, in the context of that number.
pub fn entry(entities: &str, kind: PerturbationType, context: usize) -> BankEntry {
    BankEntry {
        study: 0,
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

/// Entries with the effect that each makes on every gene, measured almost without error, whose
/// true effects have variance 1 and nothing to do with each other. Context k has [`profile`] k.
pub fn bank(entries: Vec<(BankEntry, f32)>) -> EffectBank {
    let n = entries.len();
    let contexts = 1 + entries
        .iter()
        .map(|(entry, _)| entry.context)
        .max()
        .unwrap_or(0);
    let identity: Vec<f32> = (0..n * n)
        .map(|at| f32::from(u8::from(at / n == at % n)))
        .collect();
    let arrays = BankArrays {
        mean: entries
            .iter()
            .flat_map(|(_, effect)| vec![*effect; GENES])
            .collect(),
        deviation: vec![0.02; n * GENES],
        control: (0..contexts)
            .flat_map(|context| profile(context).into_iter().map(|level| level as f32))
            .collect(),
        measured: vec![1; GENES],
        signal: identity.clone(),
        error_correlation: identity,
    };
    let rows = StoredBank {
        expressed: 0.53,
        studies: vec!["study".to_owned()],
        contexts: (0..contexts)
            .map(|context| Context {
                study: 0,
                label: format!("cells {context}"),
                footprint: false,
            })
            .collect(),
        entries: entries.into_iter().map(|(entry, _)| entry).collect(),
    };
    EffectBank::new(GENES, rows, arrays).expect("arrays that fit their rows")
}

pub fn perturbation(entities: &str, kind: PerturbationType) -> Perturbation {
    let entities = entities.split('|').map(id).collect();
    Perturbation::new(entities, kind, Vec::new(), None).expect("a perturbation")
}

/// Evidence when every entity answers for itself alone.
pub fn gather(bank: &EffectBank, entities: &str, kind: PerturbationType) -> Evidence {
    let perturbation = perturbation(entities, kind);
    let own: Vec<StandIns> = perturbation
        .entities()
        .iter()
        .map(|entity| vec![(entity.clone(), 1.0)])
        .collect();
    Evidence::gather(
        bank,
        &centre(),
        &perturbation,
        &own,
        SimilarityParameters::default(),
        posterior_of(bank),
    )
    .expect("evidence")
}

/// The evidence, weighted for a reference whose cells are of context `context`.
pub fn weighted(evidence: &Evidence, bank: &EffectBank, context: usize) -> WeightedEvidence {
    let reference = profile(context);
    let profiles = ContextProfiles::new(bank, &centre());
    let correlations = profiles.correlations(bank, &reference, &[true; GENES]);
    let reference = ReferenceProfile {
        correlations: &correlations,
        profile: &reference,
        observed: &[true; GENES],
    };
    evidence.weigh_for(bank, &reference)
}

/// The effect on the first gene; all genes of these banks are alike.
pub fn effect(bank: &EffectBank, entities: &str, kind: PerturbationType, context: usize) -> f64 {
    let evidence = gather(bank, entities, kind);
    weighted(&evidence, bank, context).target.gene(0).mean
}

pub fn matched(evidence: &Evidence) -> Vec<(usize, f64)> {
    let all = evidence.matches();
    all.map(|found| (found.entry, found.similarity)).collect()
}

/// Prepares what entries of a bank say of each gene, for evidence to ask.
pub fn posterior_of(
    bank: &EffectBank,
) -> impl FnOnce(&[usize]) -> Result<Arc<EffectPosterior>> + '_ {
    |entries| EffectPosterior::new(bank, entries, &|| false)
}
