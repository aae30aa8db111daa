//! Queries as they come over HTTP, and the names in them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use flate2::read::GzDecoder;
use refcast_core::PerturbationFields;
use refcast_model::bundle::{BUILT_IN, BundleFiles, write_folder};
use refcast_model::vocabulary::{FILE_NAMES, Vocabulary, VocabularyFiles, packed};
use refcast_server::fuzzing::Queries;

use crate::scratch::Scratch;

/// The most rows of a table of names: every comparison is watched, and to search a quarter of a million
/// names for the nearest takes seconds.
const MOST_NAMES: usize = 60;

static QUERIES: LazyLock<Queries> = LazyLock::new(cut_models);
static IDS: LazyLock<Vec<String>> = LazyLock::new(|| QUERIES.model_ids());
static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(vocabulary);

/// Loads the models.
pub fn prepare() {
    assert_eq!(IDS.len(), 7, "kinds of query: {IDS:?}");
}

/// The body of a query. The first byte, a digit in the seeds, says which of the models it is sent
/// to, in the order of their ids.
pub fn query(input: &[u8]) {
    let Some((which, body)) = input.split_first() else {
        return;
    };
    let id = &IDS[usize::from(which.wrapping_sub(b'0')) % IDS.len()];
    if let Ok(kept) = QUERIES.read(id, body) {
        // A worker reads what was kept, and must understand the same.
        let again = QUERIES.read_kept(id, &kept);
        assert_eq!(again.as_ref(), Ok(&kept), "what was kept of a query");
    }
}

/// Loads the names.
pub fn prepare_names() {
    VOCABULARY.check().expect("the tables of names");
}

/// The models in the program, of which the tables of names are cut.
fn cut_models() -> Queries {
    let folder = Scratch::new();
    for id in BUILT_IN {
        let whole = BundleFiles::read_folder(&built_in(id)).expect("a model");
        let mut contents: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for name in whole.manifest().files.keys() {
            let content = whole.get(name).expect("a file of the model").to_vec();
            contents.insert(name.clone(), content);
        }
        for name in FILE_NAMES {
            let cut = packed(&cut(&contents[name])).expect("memory");
            contents.insert(name.to_owned(), cut);
        }
        let manifest = whole.manifest().clone();
        write_folder(&folder.path().join(id), manifest, &contents).expect("a folder");
    }
    Queries::open(folder.path()).expect("the models")
}

/// The names of the bulk model, of which the tables are cut.
fn vocabulary() -> Vocabulary {
    let mut files = VocabularyFiles::new();
    for name in FILE_NAMES {
        let whole = std::fs::read(built_in(BUILT_IN[0]).join(name)).expect("a table of names");
        files.insert_lines(name, &cut(&whole)).expect("memory");
    }
    Vocabulary::new(files).expect("names")
}

fn built_in(id: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../models")
        .join(id)
}

/// Lines of a table, from all over it.
fn cut(table: &[u8]) -> Vec<String> {
    let lines = std::io::read_to_string(GzDecoder::new(table)).expect("text");
    let every = lines.lines().count().div_ceil(MOST_NAMES).max(1);
    lines.lines().step_by(every).map(str::to_owned).collect()
}

/// What a person writes for a perturbation, and what is searched for: a line each, then the type.
pub fn names(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let vocabulary = &*VOCABULARY;
    let mut lines = text.lines();
    let name = lines.next().unwrap_or_default();
    if let Ok(found) = vocabulary.resolve(name) {
        let note = found.note();
        for id in found.ids() {
            let shown = vocabulary.resolve(&id.to_string());
            assert!(shown.is_ok(), "{id}, of {note}, is not found again");
        }
    }
    let fields = PerturbationFields {
        perturbation_ontology_id: Some(name.to_owned()),
        perturbation_type: lines.next().map(str::to_owned),
        ..PerturbationFields::default()
    };
    drop(vocabulary.complete(fields).map_err(|e| e.to_string()));
    drop(
        vocabulary
            .search(lines.next(), name)
            .map_err(|e| e.to_string()),
    );
}
