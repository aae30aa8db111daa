//! What is said of one output. Every output of an answer has the same keys, and every format has
//! them in the same order.

use std::borrow::Cow;

use refcast_core::{
    Annotation, BaselinePrediction, Metadata, MetadataField, PerturbationFields, Prediction,
    Support,
};
use refcast_io::AlignmentReport;
use refcast_model::SAMPLE_FIELD;
use refcast_model::vocabulary::Understood;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::query::{Annotated, AnnotationTasks, Conditioned, Described, Tasks};
use crate::registry::Served;

/// One thing that is said.
#[derive(Debug, Clone)]
pub enum Entry<'a> {
    /// A text; null where there is none.
    Text(Option<Cow<'a, str>>),
    /// A whole number.
    Whole(u64),
    /// A number.
    Number(f64),
    /// Yes or no.
    Truth(bool),
    /// How genes were matched.
    Report(Option<&'a AlignmentReport>),
}

/// What kind of thing it is, known before the first output is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// [`Entry::Text`].
    Text,
    /// [`Entry::Whole`].
    Whole,
    /// [`Entry::Number`].
    Number,
    /// [`Entry::Truth`].
    Truth,
    /// [`Entry::Report`].
    Report,
}

/// The metadata of one output: keys and values.
#[derive(Debug, Clone)]
pub struct OutputMetadata<'a>(pub Vec<(&'static str, Entry<'a>)>);

/// The keys that [`OutputMetadata`] will have in the answer to `tasks`.
pub fn columns(tasks: &Tasks, served: &Served) -> Vec<(&'static str, EntryKind)> {
    use EntryKind::{Number, Report, Text, Truth, Whole};
    let said = |fields: Vec<MetadataField>| fields.into_iter().map(|field| (field.name(), Text));
    let treated = [
        ("perturbation", Text),
        ("perturbation_ontology_id", Text),
        ("perturbation_type", Text),
        ("perturbation_time", Text),
        ("perturbation_dose", Text),
        ("input", Whole),
        ("sample", Whole),
        ("seed", Whole),
        ("support", Text),
        ("support_score", Number),
        ("support_reasons", Text),
    ];
    let mut columns: Vec<_> = match tasks {
        Tasks::Conditioned(_) if tasks.has_sample_ids() => {
            let own = [(SAMPLE_FIELD, Text)].into_iter();
            own.chain(treated).collect()
        }
        Tasks::Conditioned(_) => treated.into(),
        Tasks::Baseline(_) => said(MetadataField::ALL.into()).chain(treated).collect(),
        Tasks::Annotation(tasks) => said(predicted(tasks, served))
            .chain([
                ("input", Whole),
                ("seed", Whole),
                ("novelty", Number),
                ("is_familiar", Truth),
                ("measured_genes", Whole),
                ("notes", Text),
            ])
            .collect(),
    };
    columns.push(("warnings", Text));
    if tasks.has_alignment() {
        columns.push(("alignment", Report));
    }
    columns
}

/// The fields that an annotation says something of, in its order.
pub fn predicted(tasks: &AnnotationTasks, served: &Served) -> Vec<MetadataField> {
    let classifiers = served.model.classifiers();
    let predicts = |field: &MetadataField| {
        let asked = tasks.query.fields.as_ref();
        asked.is_none_or(|asked| asked.contains(field))
            && classifiers.is_some_and(|own| !own.values(*field).is_empty())
    };
    MetadataField::ALL.into_iter().filter(predicts).collect()
}

impl<'a> OutputMetadata<'a> {
    /// Of one prediction for input number `input`.
    pub fn conditioned(task: &'a Conditioned, input: usize, made: &Prediction) -> Self {
        let fields = PerturbationFields::from(task.query.perturbation.clone());
        let sample_id = task.sample_id.as_deref().map(Cow::Borrowed);
        let of_sample = sample_id.map(|id| (SAMPLE_FIELD, Entry::Text(Some(id))));
        let mut entries: Vec<_> = of_sample.into_iter().collect();
        entries.extend(treatment(Some(names(&task.understood)), fields));
        entries.extend(numbered(input as u64, made.sample, made.seed));
        entries.extend(trusted(&made.support));
        entries.push(warnings(&task.warnings));
        if let Some(report) = &task.alignment {
            entries.push(("alignment", Entry::Report(Some(report))));
        }
        Self(entries)
    }

