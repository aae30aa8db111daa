use super::*;

fn split(texts: &'static str) -> impl Iterator<Item = &'static str> {
    texts.split(';').map(str::trim)
}

#[test]
fn what_people_and_tools_write_for_a_control_is_one() {
    for text in split(
        "control; Control; CTRL; ctrl; CTRL_1; ctrl2; Ctrl-rep1; control-2; controls; CTL; Con; \
         DMSO; dmso_24h; DMSO 0.1%; 0.1% DMSO; DMSO (0.1 %); DMSO-treated; DMSO_rep1; \
         dimethyl sulfoxide; vehicle; Vehicle (DMSO); ethanol vehicle; vehicle (EtOH); \
         EtOH control; veh; mock; Mock-infected; mock rep1; Mock_24hpi; mock transfected; PBS; \
         1x PBS; saline; 0.9% saline; sham; placebo; NTC; sgNTC; NT; siNT; non-targeting; \
         non_targeting; Non-Targeting Control; nontargeting; non targeting siRNA #2; non-target; \
         ON-TARGETplus non-targeting pool; Silencer Select Negative Control No. 1 siRNA; \
         scramble; scrambled; Scrambled siRNA; shScr; siScr; siScramble; shSCR_3; siNC; si-NC; \
         siCtrl; siControl; siCTL; shCtrl; shControl; sh-control; shNC; shLuc; sh-Luc; siLuc; \
         shGFP; siGFP; sgGFP; sgLacZ; LacZ; GFP; sgAAVS1; AAVS1; AAVS1 KO; sgRosa26; ROSA26; \
         safe harbor; sgSafe; safe-targeting; intergenic; NegCtrl0; neg_ctrl; negative control; \
         WT; wild type; wild-type; wildtype; parental; EV; empty vector; Empty_Vector; pLKO.1; \
         pcDNA3.1; vector control; control vector; naive; naïve; untreated; Untreated_Donor3; \
         non-treated; not treated; NoTreatment; no treatment; no drug; no stimulation; no virus; \
         no siRNA; unstimulated; unstim; non-stimulated; uninfected; Uninfected 24 h; \
         noninfected; untransfected; uninduced; -Dox/no dox; unperturbed; medium; media; \
         Medium only; culture medium; media control; none; None; nothing; resting; baseline; \
         basal; isotype; isotype control; IgG; IgG control; mouse IgG isotype; time 0; time zero; \
         T0; 0h; 0 hr; day 0; D0; 0 uM; 0 ng/ml; pre-treatment; before treatment; normoxia; \
         healthy control; water; H2O; ddH2O control; BSA; blank; unbehandelt; ctrl+ctrl; \
         DMSO + EtOH; untreated control; control (untreated); control siRNA",
    ) {
        assert_eq!(control_word(text), Some(ControlWord::Plain), "{text}");
    }
}

#[test]
fn a_short_word_with_a_number_may_be_another_name() {
    for text in split("WT_1; WT1; NT-3; EV71; SCR7; NT157; NTC_b; IgG2a; GFP2; PBS-1086") {
        assert_eq!(control_word(text), Some(ControlWord::Numbered), "{text}");
    }
}

#[test]
fn what_may_be_a_control_or_something_else_says_what() {
    for (text, part) in [
        ("EtOH", "ethanol"),
        ("0.1% ethanol", "ethanol"),
        ("DMF", "dimethyl fumarate"),
        ("CNTRL", "centriolin"),
        ("nan", "not known"),
        ("NC", "many names"),
        ("NC_1", "many names"),
    ] {
        let Some(ControlWord::Doubtful(why)) = control_word(text) else {
            panic!("{text}: {:?}", control_word(text));
        };
        assert!(why.contains(part), "{text}: {why}");
    }
}

#[test]
fn names_of_perturbations_are_no_controls() {
    for text in split(
        ";  ; -; 0; 24h; 1 uM; dexamethasone; TNF; TP53; TP53+ctrl; SHH; SCRIB; NOTCH1; NOTUM; NONO; UNG; \
         SHMT2; SIX1; CRP; SGK1; EVI1; NEGR1; NASH medium; CAF-conditioned medium; \
         enhanced liver culture medium; hypoxia; stim; STIM1; virus; infected; treated; siRNA; \
         siTP53; sgTP53; shHIRA; DMSO + TNF; A549 control; no TNF; serum free; interferon; \
         JQ1 vehicle; positive control; normal human serum; MEDI4736; saline sodium citrate; LPS; \
         without glucose; wild boar; T cell; day 3; rep1; Salmonella",
    ) {
        assert_eq!(control_word(text), None, "{text}");
    }
}
