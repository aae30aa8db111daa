//! How methods stand beside each other: the model, the baselines, the ceiling.

use crate::outcome::{Comparison, MetricInfo, Outcome};

/// What the names of methods begin with that use what is held out, as other replicates of the
/// sample that is asked about do. They are no baselines.
pub const CEILING: &str = "ceiling";

/// What a paired comparison comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The interval is wholly on the better side of zero.
    Better,
    /// The interval has zero in it.
    Even,
    /// The interval is wholly on the worse side.
    Worse,
}

impl Verdict {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Even => "not distinguishable",
            Self::Worse => "worse",
        }
    }
}

impl Comparison {
    /// The interval that a verdict is read off: over other groups too where there are several, as
    /// the question is whether it would hold in the next data set.
    pub fn strict_interval(&self) -> (f64, f64) {
        self.interval_over_groups.unwrap_or(self.interval)
    }

    /// The verdict on a metric of which more is better, or less.
    pub fn verdict(&self, higher_is_better: bool) -> Verdict {
        let (low, high) = self.strict_interval();
        match (low > 0.0, high < 0.0) {
            (true, _) if higher_is_better => Verdict::Better,
            (_, true) if !higher_is_better => Verdict::Better,
            (false, false) => Verdict::Even,
            _ => Verdict::Worse,
        }
    }
}

impl MetricInfo {
    /// Whether `a` is better than `b`.
    pub fn prefers(&self, a: f64, b: f64) -> bool {
        if self.higher_is_better { a > b } else { a < b }
    }
}

impl Outcome {
    /// The name of what is measured: the first of the methods.
    pub fn model(&self) -> &str {
        self.methods
            .first()
            .map_or("model", |method| method.name.as_str())
    }

    /// The methods that the model must beat: all others that predict without knowing the answer.
    pub fn baselines(&self) -> impl Iterator<Item = &str> {
        let names = self
            .methods
            .iter()
            .skip(1)
            .map(|method| method.name.as_str());
        names.filter(|name| !name.starts_with(CEILING))
    }

    /// The first ceiling among the methods.
    pub fn ceiling(&self) -> Option<&str> {
        let mut names = self.methods.iter().map(|method| method.name.as_str());
        names.find(|name| name.starts_with(CEILING))
    }

    /// The metrics that headlines are about: the first two.
    pub fn headline_metrics(&self) -> &[MetricInfo] {
        &self.metrics[..self.metrics.len().min(2)]
    }

    /// In how many groups a method has a metric.
    pub fn groups_with(&self, method: &str, metric: &str) -> usize {
        let groups = self.groups().into_iter();
        groups
            .filter(|group| self.mean_in(group, method, metric).is_some())
            .count()
    }

    /// The baseline with the best mean over groups. One that cannot answer in every group where
    /// the model does is left out: it would be judged on easier questions.
    pub fn best_baseline(&self, metric: &MetricInfo) -> Option<(&str, f64)> {
        let key = &metric.described.name;
        let all = self.groups_with(self.model(), key);
        let means = self
            .baselines()
            .filter(|baseline| self.groups_with(baseline, key) >= all)
            .filter_map(|baseline| Some((baseline, self.mean(baseline, key)?)));
        means.reduce(|best, other| {
            if metric.prefers(other.1, best.1) {
                other
            } else {
                best
            }
        })
    }

    /// The comparison of the model with `against`, over all groups or in one.
    pub fn comparison(
        &self,
        metric: &str,
        against: &str,
        group: Option<&str>,
    ) -> Option<&Comparison> {
        self.comparisons.iter().find(|comparison| {
            comparison.metric == metric
                && comparison.method == self.model()
                && comparison.against == against
                && comparison.group.as_deref() == group
        })
    }

    /// How many requirements hold.
    pub fn requirements_held(&self) -> usize {
        let held = self
            .requirements
            .iter()
            .filter(|requirement| requirement.holds);
        held.count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::examples::donors;

    #[test]
    fn the_ceiling_is_no_baseline() {
        let outcome = donors();
        assert_eq!(outcome.ceiling(), Some("ceiling: replicates"));
        let best = outcome.best_baseline(&outcome.metrics[1]).unwrap();
        assert_eq!(best.0, "shrunk mean");
    }

    #[test]
    fn a_baseline_that_skips_groups_is_not_the_best() {
        let mut outcome = donors();
        for case in &mut outcome.cases {
            let answers = case.group == "airway";
            let scores = case.scores.get_mut("mean").unwrap();
            scores.insert("r".to_owned(), 0.99);
            if !answers {
                scores.remove("r");
            }
        }
        let best = outcome.best_baseline(&outcome.metrics[0]).unwrap();
        assert_eq!(best.0, "shrunk mean");
    }

    #[test]
    fn the_verdict_follows_the_interval_over_groups_and_the_direction() {
        let mut comparison = donors().comparisons[0].clone();
        comparison.interval = (0.01, 0.03);
        comparison.interval_over_groups = None;
        assert_eq!(comparison.verdict(true), Verdict::Better);
        assert_eq!(comparison.verdict(false), Verdict::Worse);
        comparison.interval_over_groups = Some((-0.01, 0.05));
        assert_eq!(comparison.verdict(true), Verdict::Even);
        comparison.interval_over_groups = Some((-0.05, -0.01));
        assert_eq!(comparison.verdict(false), Verdict::Better);
        assert_eq!(comparison.verdict(true), Verdict::Worse);
    }
}
