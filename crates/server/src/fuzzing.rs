//! The reader of queries by itself, for the random inputs of `fuzz/`: what the predict routes do with
//! a body before anything is generated. No part of the server's interface.

use std::path::Path;

use crate::StartFailure;
use crate::registry::Registry;
use crate::wire::{Asked, Body, Limits};

/// As many as the tests of the reader allow, so that more than the limit is a short input.
const LIMITS: Limits = Limits {
    inputs: 3,
    samples: 100,
};

/// The models in the program, each under every interface that it has.
pub struct Queries(Registry);

impl Queries {
    /// Loads the models in the folders of `models`, and those in the program that are not among them.
    ///
    /// # Errors
    /// A model that cannot be loaded.
    pub fn open(models: &Path) -> Result<Self, StartFailure> {
        Registry::open(Some(models)).map(Self)
    }

    /// The ids that a query may be sent to, in order.
    pub fn model_ids(&self) -> Vec<String> {
        let interfaces = self.0.interfaces();
        interfaces.map(|interface| interface.id.clone()).collect()
    }

    /// Reads a body sent to `model_id`, and returns the query as it would be kept.
    ///
    /// # Errors
    /// What would be said of it, a line a fault.
    pub fn read(&self, model_id: &str, body: &[u8]) -> Result<String, String> {
        self.kept(model_id, &Body::read(body)?)
    }

    /// The same of a query that was kept, as a worker reads it.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_kept(&self, model_id: &str, query: &str) -> Result<String, String> {
        self.kept(model_id, &Body::read_kept(query)?)
    }

    fn kept(&self, model_id: &str, body: &Body<'_>) -> Result<String, String> {
        let listed = |faults: Vec<refcast_core::Fault>| {
            let lines = faults
                .iter()
                .map(|fault| format!("{}: {} ({})", fault.path, fault.message, fault.code));
            lines.collect::<Vec<_>>().join("\n")
        };
        let interface = self.0.get(model_id).map_err(|fault| listed(vec![fault]))?;
        let asked = Asked::read(body, interface, LIMITS).map_err(listed)?;
        Ok(asked.query(body))
    }
}
