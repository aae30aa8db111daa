//! One held-out treated sample: what is asked, and what is true.

use refcast_train::bank::Contrast;
use refcast_train::corpus::Corpus;

/// CPM of the controls from which on a gene is scored. Chosen by the controls alone, never by the
/// treated sample or a prediction.
pub const LEAST_CPM: f32 = 1.0;

/// A held-out treated sample with its controls.
#[derive(Debug, Clone)]
pub struct HeldOutCase<'a> {
    /// The sample against its controls, on the axis of the whole corpus.
    pub contrast: &'a Contrast,
    /// What scores are averaged over first: a dataset, or a perturbation in a study.
    pub group: String,
    /// Genes that are scored, as places on the axis.
    pub genes: Vec<usize>,
    /// True change of ln(1 + CPM), over `genes`.
    pub truth: Vec<f64>,
}

impl<'a> HeldOutCase<'a> {
    /// The case of a contrast: genes that its study measures, with control CPM above
    /// [`LEAST_CPM`].
    pub fn of(corpus: &Corpus, contrast: &'a Contrast, group: String) -> Self {
        let measured = &corpus.studies[contrast.study].measured;
        let genes: Vec<usize> = (0..measured.len())
            .filter(|&gene| measured[gene] && contrast.control[gene].exp_m1() > LEAST_CPM)
            .collect();
        let truth = genes
            .iter()
            .map(|&gene| f64::from(contrast.change[gene]))
            .collect();
        Self {
            contrast,
            group,
            genes,
            truth,
        }
    }

    /// A prediction for the axis `[genes of the axis]`, over the genes that are scored.
    pub fn scored(&self, prediction: &[f32]) -> Vec<f64> {
        self.genes
            .iter()
            .map(|&gene| f64::from(prediction[gene]))
            .collect()
    }
}
