//! Known names near a mistyped one.

/// No name is longer, in characters: what is, is near to none.
const LONGEST: usize = 256;

/// The `n` candidates nearest to `given` by edit distance, case ignored, best first; among equals
/// the order of the candidates. Those that share too little with `given` to help are left out.
pub fn nearest<'a>(
    given: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    n: usize,
) -> Vec<String> {
    // A letter has at most four bytes.
    if given.len() > 4 * LONGEST {
        return Vec::new();
    }
    let given: Vec<char> = given.to_lowercase().chars().collect();
    let mut ranked: Vec<(usize, &str)> = candidates
        .into_iter()
        .filter_map(|candidate| {
            let letters: Vec<char> = candidate.to_lowercase().chars().collect();
            // Beyond half of the longer word the likeness is chance; each letter by which the
            // lengths differ is an edit.
            let most = given.len().max(letters.len()) / 2;
            if given.len().abs_diff(letters.len()) > most {
                return None;
            }
            let distance = edit_distance(&given, &letters);
            (distance <= most).then_some((distance, candidate))
        })
        .collect();
    ranked.sort_by_key(|&(distance, _)| distance);
    ranked
        .into_iter()
        .take(n)
        .map(|(_, candidate)| candidate.to_owned())
        .collect()
}

/// Levenshtein distance: insertions, deletions and substitutions cost 1.
fn edit_distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_is_levenshteins() {
        let distance = |a: &str, b: &str| {
            edit_distance(
                &a.chars().collect::<Vec<_>>(),
                &b.chars().collect::<Vec<_>>(),
            )
        };
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("same", "same"), 0);
    }

    #[test]
    fn a_text_that_no_name_is_as_long_as_is_not_compared() {
        let names = vec!["liver"; 100_000];
        let begun = std::time::Instant::now();
        for length in [200, 10_000, 10_000_000] {
            assert!(nearest(&"liver".repeat(length / 5), names.iter().copied(), 3).is_empty());
        }
        assert!(begun.elapsed().as_secs() < 2, "{:?}", begun.elapsed());
    }

    #[test]
    fn near_names_come_first_and_strangers_not_at_all() {
        let names = ["dexamethasone", "tamoxifen", "betamethasone", "zinc"];
        assert_eq!(
            nearest("Dexametasone", names, 5),
            ["dexamethasone", "betamethasone"]
        );
    }
}
