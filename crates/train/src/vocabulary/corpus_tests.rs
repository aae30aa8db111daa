//! The vocabulary from the whole tables, where the corpus is there.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use refcast_core::{OntologyId, PerturbationType};
use refcast_model::vocabulary::Vocabulary;

use super::*;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn recipe_folder() -> PathBuf {
    root().join("recipes/gem-1-bulk")
}

fn corpus() -> Option<PathBuf> {
    let corpus = root().join("../shared/corpus");
    if !corpus.is_dir() {
        // Not by a macro: the test harness would swallow the line.
        let name = std::thread::current().name().unwrap_or("a test").to_owned();
        let _ = writeln!(std::io::stderr(), "SKIPPED (no corpus): {name}");
        return None;
    }
    Some(corpus)
}

/// Everything that the recipe's conditions name, as if each had been trained on one sample.
fn trained() -> Vec<TrainedSupport> {
    let rows =
        knowledge::read_columns(&recipe_folder().join("conditions.tsv"), ["entities"]).unwrap();
    let ids: BTreeSet<OntologyId> = rows
        .iter()
        .flat_map(|[entities]| OntologyId::parse_joined(entities).unwrap())
        .collect();
    let types = vec![PerturbationType::Other];
    ids.into_iter()
        .map(|id| TrainedSupport {
            id,
            types: types.clone(),
            samples: 1,
            studies: 1,
            systems: Vec::new(),
        })
        .collect()
}

#[test]
fn names_of_the_field_resolve_in_the_whole_tables() {
    let Some(corpus) = corpus() else { return };
    let files =
        build_vocabulary(&corpus.join("knowledge"), &recipe_folder(), &trained(), &[]).unwrap();
    let bytes: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(bytes <= 6_000_000, "{bytes} bytes");
    let vocabulary = Vocabulary::new(files).unwrap();
    vocabulary.check().unwrap();

    for (given, ids) in [
        ("IFN-gamma", "ENSG00000111537"),
        ("IFNγ", "ENSG00000111537"),
        ("interferon gamma", "ENSG00000111537"),
        ("TGF-beta", "ENSG00000105329"),
        ("Il-13", "ENSG00000169194"),
        ("dexamethasone", "CHEMBL384467"),
        ("DHT", "CHEMBL27769"),
        ("5α-dihydrotestosterone", "CHEMBL27769"),
        ("E2", "CHEMBL135"),
        ("Adriamycin", "CHEMBL53463"),
        ("T-cell activation", "REFCAST:t-cell-activation"),
        ("hypoxia", "REFCAST:hypoxia"),
        ("IFN-α", "REFCAST:interferon-alpha"),
        ("IFNA2", "ENSG00000188379"),
        ("GSK591", "CHEBI:230495"),
        ("PP242", "CHEBI:90679"),
        ("DPN", "CHEMBL334773"),
        ("M. tuberculosis", "NCBITaxon:1773"),
        ("Mtb", "NCBITaxon:1773"),
        ("H37Rv", "NCBITaxon:83332"),
        ("TP53", "ENSG00000141510"),
        ("BRG1", "ENSG00000127616"),
        ("CHEBI:41879", "CHEMBL384467"),
        ("CHEBI:28748", "CHEMBL53463"),
        ("CHEBI:80025", "CHEMBL1208572"),
        ("salbutamol + dex", "CHEMBL714|CHEMBL384467"),
        ("TGF-beta + JQ1", "ENSG00000105329|CHEMBL1957266"),
    ] {
        let found = vocabulary
            .resolve(given)
            .unwrap_or_else(|error| panic!("{given}: {error}"));
        let found: Vec<String> = found.ids().iter().map(ToString::to_string).collect();
        assert_eq!(found.join("|"), ids, "{given}");
    }

    for (given, by) in [
        ("DEXAMETHASONE SODIUM PHOSPHATE", Some("CHEMBL384467")),
        ("ALBUTEROL SULFATE", Some("CHEMBL714")),
        ("DOXORUBICIN HYDROCHLORIDE", Some("CHEMBL53463")),
        ("MOLIDUSTAT SODIUM", Some("CHEMBL3646118")),
        ("SALINOMYCIN SODIUM", Some("CHEMBL1208572")),
        ("LEVOSALBUTAMOL", None),
        ("(S)-ALBUTEROL", None),
        ("LEVALBUTEROL HYDROCHLORIDE", None),
        ("NCBITaxon:1773", Some("NCBITaxon:83332")),
        ("NCBITaxon:90371", Some("NCBITaxon:216597")),
        ("NCBITaxon:28901", Some("NCBITaxon:216597")),
        ("NCBITaxon:147711", Some("NCBITaxon:31708")),
        ("NCBITaxon:11053", Some("NCBITaxon:12637")),
        ("HIV-2", None),
        ("IFNA2", Some("REFCAST:interferon-alpha")),
        ("IFNL3", Some("ENSG00000182393")),
        ("TGFB2", Some("ENSG00000105329")),
        ("IL1A", None),
        ("EBV", Some("REFCAST:ebv-lytic-cycle-early")),
    ] {
        let id = vocabulary
            .resolve(given)
            .unwrap_or_else(|error| panic!("{given}: {error}"))
            .ids()
            .remove(0);
        let standing = vocabulary.standing_for(&id);
        assert_eq!(
            standing.first().map(|s| s.id.to_string()).as_deref(),
            by,
            "{given}: {standing:?}"
        );
    }

    let relatives = |name: &str| -> Vec<String> {
        let id = vocabulary.resolve(name).unwrap().ids().remove(0);
        vocabulary
            .relatives(&id, 5)
            .unwrap()
            .into_iter()
            .map(|relative| relative.label)
            .collect()
    };
    assert!(relatives("idarubicin").contains(&"doxorubicin".to_owned()));
    assert!(relatives("darolutamide").contains(&"enzalutamide".to_owned()));
    assert!(relatives("IL4").contains(&"interleukin 13".to_owned()));

    let message = vocabulary.resolve("dexametasone").unwrap_err().to_string();
    assert!(
        message.contains("dexamethasone (CHEMBL384467)"),
        "{message}"
    );
}

