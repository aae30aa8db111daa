//! What a benchmark found: the scores of every method on every case, and what follows from them.
//! This is what the JSON of the report holds, and all that its pages and plots are made from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A name and what it stands for, in one or two sentences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// Short and fixed: a key of the scores.
    pub name: String,
    /// What it is, with its formula.
    pub definition: String,
}

/// A metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricInfo {
    /// Its name and definition.
    #[serde(flatten)]
    pub described: Definition,
    /// Whether more is better.
    pub higher_is_better: bool,
}

/// The scores of one held-out sample: method → metric → value. A metric that does not apply to
/// the sample is absent, never NaN.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseScores {
    /// What scores are averaged over first.
    pub group: String,
    /// The study.
    pub study: String,
    /// The sample.
    pub sample: String,
    /// What was done to it, in words, with dose and time where they are known.
    pub perturbation: String,
    /// Method → metric → value.
    pub scores: BTreeMap<String, BTreeMap<String, f64>>,
}

/// The model against one baseline on one metric, by paired bootstrap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The metric.
    pub metric: String,
    /// The method that is asked about.
    pub method: String,
    /// The one that it is held against.
    pub against: String,
    /// A group, or none for the mean over groups.
    pub group: Option<String>,
    /// Mean difference, method − against.
    pub difference: f64,
    /// 95 % interval, samples drawn within groups.
    pub interval: (f64, f64),
    /// 95 % interval, groups drawn as well; absent for a single group.
    pub interval_over_groups: Option<(f64, f64)>,
}

/// A figure about the benchmark as a whole that is not a mean of scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What it is, with its formula.
    #[serde(flatten)]
    pub described: Definition,
    /// The figure.
    pub value: f64,
}

/// One line of a table of what must hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Requirement {
    /// What is asked, in words.
    pub asked: String,
    /// What was found, in words with figures.
    pub found: String,
    /// Whether it holds.
    pub holds: bool,
}

/// What one benchmark found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The benchmark's name, as on the command line.
    pub name: String,
    /// Its title.
    pub title: String,
    /// What is left out, what is asked, how it is averaged.
    pub question: String,
    /// The methods, the model first, in the order of the tables.
    pub methods: Vec<Definition>,
    /// The metrics, the most important first.
    pub metrics: Vec<MetricInfo>,
    /// All cases, in a fixed order.
    pub cases: Vec<CaseScores>,
    /// Paired comparisons.
    pub comparisons: Vec<Comparison>,
    /// Other figures.
    pub findings: Vec<Finding>,
    /// What must hold.
    pub requirements: Vec<Requirement>,
}

/// The whole report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The model that the recipe makes: its id.
    pub model: String,
    /// The command that makes this report again.
    pub command: String,
    /// Whether folds and cases were cut short.
    pub quick: bool,
    /// One a benchmark.
    pub outcomes: Vec<Outcome>,
}

impl Outcome {
    /// The groups, in the order of their first case.
    pub fn groups(&self) -> Vec<&str> {
        let mut groups: Vec<&str> = Vec::new();
        for case in &self.cases {
            if !groups.contains(&case.group.as_str()) {
                groups.push(&case.group);
            }
        }
        groups
    }

    /// Mean of a method's metric over the cases of a group that have it.
    pub fn mean_in(&self, group: &str, method: &str, metric: &str) -> Option<f64> {
        let cases = self.cases.iter().filter(|case| case.group == group);
        mean(cases.filter_map(|case| case.get(method, metric)))
    }

    /// Mean over groups of the mean in each.
    pub fn mean(&self, method: &str, metric: &str) -> Option<f64> {
        let groups = self.groups().into_iter();
        mean(groups.filter_map(|group| self.mean_in(group, method, metric)))
    }
}

impl CaseScores {
    /// A score, if the metric applies.
    pub fn get(&self, method: &str, metric: &str) -> Option<f64> {
        self.scores.get(method)?.get(metric).copied()
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut n) = (0.0, 0.0);
    for value in values {
        sum += value;
        n += 1.0;
    }
    (n > 0.0).then(|| sum / n)
}
