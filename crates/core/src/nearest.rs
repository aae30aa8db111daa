//! Known names near a mistyped one.

/// The `n` candidates nearest to `given` by edit distance, case ignored, best first; among equals
/// the order of the candidates. Those that share too little with `given` to help are left out.
pub fn nearest<'a>(
    given: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    n: usize,
) -> Vec<String> {
    let given: Vec<char> = given.to_lowercase().chars().collect();
    let mut ranked: Vec<(usize, &str)> = candidates
        .into_iter()
        .filter_map(|candidate| {
            let letters: Vec<char> = candidate.to_lowercase().chars().collect();
            let distance = edit_distance(&given, &letters);
            // Beyond half of the longer word the likeness is chance.
            (distance * 2 <= given.len().max(letters.len())).then_some((distance, candidate))
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
    fn near_names_come_first_and_strangers_not_at_all() {
        let names = ["dexamethasone", "tamoxifen", "betamethasone", "zinc"];
        assert_eq!(
            nearest("Dexametasone", names, 5),
            ["dexamethasone", "betamethasone"]
        );
    }
}
