//! How far an answer from metadata can be trusted.

use refcast_core::{Metadata, MetadataField, Support, SupportLevel, scored};

use crate::baseline::Estimate;
use crate::model::Model;

/// The likeness from which on a value counts as seen.
const SEEN: f64 = 0.999;

/// Of a description, by what of it was seen, and together; `notes` are added to.
pub fn of(
    model: &Model,
    metadata: &Metadata,
    estimate: &Estimate,
    notes: &mut Vec<String>,
) -> Support {
    let (mut unseen, mut strange) = (0, 0);
    for (field, likeness, nearest) in &estimate.nearest {
        if *likeness >= SEEN {
            continue;
        }
        unseen += 1;
        let own = metadata.get(*field).unwrap_or_default();
        let asked = model.value_label(*field, own);
        if *likeness > 0.05 {
            let near = model.value_label(*field, nearest);
            notes.push(format!(
                "the {} {asked} was not seen: answered from its relatives, the nearest of them {near} (likeness {likeness:.2})",
                field.label()
            ));
        } else {
            strange += 1;
            notes.push(format!(
                "the {} {asked} was not seen, nor anything like it: the answer does not depend on it",
                field.label()
            ));
        }
    }
    for (field, value, weight) in &estimate.completion.filled {
        if value == crate::baseline::NONE {
            continue;
        }
        let label = model.value_label(*field, value);
        notes.push(format!(
            "{} was not given: {label} by {:.0} % of what was seen with the rest",
            field.label(),
            100.0 * weight
        ));
    }
    let groups = model.baseline_model().map_or(&[][..], |own| &own.groups);
    let fits = |group: &crate::baseline::SampleGroup| {
        let given = estimate.nearest.iter();
        given
            .filter_map(|(field, ..)| Some((group.metadata.get(*field)?, metadata.get(*field)?)))
            .all(|(own, asked)| own == asked)
            && estimate
                .nearest
                .iter()
                .all(|(field, ..)| group.metadata.get(*field).is_some())
    };
    let alike: Vec<_> = groups.iter().filter(|group| fits(group)).collect();
    let mut studies: Vec<&str> = alike
        .iter()
        .filter_map(|group| group.metadata.get(MetadataField::Study))
        .collect();
    studies.sort_unstable();
    studies.dedup();
    let given = estimate.nearest.len();
    // How often it was seen says how high the score can be.
    let most = if given == 0 || strange == given {
        SupportLevel::None
    } else if unseen > 0 {
        SupportLevel::Weak
    } else if studies.len() >= 2 {
        SupportLevel::Strong
    } else if studies.is_empty() {
        SupportLevel::Weak
    } else {
        SupportLevel::Moderate
    };
    if !studies.is_empty() {
        notes.insert(0, format!("seen as described in {}", studies.join(", ")));
    } else if given > 0 && unseen == 0 {
        notes.push("each of these was seen, but not together".to_owned());
    }
    let (level, score) = scored(estimate.explained, most);
    Support {
        level,
        score,
        reasons: notes.clone(),
        n_samples: alike.iter().map(|group| group.samples).sum(),
        systems: studies.into_iter().map(str::to_owned).collect(),
    }
}
