//! The result as an Arrow IPC stream, one record batch after another.

mod annotations;
mod columns;
mod metadata;
mod samples;

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, Field, Schema};

use super::Row;

/// Encodes batches of rows. What was encoded is handed out piece by piece, so that no more than a
/// batch is ever held.
pub struct ArrowWriter {
    about: HashMap<String, String>,
    stream: Option<Stream>,
}

/// A stream whose columns are known, by its first row.
struct Stream {
    schema: Arc<Schema>,
    writer: StreamWriter<Vec<u8>>,
}

impl ArrowWriter {
    /// A stream with these entries in the metadata of its schema.
    pub fn new(about: HashMap<String, String>) -> Self {
        Self {
            about,
            stream: None,
        }
    }

    /// Encodes some rows; the schema goes out before the first.
    ///
    /// # Errors
    /// A count above 2⁶³, which no library has.
    pub fn push(&mut self, rows: &[Row<'_>]) -> Result<Vec<u8>, ArrowError> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => none.insert(Stream::new(rows, std::mem::take(&mut self.about))?),
        };
        stream.push(rows)?;
        Ok(stream.encoded())
    }

    /// Ends the stream.
    ///
    /// # Errors
    /// None that a stream in memory can have.
    pub fn finish(self) -> Result<Vec<u8>, ArrowError> {
        let mut stream = match self.stream {
            Some(stream) => stream,
            None => Stream::new(&[], self.about)?,
        };
        stream.writer.finish()?;
        Ok(stream.encoded())
    }
}

impl Stream {
    fn new(rows: &[Row<'_>], about: HashMap<String, String>) -> Result<Self, ArrowError> {
        let fields: Vec<Field> = match rows.first() {
            None => Vec::new(),
            Some(first) => {
                let described = metadata::field(&first.metadata);
                match &first.probabilities {
                    None => samples::fields(described),
                    Some(probabilities) => annotations::fields(described, probabilities),
                }
            }
        };
        let schema = Arc::new(Schema::new_with_metadata(fields, about));
        Ok(Self {
            writer: StreamWriter::try_new(Vec::new(), &schema)?,
            schema,
        })
    }

    fn push(&mut self, rows: &[Row<'_>]) -> Result<(), ArrowError> {
        let Some(first) = rows.first() else {
            return Ok(());
        };
        let columns: Vec<ArrayRef> = if first.probabilities.is_some() {
            annotations::columns(rows, &self.schema)?
        } else {
            samples::columns(rows, &self.schema)?
        };
        self.writer
            .write(&RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }

    /// What was encoded since the last call.
    fn encoded(&mut self) -> Vec<u8> {
        std::mem::take(self.writer.get_mut())
    }
}
