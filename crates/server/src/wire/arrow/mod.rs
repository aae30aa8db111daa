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

use super::metadata as said;
use super::output::Outputs;
use super::query::{Asked, Tasks};
use crate::registry::Interface;

/// Encodes batches of outputs. What was encoded is handed out piece by piece, so that no more than
/// a batch is ever held.
pub struct ArrowWriter {
    schema: Arc<Schema>,
    writer: StreamWriter<Vec<u8>>,
}

impl ArrowWriter {
    /// Starts a stream, whose schema names the request, the weights and the genes.
    ///
    /// # Errors
    /// None that this schema can have.
    pub fn new(interface: &Interface, asked: &Asked) -> Result<Self, ArrowError> {
        let served = &interface.served;
        let mut metadata = HashMap::from([
            (
                "request_type".to_owned(),
                interface.request_type.name().to_owned(),
            ),
            (
                "model_version".to_owned(),
                served.model.manifest().version.clone(),
            ),
            ("gene_order".to_owned(), served.gene_order_json.clone()),
            ("seed".to_owned(), asked.seed.to_string()),
        ]);
        if !asked.warnings.is_empty() {
            let warnings = serde_json::to_string(&asked.warnings)
                .map_err(|error| ArrowError::JsonError(error.to_string()))?;
            metadata.insert("warnings".to_owned(), warnings);
        }
        let described = metadata::field(&said::columns(&asked.tasks, served));
        let fields: Vec<Field> = match &asked.tasks {
            Tasks::Baseline(_) | Tasks::Conditioned(_) => samples::fields(described),
            Tasks::Annotation(tasks) => annotations::fields(described, tasks, served),
        };
        let schema = Arc::new(Schema::new_with_metadata(fields, metadata));
        Ok(Self {
            writer: StreamWriter::try_new(Vec::new(), &schema)?,
            schema,
        })
    }

    /// Encodes some outputs.
    ///
    /// # Errors
    /// A count above 2⁶³, which no library has.
    pub fn push(&mut self, outputs: &Outputs<'_>) -> Result<Vec<u8>, ArrowError> {
        let columns: Vec<ArrayRef> = match outputs {
            Outputs::Samples(samples) => samples::columns(samples, &self.schema)?,
            Outputs::Annotations(said) => annotations::columns(said, &self.schema)?,
        };
        self.writer
            .write(&RecordBatch::try_new(Arc::clone(&self.schema), columns)?)?;
        Ok(self.encoded())
    }

    /// Ends the stream.
    ///
    /// # Errors
    /// None that a stream in memory can have.
    pub fn finish(mut self) -> Result<Vec<u8>, ArrowError> {
        self.writer.finish()?;
        Ok(self.encoded())
    }

    /// What was encoded since the last call; after [`ArrowWriter::new`] that is the schema.
    pub fn encoded(&mut self) -> Vec<u8> {
        std::mem::take(self.writer.get_mut())
    }
}
