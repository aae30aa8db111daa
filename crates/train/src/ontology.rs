//! Names of ontology terms, for people.

use std::collections::BTreeMap;
use std::path::Path;

use crate::corpus::SampleAnnotation;
use crate::error::Result;
use crate::table::read_rows;

/// Tables whose terms describe samples.
const TABLES: [&str; 4] = [
    "ontology_cl",
    "ontology_uberon",
    "ontology_cellosaurus",
    "ontology_mondo",
];

/// The label of every term.
#[derive(Debug, Clone, Default)]
pub struct Labels {
    by_id: BTreeMap<String, String>,
    synonyms: BTreeMap<String, String>,
    terms: Vec<String>,
}

impl Labels {
    /// Reads the tables of a corpus.
    ///
    /// # Errors
    /// A table that cannot be read.
    pub fn read(corpus: &Path) -> Result<Self> {
        let mut by_id = BTreeMap::new();
        let (mut synonyms, mut terms) = (BTreeMap::new(), Vec::new());
        for table in TABLES {
            let path = corpus.join("knowledge").join(format!("{table}.tsv.gz"));
            for mut row in read_rows(&path)? {
                // Lines are no ontology: they have no parents.
                if table != "ontology_cellosaurus" {
                    let cell = |name: &str| row.get(name).map_or("", String::as_str);
                    terms.push(["id", "label", "parents", "synonyms"].map(cell).join("\t"));
                }
                if let (Some(id), Some(own)) = (row.get("id"), row.get("synonyms")) {
                    synonyms.insert(id.clone(), own.clone());
                }
                if let (Some(id), Some(label)) = (row.remove("id"), row.remove("label")) {
                    by_id.insert(id, label);
                }
            }
        }
        terms.sort_unstable();
        Ok(Self {
            by_id,
            synonyms,
            terms,
        })
    }

    /// The terms of the ontologies as a bundle holds them: a line each, sorted by id.
    pub fn term_lines(&self) -> &[String] {
        &self.terms
    }

    /// Other names of a term.
    pub fn synonyms_of(&self, id: &str) -> Vec<String> {
        let own = self.synonyms.get(id).map_or("", String::as_str);
        let names = own.split('|').filter(|name| !name.is_empty());
        names.map(str::to_owned).collect()
    }

    /// The label of a term; the id itself where there is none.
    pub fn of<'a>(&'a self, id: &'a str) -> &'a str {
        self.by_id.get(id).map_or(id, String::as_str)
    }

    /// A sample's cells in words: the line, else the cell type, with the tissue; the study where
    /// nothing is known.
    pub fn of_cells(&self, sample: &SampleAnnotation, study: &str) -> String {
        let named: Vec<&str> = [
            "cell_line_ontology_id",
            "cell_type_ontology_id",
            "tissue_ontology_id",
        ]
        .iter()
        .map(|field| sample.get(field))
        .filter(|id| !id.is_empty())
        .map(|id| self.of(id))
        .collect();
        match named.as_slice() {
            [] if !sample.get("system").is_empty() => {
                format!("{} of {study}", sample.get("system").replace('_', " "))
            }
            [] => format!("cells of {study}"),
            [only] => (*only).to_owned(),
            [first, second, ..] => format!("{first} ({second})"),
        }
    }
}
