//! Samples of real studies on the axis of a model that ships, and panels of their genes.

#![allow(dead_code, reason = "each test file uses a part")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use refcast_core::random::{Random, RandomStream};
use refcast_core::{Counts, PerturbationFields, RawQuery, Support};
use refcast_io::{Alignment, GeneNames, GeneResolver, ReadOptions, check_sample, open};
use refcast_model::{Model, Plan, Reference};

/// A model that ships.
pub fn shipped(id: &str) -> Model {
    Model::built_in(id).expect("ships").expect("is not damaged")
}

/// The corpus beside the repository, if there is one; says that a test is skipped otherwise.
pub fn corpus(test: &str) -> Option<PathBuf> {
    let beside = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/corpus"
    ));
    let corpus = std::env::var_os("REFCAST_CORPUS").map_or(beside.to_owned(), PathBuf::from);
    if corpus.is_dir() {
        return Some(corpus);
    }
    println!("SKIPPED {test}: no corpus beside the repository");
    None
}

/// The samples of a file that pass, evenly spaced and at most so many, on the model's axis.
pub fn samples(
    model: &Model,
    file: &Path,
    most: usize,
    wanted: impl Fn(&str) -> bool,
) -> Vec<Reference> {
    let mut source = open(file, &ReadOptions::default()).expect("opens");
    let resolver = GeneResolver::new(model.axis().as_ref().clone(), GeneNames::default());
    let alignment = Alignment::new(source.gene_names(), None, &resolver).expect("aligns");
    let names = source.sample_names().to_vec();
    let passing: Vec<usize> = (0..names.len()).filter(|&at| wanted(&names[at])).collect();
    let step = passing.len().div_ceil(most).max(1);
    let picked: Vec<usize> = passing.into_iter().step_by(step).collect();
    let mut references = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let raw = source.next_sample().expect("reads").expect("a sample");
        if !picked.contains(&at) {
            continue;
        }
        let counts = check_sample(file, name, source.gene_names(), raw).expect("counts");
        let aligned = alignment
            .align_sample(file, name, &counts)
            .expect("counts on the axis");
        references.push(Reference {
            name: name.clone(),
            counts: aligned.counts,
            latents: None,
        });
    }
    references
}

/// What the model plans for a perturbation by name, on expected counts.
pub fn plan(model: &Model, name: &str) -> Plan {
    let vocabulary = model.vocabulary().expect("a vocabulary");
    let fields = PerturbationFields::default();
    let completed = vocabulary
        .complete_named(name, "perturbation", fields)
        .expect("is known");
    let raw = RawQuery {
        perturbation: completed.fields,
        num_samples: Some("1".to_owned()),
        sampling_strategy: Some("mean estimation".to_owned()),
        deterministic_latents: Some(true),
        ..RawQuery::default()
    };
    let query = raw.check(1).expect("a query");
    model.plan(&query).expect("a plan")
}

/// The support of an answer.
pub fn support(model: &Model, plan: &Plan, reference: &Reference) -> Support {
    model.effect(plan, reference).expect("answers").1
}

/// A reference of which only some genes are measured, `[genes]`.
pub fn panel_of(reference: &Reference, genes: &[usize]) -> Reference {
    let mut observed = vec![false; reference.counts.len()];
    for &gene in genes {
        observed[gene] = true;
    }
    let values = reference.counts.values().iter().zip(&observed);
    let values = values.map(|(count, seen)| if *seen { *count } else { 0 });
    let observed: Arc<[bool]> = observed.iter().copied().collect();
    Reference {
        name: reference.name.clone(),
        counts: Counts::new(values.collect(), observed).expect("counts"),
        latents: None,
    }
}

/// The genes that a reference measures.
pub fn measured(reference: &Reference) -> Vec<usize> {
    let observed = reference.counts.observed();
    (0..observed.len()).filter(|&gene| observed[gene]).collect()
}

/// So many of these, at random.
pub fn any_of(genes: &[usize], n: usize, seed: u64) -> Vec<usize> {
    let random = Random::new(seed);
    let mut keyed: Vec<(f64, usize)> = genes
        .iter()
        .map(|&gene| (random.uniform(RandomStream(100), 0, gene as u32), gene))
        .collect();
    keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
    keyed.truncate(n);
    keyed.into_iter().map(|(_, gene)| gene).collect()
}

/// The same counts with the genes exchanged at random.
pub fn shuffled(reference: &Reference) -> Reference {
    let genes = measured(reference);
    let order = any_of(&genes, genes.len(), 5);
    let own = reference.counts.values();
    let mut values = own.to_vec();
    for (&to, &from) in genes.iter().zip(&order) {
        values[to] = own[from];
    }
    with_counts(reference, values)
}

/// The reference with other counts of the genes that it measures.
pub fn with_counts(reference: &Reference, values: Vec<u64>) -> Reference {
    let observed = Arc::clone(reference.counts.observed());
    Reference {
        name: reference.name.clone(),
        counts: Counts::new(values, observed).expect("counts"),
        latents: None,
    }
}

/// The reference with about so many counts: each count is kept by chance.
pub fn thinned(reference: &Reference, library: f64) -> Reference {
    let part = library / reference.counts.library_size() as f64;
    let random = Random::new(9);
    let values = reference.counts.values().iter().enumerate();
    let values = values.map(|(gene, count)| {
        random
            .at(RandomStream(101), 0, gene as u32)
            .binomial(*count, part.min(1.0))
    });
    with_counts(reference, values.collect())
}

/// The reference on the axis of another model.
pub fn on_axis_of(other: &Model, model: &Model, reference: &Reference) -> Reference {
    let mut values = vec![0; other.axis().len()];
    let mut observed = vec![false; other.axis().len()];
    for (place, gene) in model.axis().genes().iter().enumerate() {
        if let Some(there) = other.axis().index_of(gene.id)
            && reference.counts.observed()[place]
        {
            values[there.as_usize()] = reference.counts.values()[place];
            observed[there.as_usize()] = true;
        }
    }
    Reference {
        name: reference.name.clone(),
        counts: Counts::new(values, observed).expect("counts"),
        latents: None,
    }
}
