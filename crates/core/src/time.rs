//! How long a perturbation lasted.

use std::fmt;
use std::str::FromStr;

use crate::as_string::serde_as_string;
use crate::error::Error;
use crate::quantity::{short_number, split_number};

const HOUR: f64 = 3600.0;
const MINUTE: f64 = 60.0;

/// A span of time, not negative. `24h`, `24 hours` and `1 day` are equal.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Duration {
    seconds: f64,
}

impl Duration {
    /// A span of `hours`.
    ///
    /// # Errors
    /// When `hours` is negative or not finite.
    pub fn from_hours(hours: f64) -> Result<Self, Error> {
        let seconds = hours * HOUR;
        if seconds.is_finite() && seconds >= 0.0 {
            Ok(Self { seconds })
        } else {
            Err(refused(&format!("{hours} hours")))
        }
    }

    /// The span in hours.
    pub fn hours(self) -> f64 {
        self.seconds / HOUR
    }
}

impl FromStr for Duration {
    type Err = Error;

    /// Reads `24h`, `24 hours`, `2 days`, `30 min`, `1 week`, `90 s` and the like.
    fn from_str(text: &str) -> Result<Self, Error> {
        split_number(text)
            .and_then(|(value, unit)| Some(value * seconds_in(unit)?))
            .filter(|seconds| seconds.is_finite())
            .map(|seconds| Self { seconds })
            .ok_or_else(|| refused(text))
    }
}

/// A lone `m` is a minute to some and a month to others: it is not a unit.
fn seconds_in(unit: &str) -> Option<f64> {
    Some(match unit.to_ascii_lowercase().as_str() {
        "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
        "min" | "mins" | "minute" | "minutes" => MINUTE,
        "h" | "hr" | "hrs" | "hour" | "hours" => HOUR,
        "d" | "day" | "days" => 24.0 * HOUR,
        "w" | "wk" | "wks" | "week" | "weeks" => 7.0 * 24.0 * HOUR,
        _ => return None,
    })
}

fn refused(given: &str) -> Error {
    Error::Parse {
        what: "a time",
        given: given.to_owned(),
        fix: "write a number and a unit (min, h, days, weeks), for example `24h`, `24 hours`, \
              `2 days` or `30 min`"
            .to_owned(),
        code: "invalid_time",
        nearest: Vec::new(),
    }
}

impl fmt::Display for Duration {
    /// The largest of hours, minutes and seconds that gives a whole number: `48 h`, `90 min`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.seconds % HOUR == 0.0 {
            write!(f, "{} h", short_number(self.seconds / HOUR))
        } else if self.seconds % MINUTE == 0.0 {
            write!(f, "{} min", short_number(self.seconds / MINUTE))
        } else {
            write!(f, "{} s", short_number(self.seconds))
        }
    }
}

serde_as_string!(Duration);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_the_protocol_read_the_same() {
        for (given, hours, canonical) in [
            ("24h", 24.0, "24 h"),
            ("24 hours", 24.0, "24 h"),
            ("24 Hours", 24.0, "24 h"),
            ("2 days", 48.0, "48 h"),
            ("30 min", 0.5, "30 min"),
            ("1.5 h", 1.5, "90 min"),
            ("1 week", 168.0, "168 h"),
            ("1 weeks", 168.0, "168 h"),
            ("0 hours", 0.0, "0 h"),
            ("90 s", 0.025, "90 s"),
        ] {
            let time: Duration = given.parse().unwrap();
            assert_eq!(time.hours(), hours, "{given}");
            assert_eq!(time.to_string(), canonical, "{given}");
            assert_eq!(canonical.parse::<Duration>().unwrap(), time);
        }
    }

    #[test]
    fn what_is_not_a_time_is_refused_with_the_text_and_an_example() {
        for text in [
            "",
            "24",
            "h",
            "-1 h",
            "5 m",
            "inf h",
            "1e308 weeks",
            "24 uM",
            "a day",
            "24 h later",
        ] {
            let error = text.parse::<Duration>().unwrap_err().to_string();
            assert!(
                error.contains(&format!("`{text}`")) && error.contains("`24 hours`"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_span_of_any_length_is_short() {
        for text in ["1e300 h", "1e305 s"] {
            let time: Duration = text.parse().unwrap();
            assert!(time.to_string().len() < 30, "{time}");
        }
    }

    #[test]
    fn a_span_of_no_time_is_never_negative_or_nan() {
        assert!(Duration::from_hours(-1.0).is_err());
        assert!(Duration::from_hours(f64::NAN).is_err());
    }
}
