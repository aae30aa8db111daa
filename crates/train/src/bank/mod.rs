//! The bank of effects, from the contrasts of treated samples to their controls.

mod aggregate;
mod contrast;
mod covariance;
mod group;
mod moderation;
mod reproducibility;

#[cfg(test)]
mod examples;
#[cfg(test)]
mod tests;

pub use contrast::{Contrast, contrasts};
use covariance::MeasuredCovariance;
pub use group::ContrastGroup;

use refcast_core::Modality;
use refcast_model::effects::{BankArrays, BankEntry, Context, EffectBank, StoredBank};

use crate::corpus::Corpus;
use crate::error::Result;
use crate::ontology::Labels;

/// The mean level of the controls from which on a gene counts as expressed: about 0.7 CPM in bulk;
/// a twentieth of a molecule in 10,000 of single cells, where a pool of cells holds few.
pub(crate) fn expressed(modality: Modality) -> f64 {
    match modality {
        Modality::Bulk => 0.53,
        Modality::SingleCell => 0.05,
    }
}

/// Builds the bank from the treated samples of a corpus.
///
/// # Errors
/// A treated sample without a curated condition.
pub fn build(corpus: &Corpus, labels: &Labels) -> Result<EffectBank> {
    let genes = corpus.axis.len();
    let contrasts = contrasts(corpus)?;
    let groups = group::groups(corpus, &contrasts);
    let moments = moderation::moments(corpus, &groups);

    let mut rows = StoredBank {
        expressed: expressed(corpus.modality),
        studies: Vec::new(),
        contexts: Vec::new(),
        entries: Vec::new(),
    };
    let mut arrays = BankArrays::default();
    let mut context_keys: Vec<(usize, String)> = Vec::new();
    for (group, moment) in groups.iter().zip(&moments) {
        let study = &corpus.studies[group.study];
        let place = match rows.studies.iter().position(|name| *name == study.name) {
            Some(place) => place,
            None => {
                rows.studies.push(study.name.clone());
                arrays
                    .measured
                    .extend(study.measured.iter().map(|&measured| u8::from(measured)));
                rows.studies.len() - 1
            }
        };
        let key = (place, group.context_key.clone());
        let context = match context_keys.iter().position(|known| *known == key) {
            Some(context) => context,
            None => {
                context_keys.push(key);
                let sample = &study.samples[group.contrasts[0].treated];
                rows.contexts.push(Context {
                    study: place,
                    label: labels.of_cells(sample, &study.name),
                    footprint: false,
                });
                arrays
                    .control
                    .extend(group.mean_control_of_context(corpus, &groups));
                rows.contexts.len() - 1
            }
        };
        rows.entries.push(BankEntry {
            study: place,
            context,
            condition: study.samples[group.contrasts[0].treated]
                .get("condition")
                .to_owned(),
            entities: group.treatment.entities.clone(),
            kind: group.treatment.kind,
            background: group.treatment.background.clone(),
            doses: group.treatment.doses.clone(),
            time: group.treatment.time,
            cells: study.pools,
            samples: group.contrasts.len() as u32,
            error_scale: group.error_scale() * if study.pools { corpus.pool_error } else { 1.0 },
            reproducibility: reproducibility::of(corpus, group, moment),
            weight: group.treatment.weight,
        });
    }
    let measured = MeasuredCovariance::of(corpus, &groups, &moments);
    let losses = aggregate::losses(&rows.contexts, &rows.entries, &moments);
    let footprints = aggregate::footprints(corpus, rows.studies.len(), rows.contexts.len())?;
    let mut all = moments;
    for row in losses {
        rows.entries.push(row.entry);
        all.push(row.moments);
    }
    if !footprints.is_empty() {
        let (name, context) = aggregate::footprint_study(rows.studies.len());
        rows.studies.push(name);
        rows.contexts.push(context);
        arrays.measured.extend(vec![1; genes]);
        arrays.control.extend(vec![0.0; genes]);
    }
    for row in footprints {
        rows.entries.push(row.entry);
        all.push(row.moments);
    }
    for moment in &all {
        arrays.mean.extend(&moment.mean);
        arrays.deviation.extend(&moment.deviation);
    }
    (arrays.signal, arrays.error_correlation) = measured.with_aggregates(corpus, &rows, &all);
    Ok(EffectBank::new(genes, rows, arrays)?)
}
