//! Bundles whose hashes are right and whose contents are not: each is refused by the name of the
//! file. See `docs/bundle.md`.

mod support;

use refcast_model::bundle::{
    EFFECTS, GENES as AXIS, MANIFEST, MODEL, Manifest, TENSORS, Tensor, Tensors,
};
use serde_json::{Value, json};
use support::bundle::*;
use support::*;

#[test]
fn another_axis_than_the_manifests_is_refused() {
    // Two genes swapped, one gone, one twice, one that is no gene.
    let text = String::from_utf8(contents()[AXIS].clone()).expect("text");
    let lines: Vec<&str> = text.lines().collect();
    let joined = |lines: &[&str]| lines.join("\n").into_bytes();
    let mut swapped = lines.clone();
    swapped.swap(0, 1);
    let mut twice = lines.clone();
    twice[1] = twice[0];
    let mut odd = lines.clone();
    odd[0] = "TP53\tTP53";
    for (axis, problem) in [
        (joined(&swapped), "not the gene axis"),
        (joined(&lines[1..]), "not the gene axis"),
        (joined(&twice), "already at position 0"),
        (joined(&odd), "TP53"),
        (b"ENSG00000000001\n".to_vec(), "not an id and a symbol"),
        (vec![0xff, 0xfe], "utf-8"),
    ] {
        let mut contents = contents();
        contents.insert(AXIS.to_owned(), axis);
        refused_as(&contents, AXIS, problem);
    }
    let other = Manifest {
        gene_axis_sha256: "0".repeat(64),
        ..manifest()
    };
    let message = refusal(written(other, &contents()).path());
    assert!(
        message.starts_with("genes.tsv: is not the gene axis"),
        "{message}"
    );
}

#[test]
fn a_tensor_of_another_shape_or_type_or_none_is_refused() {
    type Change = fn(&mut Tensors);
    let broken = |change: Change| contents_with(&parts(), change);
    let cases: [(Change, &str); 6] = [
        (
            |tensors| tensors.insert("latent.mean", &[39], Tensor::F32(vec![1.0; 39])),
            "latent.mean has shape [39]",
        ),
        (
            |tensors| tensors.insert_half("latent.loadings", &[5, 40], vec![0.5; 200]),
            "latent.loadings has shape [5, 40]",
        ),
        (
            |tensors| tensors.insert("bank.mean", &[5, 40], Tensor::F32(vec![0.0; 200])),
            "bank.mean holds single-precision numbers",
        ),
        (
            |tensors| tensors.insert("bank.measured", &[2, 40], Tensor::F32(vec![1.0; 80])),
            "bank.measured holds numbers",
        ),
        (
            |tensors| tensors.insert("noise.persistent_variance", &[40], Tensor::U8(vec![1; 40])),
            "noise.persistent_variance holds bytes",
        ),
        (
            |tensors| {
                tensors.take_f32("prior.study", &[2, 1]).expect("there");
            },
            "no tensor prior.study",
        ),
    ];
    for (change, problem) in cases {
        refused_as(&broken(change), TENSORS, problem);
    }
    // The manifest's sizes are what shapes are checked against.
    let mut other = manifest();
    other.latents.biological = 3;
    let message = refusal(written(other, &contents()).path());
    assert!(
        message.contains("latent.loadings has shape [40, 5]"),
        "{message}"
    );
}

#[test]
fn a_number_that_is_not_finite_or_no_variance_is_refused() {
    let mut nan = parts();
    nan.latent.mean[3] = f32::NAN;
    refused_as(
        &contents_with(&nan, |_| ()),
        TENSORS,
        "latent.mean: value 3 is not finite",
    );
    let mut infinite = parts();
    bulk(&mut infinite).persistent_variance[39] = f32::INFINITY;
    let contents = contents_with(&infinite, |_| ());
    refused_as(
        &contents,
        TENSORS,
        "noise.persistent_variance: value 39 is not finite",
    );
    let mut flat = parts();
    flat.latent.residual_variance[0] = 0.0;
    let contents = contents_with(&flat, |_| ());
    refused_as(&contents, TENSORS, "latent.residual_variance: value 0 is 0");
    let mut negative = parts();
    bulk(&mut negative).trends[1][2] = -0.5;
    let contents = contents_with(&negative, |_| ());
    refused_as(
        &contents,
        TENSORS,
        "noise.trends: value 22 is -0.5, below 0",
    );
}

#[test]
fn rows_of_the_bank_that_point_nowhere_or_are_out_of_range_are_refused() {
    let edits: [fn(&mut Value); 7] = [
        |rows| rows["entries"][2]["study"] = json!(2),
        |rows| rows["entries"][2]["context"] = json!(3),
        |rows| rows["entries"][2]["entities"] = json!([]),
        |rows| rows["entries"][2]["reproducibility"] = json!(1.5),
        |rows| rows["entries"][2]["weight"] = json!(-0.1),
        |rows| rows["entries"][2]["error_scale"] = json!(0.0),
        |rows| rows["contexts"][2]["study"] = json!(7),
    ];
    for edit in edits {
        let mut contents = contents();
        let mut rows = serde_json::from_slice(&contents[EFFECTS]).expect("json");
        edit(&mut rows);
        contents.insert(EFFECTS.to_owned(), rows.to_string().into_bytes());
        refused_as(&contents, EFFECTS, " 2 ");
    }
}

#[test]
fn what_is_not_json_or_not_safetensors_is_refused_by_its_name() {
    for name in [MODEL, EFFECTS, TENSORS] {
        let mut contents = contents();
        contents.insert(name.to_owned(), b"not at all".to_vec());
        refused_as(&contents, name, "");
    }
    let folder = good();
    std::fs::write(folder.path().join(MANIFEST), "not at all").expect("write");
    assert!(refusal(folder.path()).starts_with("manifest.json: "));
}
