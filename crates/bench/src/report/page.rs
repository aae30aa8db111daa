//! The page of one benchmark, Markdown.

use super::headline::headline;
use super::number::{counted, figure, figure_or_number, interval, signed};
use super::plot::Plot;
use super::stored::StoredOutcome;
use super::table::MarkdownTable;
use crate::outcome::{MetricInfo, Outcome};

/// Said on pages and summaries that are not the benchmark.
pub(super) const QUICK: &str = "> **A quick look:** folds and samples were cut short. These are not the figures of the benchmark.\n\n";

/// The page, with links to the plots that lie beside it.
pub(super) fn page(stored: &StoredOutcome, plots: &[Plot]) -> String {
    let outcome = &stored.outcome;
    let mut page = format!(
        "# {}\n\n{}\n\n*What is asked.* {}\n\n",
        outcome.title,
        headline(outcome),
        outcome.question
    );
    if stored.quick {
        page += QUICK;
    }
    for plot in plots {
        page += &format!("![{}]({})\n\n{}\n\n", plot.title, plot.file, plot.caption);
    }
    page += &requirements(outcome);
    page += &by_group(outcome);
    page += &all_metrics(outcome);
    page += &against_baselines(outcome);
    page += &findings(outcome);
    page += &definitions(outcome);
    page + &format!(
        "## Again\n\nThis page is made, never edited. Model: `{}`. All scores of all samples: \
         [{name}.json]({name}.json).\n\n```console\n$ {}\n```\n",
        stored.model,
        stored.command,
        name = outcome.name
    )
}

fn requirements(outcome: &Outcome) -> String {
    if outcome.requirements.is_empty() {
        return String::new();
    }
    let mut table = MarkdownTable::new(["asked", "found", "holds"]);
    for requirement in &outcome.requirements {
        table.row([
            requirement.asked.as_str(),
            &requirement.found,
            yes_no(requirement.holds),
        ]);
    }
    format!("## What must hold\n\n{}", table.finish())
}

/// Yes, or a no that stands out.
pub(super) fn yes_no(holds: bool) -> &'static str {
    if holds { "yes" } else { "**no**" }
}

/// Group × method, the headline metrics side by side in a cell.
fn by_group(outcome: &Outcome) -> String {
    let groups = outcome.groups();
    let metrics = outcome.headline_metrics();
    if groups.len() < 2 || metrics.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = metrics
        .iter()
        .map(|metric| metric.described.name.as_str())
        .collect();
    let methods = outcome.methods.iter().map(|method| method.name.as_str());
    let methods: Vec<String> = methods.map(|name| format!(">{name}")).collect();
    let headings = ["group", ">n"]
        .into_iter()
        .chain(methods.iter().map(String::as_str));
    let mut table = MarkdownTable::new(headings);
    for group in groups {
        let n = outcome
            .cases
            .iter()
            .filter(|case| case.group == group)
            .count();
        table.row(row(outcome, group.to_owned(), n, |method, metric| {
            outcome.mean_in(group, method, metric)
        }));
    }
    let all = "**mean over groups**".to_owned();
    table.row(row(outcome, all, outcome.cases.len(), |method, metric| {
        outcome.mean(method, metric)
    }));
    format!(
        "## By group\n\n{}. Bold: the model where no baseline is better.\n\n{}",
        names.join(", "),
        table.finish()
    )
}

fn row(
    outcome: &Outcome,
    label: String,
    n: usize,
    value: impl Fn(&str, &str) -> Option<f64>,
) -> Vec<String> {
    let mut cells = vec![label, n.to_string()];
    for method in &outcome.methods {
        let figures = outcome.headline_metrics().iter().map(|metric| {
            let key = &metric.described.name;
            let best = method.name == outcome.model()
                && is_best(outcome, metric, |method| value(method, key));
            shown(value(&method.name, key), best)
        });
        cells.push(figures.collect::<Vec<_>>().join(", "));
    }
    cells
}

/// Whether no baseline is better than the model by `value`.
fn is_best(outcome: &Outcome, metric: &MetricInfo, value: impl Fn(&str) -> Option<f64>) -> bool {
    value(outcome.model()).is_some_and(|model| {
        let mut baselines = outcome.baselines().filter_map(&value);
        !baselines.any(|baseline| metric.prefers(baseline, model))
    })
}

fn shown(value: Option<f64>, bold: bool) -> String {
    match value {
        None => "–".to_owned(),
        Some(value) if bold => format!("**{}**", figure(value)),
        Some(value) => figure(value),
    }
}

/// Method × metric, means over groups.
fn all_metrics(outcome: &Outcome) -> String {
    if outcome.cases.is_empty() {
        return String::new();
    }
    let headings: Vec<String> = outcome
        .metrics
        .iter()
        .map(|metric| {
            let better = if metric.higher_is_better {
                "↑"
            } else {
                "↓"
            };
            format!(">{} {better}", metric.described.name)
        })
        .collect();
    let mut table = MarkdownTable::new(
        ["method"]
            .into_iter()
            .chain(headings.iter().map(String::as_str)),
    );
    let groups = outcome.groups().len();
    for method in &outcome.methods {
        let mut cells = vec![method.name.clone()];
        for metric in &outcome.metrics {
            let key = &metric.described.name;
            let best = method.name == outcome.model()
                && is_best(outcome, metric, |method| outcome.mean(method, key));
            let mut cell = shown(outcome.mean(&method.name, key), best);
            let with = outcome.groups_with(&method.name, key);
            if with > 0 && with < groups {
                cell += &format!(" ({with})");
            }
            cells.push(cell);
        }
        table.row(cells);
    }
    format!(
        "## All metrics\n\nMeans over groups ({}); in brackets, over how many where it is not all. \
         ↑ more is better, ↓ less is.\n\n{}",
        counted(groups, "group"),
        table.finish()
    )
}

