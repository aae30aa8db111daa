//! The samples of a file that a user names.

use refcast_core::error::quoted;
use refcast_core::nearest::nearest;
use refcast_core::{Fault, Faults, Result};

/// Nearest names that a message shows.
const NEAREST: usize = 5;

/// Every name that `given` may hold, before the file says which it has: each text as it stands, and
/// its parts between commas.
pub fn possible(given: &[String]) -> Vec<String> {
    let mut names: Vec<String> = given.iter().map(|text| unquoted(text).to_owned()).collect();
    for text in given {
        names.extend(text.split(',').map(|part| unquoted(part).to_owned()));
    }
    names.sort();
    names.dedup();
    names
}

/// Which of the file's samples `given` names; all of them where it is not given. Names are separated
/// by commas; one that holds commas itself is found as the longest run of parts that is a name, in
/// quotes or not.
///
/// # Errors
/// Every name that the file does not have, with the nearest.
pub fn picked(given: Option<&[String]>, names: &[String]) -> Result<Vec<bool>> {
    let Some(given) = given else {
        return Ok(vec![true; names.len()]);
    };
    let mut picked = vec![false; names.len()];
    let mut faults = Faults::new();
    for text in given {
        let parts: Vec<&str> = text.split(',').collect();
        let mut start = 0;
        while start < parts.len() {
            let found = (start + 1..=parts.len()).rev().find_map(|end| {
                let name = parts[start..end].join(",");
                let position = position_of(unquoted(&name), names)?;
                Some((end, position))
            });
            if let Some((end, position)) = found {
                picked[position] = true;
                start = end;
                continue;
            }
            let name = unquoted(parts[start]);
            let comma = if names.iter().any(|name| name.contains(',')) {
                "; write a name that holds commas out, as the file has it"
            } else {
                ""
            };
            let message = format!(
                "{} is not a sample of the file, which has {}{comma}",
                quoted(name),
                counted(names)
            );
            let near = nearest(name, names.iter().map(String::as_str), NEAREST);
            faults.push(Fault::new("samples", "unknown_sample", message).with_nearest(near));
            start += 1;
        }
    }
    faults.finish(picked)
}

fn position_of(name: &str, names: &[String]) -> Option<usize> {
    names.iter().position(|known| known.trim() == name)
}

fn unquoted(name: &str) -> &str {
    let name = name.trim();
    let inner = name
        .strip_prefix('"')
        .and_then(|name| name.strip_suffix('"'));
    inner.unwrap_or(name).trim()
}

fn counted(names: &[String]) -> String {
    match names {
        [] => "none".to_owned(),
        [only] => format!("only {}", quoted(only)),
        [first, .., last] => format!("{} from {} to {}", names.len(), quoted(first), quoted(last)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn samples_are_picked_by_name_and_a_wrong_one_is_answered_with_the_nearest() {
        let known = names(&["donor1", "donor2", "donor3"]);
        assert_eq!(picked(None, &known).unwrap(), [true; 3]);
        for wanted in [&["donor3, donor1"][..], &["donor3", " donor1"]] {
            assert_eq!(
                picked(Some(&names(wanted)), &known).unwrap(),
                [true, false, true]
            );
        }
        let faults = picked(Some(&names(&["doner2,x"])), &known)
            .unwrap_err()
            .into_faults("");
        assert_eq!(faults.len(), 2);
        assert_eq!(faults[0].nearest[0], "donor2");
    }

    #[test]
    fn a_name_that_holds_commas_is_found_in_quotes_or_not() {
        let known = names(&["mock, 24h, donor A", "mock, 24h, donor B", "c"]);
        for wanted in [
            "mock, 24h, donor B,c",
            "\"mock, 24h, donor B\",c",
            "c,mock, 24h, donor B",
        ] {
            assert_eq!(
                picked(Some(&names(&[wanted])), &known).unwrap(),
                [false, true, true]
            );
        }
    }
}
