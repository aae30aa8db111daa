//! A format.

use refcast_io::AlignmentReport;

use super::row::Row;
use crate::error::Result;

/// A file that takes rows one by one. Nothing is under the file's name before
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
