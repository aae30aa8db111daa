//! Figures for a recipe: from there `refcast train` takes them to the manifest and the card.

use std::path::Path;

use toml_edit::{DocumentMut, Item, Table, value};

use super::error::{Error, Result};
use super::stored::StoredOutcome;
use crate::outcome::{Outcome, Report};

/// The figures of an outcome that a card shows: the headline metrics of the model, then of the
/// best baseline. Findings are for the page.
pub fn figures(outcome: &Outcome) -> Vec<(String, f64)> {
    let mut model = Vec::new();
    let mut baseline = Vec::new();
    for metric in outcome.headline_metrics() {
        let name = &metric.described.name;
        if let Some(mean) = outcome.mean(outcome.model(), name) {
            model.push((name.clone(), three(mean)));
        }
        if let Some((method, mean)) = outcome.best_baseline(metric) {
            baseline.push((format!("{name}, {method}"), three(mean)));
        }
    }
    model.into_iter().chain(baseline).collect()
}

/// The recipe with `[benchmarks.NAME]` of every outcome that is in the report, with the command
/// above it; all else as it is, comments included.
///
/// # Errors
/// A recipe that is no TOML, or whose `benchmarks` is no table; `path` is named.
pub fn with_figures(recipe: &str, path: &Path, report: &Report) -> Result<String> {
    let mut document: DocumentMut = recipe
        .parse()
        .map_err(|error| Error::content(path, error))?;
    let benchmarks = document.entry("benchmarks").or_insert_with(|| {
        let mut table = Table::new();
        // Only its tables have a heading.
        table.set_implicit(true);
        Item::Table(table)
    });
    let Some(benchmarks) = benchmarks.as_table_mut() else {
        return Err(Error::content(path, "`benchmarks` must be a table"));
    };
    for StoredOutcome {
        command, outcome, ..
    } in StoredOutcome::of(report)
    {
        let mut table = Table::new();
        for (metric, figure) in figures(&outcome) {
            table.insert(&metric, value(figure));
        }
        table.decor_mut().set_prefix(format!("\n# {command}\n"));
        let old = benchmarks.get(&outcome.name).and_then(Item::as_table);
        if let Some(position) = old.and_then(Table::position) {
            // Stays where it was in the file.
            table.set_position(position);
        }
        benchmarks.insert(&outcome.name, Item::Table(table));
    }
    Ok(document.to_string())
}

/// Three decimals, as in the tables.
fn three(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::examples::report;

    const RECIPE: &str = "\
# What it is.
id = \"x\" # short

[axis]
least = 28

# an old command
[benchmarks.donors]
\"r\" = 0.1
\"gone\" = 0.2

# another command
[benchmarks.replicates]
\"r of log variances\" = 0.843
";

    #[test]
    fn figures_replace_those_of_the_same_benchmark_and_nothing_else() {
        let text = with_figures(RECIPE, Path::new("r.toml"), &report()).unwrap();
        let expected = "\
# What it is.
id = \"x\" # short

[axis]
least = 28

# cargo benchmark --corpus ../shared/corpus donors
[benchmarks.donors]
r = 0.715
EV = 0.628
\"r, shrunk mean\" = 0.7
\"EV, shrunk mean\" = 0.598

# another command
[benchmarks.replicates]
\"r of log variances\" = 0.843
";
        assert_eq!(text, expected);
        // Twice is once.
        assert_eq!(
            with_figures(&text, Path::new("r.toml"), &report()).unwrap(),
            text
        );
    }

    #[test]
    fn a_recipe_without_figures_gets_them_at_its_end() {
        let text = with_figures("id = \"x\"\n", Path::new("r.toml"), &report()).unwrap();
        assert!(
            text.starts_with("id = \"x\"\n\n# cargo benchmark")
                && text.contains("[benchmarks.donors]\n"),
            "{text}"
        );
        assert!(!text.contains("[benchmarks]"), "{text}");
    }

    #[test]
    fn a_recipe_that_is_no_toml_is_named() {
        for recipe in ["id = ", "benchmarks = 1"] {
            let error = with_figures(recipe, Path::new("r.toml"), &report()).unwrap_err();
            assert!(error.to_string().starts_with("r.toml: "), "{error}");
        }
    }
}
