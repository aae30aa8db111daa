use super::*;

fn fields(id: &str, kind: &str, time: &str, dose: &str) -> PerturbationFields {
    let text = |s: &str| (!s.is_empty()).then(|| s.to_owned());
    PerturbationFields {
        perturbation_ontology_id: text(id),
        perturbation_type: text(kind),
        perturbation_time: text(time),
        perturbation_dose: text(dose),
    }
}

fn read(id: &str, kind: &str) -> Result<Perturbation> {
    fields(id, kind, "", "").try_into()
}

fn paths(error: Error) -> Vec<String> {
    error
        .into_faults("")
        .into_iter()
        .map(|fault| fault.path)
        .collect()
}

#[test]
fn a_dose_of_nothing_is_refused_with_what_to_do() {
    for (id, dose) in [
        ("CHEMBL384467", "0 uM"),
        ("CHEMBL384467", "1e-320 uM"),
        ("CHEMBL384467|CHEMBL25", "10 uM; 0 uM"),
        ("CHEMBL384467", "0 %"),
    ] {
        let read: Result<Perturbation> = fields(id, "compound", "", dose).try_into();
        let faults = read.unwrap_err().into_faults("");
        assert_eq!((faults[0].path.as_str(), faults[0].code), (DOSE, "no_dose"));
        assert!(faults[0].message.contains("`control`"), "{}", faults[0]);
    }
    let anoxia: Result<Perturbation> = fields("REFCAST:hypoxia", "other", "", "0% O2").try_into();
    anoxia.unwrap();
}

#[test]
fn an_id_and_a_type_that_contradict_are_refused_with_the_types_that_fit() {
    for (id, kind) in [
        ("CHEMBL25", "crispr"),
        ("CHEMBL25", "sirna"),
        ("CHEMBL25", "infection"),
        ("CHEBI:15365", "overexpression"),
        ("NCBITaxon:2697049", "compound"),
        ("NCBITaxon:2697049", "crispr"),
        ("ENSG00000141510", "infection"),
        ("ENSG00000141510", "compound"),
        ("ENSG00000141510", "control"),
        ("REFCAST:hypoxia", "control"),
    ] {
        let faults = read(id, kind).unwrap_err().into_faults("");
        assert_eq!(faults.len(), 1, "{id} {kind}");
        assert_eq!(
            (faults[0].path.as_str(), faults[0].code),
            (TYPE, "contradiction")
        );
        assert!(faults[0].message.contains(id), "{}", faults[0].message);
    }
    let error = read("NCBITaxon:2697049", "compound")
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("organism") && error.contains("infection"),
        "{error}"
    );
}

#[test]
fn what_studies_do_is_accepted() {
    for (id, kind) in [
        ("ENSG00000141510", "crispr"),
        ("ENSG00000169194", "peptide or biologic"),
        ("ENSG00000105329|CHEMBL1957266", "peptide or biologic"),
        ("ENSG00000111537|NCBITaxon:216597", "infection"),
        ("CHEMBL1201585", "peptide or biologic"),
        ("REFCAST:hypoxia", "other"),
        ("REFCAST:hypoxia|ENSG00000162772", "sirna"),
        ("", "control"),
    ] {
        read(id, kind).unwrap_or_else(|error| panic!("{id} {kind}: {error}"));
    }
}

#[test]
fn the_type_is_implied_by_chemicals_and_organisms_only() {
    assert_eq!(
        read("CHEMBL25", "").unwrap().kind(),
        PerturbationType::Compound
    );
    assert_eq!(
        read("CHEBI:15365|CHEMBL25", "").unwrap().kind(),
        PerturbationType::Compound
    );
    assert_eq!(
        read("2697049", "").unwrap().kind(),
        PerturbationType::Infection
    );
    for id in [
        "ENSG00000141510",
        "REFCAST:hypoxia",
        "CHEMBL25|ENSG00000141510",
        "",
    ] {
        assert_eq!(paths(read(id, "").unwrap_err()), [TYPE], "{id}");
    }
}

#[test]
fn all_faults_are_reported_at_once() {
    let error = Perturbation::try_from(fields("aspirin", "magic", "soon", "a lot")).unwrap_err();
    assert_eq!(paths(error), [ID, TYPE, TIME, DOSE]);
    let error =
        Perturbation::try_from(fields("CHEMBL25", "crispr", "soon", "1 uM; 2 uM")).unwrap_err();
    assert_eq!(paths(error), [TIME, TYPE, DOSE]);
}

#[test]
fn a_combination_compares_as_a_set_with_its_doses() {
    let read = |id, dose| Perturbation::try_from(fields(id, "compound", "24h", dose)).unwrap();
    assert_eq!(
        read("CHEMBL714|CHEMBL25", "1 uM; 2 uM"),
        read("CHEMBL25|CHEMBL714", "2 uM; 1 uM")
    );
    assert_ne!(
        read("CHEMBL714|CHEMBL25", "1 uM; 2 uM"),
        read("CHEMBL25|CHEMBL714", "1 uM; 2 uM")
    );
    assert_eq!(
        read("CHEMBL714|CHEMBL25", "1 uM"),
        read("CHEMBL25|CHEMBL714", "1 uM; 1000 nM")
    );
    assert_eq!(
        read("CHEMBL714|CHEMBL25", "").entity_key(),
        "CHEMBL25|CHEMBL714"
    );
}

#[test]
fn an_entity_given_twice_is_refused() {
    assert_eq!(paths(read("CHEMBL25|CHEMBL25", "").unwrap_err()), [ID]);
}

#[test]
fn a_control_with_a_dose_is_refused() {
    let error = Perturbation::try_from(fields("", "control", "", "1 uM")).unwrap_err();
    assert_eq!(paths(error), [DOSE]);
}

#[test]
fn the_text_fields_read_back_as_the_same_perturbation() {
    let given = Perturbation::try_from(fields(
        "ENSG00000111537.4|216597",
        "infection",
        "2 days",
        "20 ng/ml | MOI 10",
    ))
    .unwrap();
    let json = serde_json::to_string(&given).unwrap();
    assert_eq!(
        json,
        r#"{"perturbation_ontology_id":"ENSG00000111537|NCBITaxon:216597","perturbation_type":"infection","perturbation_time":"48 h","perturbation_dose":"20 ng/ml; MOI 10"}"#
    );
    assert_eq!(serde_json::from_str::<Perturbation>(&json).unwrap(), given);
}

#[test]
fn a_file_cannot_hold_a_contradiction_or_an_unknown_field() {
    for json in [
        r#"{"perturbation_ontology_id":"CHEMBL25","perturbation_type":"crispr"}"#,
        r#"{"perturbation_type":"control","tissue":"liver"}"#,
    ] {
        assert!(
            serde_json::from_str::<Perturbation>(json).is_err(),
            "{json}"
        );
    }
}
