//! The result as an Arrow IPC stream, one record batch after another.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, Float32Array, Float64Array, Int64Array, ListArray, RecordBatch, StringArray,
    StructArray,
};
use arrow_buffer::OffsetBuffer;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, DataType, Field, Fields, Schema};
use refcast_core::Prediction;

use super::metadata::SampleMetadata;
use super::query::{Asked, Task};
use crate::registry::Interface;

/// Encodes batches of samples. What was encoded is handed out piece by piece, so that no more than
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
            metadata.insert("warnings".to_owned(), json(&asked.warnings)?);
        }
        let has_alignment = asked.tasks.iter().any(|task| task.alignment.is_some());
        let floats = || DataType::List(item(DataType::Float32));
        let schema = Schema::new_with_metadata(
            vec![
                Field::new("counts", DataType::List(item(DataType::Int64)), false),
                Field::new(
                    "metadata",
                    DataType::Struct(metadata_fields(has_alignment)),
                    false,
                ),
                Field::new("biological_latent", floats(), false),
                Field::new("technical_latent", floats(), false),
                Field::new("perturbation_latent", floats(), false),
            ],
            metadata,
        );
        let schema = Arc::new(schema);
        Ok(Self {
            writer: StreamWriter::try_new(Vec::new(), &schema)?,
            schema,
        })
    }

    /// Encodes some samples: the task of each, its number, and the sample.
    ///
    /// # Errors
    /// A count above 2⁶³, which no library has.
    pub fn push(&mut self, samples: &[(&Task, usize, Prediction)]) -> Result<Vec<u8>, ArrowError> {
        let latents = |of: fn(&Prediction) -> &[f32]| -> ArrayRef {
            let rows = samples.iter().map(|(_, _, sample)| of(sample));
            let lengths = OffsetBuffer::from_lengths(rows.clone().map(<[f32]>::len));
            let values: Vec<f32> = rows.flatten().copied().collect();
            Arc::new(ListArray::new(
                item(DataType::Float32),
                lengths,
                Arc::new(Float32Array::from(values)),
                None,
            ))
        };
        let counts = samples.iter().map(|(_, _, sample)| sample.counts.values());
        let lengths = OffsetBuffer::from_lengths(counts.clone().map(<[u64]>::len));
        let values = counts
            .flatten()
            .map(|count| i64::try_from(*count))
            .collect::<Result<Vec<i64>, _>>()
            .map_err(|error| ArrowError::ComputeError(error.to_string()))?;
        let counts = ListArray::new(
            item(DataType::Int64),
            lengths,
            Arc::new(Int64Array::from(values)),
            None,
        );
        let columns: Vec<ArrayRef> = vec![
            Arc::new(counts),
            self.metadata(samples)?,
            latents(|sample| &sample.latents.biological),
            latents(|sample| &sample.latents.technical),
            latents(|sample| &sample.latents.perturbation),
        ];
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

    fn metadata(&self, samples: &[(&Task, usize, Prediction)]) -> Result<ArrayRef, ArrowError> {
        let rows: Vec<SampleMetadata<'_>> = samples
            .iter()
            .map(|(task, input, sample)| SampleMetadata::of(task, *input, sample))
            .collect();
        let texts = |of: fn(&SampleMetadata<'_>) -> Option<String>| -> ArrayRef {
            Arc::new(rows.iter().map(of).collect::<StringArray>())
        };
        let numbers = |of: fn(&SampleMetadata<'_>) -> i64| -> ArrayRef {
            Arc::new(Int64Array::from_iter_values(rows.iter().map(of)))
        };
        let mut columns = vec![
            texts(|row| Some(row.perturbation.clone())),
            texts(|row| row.perturbation_ontology_id.clone()),
            texts(|row| row.perturbation_type.clone()),
            texts(|row| row.perturbation_time.clone()),
            texts(|row| row.perturbation_dose.clone()),
            numbers(|row| row.input as i64),
            numbers(|row| i64::from(row.sample)),
            // Arrow's clients read int64; a seed above it is the same 64 bits.
            numbers(|row| row.seed as i64),
            texts(|row| Some(row.support.clone())),
            Arc::new(Float64Array::from_iter_values(
                rows.iter().map(|row| row.support_score),
            )),
            texts(|row| Some(row.support_reasons.clone())),
        ];
        let DataType::Struct(fields) = self.schema.field(1).data_type() else {
            return Err(ArrowError::SchemaError("metadata is no struct".to_owned()));
        };
        if fields.len() > columns.len() {
            columns.push(texts(|row| {
                row.alignment
                    .and_then(|report| serde_json::to_string(report).ok())
            }));
        }
        Ok(Arc::new(StructArray::try_new(
            fields.clone(),
            columns,
            None,
        )?))
    }
}

fn item(data_type: DataType) -> Arc<Field> {
    Arc::new(Field::new("item", data_type, false))
}

fn metadata_fields(has_alignment: bool) -> Fields {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let number = |name: &str| Field::new(name, DataType::Int64, false);
    let mut fields = vec![
        text("perturbation"),
        text("perturbation_ontology_id"),
        text("perturbation_type"),
        text("perturbation_time"),
        text("perturbation_dose"),
        number("input"),
        number("sample"),
        number("seed"),
        text("support"),
        Field::new("support_score", DataType::Float64, false),
        text("support_reasons"),
    ];
    if has_alignment {
        // As JSON: it nests, and is for people.
        fields.push(text("alignment"));
    }
    fields.into()
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, ArrowError> {
    serde_json::to_string(value).map_err(|error| ArrowError::JsonError(error.to_string()))
}
