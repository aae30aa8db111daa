//! How the genes of the input were matched, in lines for people.

use std::fmt::Write;

use refcast_io::AlignmentReport;
use refcast_io::align::LeftOutCause;

use super::layout::{counted, listed, percent, thousands};

/// The fraction of all counts from which on genes that are left out are a warning.
const MATTERS: f64 = 0.01;

/// What was matched, what was left out with its share of the counts and the cause, and what was
/// guessed of names.
pub fn gene_lines(report: &AlignmentReport) -> Vec<String> {
    let mut lines = vec![matched(report)];
    lines.extend(kept(report));
    lines.extend(how(report));
    for rewritten in &report.rewritten {
        lines.push(format!(
            "{}: {}, {}",
            listed(&rewritten.examples),
            counted(rewritten.genes, "name"),
            rewritten.how
        ));
    }
    for left_out in &report.left_out {
        // Genes that a model does not have are no fault of the file.
        let is_usual = left_out.cause == LeftOutCause::NotInModel;
        if is_usual && left_out.fraction_of_counts < 10.0 * MATTERS {
            continue;
        }
        let warning = if left_out.fraction_of_counts >= MATTERS && !is_usual {
            "warning: "
        } else {
            ""
        };
        lines.push(format!(
            "{warning}left out, {} with {} of the counts: {} {}",
            counted(left_out.genes, "name"),
            percent(left_out.fraction_of_counts),
            listed(&left_out.examples),
            left_out.cause,
        ));
    }
    if report.estimated_samples > 0 {
        lines.push(format!(
            "{} of estimated counts (fractions): used as they are; what is generated is whole",
            counted(report.estimated_samples, "sample")
        ));
    }
    lines
}

fn matched(report: &AlignmentReport) -> String {
    let mut matched = format!(
        "{} of the model's {} are in the file ({})",
        thousands(report.matched),
        thousands(report.axis_genes),
        percent(report.matched as f64 / report.axis_genes.max(1) as f64),
    );
    if report.missing > 0 {
        let _ = write!(
            matched,
            "; {} are not: unobserved, not zero",
            thousands(report.missing)
        );
    }
    if let Some(part) = report.expected_fraction_of_counts {
        let _ = write!(
            matched,
            "; those that are have {} of a typical sample's counts",
            percent(part)
        );
    }
    matched
}

fn kept(report: &AlignmentReport) -> Option<String> {
    let kept = &report.fraction_of_counts_kept;
    let least = kept.iter().copied().fold(1.0, f64::min);
    let most = kept.iter().copied().fold(0.0, f64::max);
    if kept.is_empty() {
        return None;
    }
    let range = match (percent(least), percent(most)) {
        (least, most) if least == most => least,
        (least, most) => format!("{least} to {most}"),
    };
    Some(format!(
        "{range} of the counts are of these genes; {} of the file's {} genes are not the model's",
        thousands(report.unmatched),
        thousands(report.file_genes),
    ))
}

fn how(report: &AlignmentReport) -> Option<String> {
    let by_entrez = if report.entrez { report.by_id } else { 0 };
    let how = [
        (by_entrez, "by their numbers at NCBI (Entrez)"),
        (report.by_symbol, "by symbol"),
        (report.by_alias, "by an older or other name"),
        (
            report.duplicates_summed,
            "added to another of the same gene",
        ),
        (report.summary_lines, "summary lines ignored"),
    ];
    let how: Vec<String> = how
        .into_iter()
        .filter(|&(n, _)| n > 0)
        .map(|(n, what)| format!("{} {what}", thousands(n)))
        .collect();
    (!how.is_empty()).then(|| how.join(", "))
}