/// The model against every baseline over all groups, and against the best one in each.
fn against_baselines(outcome: &Outcome) -> String {
    let over_all = comparisons(outcome, false);
    let in_groups = comparisons(outcome, true);
    let mut text = String::new();
    if let Some(table) = over_all {
        text += &format!(
            "## The model against the others\n\nMean difference of paired samples, model − other, with its 95 % \
             interval by bootstrap: samples drawn within groups, and groups drawn as well. The verdict is read off \
             the second where there is one.\n\n{table}"
        );
    }
    if let Some(table) = in_groups {
        text += &format!("### In each group\n\n{table}");
    }
    text
}

fn comparisons(outcome: &Outcome, in_groups: bool) -> Option<String> {
    let mut table = if in_groups {
        MarkdownTable::new([
            "metric",
            "group",
            "against",
            ">difference",
            "95 % interval",
            "model is",
        ])
    } else {
        MarkdownTable::new([
            "metric",
            "against",
            ">difference",
            "95 % interval",
            "groups drawn too",
            "model is",
        ])
    };
    let mut rows = 0;
    for metric in &outcome.metrics {
        let name = metric.described.name.as_str();
        let chosen = outcome.comparisons.iter().filter(|comparison| {
            comparison.metric == name
                && comparison.method == outcome.model()
                && comparison.group.is_some() == in_groups
        });
        for comparison in chosen {
            rows += 1;
            let difference = signed(comparison.difference);
            let within = interval(comparison.interval);
            let over = comparison
                .interval_over_groups
                .map_or("–".to_owned(), interval);
            let verdict = comparison.verdict(metric.higher_is_better).words();
            match &comparison.group {
                Some(group) => table.row([
                    name,
                    group,
                    &comparison.against,
                    &difference,
                    &within,
                    verdict,
                ]),
                None => table.row([
                    name,
                    &comparison.against,
                    &difference,
                    &within,
                    &over,
                    verdict,
                ]),
            }
        }
    }
    (rows > 0).then(|| table.finish())
}

fn findings(outcome: &Outcome) -> String {
    if outcome.findings.is_empty() {
        return String::new();
    }
    let mut table = MarkdownTable::new(["what", ">value", "definition"]);
    for finding in &outcome.findings {
        table.row([
            finding.described.name.as_str(),
            &figure_or_number(finding.value),
            &finding.described.definition,
        ]);
    }
    format!("## Further figures\n\n{}", table.finish())
}

fn definitions(outcome: &Outcome) -> String {
    let mut text = String::new();
    if !outcome.metrics.is_empty() {
        let mut table = MarkdownTable::new(["metric", "better", "definition"]);
        for metric in &outcome.metrics {
            let better = if metric.higher_is_better {
                "more"
            } else {
                "less"
            };
            table.row([&metric.described.name, better, &metric.described.definition]);
        }
        text += &format!("## Metrics\n\n{}", table.finish());
    }
    if !outcome.methods.is_empty() {
        let mut table = MarkdownTable::new(["method", "definition"]);
        for method in &outcome.methods {
            table.row([&method.name, &method.definition]);
        }
        text += &format!("## Methods\n\n{}", table.finish());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::examples::report;
    use crate::report::plot::plots;
    use crate::report::rounded;

    fn stored() -> StoredOutcome {
        StoredOutcome::of(&rounded(report())).remove(0)
    }

    #[test]
    fn the_page_is_that_of_the_golden_file() {
        let stored = stored();
        let plots = plots(&stored.outcome).unwrap();
        assert_eq!(page(&stored, &plots), include_str!("golden/donors.md"));
    }

    #[test]
    fn the_model_is_bold_only_where_no_baseline_is_better() {
        let mut stored = stored();
        for case in &mut stored.outcome.cases {
            if case.group == "airway" {
                let scores = case.scores.get_mut("mean").unwrap();
                scores.insert("EV".to_owned(), 0.8);
            }
        }
        let page = page(&stored, &[]);
        let airway = page.lines().find(|line| line.starts_with("| airway | 2"));
        let airway = airway.unwrap();
        assert!(airway.contains("| **0.530**, 0.445 |"), "{airway}");
    }

    #[test]
    fn an_outcome_with_requirements_only_has_no_empty_tables() {
        let mut stored = stored();
        stored.outcome.cases.clear();
        stored.outcome.comparisons.clear();
        stored.outcome.findings.clear();
        let page = page(&stored, &[]);
        assert!(!page.contains("## By group") && !page.contains("## All metrics"));
        assert!(!page.contains("## The model against") && page.contains("## What must hold"));
    }
}
