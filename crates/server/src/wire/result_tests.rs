//! The same outputs in both formats.

use std::io::Cursor;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_ipc::reader::StreamReader;
use refcast_core::{Counts, Latents, MetadataField};
use serde_json::{Value, json};

use super::metadata::Entry;
use super::output::{Annotated, DecoderSample, FieldProbabilities, Outputs, Probabilities, Sample};
use super::{Asked, Body, JsonWriter, OutputMetadata};
use crate::registry::Registry;

fn counts(values: [u64; 2]) -> Counts {
    Counts::fully_observed(values.into()).expect("counts")
}

fn latents() -> Latents {
    Latents {
        biological: vec![0.5, -1.0],
        technical: vec![0.25],
        perturbation: Vec::new(),
    }
}

fn json(outputs: &Outputs<'_>) -> Value {
    let mut writer = JsonWriter::new(Vec::new()).expect("memory");
    writer.push(outputs).expect("memory");
    let bytes = writer.finish("[\"A\",\"B\"]", "v", &[]).expect("memory");
    serde_json::from_slice(&bytes).expect("JSON")
}

fn said() -> OutputMetadata<'static> {
    OutputMetadata(vec![
        ("sex", Entry::Text(Some("male".into()))),
        ("race", Entry::Text(None)),
        ("input", Entry::Whole(3)),
        ("novelty", Entry::Number(0.125)),
        ("is_familiar", Entry::Truth(true)),
    ])
}

#[test]
fn outputs_are_written_as_the_protocol_says() {
    let sample = Sample {
        counts: counts([1, 2]),
        metadata: said(),
        latents: latents(),
    };
    let written = json(&Outputs::Samples(vec![sample]));
    let latents_written =
        json!({"biological": [0.5, -1.0], "technical": [0.25], "perturbation": []});
    let said_written =
        json!({"sex": "male", "race": null, "input": 3, "novelty": 0.125, "is_familiar": true});
    assert_eq!(
        written["outputs"][0],
        json!({"counts": [1, 2], "metadata": said_written, "latents": latents_written})
    );
    let values = ["male".to_owned(), "female".to_owned()];
    let annotated = Annotated {
        metadata: said(),
        probabilities: Probabilities(vec![FieldProbabilities {
            field: MetadataField::Sex,
            values: &values,
            probabilities: vec![0.75, 0.25],
        }]),
        latents: latents(),
        decoder_sample: DecoderSample {
            counts: counts([3, 4]),
        },
    };
    let written = json(&Outputs::Annotations(vec![annotated]));
    assert_eq!(
        written["outputs"][0],
        json!({
            "metadata": said_written,
            "classifier_probs": {"sex": {"male": 0.75, "female": 0.25}},
            "latents": latents_written,
            "decoder_sample": {"counts": [3, 4]},
        })
    );
    assert_eq!(written["gene_order"], json!(["A", "B"]));
}

/// Every interface of the model in the program answers its own example, in both formats alike.
#[test]
fn both_formats_of_every_example_say_the_same() {
    let registry = Registry::open(None).expect("the model in the program");
    let examples = crate::example::Examples::new(&registry).expect("examples");
    for interface in registry.interfaces() {
        let query = examples.get(&interface.id).expect("an example");
        let text = query.to_string();
        let query = Body::read(text.as_bytes()).expect("JSON");
        let limits = super::Limits {
            inputs: 1,
            samples: 1,
        };
        let asked = Asked::read(&query, interface, limits).expect("a query that runs as it is");
        assert!(asked.warnings.is_empty(), "{:?}", asked.warnings);
        let timer = crate::observe::Timer::start(&interface.id, "test");
        let mut arrow = super::ArrowWriter::new(interface, &asked).expect("a schema");
        let mut document = JsonWriter::new(Vec::new()).expect("memory");
        let mut stream = arrow.encoded();
        crate::generation::generate(
            &interface.served,
            &asked.tasks,
            &timer,
            &|| false,
            |outputs| {
                stream.extend(arrow.push(&outputs).expect("a batch"));
                document.push(&outputs).expect("memory");
                Ok(())
            },
        )
        .expect("an answer");
        stream.extend(arrow.finish().expect("an end"));
        let document = document.finish("[]", "v", &[]).expect("memory");
        let document: Value = serde_json::from_slice(&document).expect("JSON");
        let output = &document["outputs"][0];
        let mut batches = StreamReader::try_new(Cursor::new(stream), None).expect("a stream");
        let batch = batches.next().expect("a batch").expect("a batch");
        let schema = batch.schema();
        assert_eq!(
            schema.metadata()["request_type"],
            interface.request_type.name()
        );
        let said = batch
            .column_by_name("metadata")
            .expect("metadata")
            .as_struct();
        let keys = output["metadata"].as_object().expect("an object");
        // serde_json sorts what it reads.
        let mut names: Vec<&str> = said.column_names();
        names.sort_unstable();
        assert_eq!(names, keys.keys().collect::<Vec<_>>(), "{}", interface.id);
        for name in names {
            let column = said.column_by_name(name).expect("a column");
            let same = match &keys[name] {
                Value::Null => column.is_null(0),
                Value::String(text) => column.as_string::<i32>().value(0) == text,
                Value::Bool(truth) => column.as_boolean().value(0) == *truth,
                number => match column.as_primitive_opt::<Int64Type>() {
                    Some(whole) => json!(whole.value(0)) == *number,
                    None => json!(column.as_primitive::<Float64Type>().value(0)) == *number,
                },
            };
            assert!(same, "{} {name}", interface.id);
        }
        let counts = match batch.column_by_name("counts") {
            Some(counts) => counts.as_list::<i32>(),
            None => {
                let decoded = batch.column_by_name("decoder_sample").expect("a sample");
                decoded.as_struct().column(0).as_list::<i32>()
            }
        };
        let counts = counts.value(0);
        let counts = counts.as_primitive::<Int64Type>().values().to_vec();
        let written = output
            .get("counts")
            .unwrap_or(&output["decoder_sample"]["counts"]);
        assert_eq!(json!(counts), *written, "{}", interface.id);
        let Some(fields) = output.get("classifier_probs") else {
            continue;
        };
        let probabilities = batch.column_by_name("classifier_probs").expect("classes");
        for (field, values) in fields.as_object().expect("fields") {
            let own = probabilities
                .as_struct()
                .column_by_name(field)
                .expect(field);
            let mut sum = 0.0;
            for (value, probability) in values.as_object().expect("values") {
                let column = own.as_struct().column_by_name(value).expect(value);
                let found = column.as_primitive::<Float64Type>().value(0);
                // The reader of JSON rounds the last bit of a double.
                let written = probability.as_f64().expect("a number");
                assert!((found - written).abs() < 1e-12, "{field} {value}");
                sum += found;
            }
            assert!((sum - 1.0).abs() < 1e-3, "{field}: {sum}");
        }
    }
}
