//! What is said of one row. Every row of an answer has the same keys, and every format has them in
//! the same order.

use std::borrow::Cow;

use refcast_core::{
    Annotation, BaselinePrediction, FieldPrediction, Metadata, MetadataField, Perturbation,
    PerturbationFields, Prediction, Support,
};
use refcast_io::AlignmentReport;
use refcast_model::SAMPLE_FIELD;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::facts::InputFacts;

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

/// The metadata of one row: keys and values.
#[derive(Debug, Clone, Default)]
pub struct RowMetadata<'a>(pub Vec<(Cow<'static, str>, Entry<'a>)>);

impl<'a> RowMetadata<'a> {
    pub(super) fn conditioned(
        facts: &InputFacts<'a>,
        perturbation: &Perturbation,
        made: &Prediction,
    ) -> Self {
        let mut said = Self::default();
        if let Some(name) = &facts.name {
            said.push("reference", text(Some(name.clone())));
        }
        if let Some(id) = facts.sample_id {
            said.push(SAMPLE_FIELD, Entry::Text(Some(Cow::Borrowed(id))));
        }
        said.treatment(Some(names(facts)), perturbation.clone().into());
        said.generated(facts, made.sample, made.seed, &made.support);
        said
    }

    /// Of a sample that was made from metadata, whose names `resolved` has as ids.
    pub(super) fn from_metadata(
        facts: &InputFacts<'a>,
        resolved: &Metadata,
        perturbation: Option<&Perturbation>,
        made: &BaselinePrediction,
    ) -> Self {
        let mut said = Self::default();
        for field in MetadataField::ALL {
            said.push(field.name(), text(resolved.get(field).map(str::to_owned)));
        }
        let fields = perturbation.cloned().map(PerturbationFields::from);
        let name = fields.is_some().then(|| names(facts));
        said.treatment(name, fields.unwrap_or_default());
        said.generated(facts, made.sample, made.seed, &made.support);
        said
    }

    /// Of `fields` of a sample.
    pub(super) fn annotated(
        facts: &InputFacts<'a>,
        fields: &[MetadataField],
        seed: u64,
        made: &Annotation,
    ) -> Self {
        let mut said = Self::default();
        for field in fields {
            let own = made.fields.iter().find(|own| own.field == *field);
            said.push(field.name(), text(own.map(|own| own.value.clone())));
        }
        if let Some(position) = facts.position {
            said.push("input", Entry::Whole(position));
        }
        said.push("seed", Entry::Whole(seed));
        said.novelty(made);
        said.push("measured_genes", Entry::Whole(made.measured_genes.into()));
        said.push("notes", text(Some(made.notes.join("; "))));
        said.warned(facts);
        said
    }

    /// The same of a sample that has a name, with what the values mean and how sure they are.
    pub(super) fn annotated_in_full(seed: u64, made: &Annotation) -> Self {
        let mut said = Self::default();
        said.push("sample", text(Some(made.reference.clone())));
        said.novelty(made);
        for own in &made.fields {
            said.field(own);
        }
        said.push("measured_genes", Entry::Whole(made.measured_genes.into()));
        said.push("notes", text(Some(made.notes.join("; "))));
        said.push("seed", Entry::Whole(seed));
        said
    }

    fn push(&mut self, key: impl Into<Cow<'static, str>>, entry: Entry<'a>) {
        self.0.push((key.into(), entry));
    }

    /// What was done, by name and in the words of the protocol; null where the query does not say.
    fn treatment(&mut self, name: Option<String>, fields: PerturbationFields) {
        self.push("perturbation", text(name));
        self.push(
            "perturbation_ontology_id",
            text(fields.perturbation_ontology_id),
        );
        self.push("perturbation_type", text(fields.perturbation_type));
        self.push("perturbation_time", text(fields.perturbation_time));
        self.push("perturbation_dose", text(fields.perturbation_dose));
    }

    /// What is said of every generated sample.
    fn generated(&mut self, facts: &InputFacts<'a>, sample: u32, seed: u64, support: &Support) {
        self.numbered(facts, sample, seed);
        self.trusted(support);
        self.warned(facts);
    }

    /// Which input of the query and which of its samples, from 0, and the seed, given or drawn. In a file
    /// samples count from 1, as their names do.
    fn numbered(&mut self, facts: &InputFacts<'_>, sample: u32, seed: u64) {
        if let Some(position) = facts.position {
            self.push("input", Entry::Whole(position));
        }
        let first = u64::from(facts.position.is_none());
        self.push("sample", Entry::Whole(first + u64::from(sample)));
        self.push("seed", Entry::Whole(seed));
    }

    /// How far to trust the answer, in a word, from 0 to 1, and why in sentences.
    fn trusted(&mut self, support: &Support) {
        self.push("support", text(Some(support.level.to_string())));
        self.push("support_score", Entry::Number(thousandths(support.score)));
        self.push("support_reasons", text(Some(support.reasons.join("; "))));
    }

    fn novelty(&mut self, made: &Annotation) {
        self.push("novelty", Entry::Number(thousandths(made.novelty)));
        self.push("is_familiar", Entry::Truth(made.is_familiar));
    }

    /// A field's value with its meaning and probability, and the narrowest term that is sure.
    fn field(&mut self, own: &FieldPrediction) {
        let name = own.field.name();
        let sure = own.sure.as_ref();
        self.push(name, text(Some(own.value.clone())));
        self.push(format!("{name}_label"), text(Some(own.label.clone())));
        self.push(
            format!("{name}_probability"),
            Entry::Number(own.probability.into()),
        );
        self.push(
            format!("{name}_sure"),
            text(sure.map(|sure| sure.value.clone())),
        );
        self.push(
            format!("{name}_sure_label"),
            text(sure.map(|sure| sure.label.clone())),
        );
    }

    /// What was ignored, left out or understood of the query, null where there is nothing to say;
    /// how genes were matched. A file says both once for all rows.
    fn warned(&mut self, facts: &InputFacts<'a>) {
        if facts.position.is_some() {
            let all = (!facts.warnings.is_empty()).then(|| facts.warnings.join("; "));
            self.push("warnings", text(all));
        }
        if let Some(report) = facts.alignment {
            self.push("alignment", Entry::Report(report));
        }
    }
}

/// In thousandths, so that it is the same number in every format.
fn thousandths(value: f32) -> f64 {
    (f64::from(value) * 1000.0).round() / 1000.0
}

fn text<'a>(value: Option<String>) -> Entry<'a> {
    Entry::Text(value.map(Cow::Owned))
}

/// `dexamethasone`, `TNF + IL1B`, `control`.
fn names(facts: &InputFacts<'_>) -> String {
    crate::ask::label(facts.understood)
}

impl Serialize for RowMetadata<'_> {
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
