//! The vocabulary from small tables.

use refcast_core::{OntologyId, PerturbationType};
use refcast_model::vocabulary::{FieldValue, MatchedBy, TableRow, Vocabulary, VocabularyFiles};

use super::recipe::VocabularyRecipe;
use super::*;

const PERTURBATIONS: &str = "id\tlabel\tsynonyms\tkind\tsource\n\
    CHEMBL27769\tdihydrotestosterone\tDHT|CHEBI:16330\tcompound\tChEMBL\n\
    CHEMBL714\talbuterol\tsalbutamol\tcompound\tChEMBL\n\
    REFCAST:hypoxia\thypoxia\tlow oxygen\tenvironment\town\n";
const RELATIONS_TSV: &str = "id\trelation\tof\tsimilarity\tsource\n\
    NCBITaxon:83332\tstrain_of\tNCBITaxon:1773\t0.95\tNCBI\n";
const NAMES_TSV: &str = "id\tlabel\tsynonyms\tkind\tsource\n\
    NCBITaxon:83332\tMycobacterium tuberculosis H37Rv\tH37Rv\tinfection\tNCBI\n";

fn recipe_of(perturbations: &str, relations: &str) -> Result<VocabularyRecipe> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("perturbations.tsv", perturbations),
        ("names.tsv", NAMES_TSV),
        ("relations.tsv", relations),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    VocabularyRecipe::read(folder.path())
}

fn cells<const N: usize>(rows: &[[&str; N]]) -> Vec<[String; N]> {
    rows.iter().map(|row| row.map(str::to_owned)).collect()
}

fn compounds(recipe: &VocabularyRecipe) -> Vec<TableRow> {
    compounds::joined(
        cells(&[
            ["CHEMBL27769", "STANOLONE"],
            ["CHEMBL53463", "DOXORUBICIN"],
            ["CHEMBL417", "EPIRUBICIN"],
            ["CHEMBL714", "ALBUTEROL"],
            ["CHEMBL1", "ALBUTEROL SULFATE"],
            ["CHEMBL2", "LEVALBUTEROL"],
            ["CHEMBL10", "SB-203580"],
        ]),
        cells(&[
            ["CHEBI:2150", "5beta-dihydrotestosterone"],
            ["CHEBI:16330", "17beta-hydroxy-5alpha-androstan-3-one"],
            ["CHEBI:28748", "doxorubicin"],
            ["CHEBI:2549", "albuterol"],
            ["CHEBI:5", "salbutamol hydrochloride"],
        ]),
        cells(&[
            ["CHEMBL27769", "CHEBI:2150"],
            ["CHEMBL53463", "CHEBI:28748"],
            ["CHEMBL417", "CHEBI:28748"],
        ]),
        recipe,
    )
}

fn files(recipe: &VocabularyRecipe) -> VocabularyFiles {
    let genes = genes::joined(
        cells(&[
            [
                "ENSG00000111537",
                "IFNG",
                "interferon gamma",
                "protein_coding",
                "3458",
            ],
            ["ENSG00000290825", "DDX11L16", "a pseudogene", "lncRNA", ""],
        ]),
        cells(&[
            ["IFN-G", "ENSG00000111537", "alias"],
            ["ifn g", "ENSG00000111537", "alias"],
            ["OLD", "ENSG00000111537", "previous"],
            ["X", "ENSG99999999999", "alias"],
        ]),
    );
    let taxa = cells(&[
        [
            "NCBITaxon:1773",
            "Mycobacterium tuberculosis",
            "Bacillus tuberculosis",
        ],
        ["NCBITaxon:9", "Mycobacterium tuberculosis XYZ", ""],
        ["NCBITaxon:11", "Mycobacterium tuberculosis 7", ""],
        ["NCBITaxon:10", "Mycobacterium tuberculosis group", ""],
    ]);
    let support = |id: &str| TrainedSupport {
        id: id.parse().unwrap(),
        types: vec![PerturbationType::Other],
        samples: 3,
        studies: 1,
        systems: vec!["T-47D".into()],
    };
    let trained = [
        "CHEMBL27769",
        "CHEMBL714",
        "CHEMBL53463",
        "ENSG00000111537",
        "REFCAST:hypoxia",
        "NCBITaxon:83332",
    ]
    .map(support);
    let fields = [FieldValue {
        field: "sex".into(),
        value: "male".into(),
        label: String::new(),
        samples: 3,
        studies: 1,
        synonyms: Vec::new(),
    }];
    let taxa = taxa.into_iter().map(taxa::row).collect();
    write(recipe, genes, compounds(recipe), taxa, &trained, &fields).unwrap()
}

