//! A format.

use refcast_io::AlignmentReport;

use super::row::Row;
use crate::error::Result;

/// A file that takes rows one by one: what a format is. One of your own is written like the
/// library's.
///
/// ```
/// # fn main() -> refcast::Result<()> {
/// use refcast::answer::{Resources, Writer};
/// use refcast::{ConditionedAsk, Input, Result, Row, Session};
/// use refcast_core::RawQuery;
/// use refcast_io::AlignmentReport;
///
/// /// The library size of each sample.
/// #[derive(Default)]
/// struct Sizes(Vec<(String, u64)>);
///
/// impl Writer for Sizes {
///     fn write(&mut self, row: &Row<'_>) -> Result<()> {
///         self.0.push((row.name.clone(), row.counts.library_size()));
///         Ok(())
///     }
///
///     fn finish(self: Box<Self>, _: Option<&AlignmentReport>) -> Result<()> {
///         Ok(self.0.iter().for_each(|(name, size)| println!("{name}\t{size}")))
///     }
/// }
///
/// let session = Session::open("gem-1-bulk")?;
/// let query = RawQuery { sampling_strategy: Some("mean estimation".into()), ..RawQuery::default() };
/// let ask = ConditionedAsk::new(&session, Some("control"), query)?;
/// let mut input = Input::example(&session, 1)?;
/// let mut sizes = Box::<Sizes>::default();
/// let alignment = ask.answer(&session, &mut input).each(&Resources::default(), |batch| {
///     batch.rows.iter().try_for_each(|row| sizes.write(row))
/// })?;
/// sizes.finish(alignment.as_ref())?;
/// # Ok(())
/// # }
/// ```
///
///  Nothing is under the file's name before
/// [`Writer::finish`], and nothing is left anywhere when it is dropped instead.
pub trait Writer {
    /// Takes the next row.
    ///
    /// # Errors
    /// When it cannot be stored, or a count does not fit the format.
    fn write(&mut self, row: &Row<'_>) -> Result<()>;

    /// Completes the file and gives it its name. `alignment` says how the genes of the input were
    /// matched.
    ///
    /// # Errors
    /// When it cannot be written.
    fn finish(self: Box<Self>, alignment: Option<&AlignmentReport>) -> Result<()>;
}
