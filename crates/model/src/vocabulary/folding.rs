//! The form in which names are compared: case, spaces, hyphens and Greek letters do not count.

/// `IFN-γ`, `IFN gamma` and `ifngamma` fold to the same text. The sign of a stereo form stays:
/// `(+)-JQ1` acts and `(-)-JQ1` does not.
pub fn fold(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    fold_into(name, &mut folded);
    folded
}

/// [`fold`] into a buffer that is cleared first, for walks over whole tables.
pub(crate) fn fold_into(name: &str, folded: &mut String) {
    folded.clear();
    // Nearly every name is plain letters and digits; the tables hold hundreds of thousands.
    if name.is_ascii() && !name.contains('(') {
        let kept = name.bytes().filter(u8::is_ascii_alphanumeric);
        folded.extend(kept.map(|byte| char::from(byte.to_ascii_lowercase())));
        return;
    }
    let mut rest = name;
    while let Some(c) = rest.chars().next() {
        if let Some((sign, after)) = sign_at(rest) {
            folded.push_str(sign);
            rest = after;
            continue;
        }
        rest = &rest[c.len_utf8()..];
        if c.is_ascii_alphanumeric() {
            folded.push(c.to_ascii_lowercase());
        } else if !c.is_ascii() {
            match greek_name(c) {
                Some(letter) => folded.push_str(letter),
                None => folded.extend(c.to_lowercase().filter(|c| c.is_alphanumeric())),
            }
        }
    }
}

fn sign_at(text: &str) -> Option<(&'static str, &str)> {
    [("(+)", "plus"), ("(-)", "minus"), ("(\u{2212})", "minus")]
        .into_iter()
        .find_map(|(sign, word)| text.strip_prefix(sign).map(|after| (word, after)))
}

fn greek_name(c: char) -> Option<&'static str> {
    Some(match c {
        'α' | 'Α' => "alpha",
        'β' | 'Β' | 'ß' => "beta",
        'γ' | 'Γ' => "gamma",
        'δ' | 'Δ' => "delta",
        'ε' | 'Ε' | 'ϵ' => "epsilon",
        'ζ' | 'Ζ' => "zeta",
        'η' | 'Η' => "eta",
        'θ' | 'Θ' => "theta",
        'ι' | 'Ι' => "iota",
        'κ' | 'Κ' => "kappa",
        'λ' | 'Λ' => "lambda",
        'μ' | 'Μ' | '\u{b5}' => "mu",
        'ν' | 'Ν' => "nu",
        'ξ' | 'Ξ' => "xi",
        'ο' | 'Ο' => "omicron",
        'π' | 'Π' => "pi",
        'ρ' | 'Ρ' => "rho",
        'σ' | 'ς' | 'Σ' => "sigma",
        'τ' | 'Τ' => "tau",
        'υ' | 'Υ' => "upsilon",
        'φ' | 'Φ' | 'ϕ' => "phi",
        'χ' | 'Χ' => "chi",
        'ψ' | 'Ψ' => "psi",
        'ω' | 'Ω' => "omega",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn spellings_of_one_name_fold_to_one_text() {
        for (one, other) in [
            ("IFN-gamma", "IFNγ"),
            ("TGF-beta", "tgf β"),
            ("Il-13", "IL13"),
            ("T-cell activation", "t cell Activation"),
            ("17β-estradiol", "17beta-Estradiol"),
            ("TGF-\u{b5}", "TGF-μ"),
        ] {
            assert_eq!(fold(one), fold(other), "{one}");
        }
    }

    #[test]
    fn the_sign_of_a_stereo_form_is_kept() {
        assert_ne!(fold("(+)-JQ1"), fold("(-)-JQ1"));
        assert_eq!(fold("(-)-JQ1"), fold("(\u{2212})-JQ1"));
    }

    #[test]
    fn a_text_without_letters_folds_to_nothing() {
        assert_eq!(fold(" -|+ "), "");
    }
}
