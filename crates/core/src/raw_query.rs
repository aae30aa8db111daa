//! A query as text, and the check that reports every fault of it at once.

use crate::error::{Error, Fault, Faults, Result};
use crate::perturbation::{Perturbation, PerturbationFields};
use crate::query::{LARGEST_TOTAL_COUNT, MOST_SAMPLES, Query};
use crate::sampling::{Conditioning, SamplingStrategy};

/// A query for reference conditioning as a person or client gave it. Field names are those of
/// the wire protocol; `None` is what was not given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawQuery {
    /// The four fields of the perturbation.
    pub perturbation: PerturbationFields,
    /// Samples per reference; 1 when not given.
    pub num_samples: Option<String>,
    /// `sample generation` or `mean estimation`; required.
    pub sampling_strategy: Option<String>,
    /// Latents taken from the reference; both when not given.
    pub conditioning: Option<Vec<String>>,
    /// False when not given.
    pub deterministic_latents: Option<bool>,
    /// Drawn by the caller when not given; see [`RawQuery::check`].
    pub seed: Option<String>,
    /// Only with `fixed_total_count`.
    pub total_count: Option<String>,
    /// False when not given.
    pub fixed_total_count: Option<bool>,
}

impl RawQuery {
    /// The query, with `drawn_seed` where none is given.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault of every field.
    pub fn check(self, drawn_seed: u64) -> Result<Query> {
        let mut faults = Faults::new();
        let perturbation = faults.keep("", Perturbation::try_from(self.perturbation));
        let num_samples = match self.num_samples {
            Some(text) => faults.keep("", whole("num_samples", &text, 1, u64::from(MOST_SAMPLES))),
            None => Some(1),
        };
        let strategy = strategy(self.sampling_strategy, &mut faults);
        let conditioning = match self.conditioning {
            Some(names) => faults.keep("conditioning", Conditioning::from_names(&names)),
            None => Some(Conditioning::default()),
        };
        let deterministic_latents = self.deterministic_latents.unwrap_or(false);
        let seed = match self.seed {
            Some(text) => faults.keep("", whole("seed", &text, 0, u64::MAX)),
            None => {
                strategy.map(|own| own.seed_where_none_is_given(deterministic_latents, drawn_seed))
            }
        };
        let fixed_total_count = self.fixed_total_count.unwrap_or(false);
        let total_count = self
            .total_count
            .and_then(|text| faults.keep("", whole("total_count", &text, 1, LARGEST_TOTAL_COUNT)));
        if total_count.is_some() && !fixed_total_count {
            faults.add(
                "total_count",
                "needs_fixed_total_count",
                "the output has the reference's own library size unless `fixed_total_count` is true: \
                 set `fixed_total_count` too, or leave `total_count` out",
            );
        }
        match (perturbation, num_samples, strategy, conditioning, seed) {
            (
                Some(perturbation),
                Some(num_samples),
                Some(sampling_strategy),
                Some(conditioning),
                Some(seed),
            ) => {
                faults.finish(Query {
                    perturbation,
                    // Checked above against a u32.
                    num_samples: num_samples as u32,
                    sampling_strategy,
                    conditioning,
                    deterministic_latents,
                    seed,
                    total_count,
                    fixed_total_count,
                })
            }
            _ => Err(faults.into_error()),
        }
    }
}

/// The strategy, which there is no default for.
pub(crate) fn strategy(given: Option<String>, faults: &mut Faults) -> Option<SamplingStrategy> {
    match given {
        Some(text) => faults.keep("sampling_strategy", text.parse()),
        None => {
            faults.add(
                "sampling_strategy",
                "missing",
                "choose `sample generation` (with measurement error) or `mean estimation`",
            );
            None
        }
    }
}

