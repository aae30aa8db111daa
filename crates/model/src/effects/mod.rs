//! The bank of observed effects, and how an answer is made from it.
//!
//! An effect is the change of ln(1 + CPM) that a perturbation makes in a context. The true effects
//! of the conditions in the bank, and the one that is asked for, are taken as jointly Gaussian
//! over conditions, gene by gene, with a size that differs between genes:
//!
//! ```text
//! b_g | s  ~  N(0, s·U)        effects of all conditions for gene g, s from a mixture of sizes
//! m_g | b_g ~ N(b_g, S_g)      observed means; S_g from the spread between donors
//! t  =  Σ a_k b_k + remainder  the effect that is asked for
//! ```
//!
//! U is measured on the bank (`covariance`), a is kriging by likeness of perturbation, time, dose
//! and context (`similarity`), scaled to the size that is expected in the reference (`size`); the size
//! of each gene is learned by empirical Bayes as in adaptive
//! shrinkage (Stephens 2017, doi:10.1093/biostatistics/kxw041; multivariate: Urbut et al. 2019,
//! doi:10.1038/s41588-018-0268-8). With a = 0 this is no change; with one condition the shrunk
//! mean; with several the context-weighted mean; for a combination the sum of its parts.

mod bank;
mod cutting;
mod entity_evidence;
mod entry;
mod evidence;
mod gene_typicals;
mod knowledge;
mod level;
mod matching;
mod posterior;
mod profiles;
mod refined;
mod regulon;
mod shared_posteriors;
mod similarity;
mod size;
mod steps;

#[cfg(test)]
mod evidence_tests;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod similarity_tests;

pub use bank::{BankArrays, EffectBank, LEAST_SIZE, OwnChange, any_loss};
pub use cutting::{Cutting, P53};
pub use entry::{BankEntry, Context, StoredBank};
pub use evidence::{DoseUse, Evidence, ReferenceProfile, WeightedEvidence};
pub use knowledge::{Kin, Knowledge, Mechanism, Member, Receptor, Way};
pub use level::Level;
pub use matching::{Match, StandIns};
pub use posterior::{EffectPosterior, GenePosterior, TargetEffect};
pub use profiles::ContextProfiles;
pub use regulon::{RegulatedGene, Regulon, activity_after_loss, after_loss};
pub use shared_posteriors::SharedPosteriors;
pub use similarity::{ContextLikeness, Kriging, SimilarityParameters, correlation};
pub use size::ResponseSize;
