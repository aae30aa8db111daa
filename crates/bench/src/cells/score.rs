//! How well a predicted mean profile fits the real treated cells'.

/// Genes of the second column.
const TOP: usize = 100;

/// The three columns of the design's table.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct CellsScore {
    /// Squared Pearson correlation of mean profiles over all scored genes.
    pub all: f64,
    /// The same over the 100 genes that differ most between the real arms.
    pub top: f64,
    /// Pearson correlation of the changes against the control mean, over all scored genes.
    pub change: f64,
}

/// What is compared with: the real cells of a kind.
pub struct CellsTruth {
    /// Mean ln(1 + CP10k) of the untreated cells, `[scored]`.
    pub control: Vec<f64>,
    /// Of the treated ones.
    pub treated: Vec<f64>,
    /// The genes that differ most between them, the first most.
    pub top: Vec<usize>,
}

impl CellsTruth {
    /// From the levels of the cells of both arms, `[cells][scored]`.
    pub fn new(control: &[Vec<f32>], treated: &[Vec<f32>]) -> Self {
        let (control_mean, control_variance) = moments(control);
        let (treated_mean, treated_variance) = moments(treated);
        let welch = |gene: usize| {
            let error = control_variance[gene] / control.len() as f64
                + treated_variance[gene] / treated.len() as f64
                + 1e-9;
            ((treated_mean[gene] - control_mean[gene]) / error.sqrt()).abs()
        };
        let mut top: Vec<usize> = (0..control_mean.len()).collect();
        top.sort_by(|a, b| welch(*b).total_cmp(&welch(*a)).then(a.cmp(b)));
        top.truncate(TOP);
        Self {
            control: control_mean,
            treated: treated_mean,
            top,
        }
    }

    /// The score of a predicted mean profile `[scored]`.
    pub fn score(&self, predicted: &[f64]) -> CellsScore {
        let over = |genes: &[usize], of: &[f64]| -> Vec<f64> {
            genes.iter().map(|gene| of[*gene]).collect()
        };
        let change = |of: &[f64]| -> Vec<f64> {
            of.iter()
                .zip(&self.control)
                .map(|(own, control)| own - control)
                .collect()
        };
        CellsScore {
            all: correlation(predicted, &self.treated).powi(2),
            top: correlation(&over(&self.top, predicted), &over(&self.top, &self.treated)).powi(2),
            change: correlation(&change(predicted), &change(&self.treated)),
        }
    }
}

/// Mean and variance by gene, `[scored]` each.
pub fn moments(cells: &[Vec<f32>]) -> (Vec<f64>, Vec<f64>) {
    let genes = cells.first().map_or(0, Vec::len);
    let n = cells.len() as f64;
    let (mut mean, mut variance) = (vec![0.0; genes], vec![0.0; genes]);
    for cell in cells {
        for (sum, level) in mean.iter_mut().zip(cell) {
            *sum += f64::from(*level) / n;
        }
    }
    for cell in cells {
        for ((sum, level), mean) in variance.iter_mut().zip(cell).zip(&mean) {
            *sum += (f64::from(*level) - mean).powi(2) / n;
        }
    }
    (mean, variance)
}

/// Pearson's correlation; 0 where one side does not vary.
pub fn correlation(one: &[f64], other: &[f64]) -> f64 {
    refcast_model::effects::correlation(one.iter().copied().zip(other.iter().copied()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_agrees_with_numpy() {
        // python: c = np.array([[0,1,2,.5],[0,2,2,1.5],[1,0,3,1]]); t = np.array([[2,1,2.5,0],[3,0,2,1],[2.5,2,1,.5]])
        // p = np.array([2,1.2,2.4,.8]); np.corrcoef(p, t.mean(0))[0,1]**2; np.corrcoef(p-c.mean(0), t.mean(0)-c.mean(0))[0,1]
        let control = [
            vec![0.0, 1.0, 2.0, 0.5],
            vec![0.0, 2.0, 2.0, 1.5],
            vec![1.0, 0.0, 3.0, 1.0],
        ];
        let treated = [
            vec![2.0, 1.0, 2.5, 0.0],
            vec![3.0, 0.0, 2.0, 1.0],
            vec![2.5, 2.0, 1.0, 0.5],
        ];
        let truth = CellsTruth::new(&control, &treated);
        let score = truth.score(&[2.0, 1.2, 2.4, 0.8]);
        assert!((score.all - 0.737_463_1).abs() < 1e-6, "{score:?}");
        assert!((score.change - 0.990_947_7).abs() < 1e-6, "{score:?}");
        // scipy: ttest_ind(t, c, equal_var=False).statistic -> [4.91, 0, -0.90, -1.22]
        assert_eq!(truth.top, [0, 3, 2, 1]);
    }

    #[test]
    fn no_change_has_no_correlation_of_changes() {
        let truth = CellsTruth::new(&[vec![0.0, 1.0]], &[vec![1.0, 1.5]]);
        assert_eq!(truth.score(&[0.0, 1.0]).change, 0.0);
    }
}
