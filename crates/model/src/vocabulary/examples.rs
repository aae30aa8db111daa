//! A small vocabulary for the tests, and the tests of what users write.

use refcast_core::{OntologyId, PerturbationType};

use super::*;

fn trained(
    id: &str,
    label: &str,
    synonyms: &[&str],
    equivalents: &[&str],
    kind: EntityKind,
) -> String {
    TrainedEntity {
        id: id.parse().unwrap(),
        label: label.into(),
        synonyms: synonyms.iter().map(|&s| s.into()).collect(),
        equivalents: equivalents.iter().map(|id| id.parse().unwrap()).collect(),
        kind,
        types: vec![PerturbationType::Other],
        samples: 4,
        studies: 1,
        systems: Vec::new(),
    }
    .to_line()
}

fn lines(rows: &[&str]) -> Vec<String> {
    rows.iter().map(|&row| row.to_owned()).collect()
}

/// Two drugs, two proteins, a knocked-out gene, a bacterium and hypoxia, with small tables.
pub(crate) fn vocabulary() -> Vocabulary {
    use EntityKind::*;
    let mut files = VocabularyFiles::new();
    let trained = vec![
        trained(
            "CHEMBL384467",
            "dexamethasone",
            &["dex"],
            &["CHEBI:41879"],
            Compound,
        ),
        trained(
            "CHEMBL714",
            "albuterol",
            &["salbutamol"],
            &["CHEBI:2549"],
            Compound,
        ),
        trained("CHEMBL53463", "doxorubicin", &["Adriamycin"], &[], Compound),
        trained(
            "ENSG00000111537",
            "interferon gamma",
            &["IFNG", "IFN-gamma"],
            &[],
            Protein,
        ),
        trained("ENSG00000105329", "TGF-beta 1", &["TGF-beta"], &[], Protein),
        trained("ENSG00000080503", "SMARCA2", &[], &[], Gene),
        trained(
            "NCBITaxon:83332",
            "Mycobacterium tuberculosis H37Rv",
            &["H37Rv"],
            &[],
            Infection,
        ),
        trained(
            "REFCAST:hypoxia",
            "hypoxia",
            &["low oxygen"],
            &[],
            Environment,
        ),
    ];
    files.insert_lines(TRAINED, &trained).unwrap();
    let names = lines(&["NCBITaxon:1773\tMycobacterium tuberculosis\t\t\tMtb\tinfection"]);
    files.insert_lines(NAMES, &names).unwrap();
    let relations = lines(&[
        "NCBITaxon:83332\tstrain_of\tNCBITaxon:1773\t0.95",
        "CHEMBL1200431\tsalt_of\tCHEMBL384467\t0.9",
    ]);
    files.insert_lines(RELATIONS, &relations).unwrap();
    let fields = lines(&[
        "tissue_ontology_id\tUBERON:0002107\tliver\t12\t2",
        "perturbation_type\tcompound\t\t40\t3",
        "sex\tmale\t\t9\t1",
    ]);
    files.insert_lines(FIELDS, &fields).unwrap();
    let genes = lines(&[
        "ENSG00000000001\tAAA1\t\t\tSHARED|BRM1\tprotein_coding",
        "ENSG00000000002\tAAA2\t\tOLDNAME\tSHARED\tprotein_coding",
        "ENSG00000000003\tSMARCA4\t\t\tBRG1\tprotein_coding",
        "ENSG00000080503\tSMARCA2\t\t\tBRM|SHARED2|AAA1\tprotein_coding",
        "ENSG00000111537\tIFNG\tinterferon gamma\t\tIFI\tprotein_coding",
        "ENSG00000171855\tIFNB1\t\t\t\tprotein_coding",
    ]);
    files.insert_lines(GENES, &genes).unwrap();
    let compounds = lines(&[
        "CHEBI:41879\tdexamethasone\t\t\t\t\tCHEMBL384467",
        "CHEBI:99\tdoxorubicin\t\t\t\t\tCHEMBL53463",
        "CHEMBL1117\tIDARUBICIN",
        "CHEMBL1200431\tDEXAMETHASONE SODIUM PHOSPHATE",
        "CHEMBL384467\tDEXAMETHASONE",
        "CHEMBL53463\tDOXORUBICIN\t\t\t\t\tCHEBI:99",
        "CHEMBL714\tALBUTEROL",
        "CHEMBL999\tLEVALBUTEROL",
    ]);
    files.insert_lines(COMPOUNDS, &compounds).unwrap();
    let taxa = lines(&[
        "NCBITaxon:1764\tMycobacterium avium\t\t\tM. avium",
        "NCBITaxon:1773\tMycobacterium tuberculosis\t\t\tM. tuberculosis",
    ]);
    files.insert_lines(TAXA, &taxa).unwrap();
    Vocabulary::new(files).unwrap()
}

