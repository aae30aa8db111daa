//! One benchmark's outcome as it is kept: JSON with one case a line, so that differences between
//! two versions can be read, and scores as lists in the order of the metrics, to be small.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::outcome::{
    CaseScores, Comparison, Definition, Finding, MetricInfo, Outcome, Report, Requirement,
};

/// The version of the form below.
const FORMAT: u32 = 1;

/// An outcome with what its page says about where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct StoredOutcome {
    /// The model's id.
    pub(super) model: String,
    /// The command that makes this outcome again.
    pub(super) command: String,
    /// Whether folds and cases were cut short.
    pub(super) quick: bool,
    /// What was found.
    pub(super) outcome: Outcome,
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredFile {
    format: u32,
    model: String,
    command: String,
    quick: bool,
    name: String,
    title: String,
    question: String,
    methods: Vec<Definition>,
    metrics: Vec<MetricInfo>,
    requirements: Vec<Requirement>,
    findings: Vec<Finding>,
    comparisons: Vec<Comparison>,
    cases: Vec<StoredCase>,
}

/// A case with its scores in the order of the file's metrics; none where one does not apply.
#[derive(Debug, Serialize, Deserialize)]
struct StoredCase {
    group: String,
    study: String,
    sample: String,
    perturbation: String,
    scores: BTreeMap<String, Vec<Option<f64>>>,
}

impl StoredOutcome {
    /// The outcomes of a report, each with its own command.
    pub(super) fn of(report: &Report) -> Vec<Self> {
        let outcomes = report.outcomes.iter();
        outcomes
            .map(|outcome| Self {
                model: report.model.clone(),
                command: alone(report, &outcome.name),
                quick: report.quick,
                outcome: outcome.clone(),
            })
            .collect()
    }

    /// As JSON.
    pub(super) fn to_json(&self) -> serde_json::Result<String> {
        let file = StoredFile::of(self);
        let mut text = String::from("{\n");
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "\"format\": {},\n\"quick\": {},",
            file.format, file.quick
        );
        for (key, value) in [
            ("model", &file.model),
            ("command", &file.command),
            ("name", &file.name),
            ("title", &file.title),
            ("question", &file.question),
        ] {
            let _ = writeln!(text, "\"{key}\": {},", serde_json::to_string(value)?);
        }
        for (key, lines) in [
            ("methods", lines(&file.methods)?),
            ("metrics", lines(&file.metrics)?),
            ("requirements", lines(&file.requirements)?),
            ("findings", lines(&file.findings)?),
            ("comparisons", lines(&file.comparisons)?),
        ] {
            let _ = writeln!(text, "\"{key}\": {lines},");
        }
        let _ = writeln!(text, "\"cases\": {}\n}}", lines(&file.cases)?);
        Ok(text)
    }

    /// Reads [`StoredOutcome::to_json`] back.
    pub(super) fn from_json(text: &str) -> Result<Self, String> {
        let file: StoredFile = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if file.format != FORMAT {
            return Err(format!(
                "format {} is not known, only {FORMAT}: make it again with `{}`",
                file.format, file.command
            ));
        }
        file.stored()
    }
}

/// A list with one element a line.
fn lines<T: Serialize>(values: &[T]) -> serde_json::Result<String> {
    if values.is_empty() {
        return Ok("[]".to_owned());
    }
    let values: Vec<String> = values
        .iter()
        .map(serde_json::to_string)
        .collect::<serde_json::Result<_>>()?;
    Ok(format!("[\n{}\n]", values.join(",\n")))
}

/// The command of one benchmark, whichever others were run with it: a page must not depend on them.
fn alone(report: &Report, name: &str) -> String {
    let is_name = |word: &&str| report.outcomes.iter().any(|outcome| outcome.name == *word);
    let words = report.command.split(' ').filter(|word| !is_name(word));
    words.chain([name]).collect::<Vec<_>>().join(" ")
}

