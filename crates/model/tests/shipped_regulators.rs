//! The loss of a regulator against textbooks, on the model that ships.
//!
//! The table is of reviews and of primary work on each regulator, not of the recipe's: Levine and Oren
//! 2009 (p53), Hayden and Ghosh 2008 (NF-κB), Darnell 1997 (STAT1), Dang 1999 (MYC), Semenza 2003
//! (HIF), Denison and Nagy 2003 (AHR), Brown and Goldstein 1997 (SREBP), Motohashi and Yamamoto 2004
//! (NRF2), Clark and Belvisi 2012 (GR), Zhao et al. 2008 (YAP), Trinklein et al. 2004 (HSF1), Harding
//! et al. 2003 (ATF4), Sears and Nevins 2002 (E2F).

use refcast_core::{
    Conditioning, OntologyId, Perturbation, PerturbationType, Query, SamplingStrategy,
};
use refcast_model::{Model, Reference};

/// Lost gene, where its targets go, targets.
const LOSSES: &[(&str, f64, &str)] = &[
    (
        "TP53",
        -1.0,
        "CDKN1A MDM2 BAX BBC3 FAS SESN1 GDF15 TP53I3 ZMAT3 RRM2B XPC DDB2 PLK3 FDXR",
    ),
    (
        "MDM2",
        1.0,
        "CDKN1A BAX BBC3 FAS SESN1 GDF15 TP53I3 ZMAT3 RRM2B XPC DDB2 FDXR",
    ),
    ("PPM1D", 1.0, "CDKN1A MDM2 BAX FAS SESN1 ZMAT3"),
    (
        "RELA",
        -1.0,
        "NFKBIA TNFAIP3 CXCL8 CCL2 IL6 ICAM1 BIRC3 CXCL1 RELB",
    ),
    (
        "NFKB1",
        -1.0,
        "NFKBIA TNFAIP3 CXCL8 CCL2 IL6 ICAM1 BIRC3 CXCL1",
    ),
    ("NFKBIA", 1.0, "TNFAIP3 CXCL8 CCL2 IL6 ICAM1 BIRC3"),
    (
        "STAT1",
        -1.0,
        "IRF1 GBP1 GBP2 TAP1 PSMB9 ISG15 IFIT1 OAS1 MX1",
    ),
    ("STAT3", -1.0, "SOCS3 BCL3 JUNB MCL1 PIM1"),
    ("MYC", -1.0, "NCL NPM1 ODC1 CDK4 LDHA NOP56 CAD FBL"),
    ("HIF1A", -1.0, "CA9 VEGFA ADM NDRG1 BNIP3 PDK1 SLC2A1 PGK1"),
    ("ARNT", -1.0, "CA9 VEGFA ADM NDRG1 BNIP3 PDK1 SLC2A1 PGK1"),
    ("VHL", 1.0, "CA9 VEGFA ADM NDRG1 BNIP3 PDK1 SLC2A1"),
    ("AHR", -1.0, "CYP1A1 CYP1B1 AHRR TIPARP NQO1"),
    ("SREBF2", -1.0, "HMGCS1 HMGCR LDLR SQLE IDI1 INSIG1 FDFT1"),
    ("SREBF1", -1.0, "FASN SCD ACACA LDLR INSIG1"),
    ("SCAP", -1.0, "HMGCS1 HMGCR LDLR SQLE FASN SCD"),
    (
        "NFE2L2",
        -1.0,
        "NQO1 HMOX1 GCLM TXNRD1 SLC7A11 SRXN1 OSGIN1 G6PD",
    ),
    (
        "KEAP1",
        1.0,
        "NQO1 HMOX1 GCLM TXNRD1 SLC7A11 SRXN1 OSGIN1 G6PD",
    ),
    (
        "NR3C1",
        -1.0,
        "FKBP5 TSC22D3 PER1 ZBTB16 KLF9 DUSP1 CRISPLD2 MT2A",
    ),
    ("ESR1", -1.0, "GREB1 TFF1 PGR CXCL12 IGFBP4 CCND1 MYB"),
    ("AR", -1.0, "KLK3 TMPRSS2 NKX3-1 FKBP5 PMEPA1 NDRG1"),
    ("YAP1", -1.0, "CCN1 CCN2 ANKRD1 AMOTL2 AXL CRIM1"),
    ("LATS2", 1.0, "CCN1 CCN2 ANKRD1 AMOTL2"),
    ("CTNNB1", -1.0, "AXIN2 LEF1 NKD1 RNF43 MYC CCND1"),
    ("APC", 1.0, "AXIN2 NKD1 RNF43 ZNRF3"),
    ("SMAD4", -1.0, "SERPINE1 SMAD7 SKIL COL1A1 PMEPA1"),
    ("TGFBR2", -1.0, "SERPINE1 SMAD7 SKIL COL1A1 PMEPA1"),
    ("NOTCH1", -1.0, "HES1 HEY1 NRARP HEYL"),
    ("HSF1", -1.0, "HSPA1A HSPH1 DNAJB1 HSP90AA1 BAG3 HSPA8"),
    ("ATF4", -1.0, "ASNS CHAC1 TRIB3 DDIT3 PSAT1 PHGDH SESN2"),
    ("XBP1", -1.0, "DNAJB9 SEC61B EDEM1 HERPUD1 PDIA4"),
    ("E2F1", -1.0, "CCNE1 CDC6 MCM2 PCNA TYMS RRM2"),
    ("RB1", 1.0, "CCNE1 CDC6 MCM2 PCNA TYMS RRM2"),
    ("KRAS", -1.0, "DUSP6 SPRY2 SPRY4 ETV4 ETV5 PHLDA1"),
    ("NF1", 1.0, "DUSP6 SPRY2 SPRY4 ETV5"),
    ("SRF", -1.0, "ACTA2 TAGLN CNN1 VCL EGR1 FOS"),
    ("IRF9", -1.0, "IFIT1 ISG15 MX1 OAS1 IFI6"),
];
/// Left of a change after the treated profile is brought back to its library, ln(1 + CPM).
const SHIFT: f64 = 0.02;