/// A whole number from `least` to `most`; underscores between digits are allowed.
pub(crate) fn whole(field: &'static str, text: &str, least: u64, most: u64) -> Result<u64> {
    let digits = text.trim().replace('_', "");
    let is_number = digits.bytes().all(|b| b.is_ascii_digit());
    digits
        .parse()
        .ok()
        .filter(|number| is_number && (least..=most).contains(number))
        .ok_or_else(|| {
            let given = crate::error::quoted(text);
            let number: Option<f64> = digits.parse().ok().filter(|_| !is_number);
            // Such a number may stand for another one nearby, which its writer had in mind.
            let is_rounded = number.is_some_and(|number| {
                number.fract() == 0.0 && (least as f64..=most as f64).contains(&number)
            });
            let message = if is_rounded {
                format!(
                    "{given} is not written out: give every digit of a whole number from {least} to {most}, without an \
                     exponent and without a decimal point"
                )
            } else {
                format!("{given} is not a whole number from {least} to {most}")
            };
            Error::from(Fault::new(field, "out_of_range", message))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aspirin() -> RawQuery {
        RawQuery {
            perturbation: PerturbationFields {
                perturbation_ontology_id: Some("CHEMBL25".into()),
                perturbation_dose: Some("10uM".into()),
                ..PerturbationFields::default()
            },
            sampling_strategy: Some("mean estimation".into()),
            ..RawQuery::default()
        }
    }

    fn faults(raw: RawQuery) -> Vec<(String, &'static str)> {
        let faults = raw.check(0).unwrap_err().into_faults("");
        faults
            .into_iter()
            .map(|fault| (fault.path, fault.code))
            .collect()
    }

    #[test]
    fn what_is_not_given_takes_the_default_of_the_protocol() {
        let query = aspirin().check(7).unwrap();
        assert_eq!(query.num_samples, 1);
        assert_eq!(query.sampling_strategy, SamplingStrategy::MeanEstimation);
        assert_eq!(query.conditioning, Conditioning::default());
        assert_eq!((query.seed, query.total_count), (7, None));
        assert!(!query.fixed_total_count && !query.deterministic_latents);
    }

    #[test]
    fn all_faults_of_all_fields_are_reported_at_once() {
        let raw = RawQuery {
            perturbation: PerturbationFields {
                perturbation_ontology_id: Some("CHEMBL25".into()),
                perturbation_type: Some("crispr".into()),
                perturbation_time: Some("later".into()),
                perturbation_dose: Some("some".into()),
            },
            num_samples: Some("0".into()),
            sampling_strategy: Some("guess".into()),
            conditioning: Some(vec!["mood".into()]),
            seed: Some("-1".into()),
            total_count: Some("1e6".into()),
            ..RawQuery::default()
        };
        let paths: Vec<String> = faults(raw).into_iter().map(|(path, _)| path).collect();
        assert_eq!(
            paths,
            [
                "perturbation_time",
                "perturbation_dose",
                "perturbation_type",
                "num_samples",
                "sampling_strategy",
                "conditioning",
                "seed",
                "total_count",
            ]
        );
    }

    #[test]
    fn a_total_count_that_would_be_ignored_is_refused() {
        let mut raw = aspirin();
        raw.total_count = Some("5_000_000".into());
        assert_eq!(
            faults(raw.clone()),
            [("total_count".into(), "needs_fixed_total_count")]
        );
        raw.fixed_total_count = Some(true);
        assert_eq!(raw.check(0).unwrap().total_count, Some(5_000_000));
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        for count in [
            "0",
            "10001",
            "1.5",
            "many",
            "",
            "+1",
            "99999999999999999999",
        ] {
            let mut raw = aspirin();
            raw.num_samples = Some(count.into());
            assert_eq!(
                faults(raw),
                [("num_samples".into(), "out_of_range")],
                "{count}"
            );
        }
        let mut raw = aspirin();
        raw.num_samples = Some("10000".into());
        raw.seed = Some(u64::MAX.to_string());
        assert_eq!(raw.check(0).unwrap().seed, u64::MAX);
    }

    #[test]
    fn a_number_with_an_exponent_is_to_be_written_out() {
        for (seed, is_rounded) in [
            ("1e19", true),
            ("7.0", true),
            ("1e20", false),
            ("1.5", false),
        ] {
            let raw = RawQuery {
                seed: Some(seed.into()),
                ..aspirin()
            };
            let faults = raw.check(0).unwrap_err().into_faults("");
            assert_eq!(
                faults[0].message.contains("without an exponent"),
                is_rounded,
                "{seed}"
            );
        }
    }

    #[test]
    fn a_missing_strategy_is_a_fault() {
        let mut raw = aspirin();
        raw.sampling_strategy = None;
        assert_eq!(faults(raw), [("sampling_strategy".into(), "missing")]);
    }
}
