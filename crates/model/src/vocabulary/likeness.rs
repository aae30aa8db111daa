//! Names near a mistyped one, over hundreds of thousands of candidates.

use refcast_core::OntologyId;

use super::folding::fold;

/// The longest text that one machine word holds; letters beyond it do not count.
const LONGEST: usize = 64;

/// A name near the one asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NearName {
    pub(crate) distance: usize,
    /// Those with training data come first among equals.
    pub(crate) trained: bool,
    pub(crate) name: String,
    pub(crate) id: OntologyId,
}

/// The edit distance from one folded text to many: Myers' bit-parallel algorithm (J. ACM 46, 1999),
/// a few instructions per letter of the candidate.
#[derive(Debug)]
pub(crate) struct Likeness {
    length: usize,
    letters: [u64; 256],
    present: u64,
}

impl Likeness {
    pub(crate) fn to(folded: &str) -> Self {
        let bytes = &folded.as_bytes()[..folded.len().min(LONGEST)];
        let mut letters = [0; 256];
        for (position, &byte) in bytes.iter().enumerate() {
            letters[usize::from(byte)] |= 1 << position;
        }
        Self {
            length: bytes.len(),
            letters,
            present: letter_set(bytes),
        }
    }

    /// The distance to a folded candidate; `None` where the likeness is chance: beyond half of the
    /// longer text.
    pub(crate) fn distance(&self, folded: &str) -> Option<usize> {
        let candidate = &folded.as_bytes()[..folded.len().min(LONGEST)];
        let most = self.length.max(candidate.len()) / 2;
        // Each letter that only one of the texts has costs at least an edit, and so does each
        // letter by which their lengths differ.
        let others = letter_set(candidate);
        let only_here = (self.present & !others).count_ones();
        let only_there = (others & !self.present).count_ones();
        let least = (only_here.max(only_there) as usize).max(self.length.abs_diff(candidate.len()));
        if self.length == 0 || least > most {
            return None;
        }
        let distance = self.myers(candidate);
        (distance <= most).then_some(distance)
    }

    fn myers(&self, candidate: &[u8]) -> usize {
        let last = 1_u64 << (self.length - 1);
        let (mut up, mut down) = (u64::MAX, 0_u64);
        let mut distance = self.length;
        for &byte in candidate {
            let equal = self.letters[usize::from(byte)];
            let vertical = equal | down;
            let diagonal = (((equal & up).wrapping_add(up)) ^ up) | equal;
            let mut across_up = down | !(diagonal | up);
            let mut across_down = up & diagonal;
            if across_up & last != 0 {
                distance += 1;
            }
            if across_down & last != 0 {
                distance -= 1;
            }
            across_up = (across_up << 1) | 1;
            across_down <<= 1;
            up = across_down | !(vertical | across_up);
            down = across_up & vertical;
        }
        distance
    }
}

/// Which letters occur, of 64 classes.
fn letter_set(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |set, &byte| set | 1 << (byte & 63))
}

/// The `n` nearest entities, one name each; one entity for a name that two sources have.
pub(crate) fn best(mut found: Vec<NearName>, n: usize) -> Vec<NearName> {
    found.sort_by(|a, b| {
        let key = |near: &NearName| (near.distance, !near.trained);
        key(a).cmp(&key(b)).then_with(|| a.id.cmp(&b.id))
    });
    let mut kept: Vec<NearName> = Vec::new();
    for near in found {
        if kept.len() == n {
            break;
        }
        let is_new =
            |other: &NearName| other.id != near.id && fold(&other.name) != fold(&near.name);
        if kept.iter().all(is_new) {
            kept.push(near);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distance(a: &str, b: &str) -> Option<usize> {
        Likeness::to(a).distance(b)
    }

    #[test]
    fn the_distance_is_levenshteins() {
        for (a, b, expected) in [
            ("kitten", "sitting", 3),
            ("dexametasone", "dexamethasone", 1),
            ("same", "same", 0),
            ("abcd", "abdc", 2),
            ("flaw", "lawn", 2),
        ] {
            assert_eq!(distance(a, b), Some(expected), "{a} {b}");
            assert_eq!(distance(b, a), Some(expected), "{b} {a}");
        }
    }

    #[test]
    fn strangers_are_left_out() {
        assert_eq!(distance("dexamethasone", "zinc"), None);
        assert_eq!(distance("", "a"), None);
    }

    #[test]
    fn a_text_longer_than_a_word_is_compared_by_its_beginning() {
        let long = "a".repeat(200);
        assert_eq!(distance(&long, &long), Some(0));
    }

    #[test]
    fn trained_entities_come_first_among_equals_and_once() {
        let near = |distance, trained, n| NearName {
            distance,
            trained,
            name: n_name(n),
            id: OntologyId::Chembl(n),
        };
        fn n_name(n: u64) -> String {
            format!("n{n}")
        }
        let kept = best(
            vec![
                near(2, true, 1),
                near(1, false, 2),
                near(1, true, 3),
                near(1, true, 3),
            ],
            5,
        );
        let ids: Vec<&str> = kept.iter().map(|near| near.name.as_str()).collect();
        assert_eq!(ids, ["n3", "n2", "n1"]);
    }
}