fn vocabulary() -> Vocabulary {
    let recipe = recipe_of(PERTURBATIONS, RELATIONS_TSV).unwrap();
    let vocabulary = Vocabulary::new(files(&recipe)).unwrap();
    vocabulary.check().unwrap();
    vocabulary
}

#[test]
fn names_and_equivalent_ids_of_the_tables_find_what_was_trained() {
    use MatchedBy::*;
    for (given, id, matched_by) in [
        ("DHT", "CHEMBL27769", Synonym),
        ("CHEBI:16330", "CHEMBL27769", EquivalentId),
        ("stanolone", "CHEMBL27769", Name),
        ("CHEBI:2150", "CHEBI:2150", Id),
        ("CHEBI:28748", "CHEMBL53463", EquivalentId),
        ("CHEBI:2549", "CHEMBL714", EquivalentId),
        ("epirubicin", "CHEMBL417", Name),
        ("CHEMBL53463", "CHEMBL53463", Id),
        ("interferon gamma", "ENSG00000111537", Name),
        ("old", "ENSG00000111537", Synonym),
        ("hypoxia", "REFCAST:hypoxia", Name),
        ("M. tuberculosis", "NCBITaxon:1773", Synonym),
    ] {
        let found = vocabulary()
            .resolve(given)
            .unwrap_or_else(|error| panic!("{given}: {error}"));
        assert_eq!(found.ids()[0].to_string(), id, "{given}");
        assert_eq!(found.entities[0].matched_by, matched_by, "{given}");
    }
}

#[test]
fn salts_and_strains_are_answered_and_isomers_are_not() {
    let vocabulary = vocabulary();
    for (given, by) in [
        ("CHEMBL1", Some("CHEMBL714")),
        ("CHEBI:5", Some("CHEMBL714")),
        ("CHEMBL2", None),
        ("CHEMBL417", None),
        ("CHEBI:2150", None),
        ("NCBITaxon:1773", Some("NCBITaxon:83332")),
        ("NCBITaxon:9", Some("NCBITaxon:83332")),
        ("NCBITaxon:10", None),
    ] {
        let standing = vocabulary.standing_for(&given.parse::<OntologyId>().unwrap());
        assert_eq!(
            standing.first().map(|s| s.id.to_string()).as_deref(),
            by,
            "{given}"
        );
    }
}

#[test]
fn labels_are_readable_and_codes_stay() {
    let vocabulary = vocabulary();
    let label = |id: u64| vocabulary.label(&OntologyId::Chembl(id)).unwrap().unwrap();
    assert_eq!(label(1), "albuterol sulfate");
    assert_eq!(label(10), "SB-203580");
    assert_eq!(label(53463), "doxorubicin");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let recipe = recipe_of(PERTURBATIONS, RELATIONS_TSV).unwrap();
    let (one, other) = (files(&recipe), files(&recipe));
    assert!(one.iter().eq(other.iter()));
}

#[test]
fn every_bad_row_of_a_recipe_is_named_by_file_and_line() {
    let error = recipe_of(
        "id\tlabel\tsynonyms\tkind\tsource\nfoo\tx\t\tcompound\t\nCHEMBL1\t\t\tcompound\t\nCHEMBL2\ty\t\tvegetable\t\n",
        "id\trelation\tof\tsimilarity\tsource\nCHEMBL1\tsalt_of\tCHEMBL2\t7\t\n",
    )
    .unwrap_err()
    .to_string();
    for place in [
        "perturbations.tsv:2",
        "perturbations.tsv:3.label",
        "perturbations.tsv:4",
        "relations.tsv:2.similarity",
    ] {
        assert!(error.contains(place), "{place} in {error}");
    }
}

#[test]
fn a_missing_table_is_named() {
    let nowhere = tempfile::tempdir().unwrap();
    let error = build_vocabulary(nowhere.path(), nowhere.path(), &[], &[]).unwrap_err();
    assert!(error.to_string().contains(".tsv"), "{error}");
}
