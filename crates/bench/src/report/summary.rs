//! The summary of all benchmarks, Markdown.

use super::headline::headline;
use super::number::figure;
use super::page::{QUICK, yes_no};
use super::stored::StoredOutcome;
use super::table::MarkdownTable;
use crate::outcome::{MetricInfo, Outcome};

/// The page that links to all others, in the order given.
pub(super) fn summary(pages: &[StoredOutcome]) -> String {
    let mut text = String::from(
        "# Benchmarks\n\nThe model that a recipe makes, trained without the samples that it is asked about, beside \
         every simple baseline and the ceiling that real replicates set. All samples are real; every page says what \
         was left out, defines its metrics and methods, and has the command that makes it again. `cargo benchmark` \
         writes this folder; nothing in it is edited.\n\n",
    );
    if pages.iter().any(|stored| stored.quick) {
        text += QUICK;
    }
    text += &figures(pages);
    text += &requirements(pages);
    text += "## In words\n\n";
    for StoredOutcome { outcome, .. } in pages {
        text += &format!("**{}.** {}\n\n", link(outcome), headline(outcome));
    }
    text.truncate(text.trim_end().len());
    text + "\n"
}

fn link(outcome: &Outcome) -> String {
    format!("[{}]({}.md)", outcome.title, outcome.name)
}

/// A row for each benchmark that has scores: the headline metrics of the model and the best
/// baseline.
fn figures(pages: &[StoredOutcome]) -> String {
    let scored = pages
        .iter()
        .map(|stored| &stored.outcome)
        .filter(|outcome| !outcome.cases.is_empty() && !outcome.metrics.is_empty());
    let mut table = MarkdownTable::new([
        "benchmark",
        ">samples",
        ">groups",
        "metric",
        ">model",
        ">best baseline",
        "which",
        "model is",
    ]);
    let mut rows = 0;
    for outcome in scored {
        for (line, metric) in outcome.headline_metrics().iter().enumerate() {
            rows += 1;
            // Said once for the lines of one benchmark.
            let mut cells = match line {
                0 => vec![
                    link(outcome),
                    outcome.cases.len().to_string(),
                    outcome.groups().len().to_string(),
                ],
                _ => vec![String::new(); 3],
            };
            cells.extend(model_and_baseline(outcome, metric));
            table.row(cells);
        }
    }
    if rows == 0 {
        return String::new();
    }
    format!(
        "Means over groups. The last column is the paired comparison with the best baseline: whether its 95 % \
         interval has zero in it.\n\n{}",
        table.finish()
    )
}

fn model_and_baseline(outcome: &Outcome, metric: &MetricInfo) -> [String; 5] {
    let name = &metric.described.name;
    let dash = || "–".to_owned();
    let model = outcome.mean(outcome.model(), name);
    let best = outcome.best_baseline(metric);
    let verdict = best
        .and_then(|(baseline, _)| outcome.comparison(name, baseline, None))
        .map(|comparison| comparison.verdict(metric.higher_is_better).words());
    [
        name.clone(),
        model.map_or_else(dash, figure),
        best.map_or_else(dash, |(_, value)| figure(value)),
        best.map_or_else(dash, |(baseline, _)| baseline.to_owned()),
        verdict.map_or_else(dash, str::to_owned),
    ]
}

fn requirements(pages: &[StoredOutcome]) -> String {
    let all: usize = pages
        .iter()
        .map(|page| page.outcome.requirements.len())
        .sum();
    if all == 0 {
        return String::new();
    }
    let held: usize = pages
        .iter()
        .map(|page| page.outcome.requirements_held())
        .sum();
    let mut table = MarkdownTable::new(["benchmark", "asked", "found", "holds"]);
    for StoredOutcome { outcome, .. } in pages {
        for requirement in &outcome.requirements {
            table.row([
                link(outcome).as_str(),
                &requirement.asked,
                &requirement.found,
                yes_no(requirement.holds),
            ]);
        }
    }
    format!(
        "## What must hold\n\n{held} of {all} {}.\n\n{}",
        if held == 1 { "holds" } else { "hold" },
        table.finish()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::examples::report;
    use crate::report::rounded;

    #[test]
    fn the_summary_is_that_of_the_golden_file() {
        let pages = StoredOutcome::of(&rounded(report()));
        assert_eq!(summary(&pages), include_str!("golden/README.md"));
    }
}
