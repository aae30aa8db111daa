//! The words themselves, and words that are written as one.

/// What a word says of a control.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// A control by itself.
    Control,
    /// A control by itself, but so short that a number makes another name of it.
    Short,
    /// A control beside a reagent or another word: the `nc` of `si-NC`.
    Beside,
    /// A control to some; what else it may be.
    Doubtful(&'static str),
    /// A reagent of genetics, which says how the control was made.
    Reagent,
    /// What can be done to cells: a control where it was not.
    Action,
    /// The same as a participle.
    Undone,
    /// `no`, `non`, `without`.
    Not,
    /// `pre`, `before`.
    Before,
    /// A unit of a dose or a time.
    Unit,
    /// What is numbered: `rep 1`.
    Counted,
    /// Says nothing.
    Filler,
}

const CONTROL: &str = "\
    control controls contrl contr ctrl ctrls cntl kontrolle kontroll temoin controle vehicle \
    vehicles mock dmso dimethylsulfoxide dimethylsulphoxide dpbs hbss saline sham placebo \
    diluent solvent buffer water scramble scrambled scrbl scrmbl untargeted naive resting \
    baseline basal quiescent medium media none nothing nil blank wildtype parental isogenic \
    isotype emptyvector empty vector backbone pcdna plko pbabe plvx luciferase fluc rluc lacz \
    egfp eyfp mcherry tdtomato dsred zsgreen aavs rosa safeharbor safeharbour intergenic \
    allstars normoxia normoxic normal healthy unaffected negative nontarget safetargeting \
    reference unstim unbehandelt";

const SHORT: &str = "ctl con ntc nt ev wt neg scr veh pbs gfp rfp yfp bfp luc igg bsa unt";

const BESIDE: &str = "safe carrier cas dcas irrelevant random";

const REAGENT: &str = "\
    si sh sg cr sirna sirnas shrna sgrna grna crrna guide guides oligo oligos duplex smartpool \
    ontargetplus lentivirus lentiviral retroviral adenovirus adenoviral plasmid construct mirna \
    mimic aso morpholino aav oe overexpression ko kd";

const ACTION: &str = "\
    treatment drug drugs compound stimulus stimuli stimulation stim infection virus bacteria \
    pathogen perturbation induction transfection transduction cytokine cytokines ligand \
    inhibitor agonist antibody target targeting silencing specific exposure activation editing \
    edit dox hormone vaccination irradiation radiation injury addition supplement template \
    hypoxia knockdown knockout dose";

const UNDONE: &str = "\
    treated stimulated infected perturbed induced transfected transduced targeted exposed \
    activated edited modified injected irradiated inoculated vaccinated challenged primed \
    injured supplemented dosed polarized polarised electroporated nucleofected traite";

const UNIT: &str = "\
    h hr hrs hour hours hpi hpt min mins minute minutes d day days dpi wk week weeks t time \
    timepoint percent pct um nm mm pm ng ug mg pg ml ul moi gy iu x";

const COUNTED: &str = "\
    rep reps replicate replicates biorep techrep sample samples donor patient batch well plate \
    pool clone lane run experiment exp lot nr num number id subject passage group arm set";

const FILLER: &str = "\
    dd milliq biological bio technical tech cell cells line lines condition conditions cond \
    pooled clones only alone matched for of with in the an and at from by to v vol final \
    concentration plus silencer select mission on targetplus stealth culture cultured human \
    tissue crispr transgene expressing rna mouse rabbit goat growth complete fresh";

const DOUBTFUL: &[(&str, &str)] = &[
    ("ethanol", "ethanol, a compound as well as a solvent"),
    ("etoh", "ethanol, a compound as well as a solvent"),
    ("methanol", "methanol, a compound as well as a solvent"),
    ("meoh", "methanol, a compound as well as a solvent"),
    ("acetone", "acetone, a compound as well as a solvent"),
    (
        "nacl",
        "sodium chloride, a compound as well as the salt of saline",
    ),
    (
        "dmf",
        "N,N-dimethylformamide, a solvent, or dimethyl fumarate, a drug",
    ),
    ("cntrl", "CNTRL, the gene of centriolin"),
    ("nc", "an abbreviation of many names"),
    ("ns", "an abbreviation of many names"),
    ("ct", "an abbreviation of many names"),
    ("cont", "an abbreviation of many names"),
    ("ut", "an abbreviation of many names"),
    ("us", "an abbreviation of many names"),
    ("na", "how a value that is not known is written"),
    ("nan", "how a value that is not known is written"),
    ("null", "how a value that is not known is written"),
    ("unknown", "how a value that is not known is written"),
];

const NOT: &str = "no non not without un minus never";
const BEFORE: &str = "pre before prior";

/// Beginnings of words written as one with what follows: `untreated`, `siCtrl`, `nontargeting`.
const BEGINNINGS: &str = "\
    non not no un pre si sh sg cr neg negative sirna shrna sgrna grna nt ev mock vehicle veh \
    dmso pbs empty scramble scrambled scr control ctrl untreated wild safe isotype igg plko \
    nontargeting nontarget uninfected water saline medium aavs";

/// What a word says, or the words that it is written of.
pub(super) fn word(letters: &str) -> Option<Vec<Word>> {
    if let Some(known) = single(letters) {
        return Some(vec![known]);
    }
    BEGINNINGS.split(' ').find_map(|beginning| {
        let rest = letters
            .strip_prefix(beginning)
            .filter(|rest| rest.len() > 1)?;
        let first = word(beginning)?;
        // Two letters alone make a word of the rest of many a name.
        let is_telling =
            rest.len() > 2 || first == [Word::Reagent] && single(rest).is_some_and(tells);
        let rest = is_telling.then(|| word(rest)).flatten()?;
        let says = rest
            .iter()
            .any(|word| !matches!(word, Word::Filler | Word::Unit));
        says.then(|| [first, rest].concat())
    })
}

fn tells(word: Word) -> bool {
    matches!(word, Word::Short | Word::Beside | Word::Doubtful(_))
}

/// What a word says that is in a list as it is.
pub(super) fn single(letters: &str) -> Option<Word> {
    let lists: [(&str, Word); 11] = [
        (CONTROL, Word::Control),
        (SHORT, Word::Short),
        (BESIDE, Word::Beside),
        (REAGENT, Word::Reagent),
        (ACTION, Word::Action),
        (UNDONE, Word::Undone),
        (NOT, Word::Not),
        (BEFORE, Word::Before),
        (UNIT, Word::Unit),
        (COUNTED, Word::Counted),
        (FILLER, Word::Filler),
    ];
    let doubtful = DOUBTFUL.iter().find(|(own, _)| *own == letters);
    let listed = lists.iter().find(|(list, _)| is_in(list, letters));
    doubtful
        .map(|(_, why)| Word::Doubtful(why))
        .or(listed.map(|(_, word)| *word))
}

fn is_in(list: &str, letters: &str) -> bool {
    list.split(' ').any(|own| own == letters)
}
