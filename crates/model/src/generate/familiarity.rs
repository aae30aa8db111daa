//! How far a reference is one that the model can judge: like the samples of training, of the kind
//! that the model is for, and measured on genes enough to tell cells apart. What speaks against it
//! lowers the support of every answer, that for a control as well.

use refcast_core::{Counts, Modality};

use crate::model::Model;
use crate::reading::part_of;

/// Genes of a panel at which it counts half as much as a whole sample. Its likeness to the contexts
/// of the bank rests on these genes alone: of cells the evidence seems to explain a quarter more with
/// a thousand genes than with all (`cargo test -p refcast-model --test panels`).
const HALF_TOLD: f64 = 300.0;
/// A file with less than this part of the genes of the axis, or of a typical sample's molecules, is
/// called a panel.
const PANEL: f64 = 0.5;

// What single cells and bulk samples look like to each other's model, told right of all samples of
// the corpus but one in a hundred, of panels of them, and of bulk samples thinned to a hundred
// thousand reads (`cargo test -p refcast-model --test familiarity`). Libraries are those that all
// genes would have by a typical sample's part.
/// No bulk sample has fewer counts,
const LEAST_OF_BULK: f64 = 7e4;
/// nor so few genes with a count, relative to what a typical sample shows at its depth, unless it is
/// like training otherwise;
const GENES_OF_BULK: f64 = 0.6;
/// which it is not from this residual on, relative to the threshold of novelty.
const RESIDUAL_OF_CELLS: f64 = 0.75;
/// A cell has fewer counts than this,
const MOST_OF_CELL: f64 = 2e5;
/// or fewer genes with a count than this, relative to what many cells together show at its depth;
const GENES_OF_CELL: f64 = 0.7;
/// from this on it is a bulk library in any case.
const MOST_OF_ANY_CELL: f64 = 1e7;
/// Genes that must be measured for any of that.
const TELLING: usize = 100;
/// What a sample of the other kind counts.
const OTHER_KIND: f64 = 0.1;

/// How far a reference can be judged.
#[derive(Debug, Clone)]
pub struct Familiarity {
    /// What the support is multiplied with, 0 to 1.
    pub factor: f64,
    /// What speaks against it, in sentences.
    pub reasons: Vec<String>,
}

impl Familiarity {
    /// Of a profile that was not measured but expected by the model itself.
    pub fn expected() -> Self {
        Self {
            factor: 1.0,
            reasons: Vec::new(),
        }
    }

    /// Of a sample, with its scores of novelty where the model gives any.
    pub fn of(model: &Model, counts: &Counts, scores: Option<[f64; 2]>) -> Self {
        let mut own = Self::expected();
        let relative = model.classifiers().zip(scores);
        let relative = relative.map(|(known, scores)| known.novelty.relative(scores));
        own.panel(model, counts);
        own.few_genes(counts);
        if !own.other_kind(model, counts, relative) {
            own.novelty(relative);
        }
        own
    }

    fn panel(&mut self, model: &Model, counts: &Counts) {
        let (axis, measured) = (counts.len(), counts.n_observed());
        let told = |genes: usize| genes as f64 / (genes as f64 + HALF_TOLD);
        self.factor *= told(measured) / told(axis).max(f64::MIN_POSITIVE);
        let part = part_of(model.typical_shares(), counts.observed());
        if (measured as f64) < PANEL * axis as f64 || part < PANEL {
            self.reasons.push(format!(
                "the reference measures {measured} of the model's {axis} genes, with {} % of a typical sample's \
                 molecules: fewer genes tell its cells apart less well",
                percent(part)
            ));
        }
    }

    /// A sample may measure every gene and have hardly any: that much is said, whatever else tells it.
    fn few_genes(&mut self, counts: &Counts) {
        let found = counts.values().iter().filter(|count| **count > 0).count();
        if found < TELLING {
            let genes = if found == 1 { "gene has" } else { "genes have" };
            self.reasons.push(format!(
                "only {found} {genes} a count above zero: too few to tell what the sample is"
            ));
        }
    }

    /// Whether the sample looks like one of another kind than the model is for.
    fn other_kind(&mut self, model: &Model, counts: &Counts, relative: Option<[f64; 2]>) -> bool {
        if counts.n_observed() < TELLING {
            return false;
        }
        let part = part_of(model.typical_shares(), counts.observed());
        let library = counts.library_size() as f64 / part;
        let genes = genes_to_expected(model, counts, library);
        let is_other = match model.modality() {
            Modality::Bulk => {
                let residual = relative.map_or(f64::INFINITY, |[_, residual]| residual);
                library < LEAST_OF_BULK || (genes < GENES_OF_BULK && residual > RESIDUAL_OF_CELLS)
            }
            Modality::SingleCell => {
                library >= MOST_OF_ANY_CELL || (library >= MOST_OF_CELL && genes >= GENES_OF_CELL)
            }
        };
        if is_other {
            self.factor *= OTHER_KIND;
            self.reasons.push(
                match model.modality() {
                    Modality::Bulk => {
                        "these counts look like single cells, and this model is for bulk samples: use the model \
                         gem-1-sc (--model gem-1-sc)"
                    }
                    Modality::SingleCell => {
                        "a library of this size and with so many genes looks like a bulk sample, and this model \
                         is for single cells: use the model gem-1-bulk (--model gem-1-bulk)"
                    }
                }
                .to_owned(),
            );
        }
        is_other
    }

    /// What is far from the groups of training may still be a treated sample or another tissue;
    /// what no latents describe is none that the model knows anything of.
    fn novelty(&mut self, relative: Option<[f64; 2]>) {
        let Some([distance, residual]) = relative else {
            return;
        };
        let (far, strange) = (distance.max(1.0), residual.max(1.0));
        self.factor /= far * strange * strange;
        if strange > 1.0 {
            self.reasons.push(
                "the reference is like no sample of training: its genes do not vary together as they do in human \
                 samples that were seen; check the species, the names of the genes and that these are its raw counts"
                    .to_owned(),
            );
        } else if far > 1.0 {
            self.reasons.push(
                "the reference is unlike the untreated samples of training: other cells or a tissue that was not \
                 seen, or treated already"
                    .to_owned(),
            );
        }
    }
}

/// Genes with a count, over those that a typical sample would show with this library over all genes.
fn genes_to_expected(model: &Model, counts: &Counts, library: f64) -> f64 {
    let shares = model.typical_shares().iter().zip(counts.observed().iter());
    let mut missed: Vec<f64> = shares
        .filter(|(_, seen)| **seen)
        .map(|(share, _)| -library * f64::from(*share))
        .collect();
    refcast_core::elementary::exp(&mut missed);
    let expected: f64 = missed.iter().map(|missed| 1.0 - missed).sum();
    let found = counts.values().iter().filter(|count| **count > 0).count();
    found as f64 / expected.max(f64::MIN_POSITIVE)
}

/// A part in percent; below 1 % with a decimal.
fn percent(part: f64) -> String {
    let percent = 100.0 * part;
    if percent < 1.0 {
        format!("{percent:.1}")
    } else {
        format!("{percent:.0}")
    }
}
