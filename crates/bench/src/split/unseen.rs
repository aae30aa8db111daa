//! Leave one perturbation out everywhere. The i-th fold leaves the i-th member of every class out.

use refcast_train::corpus::StudyKind;

use super::{All, Fold, HeldOutPart, HeldOutSample, fold_at};
use crate::benchmark::UnseenBenchmark;
use crate::error::Result;

pub(super) fn folds<'a>(split: &UnseenBenchmark, all: &All<'a, '_>) -> Result<Vec<Fold<'a>>> {
    let mut folds = Vec::new();
    for class in &split.classes {
        for (at, agent) in class.members.iter().enumerate() {
            let fold = fold_at(&mut folds, at, "perturbation");
            let before = fold.asked.len();
            for contrast in all.contrasts {
                // Published contrasts leave with the agent, and are another benchmark's question.
                let published = all.corpus.studies[contrast.study].kind == StudyKind::Published;
                if published || !agent.is(&contrast.treatment.entities) {
                    continue;
                }
                let mut one = HeldOutSample::new(contrast, agent.name.clone());
                one.same.clone_from(&agent.entities);
                if class.alike {
                    let others = class.members.iter().filter(|other| *other != agent);
                    one.class = others
                        .flat_map(|other| other.entities.iter().cloned())
                        .collect();
                }
                fold.asked.push(one);
            }
            if fold.asked.len() == before {
                return Err(all.empty(format!("{} of {}", agent.name, class.name)));
            }
            fold.left_out.push(HeldOutPart::Agent(agent.clone()));
        }
    }
    Ok(folds)
}