impl StoredFile {
    fn of(stored: &StoredOutcome) -> Self {
        let Outcome {
            name,
            title,
            question,
            methods,
            metrics,
            cases,
            comparisons,
            findings,
            requirements,
        } = stored.outcome.clone();
        let cases = cases
            .iter()
            .map(|case| StoredCase::of(case, &metrics))
            .collect();
        Self {
            format: FORMAT,
            model: stored.model.clone(),
            command: stored.command.clone(),
            quick: stored.quick,
            name,
            title,
            question,
            methods,
            metrics,
            requirements,
            findings,
            comparisons,
            cases,
        }
    }

    fn stored(self) -> Result<StoredOutcome, String> {
        let cases: Vec<CaseScores> = self
            .cases
            .into_iter()
            .map(|case| case.scores(&self.metrics))
            .collect::<Result<_, String>>()?;
        let outcome = Outcome {
            name: self.name,
            title: self.title,
            question: self.question,
            methods: self.methods,
            metrics: self.metrics,
            cases,
            comparisons: self.comparisons,
            findings: self.findings,
            requirements: self.requirements,
        };
        Ok(StoredOutcome {
            model: self.model,
            command: self.command,
            quick: self.quick,
            outcome,
        })
    }
}

impl StoredCase {
    fn of(case: &CaseScores, metrics: &[MetricInfo]) -> Self {
        let in_order = |scores: &BTreeMap<String, f64>| {
            let names = metrics.iter().map(|metric| &metric.described.name);
            names.map(|name| scores.get(name).copied()).collect()
        };
        Self {
            group: case.group.clone(),
            study: case.study.clone(),
            sample: case.sample.clone(),
            perturbation: case.perturbation.clone(),
            scores: case
                .scores
                .iter()
                .map(|(method, scores)| (method.clone(), in_order(scores)))
                .collect(),
        }
    }

    fn scores(self, metrics: &[MetricInfo]) -> Result<CaseScores, String> {
        let mut scores = BTreeMap::new();
        for (method, values) in self.scores {
            if values.len() != metrics.len() {
                return Err(format!(
                    "sample {}: {} scores of {method} for {} metrics",
                    self.sample,
                    values.len(),
                    metrics.len()
                ));
            }
            let named = metrics
                .iter()
                .zip(values)
                .filter_map(|(metric, value)| Some((metric.described.name.clone(), value?)));
            scores.insert(method, named.collect());
        }
        Ok(CaseScores {
            group: self.group,
            study: self.study,
            sample: self.sample,
            perturbation: self.perturbation,
            scores,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::examples::report;
    use crate::report::rounded;

    fn stored() -> StoredOutcome {
        StoredOutcome::of(&rounded(report())).remove(0)
    }

    #[test]
    fn the_form_is_that_of_the_golden_file() {
        let text = stored().to_json().unwrap();
        assert_eq!(text, include_str!("golden/donors.json"));
    }

    #[test]
    fn what_was_written_is_read_back_with_absent_scores_absent() {
        let mut stored = stored();
        let scores = stored.outcome.cases[0].scores.get_mut("mean").unwrap();
        scores.remove("EV");
        let text = stored.to_json().unwrap();
        assert!(text.contains("null"));
        assert_eq!(StoredOutcome::from_json(&text), Ok(stored));
    }

    #[test]
    fn a_case_with_too_few_scores_is_refused() {
        let text = stored().to_json().unwrap();
        let spoiled = text.replacen(",0.3", "", 1).replacen(",0.2", "", 1);
        assert_ne!(spoiled, text);
        let problem = StoredOutcome::from_json(&spoiled).unwrap_err();
        assert!(problem.contains("for 3 metrics"), "{problem}");
    }

    #[test]
    fn another_format_says_how_to_make_it_again() {
        let text = stored().to_json().unwrap();
        let problem = StoredOutcome::from_json(&text.replace("\"format\": 1", "\"format\": 9"));
        assert!(problem.unwrap_err().contains("cargo benchmark"));
    }

    #[test]
    fn the_command_of_a_page_names_its_benchmark_only() {
        let mut report = report();
        report.outcomes.push(report.outcomes[0].clone());
        report.outcomes[1].name = "studies".to_owned();
        for names in ["", " donors studies"] {
            report.command = format!("cargo benchmark --corpus c{names}");
            assert_eq!(
                alone(&report, "studies"),
                "cargo benchmark --corpus c studies"
            );
        }
    }
}
