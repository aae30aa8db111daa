//! What an answer says of what was sent: no longer for a longer request.

/// Lines of a list.
const LINES: usize = 100;
/// Characters of a line.
const CHARACTERS: usize = 300;

/// The first of a list, and one that says how many more there are.
pub fn first<T>(mut lines: Vec<T>, more: impl FnOnce(usize) -> T) -> Vec<T> {
    let left = lines.len().saturating_sub(LINES);
    if left > 0 {
        lines.truncate(LINES);
        lines.push(more(left));
    }
    lines
}

/// A text, or its beginning and an ellipsis.
pub fn line(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(CHARACTERS) {
        // The ellipsis is one of the characters.
        let end = text[..end]
            .char_indices()
            .next_back()
            .map_or(0, |(at, _)| at);
        text.truncate(end);
        text.push('…');
    }
    text
}

/// Both, for what was ignored in a query.
pub fn warnings(warnings: Vec<String>) -> Vec<String> {
    let warnings = first(warnings, |more| {
        format!("{more} more warnings are not listed")
    });
    warnings.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_counted_where_they_are_cut() {
        let lines = |n: usize| (0..n).map(|i| i.to_string()).collect::<Vec<_>>();
        assert_eq!(warnings(lines(100)), lines(100));
        let cut = warnings(lines(1_000_000));
        assert_eq!(cut.len(), 101);
        assert_eq!(cut[..100], lines(100));
        assert_eq!(cut[100], "999900 more warnings are not listed");
    }

    #[test]
    fn texts_are_cut_between_characters() {
        for character in ["a", "ä", "…", "🧬"] {
            let whole = character.repeat(CHARACTERS);
            assert_eq!(line(whole.clone()), whole);
            let cut = line(whole + character);
            assert_eq!(cut, character.repeat(CHARACTERS - 1) + "…");
        }
    }
}
