//! Samples from metadata alone.

use refcast_core::random::draw_seed;
use refcast_core::{
    BaselinePrediction, BaselineQuery, Faults, Metadata, PerturbationFields, RawBaselineQuery,
    Support,
};
use refcast_model::BaselineSamples;
use refcast_model::vocabulary::Understood;

use super::perturbation::resolve;
use crate::answer::{Answer, Batch, Content, Head, InputFacts, Resources, Row};
use crate::error::Result;
use crate::session::Session;

/// Samples in memory at a time.
const SAMPLES_AT_A_TIME: u32 = 128;

/// The description of samples, and how they are to be generated.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use refcast::{FromMetadataAsk, Session};
/// use refcast_core::RawBaselineQuery;
///
/// let session = Session::open("gem-1-bulk")?;
/// let query = RawBaselineQuery {
///     metadata: vec![("tissue".into(), "liver".into())],
///     num_samples: Some("2".into()),
///     sampling_strategy: Some("sample generation".into()),
///     ..RawBaselineQuery::default()
/// };
/// let ask = FromMetadataAsk::new(&session, None, query)?;
/// let folder = tempfile::tempdir()?;
/// ask.answer().write(&folder.path().join("livers.tsv.gz"))?;
/// # Ok(())
/// # }
/// ```
pub struct FromMetadataAsk<'s> {
    session: &'s Session,
    query: BaselineQuery,
    samples: BaselineSamples<'s>,
    understood: Vec<Understood>,
}

impl<'s> FromMetadataAsk<'s> {
    /// The samples that `raw` describes, under the perturbation of that name or the one that `raw`
    /// has the id of, if any. A seed is drawn where it has none.
    ///
    /// # Errors
    /// Every fault of every field; names that no table knows, with the nearest.
    pub fn new(session: &'s Session, name: Option<&str>, raw: RawBaselineQuery) -> Result<Self> {
        let mut faults = Faults::new();
        let fields = raw.perturbation.clone();
        let is_treated = name.is_some() || fields != PerturbationFields::default();
        let named = is_treated.then(|| resolve(session, name, fields));
        let named = faults.gather(named.transpose())?;
        // Names that nothing has are found beside the faults of other fields.
        let mut good = Metadata::default();
        for (name, value) in &raw.metadata {
            if let Ok(one) = Metadata::check([(name, value)]) {
                one.iter().for_each(|(field, value)| good.set(field, value));
            }
        }
        faults.gather(session.model().resolve_metadata(&good))?;
        let (fields, understood) = match named.flatten() {
            Some(named) => (named.fields, named.understood),
            None => Default::default(),
        };
        let raw = RawBaselineQuery {
            perturbation: fields,
            ..raw
        };
        let query = faults.keep("", raw.check(draw_seed()));
        let query = match query {
            Some(query) if faults.is_empty() => query,
            _ => return Err(faults.into_error().into()),
        };
        Ok(Self {
            session,
            samples: session.model().baseline(&query, 0)?,
            query,
            understood,
        })
    }

    /// The query, with a seed.
    pub fn query(&self) -> &BaselineQuery {
        &self.query
    }

    /// What was understood of the perturbation.
    pub fn understood(&self) -> &[Understood] {
        &self.understood
    }

    /// The metadata, with names resolved to ids.
    pub fn metadata(&self) -> &Metadata {
        self.samples.metadata()
    }

    /// What the samples rest on, the same for each.
    pub fn support(&self) -> &Support {
        self.samples.support()
    }

    /// The samples.
    pub fn answer(&self) -> Answer<'_> {
        let head = Head {
            samples: self.query.num_samples as usize,
            ..Head::new(self.session, Content::Expression, &self.query)
        };
        let run = |resources: &Resources<'_>, take: &mut dyn FnMut(Batch<'_>) -> Result<()>| {
            let draw = |at| Ok(self.row(self.samples.sample(at)?));
            resources.in_batches(self.samples.len(), SAMPLES_AT_A_TIME, draw, |_, rows| {
                let reference = None;
                take(Batch { reference, rows })
            })?;
            Ok(None)
        };
        Answer::new(head, run)
    }

    fn row(&self, made: BaselinePrediction) -> Row<'_> {
        let name = format!("sample.{}", made.sample + 1);
        let facts = InputFacts {
            understood: &self.understood,
            ..InputFacts::default()
        };
        let perturbation = self.query.perturbation.as_ref();
        Row::from_metadata(&facts, self.metadata(), perturbation, made).with_name(name)
    }
}
