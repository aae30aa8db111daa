//! The curated table of conditions: what differs between treated samples and their controls.

use std::collections::BTreeMap;
use std::path::Path;

use refcast_core::{Dose, Duration, OntologyId, PerturbationType};

use super::expression::SampleAnnotation;
use crate::error::{Error, Result};
use crate::table::{Row, read_rows};

/// What was done to a treated sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Treatment {
    /// The entities that differ from the controls.
    pub entities: Vec<OntologyId>,
    /// How.
    pub kind: PerturbationType,
    /// What the controls have as well.
    pub background: Option<String>,
    /// Doses.
    pub doses: Vec<Dose>,
    /// Time.
    pub time: Option<Duration>,
    /// The curator's trust, 0 to 1; 0 leaves the condition out.
    pub weight: f64,
}

/// The table by study and condition.
#[derive(Debug, Clone, Default)]
pub struct Conditions {
    rows: BTreeMap<(String, String), Curated>,
}

#[derive(Debug, Clone)]
struct Curated {
    treatment: Treatment,
    /// The time is curated, so that the annotation's does not count.
    own_time: bool,
}

impl Conditions {
    /// Reads the table: study, condition, entities, type, background, dose, time, use.
    ///
    /// # Errors
    /// A cell that does not parse, named by study and condition.
    pub fn read(path: &Path) -> Result<Self> {
        let mut rows = BTreeMap::new();
        for row in read_rows(path)? {
            let cell = |name: &str| row.get(name).map_or("", String::as_str);
            let key = (cell("study").to_owned(), cell("condition").to_owned());
            let curated = curated(&row).map_err(|problem| {
                Error::recipe(path, format!("{} / {}: {problem}", key.0, key.1))
            })?;
            if rows.insert(key.clone(), curated).is_some() {
                return Err(Error::recipe(
                    path,
                    format!("{} / {} stands there twice", key.0, key.1),
                ));
            }
        }
        Ok(Self { rows })
    }

    /// Adds a condition that the table does not hold.
    pub fn add(&mut self, study: &str, condition: &str, treatment: Treatment) {
        let curated = Curated {
            treatment,
            own_time: true,
        };
        self.rows
            .insert((study.to_owned(), condition.to_owned()), curated);
    }

    /// What was done under a condition, by the table alone.
    pub fn named(&self, study: &str, condition: &str) -> Option<&Treatment> {
        let key = (study.to_owned(), condition.to_owned());
        self.rows.get(&key).map(|curated| &curated.treatment)
    }

    /// What was done to a sample; `None` for a control, and for a condition that is left out.
    ///
    /// # Errors
    /// A treated sample whose condition the table lacks, or a time that does not parse.
    pub fn of(&self, study: &str, sample: &SampleAnnotation) -> Result<Option<Treatment>> {
        if matches!(sample.get("perturbation_type"), "" | "control") {
            return Ok(None);
        }
        let key = (study.to_owned(), sample.get("condition").to_owned());
        let Some(curated) = self.rows.get(&key) else {
            let problem = format!("condition {:?} has no row in conditions.tsv", key.1);
            return Err(Error::study(study, problem));
        };
        let mut treatment = curated.treatment.clone();
        let time = sample.get("perturbation_time");
        if !curated.own_time && !time.is_empty() {
            treatment.time = Some(time.parse()?);
        }
        Ok((treatment.weight > 0.0).then_some(treatment))
    }
}

fn curated(row: &Row) -> std::result::Result<Curated, refcast_core::Error> {
    let cell = |name: &str| row.get(name).map_or("", String::as_str);
    let time = cell("time");
    let weight: f64 = cell("use")
        .parse()
        .map_err(|_| refcast_core::Error::Parse {
            what: "a weight",
            given: cell("use").to_owned(),
            fix: "write a number from 0 (left out) to 1".to_owned(),
            code: "invalid_weight",
            nearest: Vec::new(),
        })?;
    Ok(Curated {
        treatment: Treatment {
            entities: OntologyId::parse_joined(cell("entities"))?,
            kind: cell("type").parse()?,
            background: (!cell("background").is_empty()).then(|| cell("background").to_owned()),
            doses: if cell("dose").is_empty() {
                Vec::new()
            } else {
                Dose::parse_joined(cell("dose"))?
            },
            time: if time.is_empty() || time == "-" {
                None
            } else {
                Some(time.parse()?)
            },
            weight,
        },
        own_time: !time.is_empty(),
    })
}