fn place(model: &Model, symbol: &str) -> Option<usize> {
    let mut genes = model.axis().genes().iter();
    genes.position(|gene| gene.symbol == symbol)
}

fn loss(model: &Model, lost: &str, kind: PerturbationType) -> Query {
    let place = place(model, lost).unwrap_or_else(|| panic!("{lost} is on the axis"));
    let entity = OntologyId::Gene(model.axis().genes()[place].id);
    let perturbation = Perturbation::new(vec![entity], kind, Vec::new(), None);
    Query {
        perturbation: perturbation.expect("a perturbation"),
        num_samples: 1,
        sampling_strategy: SamplingStrategy::MeanEstimation,
        conditioning: Conditioning::default(),
        deterministic_latents: true,
        seed: 0,
        total_count: None,
        fixed_total_count: false,
    }
}

#[test]
fn the_loss_of_a_regulator_does_not_raise_what_it_raises() {
    let model = Model::built_in("gem-1-bulk")
        .expect("known")
        .expect("loads");
    let reference: Reference = model.example_reference(7).expect("a reference");
    let level = reference.counts.log_cpm();
    let mut wrong = Vec::new();
    for kind in [PerturbationType::Crispr, PerturbationType::Sirna] {
        for &(lost, direction, targets) in LOSSES {
            let plan = model.plan(&loss(&model, lost, kind)).expect("a plan");
            let (effect, _) = model.effect(&plan, &reference).expect("an effect");
            let along: Vec<(&str, f64)> = targets
                .split(' ')
                .filter_map(|symbol| Some((symbol, place(&model, symbol)?)))
                .filter(|&(_, place)| level.values()[place] > 0.7)
                .map(|(symbol, place)| (symbol, direction * effect.mean[place]))
                .collect();
            let mean = along.iter().map(|(_, change)| change).sum::<f64>() / along.len() as f64;
            let against: Vec<&(&str, f64)> = along
                .iter()
                .filter(|(_, change)| *change < -SHIFT)
                .collect();
            if !along.is_empty() && (mean <= 0.0 || !against.is_empty()) {
                wrong.push(format!(
                    "{lost} by {}: mean {mean:.3}, {against:?}",
                    kind.name()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_loss_of_any_other_gene_is_no_response_of_p53() {
    let model = Model::built_in("gem-1-bulk")
        .expect("known")
        .expect("loads");
    let reference = model.example_reference(7).expect("a reference");
    let targets = LOSSES[0].2.split(' ');
    let places: Vec<usize> = targets.filter_map(|own| place(&model, own)).collect();
    for lost in ["COL6A2", "GAPDH", "TRPV1", "ZNF593"] {
        let query = loss(&model, lost, PerturbationType::Sirna);
        let plan = model.plan(&query).expect("a plan");
        let (effect, _) = model.effect(&plan, &reference).expect("an effect");
        let changes: Vec<f64> = places.iter().map(|&place| effect.mean[place]).collect();
        let mean = changes.iter().sum::<f64>() / changes.len() as f64;
        assert!(mean.abs() < 0.05, "{lost}: {mean}, {changes:?}");
    }
}
