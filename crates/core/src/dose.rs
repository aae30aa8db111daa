//! Doses: a number, a unit with a dimension, and for percentages what the percentage is of.

mod unit;

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use crate::as_string::serde_as_string;
use crate::error::Error;
use crate::quantity::{short_number, split_number};

pub use unit::{Dimension, DoseUnit};

const FIX: &str = "write a number and a unit, for example `10 uM`, `100 ng/ml`, `1 mg/kg`, \
                   `2000 U/ml`, `MOI 2` or `0.5% O2`; one dose per entity, separated by `;`";

/// The most words of a dose that a remark follows.
const MOST_WORDS: usize = 16;

/// How much of an entity a sample was given.
///
/// Equality and order are of the physical amount: `1000 nM` equals `1 uM`.
#[derive(Debug, Clone)]
pub struct Dose {
    value: f64,
    unit: DoseUnit,
    substance: Option<String>,
}

impl Dose {
    /// `value` in `unit`.
    ///
    /// # Errors
    /// When `value` is negative or not finite, or a percentage above 100.
    pub fn new(value: f64, unit: DoseUnit) -> Result<Self, Error> {
        let dose = Self {
            value,
            unit,
            substance: None,
        };
        if dose.in_range() {
            Ok(dose)
        } else {
            Err(refused(&format!("{value} {}", unit.symbol())))
        }
    }

    /// The number, in [`Dose::unit`].
    pub fn value(&self) -> f64 {
        self.value
    }

    /// The unit as given.
    pub fn unit(&self) -> DoseUnit {
        self.unit
    }

    /// What a percentage is of (`O2`); `None` for every other unit.
    pub fn substance(&self) -> Option<&str> {
        self.substance.as_deref()
    }

    /// What kind of amount it is; doses of two dimensions cannot be compared.
    pub fn dimension(&self) -> Dimension {
        self.unit.dimension()
    }

    /// The amount in the base unit of its dimension: M, g/l, mg/kg, U/ml, MOI or %.
    pub fn canonical_value(&self) -> f64 {
        self.unit.to_base(self.value)
    }

    /// Whether it is nothing of an agent, also as an amount too small for a number. No oxygen is a
    /// condition like another: a percentage of something may be zero.
    pub fn is_nothing(&self) -> bool {
        self.canonical_value() == 0.0 && self.substance.is_none()
    }

    /// Every dose of a text that separates several by `;` or `|`, one per entity.
    ///
    /// # Errors
    /// When one of them is not a dose.
    pub fn parse_joined(text: &str) -> Result<Vec<Self>, Error> {
        text.split([';', '|']).map(str::parse).collect()
    }

    /// Reads doses as study annotations write them: like [`Dose::parse_joined`], with a remark
    /// after a dose allowed and dropped, in brackets or not (`10 nm (DHT)`, `2000 U/ml IFN-beta`).
    /// Not for queries, where a remark may be a typing mistake.
    ///
    /// # Errors
    /// When a part does not begin with a dose.
    pub fn parse_annotation(text: &str) -> Result<Vec<Self>, Error> {
        text.split([';', '|'])
            .map(|part| {
                let part = part.split_once('(').map_or(part, |(dose, _)| dose).trim();
                // The longest run of words that is a dose, so that `0.5% O2` keeps its substance. No
                // dose has more words, and to try them all takes the square of their number.
                let ends = part
                    .char_indices()
                    .filter(|(_, c)| c.is_whitespace())
                    .map(|(i, _)| i)
                    .take(MOST_WORDS);
                std::iter::once(part.len())
                    .chain(ends.collect::<Vec<_>>().into_iter().rev())
                    .find_map(|end| part[..end].parse().ok())
                    .ok_or_else(|| refused(part))
            })
            .collect()
    }

    fn in_range(&self) -> bool {
        let base = self.canonical_value();
        let most = match self.dimension() {
            Dimension::Percent => 100.0,
            _ => f64::MAX,
        };
        (0.0..=most).contains(&base)
    }
}

impl FromStr for Dose {
    type Err = Error;

    /// Reads one dose: `10uM`, `10 um` (micromolar: a dose has no length), `10 µM`, `1mg/kg`,
    /// `100 ng/ml`, `MOI 2`, `2 MOI`, `2000 U/ml`, `0.5% O2`.
    fn from_str(text: &str) -> Result<Self, Error> {
        parse(text.trim())
            .filter(Dose::in_range)
            .ok_or_else(|| refused(text))
    }
}

fn parse(text: &str) -> Option<Dose> {
    if let Some(number) = text
        .get(..3)
        .filter(|head| head.eq_ignore_ascii_case("moi"))
    {
        let (value, rest) = split_number(text[number.len()..].trim_start_matches([' ', '=', ':']))?;
        return rest.is_empty().then_some(Dose {
            value,
            unit: DoseUnit::Moi,
            substance: None,
        });
    }
    let (value, unit) = split_number(text)?;
    if let Some(label) = unit.strip_prefix('%') {
        let label = label.split_whitespace().collect::<Vec<_>>().join(" ");
        let is_name = label
            .chars()
            .all(|c| c.is_alphanumeric() || " -+/".contains(c));
        return is_name.then(|| Dose {
            value,
            unit: DoseUnit::Percent,
            substance: (!label.is_empty()).then_some(label),
        });
    }
    DoseUnit::from_text(unit).map(|unit| Dose {
        value,
        unit,
        substance: None,
    })
}

fn refused(given: &str) -> Error {
    Error::Parse {
        what: "a dose",
        given: given.to_owned(),
        fix: FIX.to_owned(),
        code: "invalid_dose",
        nearest: Vec::new(),
    }
}

