//! The curated tables of mechanisms, receptors and regulons.

use std::path::Path;

use refcast_model::effects::{Knowledge, Mechanism, Member, Receptor, Regulon, Way};

use crate::error::{Error, Result};
use crate::table::read_rows;

/// Reads `mechanisms.tsv` (mechanism, likeness, entity, way, against, source) and `receptors.tsv`
/// (entity, gene, source) and `regulons.tsv` (regulon, role, gene, symbol, against, source) of a
/// recipe's folder. A recipe without them knows none.
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
    knowledge.regulons = regulons(&folder.join("regulons.tsv"))?;
    Ok(knowledge)
}

/// Regulators with their targets, in the order of the table; none without one.
fn regulons(path: &Path) -> Result<Vec<Regulon>> {
    let mut regulons: Vec<Regulon> = Vec::new();
    if !path.exists() {
        return Ok(regulons);
    }
    for row in read_rows(path)? {
        let cell = |name: &str| row.get(name).map_or("", String::as_str);
        let (name, against) = (cell("regulon"), cell("against") == "1");
        if regulons.last().is_none_or(|last| last.name != name) {
            regulons.push(Regulon {
                name: name.to_owned(),
                ..Regulon::default()
            });
        }
        let Some(own) = regulons.last_mut() else {
            continue;
        };
        let genes = match (cell("role"), against) {
            ("regulator", false) => &mut own.regulators,
            ("regulator", true) => &mut own.restrainers,
            ("target", false) => &mut own.raised,
            ("target", true) => &mut own.lowered,
            (role, _) => {
                let symbol = cell("symbol");
                let problem =
                    format!("{name} / {symbol}: role is regulator or target, not {role:?}");
                return Err(Error::recipe(path, problem));
            }
        };
        genes.push(cell("gene").parse()?);
    }
    Ok(regulons)
}

fn way(text: &str) -> Option<Way> {
    match text {
        "agent" => Some(Way::Agent),
        "loss" => Some(Way::Loss),
        "gain" => Some(Way::Gain),
        _ => None,
    }
}
