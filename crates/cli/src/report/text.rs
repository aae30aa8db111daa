//! The report for people: aligned, at most 100 columns, colours only where a terminal shows them.

use std::fmt::{self, Display, Write};

use refcast_core::SupportLevel;

use super::gene_lines::gene_lines;
use super::genes_text::GeneTables;
use super::layout::{HEADINGS, WIDTH, counted, entry, listed, note, thousands, understood};
use super::{PredictionSummary, Written};
use crate::terminal::HEADING;

impl Display for PredictionSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version: String = self.model.version.chars().take(12).collect();
        entry(
            f,
            "Model",
            &[format!("{}, version {version}", self.model.id)],
        )?;
        let mut references = vec![self.references_line()];
        references.extend(self.references.notes.iter().cloned());
        entry(f, "References", &references)?;
        if let Some(report) = &self.alignment {
            entry(f, "Genes", &gene_lines(report))?;
        }
        entry(f, "Perturbation", &self.perturbation_lines())?;
        entry(f, "Generated", &[self.generated_line()])?;
        entry(f, "Support", &self.support_lines())?;
        writeln!(f)?;
        write!(f, "{}", GeneTables(self))?;
        writeln!(f)?;
        match &self.output {
            Some(output) => entry(f, "Written", &[written(output)]),
            None => note(
                f,
                "Nothing was written. For the counts, effects and intervals of every gene add: -o treated.h5ad",
            ),
        }
    }
}

impl PredictionSummary {
    fn references_line(&self) -> String {
        let references = &self.references;
        match &references.file {
            None => "an example that the model generated".to_owned(),
            Some(file) if references.used.len() == references.in_file => {
                format!("all {} of {file}", counted(references.in_file, "sample"))
            }
            Some(file) => format!(
                "{} of the {} of {file}: {}",
                references.used.len(),
                counted(references.in_file, "sample"),
                listed(&references.used)
            ),
        }
    }

    fn perturbation_lines(&self) -> Vec<String> {
        let perturbation = &self.query.perturbation;
        let mut lines: Vec<String> = self.perturbation.iter().map(understood).collect();
        // A control says its type by its name.
        let kind = (!perturbation.is_control()).then(|| perturbation.kind().to_string());
        let mut how: Vec<String> = kind.into_iter().collect();
        how.extend(perturbation.doses().iter().map(ToString::to_string));
        how.extend(perturbation.time().map(|time| time.to_string()));
        let how = how.join(", ");
        match lines.last_mut() {
            Some(_) if how.is_empty() => {}
            Some(last) if lines_are_short(last, &how) => {
                let _ = write!(last, " · {how}");
            }
            _ => lines.push(how),
        }
        lines
    }

    fn generated_line(&self) -> String {
        let query = &self.query;
        let mut line = format!(
            "{} per reference, {}, seed {}",
            counted(query.num_samples as usize, "sample"),
            query.sampling_strategy,
            query.seed
        );
        if let (true, Some(total)) = (query.fixed_total_count, query.total_count) {
            let _ = write!(line, ", {} counts each", thousands(total as usize));
        }
        let kept = query.conditioning.names();
        if kept.len() < 2 {
            let kept = if kept.is_empty() {
                "nothing".to_owned()
            } else {
                kept.join(", ")
            };
            let _ = write!(line, ", {kept} kept of the reference");
        }
        line
    }

    /// ` (0.82 of 1)`, or the range over references.
    fn score(&self) -> String {
        let [least, most] =
            [self.support.score, self.support.best_score].map(|score| format!("{score:.2}"));
        if least == most {
            format!(" ({least} of 1)")
        } else {
            format!(" ({least} to {most} of 1)")
        }
    }

    fn support_lines(&self) -> Vec<String> {
        let support = &self.support;
        let verdict = match support.levels.as_slice() {
            [(level, _)] => {
                format!(
                    "{HEADING}{level}{HEADING:#}{}{}",
                    self.score(),
                    explained(*level)
                )
            }
            several => {
                let levels = several.iter().map(|(level, n)| format!("{level} for {n}"));
                format!(
                    "{} references{}",
                    levels.collect::<Vec<_>>().join(", "),
                    self.score()
                )
            }
        };
        let mut lines = vec![verdict];
        if !support.systems.is_empty() {
            lines.push(format!("systems in training: {}", listed(&support.systems)));
        }
        let all = self.references.used.len();
        lines.extend(support.reasons.iter().map(|reason| {
            if reason.references == all {
                reason.text.clone()
            } else {
                format!(
                    "{} ({} of {all} references)",
                    reason.text, reason.references
                )
            }
        }));
        lines
    }
}

fn written(output: &Written) -> String {
    let samples = counted(output.samples, "sample");
    format!(
        "{} ({samples} × {} genes)",
        output.file.display(),
        thousands(output.genes)
    )
}

/// A note to the verdict where it calls for care.
fn explained(level: SupportLevel) -> &'static str {
    match level {
        SupportLevel::Strong => "",
        SupportLevel::Moderate => ": expect the direction to hold better than the size",
        SupportLevel::Weak => ": treat it as a hypothesis",
        SupportLevel::None => ": do not rely on it",
    }
}

fn lines_are_short(line: &str, addition: &str) -> bool {
    HEADINGS + line.chars().count() + addition.chars().count() + 3 <= WIDTH
}
