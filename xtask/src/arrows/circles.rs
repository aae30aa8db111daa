//! Circles in who needs whom: the strongly connected components of more than one file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::modules::Needs;

/// Every set of files that all need each other, directly or not, in the order of their names.
/// The files of a set reach each other, so that it is found from any of them.
pub fn circles(needs: &Needs) -> Vec<BTreeSet<&Path>> {
    let reached: BTreeMap<&Path, BTreeSet<&Path>> = needs
        .keys()
        .map(|file| (file.as_path(), reached_from(file, needs)))
        .collect();
    let mut circles: BTreeSet<BTreeSet<&Path>> = BTreeSet::new();
    for (file, others) in &reached {
        let mutual = |other: &&&Path| reached.get(**other).is_some_and(|own| own.contains(file));
        let circle: BTreeSet<&Path> = others.iter().filter(mutual).copied().collect();
        if circle.len() > 1 {
            circles.insert(circle);
        }
    }
    circles.into_iter().collect()
}

fn reached_from<'a>(file: &Path, needs: &'a Needs) -> BTreeSet<&'a Path> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&Path> = vec![file];
    while let Some(file) = open.pop() {
        for next in needs.get(file).into_iter().flatten() {
            if reached.insert(next.as_path()) {
                open.push(next);
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_need_each_other_are_a_circle_and_others_are_not() {
        let needs: Needs = [("a", "b"), ("b", "c"), ("c", "a"), ("d", "a"), ("c", "e")]
            .into_iter()
            .map(|(file, needed)| (file.into(), BTreeSet::from([needed.into()])))
            .collect();
        let mut needs = needs;
        needs.insert("c".into(), ["a".into(), "e".into()].into());
        let found: Vec<Vec<&Path>> = circles(&needs)
            .into_iter()
            .map(|circle| circle.into_iter().collect())
            .collect();
        assert_eq!(found, [["a", "b", "c"].map(Path::new)]);
    }
}
