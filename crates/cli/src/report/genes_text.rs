//! The tables of genes that go up and down.

use std::fmt::{self, Display};

use anstyle::Style;

use super::layout::{note, thousands};
use super::{GeneEffect, PredictionSummary};
use crate::terminal::{DOWN, FAINT, HEADING, UP};

/// The longest symbol shown; longer ones are names of loci that nobody knows by heart.
const SYMBOL: usize = 16;

/// The tables of a summary.
pub struct GeneTables<'a>(pub &'a PredictionSummary);

impl Display for GeneTables<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let effect = &self.0.effect;
        if effect.up.is_empty() && effect.down.is_empty() {
            return writeln!(
                f,
                "No gene changes: the generated samples are their references."
            );
        }
        table(f, "Up", UP, &effect.up)?;
        writeln!(f)?;
        table(f, "Down", DOWN, &effect.down)?;
        let over = match self.0.references.used.len() {
            1 => String::new(),
            n => format!(", mean over {n} references"),
        };
        writeln!(f)?;
        note(
            f,
            &format!("log2FC: change of log2(1 + CPM) against the reference{over}."),
        )?;
        note(
            f,
            &format!(
                "*: the interval does not hold 0, as for {} genes in all.",
                thousands(effect.n_beyond_interval)
            ),
        )
    }
}

fn table(
    f: &mut fmt::Formatter<'_>,
    heading: &str,
    style: Style,
    genes: &[GeneEffect],
) -> fmt::Result {
    if genes.is_empty() {
        return writeln!(f, "{HEADING}{heading}{HEADING:#}  no gene");
    }
    let interval = "interval";
    let (reference, treated) = ("CPM before", "CPM after");
    writeln!(
        f,
        "{HEADING}{heading:<4}{HEADING:#}  {FAINT}{:<SYMBOL$}  {:<15}  {:>7}  {interval:>16}   {reference:>10}  {treated:>10}{FAINT:#}",
        "gene", "id", "log2FC"
    )?;
    for (rank, gene) in genes.iter().enumerate() {
        let symbol: String = gene.gene.chars().take(SYMBOL).collect();
        let interval = format!("[{:+.2}, {:+.2}]", gene.lower, gene.upper);
        let mark = if gene.lower > 0.0 || gene.upper < 0.0 {
            "*"
        } else {
            " "
        };
        writeln!(
            f,
            "{:>4}  {symbol:<SYMBOL$}  {:<15}  {style}{:>+7.2}{style:#}  {interval:>16}{mark}  {:>10}  {:>10}",
            rank + 1,
            gene.id.to_string(),
            gene.log2_fold_change,
            cpm(gene.reference_cpm),
            cpm(gene.treated_cpm),
        )?;
    }
    Ok(())
}

/// Counts per million with the digits that matter.
fn cpm(value: f64) -> String {
    if value < 10.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.1}")
    }
}
