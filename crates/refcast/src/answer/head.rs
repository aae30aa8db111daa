//! What is known of an answer before its first row is made.

use std::sync::Arc;

use refcast_core::{GeneAxis, Modality};
use serde::Serialize;
use serde_json::Value;

use crate::session::Session;

/// What rows are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Generated expression; a table of text has the counts.
    Expression,
    /// Predicted metadata; a table of text has that.
    Metadata,
}

/// What is known before the first row is made: where rows come from and how to get them again.
#[derive(Debug, Clone)]
pub struct Head {
    /// What rows are about.
    pub content: Content,
    /// The genes of the counts, in order.
    pub axis: Arc<GeneAxis>,
    /// What the samples are of.
    pub modality: Modality,
    /// The model's id.
    pub model_id: String,
    /// The model's version: the hash of its content.
    pub model_version: String,
    /// The query, with the seed in force.
    pub query: Value,
    /// How many rows there will be; fewer where samples of a file are left out.
    pub samples: usize,
}

impl Head {
    pub(crate) fn new(session: &Session, content: Content, query: &impl Serialize) -> Self {
        let model = session.model();
        let manifest = model.manifest();
        Self {
            content,
            axis: model.axis().clone(),
            modality: model.modality(),
            model_id: manifest.id.clone(),
            model_version: manifest.version.clone(),
            // A query is numbers, texts and lists of them.
            query: serde_json::to_value(query).unwrap_or_default(),
            samples: 0,
        }
    }
}
