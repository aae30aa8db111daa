//! Genes whose products are given to cells: cytokines, growth factors, peptide hormones.
//!
//! By the approved symbol: families that HGNC numbers, and single names. Knowledge of biology; no
//! table of the bundle says it.

/// Families whose members are a stem, a number and perhaps a letter: `IL17A`, `FGF2`, `CCL5`.
const FAMILIES: &[&str] = &[
    "IL", "IFNA", "IFNL", "CXCL", "CCL", "XCL", "CX3CL", "TNFSF", "CSF", "TGFB", "BMP", "GDF",
    "FGF", "NRG", "WNT", "RSPO", "IGF", "NTF", "EDN", "ANGPT", "LEFTY", "DKK", "GREM",
];

/// The others.
const SINGLE: &str = "TNF LTA LTB FASLG CD40LG IFNB1 IFNG IFNE IFNK IFNW1 EPO THPO KITLG FLT3LG LIF OSM CNTF CTF1 CLCF1 \
     TSLP IL1RN INHBA INHBB AMH NODAL MSTN VEGFA VEGFB VEGFC VEGFD PGF PDGFA PDGFB PDGFC PDGFD \
     EGF TGFA HBEGF AREG EREG BTC HGF MST1 INS NGF BDNF GDNF NRTN ARTN PSPN NOG SHH IHH DHH GH1 \
     PRL LEP ADIPOQ GCG SST CALCA PTH OXT AVP TRH CRH POMC FSHB LHB TSHB AGT NPY VIP GAL ADM APLN \
     GHRL IAPP NPPA NPPB FST MIF PF4 PPBP GAS6 CAMP DEFB4A GIP SCT GNRH1 INSL3 RLN2 UCN KISS1";

/// Whether the product of the gene of this symbol acts on cells from outside.
pub(super) fn is_ligand(symbol: &str) -> bool {
    if SINGLE.split_whitespace().any(|own| own == symbol) {
        return true;
    }
    FAMILIES.iter().any(|family| {
        let Some(member) = symbol.strip_prefix(family) else {
            return false;
        };
        let number = member.trim_end_matches(|c: char| c.is_ascii_uppercase());
        // `IL2RA` is a receptor; a letter behind the number is a subtype.
        !number.is_empty()
            && number.bytes().all(|digit| digit.is_ascii_digit())
            && (member.len() == number.len()
                || matches!(&member[number.len()..], "A" | "B" | "C" | "D" | "E" | "F"))
    })
}

#[cfg(test)]
mod tests {
    use super::is_ligand;

    #[test]
    fn cytokines_and_growth_factors_are_ligands_and_their_receptors_are_not() {
        for symbol in [
            "TNF", "IL6", "IL17A", "IL12B", "IFNA2", "CXCL8", "CCL5", "CSF2", "TGFB1", "BMP4",
            "FGF2", "WNT3A", "EGF", "VEGFA", "TNFSF10", "CX3CL1", "PDGFB", "INS",
        ] {
            assert!(is_ligand(symbol), "{symbol}");
        }
        for symbol in [
            "TP53", "IL6R", "IL2RA", "IL1RAP", "IL6ST", "IL18BP", "TNFRSF1A", "CSF1R", "FGFR1",
            "EGFR", "TGFBR1", "CCR5", "WNT", "STAT1", "IFNGR1", "BMPR2", "ILF2", "FGFRL1", "ILK",
        ] {
            assert!(!is_ligand(symbol), "{symbol}");
        }
    }
}
