//! Names of groups as labels: whole if they are not too long, cut in the middle if they are.

/// The most characters of a label.
const MOST: usize = 42;

/// The name, or its beginning and end: what tells two long names apart is often at the end.
pub(super) fn label(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    if characters.len() <= MOST {
        return name.to_owned();
    }
    let head: String = characters[..MOST / 2].iter().collect();
    let tail: String = characters[characters.len() - (MOST / 2 - 1)..]
        .iter()
        .collect();
    format!("{}…{}", head.trim_end(), tail.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_keeps_both_ends() {
        let short = "IFN-γ → MDM_interferons";
        assert_eq!(label(short), short);
        let long = format!("{} in {}", "dexamethasone".repeat(4), "airway_GSE52778");
        let cut = label(&long);
        assert!(cut.chars().count() <= MOST, "{cut}");
        assert!(
            cut.starts_with("dexa") && cut.ends_with("airway_GSE52778"),
            "{cut}"
        );
    }
}
