//! Ages and choices as people write them.

use super::{Fault, MetadataField, OLDEST, quoted};
use crate::quantity::split_number;

/// What else people write for the values that a field allows.
const USUAL_WORDS: [(MetadataField, &str, &[&str]); 9] = [
    (
        MetadataField::Sex,
        "female",
        &["f", "females", "woman", "women", "girl", "xx"],
    ),
    (
        MetadataField::Sex,
        "male",
        &["m", "males", "man", "men", "boy", "xy"],
    ),
    (
        MetadataField::SampleType,
        "primary tissue",
        &["tissue", "biopsy", "primary tissues", "tissue biopsy"],
    ),
    (
        MetadataField::SampleType,
        "primary cells",
        &["primary cell", "primary", "primary culture"],
    ),
    (MetadataField::SampleType, "cell line", &["cell lines"]),
    (MetadataField::SampleType, "organoid", &["organoids"]),
    (
        MetadataField::SampleType,
        "xenograft",
        &["xenografts", "pdx", "patient derived xenograft"],
    ),
    (
        MetadataField::LibraryLayout,
        "PAIRED",
        &["paired end", "pe"],
    ),
    (
        MetadataField::LibraryLayout,
        "SINGLE",
        &["single end", "se"],
    ),
];

/// The value of a list that `given` means, in another of its usual spellings.
pub(super) fn usual(field: MetadataField, given: &str) -> Option<&'static str> {
    let given = given.to_lowercase();
    USUAL_WORDS
        .iter()
        .find(|(own, _, words)| *own == field && words.contains(&&*given))
        .map(|(_, value, _)| *value)
}

/// An age as a number of years: `45`, `45 years`, `45yo`, `18 months`, `P45Y`.
pub(super) fn age(value: &str) -> std::result::Result<String, Fault> {
    let fault = |message: String| {
        Err(Fault::new(
            MetadataField::AgeYears.name(),
            "out_of_range",
            message,
        ))
    };
    if let Some((from, to)) = range(value) {
        return fault(format!(
            "{} is a range: give one number of years, for example {}",
            quoted(value),
            f64::midpoint(from, to)
        ));
    }
    match years(value).filter(|years| (0.0..=OLDEST).contains(years)) {
        Some(years) => Ok(years.to_string()),
        None => fault(format!(
            "{} is not an age from 0 to {OLDEST} years: write it like `45`, `45 years` or `18 months`",
            quoted(value)
        )),
    }
}

fn years(value: &str) -> Option<f64> {
    let lower = value.to_lowercase();
    // ISO 8601, as BioSamples has it.
    let iso = lower.strip_prefix('p').unwrap_or(&lower);
    let (number, unit) = split_number(iso)?;
    let unit: String = unit
        .chars()
        .filter(|c| !matches!(c, '-' | '.' | '/' | ' ' | '_'))
        .collect();
    let unit = unit.strip_suffix("ofage").unwrap_or(&unit);
    let unit = unit.strip_suffix("old").unwrap_or(unit);
    let per_year = match unit {
        "" | "y" | "yr" | "yrs" | "year" | "years" | "yo" => 1.0,
        "mo" | "mos" | "month" | "months" => 12.0,
        "w" | "wk" | "wks" | "week" | "weeks" => 365.25 / 7.0,
        "d" | "day" | "days" => 365.25,
        // Months to ISO, minutes or metres to nobody here.
        "m" if iso.len() < lower.len() => 12.0,
        _ => return None,
    };
    Some(number / per_year)
}

/// `60-69`, `60 to 69 years`, `60s`.
fn range(value: &str) -> Option<(f64, f64)> {
    let (from, rest) = split_number(value)?;
    if rest.eq_ignore_ascii_case("s") || rest.eq_ignore_ascii_case("'s") {
        return Some((from, from + 9.0));
    }
    let rest = rest
        .strip_prefix(['-', '\u{2013}', '\u{2014}'])
        .or_else(|| rest.strip_prefix("to "))?;
    let (to, _) = split_number(rest)?;
    Some((from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_read_with_its_unit() {
        for (given, years) in [
            ("45", "45"),
            ("45.50", "45.5"),
            ("45 years", "45"),
            ("45y", "45"),
            ("45 y", "45"),
            ("45yrs", "45"),
            ("45 yo", "45"),
            ("45 y.o.", "45"),
            ("45-year-old", "45"),
            ("45 Years Old", "45"),
            ("45 years of age", "45"),
            ("18 months", "1.5"),
            ("6mo", "0.5"),
            ("P45Y", "45"),
            ("P6M", "0.5"),
            ("0", "0"),
        ] {
            assert_eq!(age(given).unwrap(), years, "{given}");
        }
    }

    #[test]
    fn a_range_is_answered_with_its_middle_and_what_is_no_age_with_how_to_write_one() {
        for (given, part) in [
            ("60-69", "64.5"),
            ("60\u{2013}69 years", "64.5"),
            ("60s", "64.5"),
            ("200", "from 0 to 130"),
            ("-3", "from 0 to 130"),
            ("old", "45 years"),
            ("45 m", "18 months"),
            ("nan", "45 years"),
        ] {
            let message = age(given).unwrap_err().message;
            assert!(message.contains(part), "{given}: {message}");
        }
    }

    #[test]
    fn sexes_and_sample_types_are_read_in_other_words() {
        for (field, given, value) in [
            (MetadataField::Sex, "F", Some("female")),
            (MetadataField::Sex, "M", Some("male")),
            (MetadataField::Sex, "woman", Some("female")),
            (MetadataField::Sex, "XY", Some("male")),
            (MetadataField::Sex, "x", None),
            (MetadataField::SampleType, "PDX", Some("xenograft")),
            (MetadataField::LibraryLayout, "paired end", Some("PAIRED")),
        ] {
            assert_eq!(usual(field, given), value, "{given}");
        }
    }
}
