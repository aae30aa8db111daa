//! Queries as they come over HTTP, and the names in them.

use std::path::Path;
use std::sync::LazyLock;

use flate2::read::GzDecoder;
use refcast_core::PerturbationFields;
use refcast_model::vocabulary::{FILE_NAMES, Vocabulary, VocabularyFiles};
use refcast_server::fuzzing::Queries;

/// The most rows of a table of names.
const MOST_NAMES: usize = 400;

static QUERIES: LazyLock<Queries> = LazyLock::new(|| Queries::open().expect("the models"));
static IDS: LazyLock<Vec<String>> = LazyLock::new(|| QUERIES.model_ids());
static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(vocabulary);

/// Loads the models.
pub fn prepare() {
    assert_eq!(IDS.len(), 6, "kinds of query: {IDS:?}");
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
        let again = QUERIES.read(id, kept.as_bytes());
        assert_eq!(again.as_ref(), Ok(&kept), "what was kept of a query");
    }
}

/// Loads the names.
pub fn prepare_names() {
    VOCABULARY.check().expect("the tables of names");
}

/// The names of the bulk model, of which the large tables are cut: to search a quarter of a million names for the
/// nearest takes seconds where every comparison is watched.
fn vocabulary() -> Vocabulary {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/gem-1-bulk");
    let mut files = VocabularyFiles::new();
    for name in FILE_NAMES {
        let packed = std::fs::read(folder.join(name)).expect("a table of names");
        let lines = std::io::read_to_string(GzDecoder::new(packed.as_slice())).expect("text");
        let every = lines.lines().count().div_ceil(MOST_NAMES).max(1);
        let kept: Vec<String> = lines.lines().step_by(every).map(str::to_owned).collect();
        files.insert_lines(name, &kept).expect("memory");
    }
    Vocabulary::new(files).expect("names")
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
