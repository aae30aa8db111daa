//! The corpus of `reference.py`, a pair of studies whose values are a formula.

use crate::corpus::Corpus;
use crate::corpus::examples::{axis, conditions, corpus, sample, study};

pub const GENES: usize = 60;
/// Study, measured genes, and samples: donor, condition, controls.
type Design = (
    &'static str,
    usize,
    &'static [(usize, &'static str, &'static str)],
);

const PAIRS: Design = (
    "pairs",
    60,
    &[
        (0, "", ""),
        (0, "A", "0"),
        (0, "B", "0"),
        (1, "", ""),
        (1, "A", "3"),
        (1, "B", "3"),
        (2, "", ""),
        (2, "A", "6"),
        (2, "B", "6"),
        (3, "", ""),
        (3, "A", "9"),
    ],
);
const LINE: Design = (
    "line",
    50,
    &[
        (7, "", ""),
        (7, "", ""),
        (7, "", ""),
        (7, "A", "0|1|2"),
        (7, "A", "0|1|2"),
        (7, "A", "0|1|2"),
        (7, "B", "0|1|2"),
        (7, "B", "0|1|2"),
    ],
);

/// As in `reference.py`.
fn wobble(a: usize, b: usize) -> f64 {
    ((a * 7919 + b * 104_729 + a * b * 31 + a * a * 17) % 1009) as f64 / 1009.0 - 0.5
}

fn value(sample: usize, gene: usize, donor: usize, condition: &str) -> f64 {
    let effect = match condition {
        "A" => 0.5 * wobble(501, gene),
        "B" => 0.5 * wobble(501, gene) + 0.25 * wobble(502, gene),
        _ => 0.0,
    };
    let base = 0.25 + 0.125 * gene as f64;
    base + effect + wobble(100 + donor, gene) + 1.25 * wobble(sample, gene)
}

pub fn example() -> Corpus {
    let axis = axis(GENES);
    let mut studies = Vec::new();
    let mut table = Vec::new();
    for ((name, measured, design), first) in [(PAIRS, 0), (LINE, 20)] {
        let rows = design
            .iter()
            .enumerate()
            .map(|(at, (donor, condition, controls))| {
                sample(&at.to_string(), &format!("d{donor}"), condition, controls)
            });
        let mut study = study(&axis, name, measured, rows.collect());
        for (at, (donor, condition, _)) in design.iter().enumerate() {
            for gene in 0..measured {
                study.values[at][gene] = value(first + at, gene, *donor, condition) as f32;
            }
        }
        studies.push(study);
        table.extend([(name, "A", "CHEMBL25", "1"), (name, "B", "CHEMBL1", "1")]);
    }
    corpus(axis, studies, conditions(&table))
}