    /// Of a sample that was made from metadata, whose names `resolved` has as ids.
    pub fn described(task: &'a Described, resolved: &Metadata, made: &BaselinePrediction) -> Self {
        let mut entries: Vec<_> = MetadataField::ALL
            .into_iter()
            .map(|field| (field.name(), text(resolved.get(field).map(str::to_owned))))
            .collect();
        let perturbation = task.query.perturbation.clone();
        let name = perturbation.is_some().then(|| names(&task.understood));
        let fields = perturbation.map(PerturbationFields::from);
        entries.extend(treatment(name, fields.unwrap_or_default()));
        entries.extend(numbered(u64::from(made.input), made.sample, made.seed));
        entries.extend(trusted(&made.support));
        entries.push(warnings(&task.warnings));
        Self(entries)
    }

    /// Of what was said of a sample.
    pub fn annotated(
        task: &'a Annotated,
        input: usize,
        seed: u64,
        fields: &[MetadataField],
        said: &Annotation,
    ) -> Self {
        let mut entries: Vec<_> = fields
            .iter()
            .map(|field| {
                let own = said.fields.iter().find(|own| own.field == *field);
                (field.name(), text(own.map(|own| own.value.clone())))
            })
            .collect();
        entries.extend([
            ("input", Entry::Whole(input as u64)),
            ("seed", Entry::Whole(seed)),
            ("novelty", Entry::Number(thousandths(said.novelty))),
            ("is_familiar", Entry::Truth(said.is_familiar)),
            (
                "measured_genes",
                Entry::Whole(u64::from(said.measured_genes)),
            ),
            ("notes", text(Some(said.notes.join("; ")))),
            warnings(&task.warnings),
        ]);
        if let Some(report) = &task.alignment {
            entries.push(("alignment", Entry::Report(Some(report))));
        }
        Self(entries)
    }
}

/// What was done, by name and in the words of the protocol; null where the query does not say.
fn treatment<'a>(
    name: Option<String>,
    fields: PerturbationFields,
) -> Vec<(&'static str, Entry<'a>)> {
    vec![
        ("perturbation", text(name)),
        (
            "perturbation_ontology_id",
            text(fields.perturbation_ontology_id),
        ),
        ("perturbation_type", text(fields.perturbation_type)),
        ("perturbation_time", text(fields.perturbation_time)),
        ("perturbation_dose", text(fields.perturbation_dose)),
    ]
}

/// Which input of the query and which of its samples, from 0, and the seed, given or drawn.
fn numbered<'a>(input: u64, sample: u32, seed: u64) -> [(&'static str, Entry<'a>); 3] {
    [
        ("input", Entry::Whole(input)),
        ("sample", Entry::Whole(u64::from(sample))),
        ("seed", Entry::Whole(seed)),
    ]
}

/// How far to trust the answer, in a word, from 0 to 1, and why in sentences.
fn trusted<'a>(support: &Support) -> [(&'static str, Entry<'a>); 3] {
    [
        ("support", text(Some(support.level.to_string()))),
        ("support_score", Entry::Number(thousandths(support.score))),
        ("support_reasons", text(Some(support.reasons.join("; ")))),
    ]
}

/// What was ignored, left out or understood of the query; null where there is nothing to say.
fn warnings<'a>(warnings: &[String]) -> (&'static str, Entry<'a>) {
    let all = (!warnings.is_empty()).then(|| warnings.join("; "));
    ("warnings", text(all))
}

/// In thousandths, so that it is the same number in every format.
fn thousandths(value: f32) -> f64 {
    (f64::from(value) * 1000.0).round() / 1000.0
}

fn text<'a>(value: Option<String>) -> Entry<'a> {
    Entry::Text(value.map(Cow::Owned))
}

/// `dexamethasone`, `TNF + IL1B`, `control`.
fn names(understood: &[Understood]) -> String {
    let names: Vec<&str> = understood
        .iter()
        .map(|entity| entity.label.as_str())
        .collect();
    names.join(" + ")
}

impl Serialize for OutputMetadata<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, entry) in &self.0 {
            match entry {
                Entry::Text(value) => map.serialize_entry(key, value)?,
                Entry::Whole(value) => map.serialize_entry(key, value)?,
                Entry::Number(value) => map.serialize_entry(key, value)?,
                Entry::Truth(value) => map.serialize_entry(key, value)?,
                Entry::Report(value) => map.serialize_entry(key, value)?,
            }
        }
        map.end()
    }
}