#[test]
fn every_curated_id_is_in_a_table_or_of_our_own() {
    let Some(corpus) = corpus() else { return };
    let knowledge = corpus.join("knowledge");
    let recipe = VocabularyRecipe::read(&recipe_folder()).unwrap();
    let tables = [
        genes::rows(&knowledge).unwrap(),
        compounds::rows(&knowledge, &VocabularyRecipe::default()).unwrap(),
    ];
    let known: BTreeSet<&str> = tables.iter().flatten().map(|row| row.id.as_str()).collect();
    for entity in recipe.entities() {
        let mut ids = std::iter::once(&entity.id).chain(&entity.equivalents);
        // The table of organisms holds few strains, and that of ChEMBL not every compound.
        let elsewhere = matches!(entity.id, OntologyId::Refcast(_) | OntologyId::Taxon(_));
        assert!(
            elsewhere || ids.any(|id| known.contains(id.to_string().as_str())),
            "{}",
            entity.id
        );
    }
    for support in trained() {
        assert!(
            recipe.entity(&support.id).is_some(),
            "{} has no row in perturbations.tsv",
            support.id
        );
    }
}

#[test]
#[ignore = "a measurement: cargo test --release -p refcast-train vocabulary -- --ignored --nocapture"]
fn how_long_a_look_up_takes() {
    let Some(corpus) = corpus() else { return };
    let files =
        build_vocabulary(&corpus.join("knowledge"), &recipe_folder(), &trained(), &[]).unwrap();
    for (name, bytes) in files.iter() {
        println!("{name}\t{} bytes", bytes.len());
    }
    for given in [
        "dexamethasone",
        "CHEBI:41879",
        "TP53",
        "CHEBI:17234",
        "paclitaxel",
        "dexametasone",
        "vemurafenibb",
    ] {
        let start = Instant::now();
        let vocabulary = Vocabulary::new(files.clone()).unwrap();
        let opened = start.elapsed();
        let found = vocabulary.resolve(given);
        println!(
            "{given}: opened in {opened:?}, answered after {:?}",
            start.elapsed()
        );
        println!(
            "    {}",
            found.map_or_else(|error| error.to_string(), |found| found.note())
        );
    }
}
