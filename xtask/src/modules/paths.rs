//! Every path that is written in an item.

use syn::visit::{self, Visit};

use super::Segments;

/// Paths of more than one segment: a single name is declared or brought in where it stands.
#[derive(Default)]
pub struct Paths {
    /// What was found.
    pub found: Vec<Segments>,
}

impl<'ast> Visit<'ast> for Paths {
    /// Who may see an item is no need of it.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Segments = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        if segments.len() > 1 {
            self.found.push(segments);
        }
        visit::visit_path(self, path);
    }
}
