//! The same answers in both formats.

use std::collections::HashMap;
use std::io::Cursor;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_ipc::reader::StreamReader;
use refcast::answer::{ArrowWriter, JsonWriter};
use serde_json::{Value, json};

use super::{Asked, Body};
use crate::registry::Registry;

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
        let mut arrow = ArrowWriter::new(HashMap::new());
        let mut document = JsonWriter::new(Vec::new()).expect("memory");
        let mut stream = Vec::new();
        crate::generation::generate(&interface.served, &asked.tasks, &timer, &|| false, |rows| {
            stream.extend(arrow.push(&rows).expect("a batch"));
            for row in &rows {
                document.push(row).expect("memory");
            }
            Ok(())
        })
        .expect("an answer");
        stream.extend(arrow.finish().expect("an end"));
        document.end_rows("[]", "v").expect("memory");
        let document = document.finish().expect("memory");
        let document: Value = serde_json::from_slice(&document).expect("JSON");
        let output = &document["outputs"][0];
        let mut batches = StreamReader::try_new(Cursor::new(stream), None).expect("a stream");
        let batch = batches.next().expect("a batch").expect("a batch");
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
