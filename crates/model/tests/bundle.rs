//! The bundle as a contract: what was written is what is read, and a file that is not what the
//! manifest says is refused by its name. See `docs/bundle.md`.

mod support;

use std::collections::BTreeMap;

use refcast_core::Perturbation;
use refcast_model::Model;
use refcast_model::bundle::{BundleFiles, MANIFEST, sha256_hex, write_folder};
use serde_json::json;
use support::bundle::*;
use support::*;
use tempfile::TempDir;

#[test]
fn a_written_bundle_answers_as_the_model_did_before_writing() {
    let before = model();
    let folder = good();
    let after = Model::load(folder.path()).expect("loads");
    assert_eq!(after.card(), "# A small model\n");
    assert_eq!(after.axis(), before.axis());
    let asked = [
        Perturbation::control(),
        compound(TWO_CONTEXTS),
        compound(&format!("{FAR}|{TWO_CONTEXTS}")),
    ];
    for perturbation in asked {
        for query in [query(perturbation.clone()), drawn(perturbation, 2, 5)] {
            let reference = panel("r", 1, 1e6);
            let answer = |model: &Model| {
                let plan = model.plan(&query).expect("a plan");
                model.predict(&plan, &reference).expect("a prediction")
            };
            assert_eq!(answer(&before), answer(&after));
        }
    }
    let example = |model: &Model| model.example_reference(3).expect("a reference");
    assert_eq!(example(&before), example(&after));
}

#[test]
fn writing_twice_gives_the_same_bytes_and_version() {
    let (one, other) = (good(), good());
    for name in contents().keys().map(String::as_str).chain([MANIFEST]) {
        let read = |folder: &TempDir| std::fs::read(folder.path().join(name)).expect("read");
        assert_eq!(read(&one), read(&other), "{name}");
    }
}

#[test]
fn the_version_is_the_hash_of_the_files_hashes_and_no_label_changes_it() {
    let written = write_folder(
        TempDir::new().expect("a folder").path(),
        manifest(),
        &contents(),
    );
    let written = written.expect("writes");
    // As `sha256sum * | sha256sum` prints it over the files in the order of their names.
    let listing: String = written
        .files
        .iter()
        .map(|(name, file)| format!("{}  {name}\n", file.sha256))
        .collect();
    assert_eq!(written.version, sha256_hex(listing.as_bytes()));
    let folder = good();
    edit_manifest(folder.path(), |value| value["id"] = json!("renamed"));
    let renamed = Model::load(folder.path()).expect("loads");
    assert_eq!(renamed.manifest().version, written.version);
}

#[test]
fn a_flipped_bit_in_any_file_is_refused_by_its_name() {
    for name in contents().keys() {
        let folder = good();
        let path = folder.path().join(name);
        let mut bytes = std::fs::read(&path).expect("read");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&path, bytes).expect("write");
        let message = refusal(folder.path());
        assert!(
            message.starts_with(&format!("{name}: ")) && message.contains("hash"),
            "{message}"
        );
    }
}

#[test]
fn a_truncated_or_missing_file_is_refused_by_its_name() {
    for name in contents().keys().map(String::as_str).chain([MANIFEST]) {
        let folder = good();
        let path = folder.path().join(name);
        let bytes = std::fs::read(&path).expect("read");
        std::fs::write(&path, &bytes[..bytes.len() - 1 - bytes.len() / 3]).expect("write");
        let message = refusal(folder.path());
        assert!(
            message.contains(name) && message.contains("damaged"),
            "{message}"
        );
        std::fs::remove_file(&path).expect("remove");
        let message = refusal(folder.path());
        assert!(message.contains(name), "{message}");
    }
}

#[test]
fn a_bundle_without_one_of_its_files_is_refused_even_if_the_manifest_agrees() {
    for name in contents().keys() {
        let mut contents = contents();
        contents.remove(name);
        refused_as(&contents, name, "is missing");
    }
}

#[test]
fn contents_that_the_manifest_does_not_list_are_refused() {
    let folder = good();
    let manifest = std::fs::read(folder.path().join(MANIFEST)).expect("read");
    let mut all: BTreeMap<_, _> = contents().into_iter().map(|(k, v)| (k, v.into())).collect();
    assert!(BundleFiles::new(&manifest, all.clone()).is_ok());
    all.insert("extra.bin".to_owned(), vec![1, 2, 3].into());
    let message = BundleFiles::new(&manifest, all)
        .expect_err("unlisted")
        .to_string();
    assert!(message.starts_with("extra.bin: is not listed"), "{message}");
}

#[test]
fn a_manifest_of_another_format_is_refused_for_its_format() {
    let folder = good();
    edit_manifest(folder.path(), |value| value["format"] = json!(2));
    let message = refusal(folder.path());
    assert!(
        message.contains("is of format 2") && message.contains("reads format 1"),
        "{message}"
    );
    // Whatever else that format has.
    std::fs::write(
        folder.path().join(MANIFEST),
        r#"{"format": 9, "shards": []}"#,
    )
    .expect("write");
    assert!(refusal(folder.path()).contains("is of format 9"));
}

#[test]
fn a_manifest_whose_version_is_not_that_of_its_files_is_refused() {
    let folder = good();
    edit_manifest(folder.path(), |value| {
        value["version"] = json!("0".repeat(64))
    });
    assert!(refusal(folder.path()).starts_with("manifest.json: says version 000"));
}

#[test]
fn sizes_that_no_tensor_has_are_refused_before_they_are_added_up() {
    let folder = good();
    edit_manifest(folder.path(), |value| {
        value["latents"]["technical"] = json!(usize::MAX);
    });
    assert!(refusal(folder.path()).contains("more than 65536 latents"));
}

#[test]
fn a_listed_name_that_leaves_the_folder_is_refused_unread() {
    let secret = TempDir::new().expect("a folder");
    let absolute = secret.path().join("secret");
    std::fs::write(&absolute, "text").expect("write");
    for name in [
        "../secret",
        "a/../card.md",
        "./card.md",
        "card.md/",
        "..",
        ".",
        "",
        absolute.to_str().expect("a plain path"),
    ] {
        let folder = good();
        edit_manifest(folder.path(), |value| {
            value["files"][name] = json!({"sha256": sha256_hex(b"text"), "bytes": 4});
        });
        let message = refusal(folder.path());
        assert!(
            message.contains("not a plain file name"),
            "{name}: {message}"
        );
    }
}

#[test]
fn the_built_in_model_passes_its_own_checks_and_is_small() {
    let model = Model::built_in("gem-1-bulk")
        .expect("an id")
        .expect("the built-in model");
    let files = model.manifest().files.values();
    let bytes: u64 = files.map(|file| file.bytes).sum();
    assert!(bytes < 40_000_000, "{bytes}");
    assert_eq!(model.axis().len(), model.manifest().genes);
}