impl fmt::Display for Dose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.unit {
            DoseUnit::Moi => write!(f, "MOI {}", short_number(self.value)),
            DoseUnit::Percent => write!(f, "{}%", short_number(self.value)),
            unit => write!(f, "{} {}", short_number(self.value), unit.symbol()),
        }?;
        match &self.substance {
            Some(substance) => write!(f, " {substance}"),
            None => Ok(()),
        }
    }
}

impl PartialEq for Dose {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Dose {}

impl PartialOrd for Dose {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Dose {
    fn cmp(&self, other: &Self) -> Ordering {
        // A whole factor between two spellings of one amount may cost the last bit.
        let (a, b) = (self.canonical_value(), other.canonical_value());
        let by_amount = if (a - b).abs() <= 1e-12 * a.max(b) {
            Ordering::Equal
        } else {
            a.total_cmp(&b)
        };
        self.dimension()
            .cmp(&other.dimension())
            .then(by_amount)
            .then_with(|| self.substance.cmp(&other.substance))
    }
}

serde_as_string!(Dose);

#[cfg(test)]
mod tests {
    use super::*;

    fn dose(text: &str) -> Dose {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn both_spellings_of_the_protocol_read_the_same() {
        for (given, canonical, dimension, base) in [
            ("10uM", "10 uM", Dimension::Molar, 1e-5),
            ("10 um", "10 uM", Dimension::Molar, 1e-5),
            ("10 \u{b5}M", "10 uM", Dimension::Molar, 1e-5),
            ("10 \u{3bc}M", "10 uM", Dimension::Molar, 1e-5),
            ("10 nm", "10 nM", Dimension::Molar, 1e-8),
            ("2 M", "2 M", Dimension::Molar, 2.0),
            ("1mg/kg", "1 mg/kg", Dimension::MassPerBodyMass, 1.0),
            ("1 mg/kg", "1 mg/kg", Dimension::MassPerBodyMass, 1.0),
            ("100 ng/ml", "100 ng/ml", Dimension::MassPerVolume, 1e-4),
            ("100 NG/mL", "100 ng/ml", Dimension::MassPerVolume, 1e-4),
            ("100 ug/l", "100 ug/l", Dimension::MassPerVolume, 1e-4),
            ("MOI 2", "MOI 2", Dimension::Infectivity, 2.0),
            ("2 MOI", "MOI 2", Dimension::Infectivity, 2.0),
            ("moi=0.1", "MOI 0.1", Dimension::Infectivity, 0.1),
            (
                "2000 U/ml",
                "2000 U/ml",
                Dimension::ActivityPerVolume,
                2000.0,
            ),
            (
                "2000 IU/ml",
                "2000 U/ml",
                Dimension::ActivityPerVolume,
                2000.0,
            ),
            ("0.5% O2", "0.5% O2", Dimension::Percent, 0.5),
            ("0.5 %", "0.5%", Dimension::Percent, 0.5),
            ("1e308 M", "1e308 M", Dimension::Molar, 1e308),
        ] {
            let dose = dose(given);
            assert_eq!(dose.to_string(), canonical, "{given}");
            assert_eq!(dose.dimension(), dimension, "{given}");
            assert_eq!(dose.canonical_value(), base, "{given}");
            assert_eq!(self::dose(canonical), dose, "{given}");
        }
    }

    #[test]
    fn the_same_amount_in_two_units_is_the_same_dose() {
        assert_eq!(dose("1000 nM"), dose("1 uM"));
        assert_eq!(dose("0.3 uM"), dose("300 nM"));
        assert!(dose("1 nM") < dose("1 uM"));
        assert_ne!(dose("5% O2"), dose("5% CO2"));
    }

    #[test]
    fn nothing_of_an_agent_is_told_from_a_little_and_from_no_oxygen() {
        for text in ["0 uM", "0.0 mg/kg", "MOI 0", "0 %", "1e-320 uM"] {
            assert!(dose(text).is_nothing(), "{text}");
        }
        for text in ["1e-300 uM", "0% O2", "0.5 %"] {
            assert!(!dose(text).is_nothing(), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_dose_is_refused_with_the_text_and_an_example() {
        for text in [
            "",
            "10",
            "uM",
            "-1 uM",
            "NaN uM",
            "inf uM",
            "10 m",
            "10 meters",
            "10 uM x",
            "MOI",
            "MOI two",
            "101%",
            "10 nm (DHT)",
            "2000 U/ml IFN-beta",
            "1,5 uM",
            "1 %%",
        ] {
            let error = text.parse::<Dose>().unwrap_err().to_string();
            assert!(
                error.contains(&format!("`{text}`")) && error.contains("`10 uM`"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_combination_has_a_dose_per_entity() {
        let doses = Dose::parse_joined("20 ng/ml; MOI 10").unwrap();
        assert_eq!(doses, [dose("20 ng/ml"), dose("MOI 10")]);
        assert!(Dose::parse_joined("20 ng/ml;").is_err());
    }

    #[test]
    fn remarks_are_dropped_in_annotations_only() {
        let read = |text| Dose::parse_annotation(text).unwrap();
        assert_eq!(read("10 um; 10 nm (DHT)"), [dose("10 uM"), dose("10 nM")]);
        assert_eq!(read("2000 U/ml IFN-beta"), [dose("2000 U/ml")]);
        assert_eq!(read("0.5% O2"), [dose("0.5% O2")]);
        assert!(Dose::parse_annotation("a lot").is_err());
    }
}
