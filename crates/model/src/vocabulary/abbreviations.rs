//! What laboratories call compounds for short, where no table of names has it or a gene is called
//! so as well.

/// Short names, folded, with the full name that the table of compounds has.
const COMPOUNDS: &[(&str, &str)] = &[
    ("tsa", "trichostatin A"),
    ("mtx", "methotrexate"),
    ("cpt", "camptothecin"),
    ("arac", "cytarabine"),
    ("5aza", "azacitidine"),
    ("5azac", "azacitidine"),
    ("5azadc", "decitabine"),
    ("dac", "decitabine"),
    ("chx", "cycloheximide"),
    ("actd", "dactinomycin"),
    ("hu", "hydroxyurea"),
    ("tmz", "temozolomide"),
    ("ptx", "paclitaxel"),
    ("cddp", "cisplatin"),
    ("vpa", "valproic acid"),
    ("nac", "acetylcysteine"),
    ("ato", "arsenic trioxide"),
    ("bfa", "brefeldin A"),
    ("tg", "thapsigargin"),
    ("tm", "tunicamycin"),
    ("sts", "staurosporine"),
    ("sfn", "sulforaphane"),
    ("cq", "chloroquine"),
    ("hcq", "hydroxychloroquine"),
    ("vp16", "etoposide"),
    ("fsk", "forskolin"),
    ("p4", "progesterone"),
    ("t3", "liothyronine"),
    ("t4", "levothyroxine"),
    ("tam", "tamoxifen"),
    ("ra", "tretinoin"),
    ("csa", "cyclosporine"),
    ("fk506", "tacrolimus"),
    ("h2o2", "hydrogen peroxide"),
    ("pge2", "dinoprostone"),
    ("iso", "isoproterenol"),
    ("bleo", "bleomycin"),
    ("mmc", "mitomycin"),
    ("bpa", "bisphenol A"),
    ("dfo", "deferoxamine"),
    ("6mp", "mercaptopurine"),
    ("6tg", "thioguanine"),
    ("2dg", "2-deoxyglucose"),
    ("rapa", "sirolimus"),
    ("btz", "bortezomib"),
    ("fulv", "fulvestrant"),
    ("dtx", "docetaxel"),
    ("vcr", "vincristine"),
    ("vbl", "vinblastine"),
    ("rux", "ruxolitinib"),
    ("bso", "buthionine sulfoximine"),
    ("licl", "lithium chloride"),
    ("vitd", "calcitriol"),
    ("vitd3", "calcitriol"),
    ("pba", "4-phenylbutyric acid"),
    ("noco", "nocodazole"),
    ("wort", "wortmannin"),
    ("etoh", "ethanol"),
    ("meoh", "methanol"),
    ("mpa", "mycophenolic acid"),
];

/// The compound that a folded name is short for.
pub(super) fn compound(folded: &str) -> Option<&'static str> {
    COMPOUNDS
        .iter()
        .find(|(short, _)| *short == folded)
        .map(|(_, name)| *name)
}