#[test]
fn every_spelling_of_a_name_or_id_resolves() {
    use MatchedBy::*;
    let vocabulary = vocabulary();
    vocabulary.check().unwrap();
    for (given, id, matched_by, trained) in [
        ("dexamethasone", "CHEMBL384467", Name, true),
        ("Dex", "CHEMBL384467", Synonym, true),
        ("chembl384467", "CHEMBL384467", Id, true),
        ("CHEBI:41879", "CHEMBL384467", EquivalentId, true),
        ("CHEBI:99", "CHEMBL53463", EquivalentId, true),
        ("IFNγ", "ENSG00000111537", Synonym, true),
        ("Interferon-gamma", "ENSG00000111537", Name, true),
        ("ENSG00000111537.4", "ENSG00000111537", Id, true),
        ("IFI", "ENSG00000111537", Synonym, true),
        ("TGF β", "ENSG00000105329", Synonym, true),
        ("Hypoxia", "REFCAST:hypoxia", Name, true),
        ("refcast:hypoxia", "REFCAST:hypoxia", Id, true),
        ("h37rv", "NCBITaxon:83332", Synonym, true),
        ("Mtb", "NCBITaxon:1773", Synonym, false),
        ("M. tuberculosis", "NCBITaxon:1773", Synonym, false),
        ("1773", "NCBITaxon:1773", Id, false),
        ("BRG1", "ENSG00000000003", Synonym, false),
        ("idarubicin", "CHEMBL1117", Name, false),
        ("AAA1", "ENSG00000000001", Name, false),
        ("oldname", "ENSG00000000002", Synonym, false),
    ] {
        let found = vocabulary
            .resolve(given)
            .unwrap_or_else(|error| panic!("{given}: {error}"));
        let entity = &found.entities[0];
        assert_eq!(entity.id.to_string(), id, "{given}");
        assert_eq!(
            (entity.matched_by, entity.trained),
            (matched_by, trained),
            "{given}"
        );
    }
}

#[test]
fn a_combination_keeps_its_order() {
    for given in [
        "salbutamol|dex",
        "salbutamol + dex",
        "CHEMBL714 | dexamethasone",
        "albuterol+dexamethasone",
    ] {
        let found = vocabulary().resolve(given).unwrap();
        assert_eq!(
            found.ids(),
            [OntologyId::Chembl(714), OntologyId::Chembl(384_467)],
            "{given}"
        );
        assert_eq!(found.labels(), ["albuterol", "dexamethasone"]);
    }
    assert_eq!(
        vocabulary().resolve("salbutamol").unwrap().note(),
        "salbutamol: CHEMBL714 albuterol (by synonym)"
    );
}

#[test]
fn an_unknown_name_is_answered_with_the_nearest_by_name_and_id() {
    let message = vocabulary()
        .resolve("dexametasone")
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("nearest: dexamethasone (CHEMBL384467)"),
        "{message}"
    );
    let message = vocabulary().resolve("CHEMBL38447").unwrap_err().to_string();
    assert!(
        message.contains("nearest: dexamethasone (CHEMBL384467)"),
        "{message}"
    );
}

#[test]
fn every_part_that_is_wrong_is_reported_at_once() {
    let faults = vocabulary()
        .resolve("dexametasone|zzz9|")
        .unwrap_err()
        .into_faults("perturbation");
    assert_eq!(faults.len(), 3);
    assert!(faults.iter().all(|fault| fault.path == "perturbation"));
    assert_eq!(faults[2].code, "missing");
}

#[test]
fn a_name_of_several_genes_is_refused_with_the_choices() {
    let message = vocabulary().resolve("SHARED").unwrap_err().to_string();
    assert!(
        message.contains("AAA1 (ENSG00000000001), AAA2 (ENSG00000000002)"),
        "{message}"
    );
}

#[test]
fn a_strain_and_a_salt_are_answered_by_what_training_saw() {
    let vocabulary = vocabulary();
    for (given, by, sentence) in [
        (
            "NCBITaxon:1773",
            "NCBITaxon:83332",
            "answered from its strain Mycobacterium tuberculosis H37Rv",
        ),
        (
            "CHEMBL1200431",
            "CHEMBL384467",
            "answered from its parent compound dexamethasone",
        ),
    ] {
        let standing = vocabulary.standing_for(&given.parse().unwrap());
        assert_eq!(standing[0].id.to_string(), by);
        assert_eq!(standing[0].sentence, sentence);
        assert!(standing[0].similarity < 1.0);
    }
    assert!(vocabulary.standing_for(&OntologyId::Chembl(999)).is_empty());
}

#[test]
fn relatives_share_a_family_a_stem_or_a_genus() {
    let vocabulary = vocabulary();
    for (given, relative) in [
        ("CHEMBL1117", "CHEMBL53463"),
        ("ENSG00000171855", "ENSG00000111537"),
        ("ENSG00000000003", "ENSG00000080503"),
        ("NCBITaxon:1764", "NCBITaxon:83332"),
        ("CHEMBL999", "CHEMBL714"),
    ] {
        let relatives = vocabulary.relatives(&given.parse().unwrap(), 3).unwrap();
        let ids: Vec<String> = relatives
            .iter()
            .map(|relative| relative.id.to_string())
            .collect();
        assert_eq!(ids, [relative], "{given}");
    }
    assert!(
        vocabulary
            .relatives(&OntologyId::Chebi(1), 3)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_search_shows_what_training_saw_and_then_what_is_known() {
    let vocabulary = vocabulary();
    let values = |field, text| -> Vec<String> {
        let entries = vocabulary.search(field, text).unwrap();
        entries.into_iter().map(|entry| entry.value).collect()
    };
    assert_eq!(values(Some("perturbation-ontology-id"), "").len(), 8);
    assert_eq!(
        values(Some("tissue_ontology_id"), "liv"),
        ["UBERON:0002107"]
    );
    assert_eq!(values(None, "rubicin"), ["CHEMBL53463", "CHEMBL1117"]);
    assert_eq!(
        values(Some("perturbation_type"), "").len(),
        PerturbationType::ALL.len()
    );
    assert_eq!(vocabulary.search(None, "compound").unwrap()[0].samples, 40);
    assert!(
        vocabulary
            .search(Some("tisue_ontology_id"), "")
            .unwrap_err()
            .to_string()
            .contains("tissue_ontology_id")
    );
}
