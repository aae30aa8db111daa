//! The three columns of the design's table as metrics.

use super::finish::{Metric, Scores, scores};
use super::score::CellsTruth;

pub(super) const METRICS: [Metric; 3] = [
    (
        "r of change",
        "Pearson's r over 7,000 genes of predicted and real change of the mean of ln(1 + CP10k) against the untreated cells. 0 for no change.",
        true,
    ),
    (
        "R2 top 100",
        "Squared Pearson's r of mean profiles over the 100 genes whose Welch statistic between the real arms is largest.",
        true,
    ),
    (
        "R2 all genes",
        "The same over the 7,000 genes that most cells of the set detect.",
        true,
    ),
];

/// The scores of a predicted mean profile.
pub(super) fn profile(truth: &CellsTruth, predicted: &[f64]) -> Scores {
    let score = truth.score(predicted);
    let [change, top, all] = METRICS.map(|metric| metric.0);
    scores([(change, score.change), (top, score.top), (all, score.all)])
}
