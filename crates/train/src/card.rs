//! The model card: what the model is, what it was trained on, and when not to trust it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use refcast_core::Modality;
use refcast_model::ModelParts;
use refcast_model::bundle::TrainingStudy;

use crate::recipe::Recipe;

/// The card, Markdown.
pub fn card(recipe: &Recipe, parts: &ModelParts, studies: &[TrainingStudy]) -> String {
    let bank = &parts.effects;
    let entities: BTreeSet<String> = bank
        .entries()
        .iter()
        .flat_map(|entry| entry.entities.iter().map(ToString::to_string))
        .collect();
    let treated: u32 = bank.entries().iter().map(|entry| entry.samples).sum();
    let samples: usize = studies.iter().map(|study| study.samples).sum();
    let words = Words::of(recipe.modality);
    let mut card = String::new();
    // Writing to a string does not fail.
    let _ = write!(
        card,
        "# {id}\n\n\
         {what}\n\n\
         - **Genes**: {genes} ({biotypes}), measured by {least} or more of the corpus' count matrices.\n\
         - **Trained on**: {samples} {sampled} of {n_studies} studies; {treated} {contrasted}, {n_entities} \
         perturbing entities, {n_entries} conditions (perturbation × cells × time).\n\
         - **Form**: {form}; effects from a bank of observed ones, shrunk by gene and weighted by context.\n\
         - **Licence of the weights**: {licence}\n\n",
        id = recipe.id,
        what = words.what,
        sampled = words.sampled,
        contrasted = words.contrasted,
        form = words.form,
        genes = parts.axis.len(),
        biotypes = recipe.axis.biotypes.join(", "),
        least = recipe.axis.least_studies,
        n_studies = studies.len(),
        n_entities = entities.len(),
        n_entries = bank.entries().len(),
        licence = recipe.licence,
    );
    let groups = parts.baseline.as_ref().map_or(0, |own| own.groups.len());
    let _ = write!(
        card,
        "## When to trust it\n\n\
         Every answer says how it is supported. *Strong* means that the perturbation was seen in cells like the \
         reference, in three samples or more. *Moderate* and *weak* answers come from other cells, times or \
         relatives: expect the direction of the strongest changes, not their size. With nothing to go by the \
         answer is no change.\n\n\
         ## When not to\n\n\
         - A perturbation that was not seen is answered from what acts alike, from its pathway or from other losses, \
         with weak\n  support: a hypothesis. Where nothing speaks for it the answer is no change.\n\
         - {other}, other species, and counts that were normalised before are not what it was trained on.\n\
         - The interval of an effect is that of a measured matched pair; it does not cover a wrong label, a failed \
         treatment, or cells that respond in a way that no cells in the bank do.\n\
         - Most perturbations were seen in one study: its laboratory is part of what was learned.\n\
         - Samples from metadata are of {groups} groups of untreated samples, most tissues of one or two studies: what was \
         not\n  seen is answered from relatives, and says so. Ethnicity, race, genotype and stage change nothing.\n\
         - {metadata}\n\
         - It is no medical device.\n\n\
         ## Measured\n\n\
         | benchmark | metric | value |\n|---|---|---|\n",
        other = words.other,
        metadata = words.metadata,
    );
    for (benchmark, metrics) in &recipe.benchmarks {
        for (metric, value) in metrics {
            let _ = writeln!(card, "| {benchmark} | {metric} | {value} |");
        }
    }
    let (scale, folder) = (words.scale, words.folder);
    let _ = write!(
        card,
        "\nReal samples that were left out of training, each benchmark in its own way; r and explained fraction (EV) of \
         the change of ln(1 + {scale}), means over groups, the model's and after them those of the best baseline, which is \
         named. Definitions, intervals and commands: {folder}.\n\n\
         ## Training data\n\n\
         | study | accession | samples | genes |\n|---|---|---|---|\n",
    );
    for study in studies {
        let _ = writeln!(
            card,
            "| {} | {} | {} | {} |",
            study.name, study.accession, study.samples, study.genes
        );
    }
    card.push_str("\n## Sources\n\n");
    for source in &recipe.attribution {
        let _ = writeln!(card, "- {source}");
    }
    card
}

/// What the card of a modality says in its own words.
struct Words {
    what: &'static str,
    sampled: &'static str,
    contrasted: &'static str,
    form: &'static str,
    other: &'static str,
    metadata: &'static str,
    scale: &'static str,
    folder: &'static str,
}

impl Words {
    fn of(modality: Modality) -> Self {
        match modality {
            Modality::Bulk => Self {
                what: "Predicts what a treatment does to a real bulk RNA-seq sample of human cells; makes samples \
                       from metadata, and\ntells metadata from samples.",
                sampled: "samples",
                contrasted: "treated samples",
                form: "a linear Gaussian model of technical, biological and perturbation latents, whose residual \
                       is carried over",
                other: "Single cells",
                metadata: "Metadata are told among the values that training holds: in a study that it did not see, \
                           tissue, disease and sample\n  type are often wrong (docs/benchmarks/annotation.md).",
                scale: "CPM",
                folder: "docs/benchmarks",
            },
            Modality::SingleCell => Self {
                what: "Predicts what a treatment does to real single human cells, one by one; makes cells from \
                       metadata, and tells\nmetadata from cells.",
                sampled: "cells and bulk samples",
                contrasted: "treated pools of cells and bulk samples",
                form: "a linear Gaussian model of technical, biological and perturbation latents, and negative \
                       binomial counts at the cell's depth",
                other: "Bulk samples, nuclei",
                metadata: "Metadata of cells are told among the values that training holds: blood cells, lung tumour \
                           lines, one neuroblastoma\n  line. Kinds of T cells are confused, and disease follows the \
                           study (docs/benchmarks/cells).",
                scale: "CP10k",
                folder: "docs/benchmarks/cells",
            },
        }
    }
}
