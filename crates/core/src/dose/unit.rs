//! The units of doses, their dimensions and their spellings.

/// What kind of amount a dose is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// Amount of substance per volume; base unit M.
    Molar,
    /// Mass per volume; base unit g/l.
    MassPerVolume,
    /// Mass per body mass; base unit mg/kg.
    MassPerBodyMass,
    /// Biological activity per volume; base unit U/ml.
    ActivityPerVolume,
    /// Multiplicity of infection: infectious units per cell.
    Infectivity,
    /// Percent, of a gas or by volume.
    Percent,
}

macro_rules! dose_units {
    ($($(#[$doc:meta])* $unit:ident, $symbol:literal, $dimension:ident, $times:literal / $per:literal, [$($spelling:literal),*];)*) => {
        /// A unit of dose.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum DoseUnit {
            $($(#[$doc])* $unit,)*
        }

        impl DoseUnit {
            /// Every unit.
            pub const ALL: &[Self] = &[$(Self::$unit,)*];

            /// The canonical spelling.
            pub fn symbol(self) -> &'static str {
                match self { $(Self::$unit => $symbol,)* }
            }

            /// What kind of amount it measures.
            pub fn dimension(self) -> Dimension {
                match self { $(Self::$unit => Dimension::$dimension,)* }
            }

            /// Base units as a fraction, whose parts are exact where the quotient is not.
            fn factor(self) -> (f64, f64) {
                match self { $(Self::$unit => ($times, $per),)* }
            }

            /// Other spellings, in lower case.
            fn spellings(self) -> &'static [&'static str] {
                match self { $(Self::$unit => &[$($spelling),*],)* }
            }
        }
    };
}

dose_units! {
    /// Mole per litre.
    Molar, "M", Molar, 1.0 / 1.0, ["mol/l"];
    /// 10⁻³ M.
    Millimolar, "mM", Molar, 1.0 / 1e3, ["mmol/l"];
    /// 10⁻⁶ M.
    Micromolar, "uM", Molar, 1.0 / 1e6, ["umol/l"];
    /// 10⁻⁹ M.
    Nanomolar, "nM", Molar, 1.0 / 1e9, ["nmol/l"];
    /// 10⁻¹² M.
    Picomolar, "pM", Molar, 1.0 / 1e12, ["pmol/l"];
    /// Gram per litre.
    GramPerLitre, "g/l", MassPerVolume, 1.0 / 1.0, [];
    /// Milligram per millilitre.
    MilligramPerMillilitre, "mg/ml", MassPerVolume, 1.0 / 1.0, ["ug/ul"];
    /// Microgram per millilitre.
    MicrogramPerMillilitre, "ug/ml", MassPerVolume, 1.0 / 1e3, ["mcg/ml", "ng/ul", "mg/l"];
    /// Nanogram per millilitre.
    NanogramPerMillilitre, "ng/ml", MassPerVolume, 1.0 / 1e6, [];
    /// Microgram per litre.
    MicrogramPerLitre, "ug/l", MassPerVolume, 1.0 / 1e6, [];
    /// Picogram per millilitre.
    PicogramPerMillilitre, "pg/ml", MassPerVolume, 1.0 / 1e9, ["ng/l"];
    /// Gram per kilogram of body mass.
    GramPerKilogram, "g/kg", MassPerBodyMass, 1e3 / 1.0, [];
    /// Milligram per kilogram of body mass.
    MilligramPerKilogram, "mg/kg", MassPerBodyMass, 1.0 / 1.0, [];
    /// Microgram per kilogram of body mass.
    MicrogramPerKilogram, "ug/kg", MassPerBodyMass, 1.0 / 1e3, ["mcg/kg"];
    /// Units of activity per millilitre.
    UnitPerMillilitre, "U/ml", ActivityPerVolume, 1.0 / 1.0, ["iu/ml", "units/ml"];
    /// Thousand units of activity per millilitre.
    KilounitPerMillilitre, "kU/ml", ActivityPerVolume, 1e3 / 1.0, [];
    /// Units of activity per litre.
    UnitPerLitre, "U/l", ActivityPerVolume, 1.0 / 1e3, ["iu/l", "mu/ml"];
    /// Infectious units per cell.
    Moi, "MOI", Infectivity, 1.0 / 1.0, [];
    /// Percent.
    Percent, "%", Percent, 1.0 / 1.0, [];
}

impl DoseUnit {
    /// `value` of this unit in the base unit of its dimension, rounded once.
    pub(crate) fn to_base(self, value: f64) -> f64 {
        let (times, per) = self.factor();
        value * times / per
    }

    /// The unit that `text` spells. Case does not matter, except for a lone `M`: `m` is as likely
    /// to mean milli, metre or minute. Both micro signs read as `u`.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        if text == "m" {
            return None;
        }
        let folded: String = text
            .chars()
            .filter(|c| !c.is_whitespace())
            .map(|c| match c {
                '\u{b5}' | '\u{3bc}' => 'u',
                c => c.to_ascii_lowercase(),
            })
            .collect();
        Self::ALL.iter().copied().find(|unit| {
            unit.symbol().eq_ignore_ascii_case(&folded)
                || unit.spellings().contains(&folded.as_str())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_spelling_means_two_units() {
        let mut seen = std::collections::BTreeMap::new();
        for &unit in DoseUnit::ALL {
            for spelling in unit.spellings().iter().copied().chain([unit.symbol()]) {
                let before = seen.insert(spelling.to_lowercase(), unit);
                assert_eq!(before, None, "{spelling}");
            }
        }
    }

    #[test]
    fn every_unit_reads_its_own_symbol() {
        for &unit in DoseUnit::ALL {
            assert_eq!(DoseUnit::from_text(unit.symbol()), Some(unit));
        }
    }
}
