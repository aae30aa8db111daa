//! The curated tables of mechanisms and receptors.

use std::path::Path;

use refcast_model::effects::{Knowledge, Mechanism, Member, Receptor, Way};

use crate::error::{Error, Result};
use crate::table::read_rows;

/// Reads `mechanisms.tsv` (mechanism, likeness, entity, way, against, source) and `receptors.tsv`
/// (entity, gene, source) of a recipe's folder. A recipe without them knows none.
///
/// # Errors
/// A cell that does not parse, or a mechanism with two values of likeness, named by its row.
pub fn read(folder: &Path) -> Result<Knowledge> {
    let mut knowledge = Knowledge::default();
    let path = folder.join("mechanisms.tsv");
    if path.exists() {
        for row in read_rows(&path)? {
            let cell = |name: &str| row.get(name).map_or("", String::as_str);
            let problem = |problem: String| {
                let (mechanism, entity) = (cell("mechanism"), cell("entity"));
                Error::recipe(&path, format!("{mechanism} / {entity}: {problem}"))
            };
            let likeness: f64 = cell("likeness")
                .parse()
                .ok()
                .filter(|likeness| (0.0..=1.0).contains(likeness))
                .ok_or_else(|| problem("likeness is a number from 0 to 1".to_owned()))?;
            let member = Member {
                entity: cell("entity")
                    .parse()
                    .map_err(|error: refcast_core::Error| problem(error.to_string()))?,
                way: way(cell("way"))
                    .ok_or_else(|| problem("way is one of agent, loss and gain".to_owned()))?,
                against: cell("against") == "1",
            };
            let name = cell("mechanism");
            let known = knowledge.mechanisms.iter_mut().find(|own| own.name == name);
            match known {
                Some(known) if known.likeness != likeness => {
                    return Err(problem(
                        "its mechanism has another likeness above".to_owned(),
                    ));
                }
                Some(known) => known.members.push(member),
                None => knowledge.mechanisms.push(Mechanism {
                    name: name.to_owned(),
                    likeness,
                    members: vec![member],
                }),
            }
        }
    }
    let path = folder.join("receptors.tsv");
    if path.exists() {
        for row in read_rows(&path)? {
            let cell = |name: &str| row.get(name).map_or("", String::as_str);
            knowledge.receptors.push(Receptor {
                entity: cell("entity").parse()?,
                gene: cell("gene").parse()?,
            });
        }
    }
    Ok(knowledge)
}

fn way(text: &str) -> Option<Way> {
    match text {
        "agent" => Some(Way::Agent),
        "loss" => Some(Way::Loss),
        "gain" => Some(Way::Gain),
        _ => None,
    }
}
