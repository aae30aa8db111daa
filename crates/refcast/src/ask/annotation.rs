//! What samples are, told from their counts.

use rayon::prelude::*;
use refcast_core::random::draw_seed;
use refcast_core::{AnnotationQuery, RawAnnotationQuery};
use refcast_model::{Annotator, Reference};

use crate::answer::{Answer, Batch, Content, Head, Resources, Row};
use crate::error::Result;
use crate::input::Input;
use crate::session::Session;

/// Samples in memory at a time.
const SAMPLES_AT_A_TIME: usize = 64;

/// The fields that are to be told of samples.
///
/// ```
/// # fn main() -> refcast::Result<()> {
/// use refcast::answer::Resources;
/// use refcast::{AnnotationAsk, Input, Session};
/// use refcast_core::RawAnnotationQuery;
///
/// let session = Session::open("gem-1-bulk")?;
/// let query = RawAnnotationQuery { fields: Some(vec!["tissue".into()]), seed: None };
/// let ask = AnnotationAsk::new(&session, query)?;
/// let mut input = Input::example(&session, 1)?;
/// ask.answer(&mut input).each(&Resources::default(), |batch| {
///     let told = batch.rows[0].annotation.as_ref().expect("of every annotated row");
///     println!("{}: {}", told.reference, told.fields[0].label);
///     Ok(())
/// })?;
/// # Ok(())
/// # }
/// ```
pub struct AnnotationAsk<'s> {
    session: &'s Session,
    query: AnnotationQuery,
    annotator: Annotator<'s>,
}

impl<'s> AnnotationAsk<'s> {
    /// The fields that `raw` names, or all that the model tells. A seed is drawn where it has none.
    ///
    /// # Errors
    /// Every name that is no field, or none that the model tells.
    pub fn new(session: &'s Session, raw: RawAnnotationQuery) -> Result<Self> {
        let query = raw.check(draw_seed())?;
        Ok(Self {
            session,
            annotator: session.model().annotator(&query)?,
            query,
        })
    }

    /// The query, with a seed.
    pub fn query(&self) -> &AnnotationQuery {
        &self.query
    }

    /// What the samples of `input` are.
    pub fn answer<'a>(&'a self, input: &'a mut Input) -> Answer<'a> {
        let head = Head {
            samples: input.len(),
            ..Head::new(self.session, Content::Metadata, &self.query)
        };
        let run = move |resources: &Resources<'_>,
                        take: &mut dyn FnMut(Batch<'_>) -> Result<()>| {
            loop {
                let batch = input.next_batch(SAMPLES_AT_A_TIME)?;
                if batch.is_empty() {
                    return Ok(input.alignment());
                }
                let row = |sample: &Reference| {
                    let said = self.annotator.annotate(sample)?;
                    Ok(Row::annotated_in_full(
                        self.session.model(),
                        &self.query,
                        said,
                    ))
                };
                let rows: Vec<Row<'_>> =
                    resources.on_threads(|| batch.par_iter().map(row).collect::<Result<_>>())?;
                take(Batch {
                    reference: None,
                    rows: &rows,
                })?;
            }
        };
        Answer::new(head, run)
    }
}
