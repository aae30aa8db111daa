//! How samples are drawn and what they keep of their reference.

use std::fmt;
use std::str::FromStr;

use crate::as_string::serde_as_string;
use crate::error::{Error, Result};
use crate::nearest::nearest;

/// Whether the answer is a draw or an expectation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SamplingStrategy {
    /// Realistic samples, with measurement error.
    SampleGeneration,
    /// The expected expression, without measurement error.
    MeanEstimation,
}

impl SamplingStrategy {
    /// Both strategies.
    pub const ALL: [Self; 2] = [Self::SampleGeneration, Self::MeanEstimation];

    /// The seed of a query that gives none: `drawn`, or 0 where nothing is drawn, so that the same
    /// question has the same answer to the byte.
    pub fn seed_where_none_is_given(self, deterministic_latents: bool, drawn: u64) -> u64 {
        match self {
            Self::MeanEstimation if deterministic_latents => 0,
            _ => drawn,
        }
    }

    /// The spelling of the wire protocol.
    pub fn name(self) -> &'static str {
        match self {
            Self::SampleGeneration => "sample generation",
            Self::MeanEstimation => "mean estimation",
        }
    }
}

impl FromStr for SamplingStrategy {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let name = text.trim().to_lowercase();
        Self::ALL
            .into_iter()
            .find(|strategy| strategy.name() == name)
            .ok_or_else(|| Error::Parse {
                what: "a sampling strategy",
                given: text.to_owned(),
                fix: "choose `sample generation` (with measurement error) or `mean estimation`"
                    .to_owned(),
                code: "unknown_sampling_strategy",
                nearest: nearest(&name, Self::ALL.map(Self::name), 1),
            })
    }
}

impl fmt::Display for SamplingStrategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

serde_as_string!(SamplingStrategy);

/// Which latents are taken from the reference; the others are drawn from their priors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Conditioning {
    /// The sample's own biology: tissue, cell type, donor.
    pub biological: bool,
    /// The sample's own technical character: library, platform, batch.
    pub technical: bool,
}

impl Default for Conditioning {
    /// Both, as in the wire protocol.
    fn default() -> Self {
        Self {
            biological: true,
            technical: true,
        }
    }
}

impl Conditioning {
    /// Reads a list of names, in any order; an empty list takes nothing from the reference.
    ///
    /// # Errors
    /// When one of the names is neither `biological` nor `technical`.
    pub fn from_names<S: AsRef<str>>(names: &[S]) -> Result<Self> {
        let mut conditioning = Self {
            biological: false,
            technical: false,
        };
        for name in names {
            match name.as_ref().trim().to_lowercase().as_str() {
                "biological" => conditioning.biological = true,
                "technical" => conditioning.technical = true,
                other => {
                    return Err(Error::Parse {
                        what: "a latent to condition on",
                        given: name.as_ref().to_owned(),
                        fix: "choose `biological`, `technical` or both".to_owned(),
                        code: "unknown_conditioning",
                        nearest: nearest(other, ["biological", "technical"], 1),
                    });
                }
            }
        }
        Ok(conditioning)
    }

    /// The names of what is taken from the reference.
    pub fn names(self) -> Vec<&'static str> {
        let named = [
            (self.biological, "biological"),
            (self.technical, "technical"),
        ];
        named
            .into_iter()
            .filter(|(taken, _)| *taken)
            .map(|(_, name)| name)
            .collect()
    }
}

impl serde::Serialize for Conditioning {
    fn serialize<S: serde::Serializer>(
        &self,
        serializer: S,
    ) -> std::result::Result<S::Ok, S::Error> {
        self.names().serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strategy_is_read_in_any_case_and_a_typo_is_answered() {
        assert_eq!(
            "Mean Estimation".parse::<SamplingStrategy>().unwrap(),
            SamplingStrategy::MeanEstimation
        );
        let error = "mean-estimation".parse::<SamplingStrategy>().unwrap_err();
        assert_eq!(error.into_faults("")[0].nearest, ["mean estimation"]);
    }

    #[test]
    fn conditioning_is_a_set() {
        assert_eq!(
            Conditioning::from_names(&["technical", "biological"]).unwrap(),
            Conditioning::default()
        );
        assert_eq!(
            Conditioning::from_names(&["technical"]).unwrap().names(),
            ["technical"]
        );
        assert!(
            Conditioning::from_names::<&str>(&[])
                .unwrap()
                .names()
                .is_empty()
        );
        assert!(Conditioning::from_names(&["biology"]).is_err());
    }
}
