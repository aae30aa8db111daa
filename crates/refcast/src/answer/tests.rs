//! What formats make of rows.

use std::borrow::Cow;

use refcast_core::{Counts, Latents, MetadataField};
use serde_json::{Value, json};

use super::{Entry, FieldProbabilities, JsonWriter, Probabilities, Row, RowMetadata};

fn row(counts: [u64; 2], probabilities: Option<Probabilities<'_>>) -> Row<'_> {
    let said = [
        ("sex", Entry::Text(Some("male".into()))),
        ("race", Entry::Text(None)),
        ("input", Entry::Whole(3)),
        ("novelty", Entry::Number(0.125)),
        ("is_familiar", Entry::Truth(true)),
    ];
    let said = said.map(|(key, entry)| (Cow::Borrowed(key), entry));
    Row {
        name: String::new(),
        metadata: RowMetadata(said.into()),
        counts: Counts::fully_observed(counts.into()).expect("counts"),
        latents: Latents {
            biological: vec![0.5, -1.0],
            technical: vec![0.25],
            perturbation: Vec::new(),
        },
        effect: None,
        support: None,
        probabilities,
        annotation: None,
    }
}

fn json(row: &Row<'_>) -> Value {
    let mut document = JsonWriter::new(Vec::new()).expect("memory");
    document.push(row).expect("memory");
    document.end_rows("[\"A\",\"B\"]", "v").expect("memory");
    let bytes = document.finish().expect("memory");
    serde_json::from_slice(&bytes).expect("JSON")
}

#[test]
fn rows_are_written_as_the_protocol_says() {
    let written = json(&row([1, 2], None));
    let latents = json!({"biological": [0.5, -1.0], "technical": [0.25], "perturbation": []});
    let metadata =
        json!({"sex": "male", "race": null, "input": 3, "novelty": 0.125, "is_familiar": true});
    assert_eq!(
        written["outputs"][0],
        json!({"counts": [1, 2], "metadata": metadata, "latents": latents})
    );
    let values = ["male".to_owned(), "female".to_owned()];
    let probabilities = Probabilities(vec![FieldProbabilities {
        field: MetadataField::Sex,
        values: &values,
        probabilities: vec![0.75, 0.25],
    }]);
    let written = json(&row([3, 4], Some(probabilities)));
    assert_eq!(
        written["outputs"][0],
        json!({
            "metadata": metadata,
            "classifier_probs": {"sex": {"male": 0.75, "female": 0.25}},
            "latents": latents,
            "decoder_sample": {"counts": [3, 4]},
        })
    );
    assert_eq!(written["gene_order"], json!(["A", "B"]));
}
