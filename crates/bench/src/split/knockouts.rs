//! Leave genes out everywhere, several at a time, and ask for their knock-outs.
//!
//! The genes, sorted by the system of cells in which they were first lost, are dealt to the folds in
//! turn: a fold takes few of a system's genes, and what the others do to these cells stays known.

use refcast_core::OntologyId;
use refcast_train::bank::Contrast;

use super::{All, Fold, HeldOutPart, HeldOutSample, cells_of, fold_at};
use crate::baselines::Direction;
use crate::benchmark::{Agent, KnockoutsBenchmark};
use crate::error::Result;

/// A gene with the cells in which it was first lost, and all contrasts of its loss.
struct Lost<'a> {
    cells: String,
    gene: OntologyId,
    contrasts: Vec<&'a Contrast>,
}

pub(super) fn folds<'a>(split: &KnockoutsBenchmark, all: &All<'a, '_>) -> Result<Vec<Fold<'a>>> {
    let mut genes: Vec<Lost<'a>> = Vec::new();
    for study in &split.studies {
        let before = genes.len();
        for contrast in all.of_study(study) {
            let [gene] = contrast.treatment.entities.as_slice() else {
                continue;
            };
            if Direction::of(contrast.treatment.kind) != Direction::Loss {
                continue;
            }
            match genes.iter_mut().find(|lost| lost.gene == *gene) {
                Some(lost) => lost.contrasts.push(contrast),
                None => genes.push(Lost {
                    cells: cells_of(&all.corpus.studies[contrast.study].samples[contrast.treated]),
                    gene: gene.clone(),
                    contrasts: vec![contrast],
                }),
            }
        }
        if genes.len() == before {
            return Err(all.empty(format!("a lost gene of {study}")));
        }
    }
    genes.sort_by(|a, b| (&a.cells, &a.gene).cmp(&(&b.cells, &b.gene)));
    let mut folds = Vec::new();
    for (at, lost) in genes.into_iter().enumerate() {
        let name = all.symbol(&lost.gene);
        let fold = fold_at(&mut folds, at % split.folds.max(1), "genes");
        for contrast in lost.contrasts {
            fold.asked.push(HeldOutSample::new(contrast, name.clone()));
        }
        fold.left_out.push(HeldOutPart::Agent(Agent {
            name,
            entities: vec![lost.gene],
            within: Vec::new(),
        }));
    }
    Ok(folds)
}
