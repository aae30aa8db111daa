//! One entity of a table.

use refcast_core::OntologyId;

use super::archive::as_cell;
use super::folding::fold_into;

/// How well a name identifies an entity; the better one comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameRank {
    /// The label or symbol of today, or the full approved name.
    Approved,
    /// A name that was approved once.
    Former,
    /// Any other name in use.
    Alias,
}

/// An entity of a table with all its names, for writing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableRow {
    /// The canonical text of its id.
    pub id: String,
    /// The name to show; empty where the source has none.
    pub label: String,
    /// Further approved names.
    pub names: Vec<String>,
    /// Names approved once.
    pub former: Vec<String>,
    /// Other names.
    pub aliases: Vec<String>,
    /// What sort of thing it is within its table: the biotype of a gene, the kind of a name of our
    /// own.
    pub class: String,
    /// Ids of other sources for the same thing.
    pub same_as: Vec<String>,
}

impl TableRow {
    /// The line of a table for this entity.
    pub fn to_line(&self) -> String {
        let cells = |names: &[String]| {
            names
                .iter()
                .map(|n| as_cell(n))
                .collect::<Vec<_>>()
                .join("|")
        };
        [
            self.id.clone(),
            as_cell(&self.label),
            cells(&self.names),
            cells(&self.former),
            cells(&self.aliases),
            self.class.clone(),
            self.same_as.join("|"),
        ]
        .join("\t")
        .trim_end()
        .to_owned()
    }
}

/// An entity of a table, read in place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EntityRow<'a> {
    line: &'a str,
}

impl<'a> EntityRow<'a> {
    pub(crate) fn new(line: &'a str) -> Self {
        Self { line }
    }

    fn cell(self, column: usize) -> &'a str {
        self.line.split('\t').nth(column).unwrap_or("")
    }

    pub(crate) fn id_text(self) -> &'a str {
        self.cell(0)
    }

    /// `None` in a damaged table only.
    pub(crate) fn id(self) -> Option<OntologyId> {
        self.id_text().parse().ok()
    }

    /// The name to show: the id where the source has none.
    pub(crate) fn label(self) -> &'a str {
        match self.cell(1) {
            "" => self.id_text(),
            label => label,
        }
    }

    pub(crate) fn class(self) -> &'a str {
        self.cell(5)
    }

    pub(crate) fn same_as(self) -> impl Iterator<Item = OntologyId> + 'a {
        self.same_as_texts().filter_map(|id| id.parse().ok())
    }

    /// Ids of other sources as the table has them.
    pub(crate) fn same_as_texts(self) -> impl Iterator<Item = &'a str> {
        self.cell(6).split('|')
    }

    /// Every name with how well it identifies the entity, the best first.
    pub(crate) fn names(self) -> impl Iterator<Item = (&'a str, NameRank)> {
        self.line
            .split('\t')
            .skip(1)
            .take(4)
            .enumerate()
            .flat_map(|(column, cell)| {
                let rank = match column {
                    0 | 1 => NameRank::Approved,
                    2 => NameRank::Former,
                    _ => NameRank::Alias,
                };
                cell.split('|')
                    .filter(|name| !name.is_empty())
                    .map(move |name| (name, rank))
            })
    }

    /// The best rank at which a name of this entity folds to `folded`. `buffer` saves allocations.
    pub(crate) fn rank_of(self, folded: &str, buffer: &mut String) -> Option<NameRank> {
        self.names().find_map(|(name, rank)| {
            if !may_begin(name, folded) {
                return None;
            }
            fold_into(name, buffer);
            (buffer == folded).then_some(rank)
        })
    }
}

/// Whether the first letter allows a name to fold to `folded`: most names end here. Where folding
/// may put a word for a sign, the whole is compared.
fn may_begin(name: &str, folded: &str) -> bool {
    let first = name
        .bytes()
        .find(|&b| b.is_ascii_alphanumeric() || b == b'(' || !b.is_ascii());
    match first {
        Some(b) if b.is_ascii_alphanumeric() => {
            folded.as_bytes().first() == Some(&b.to_ascii_lowercase())
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_with_their_ranks() {
        let row = TableRow {
            id: "ENSG00000111537".into(),
            label: "IFNG".into(),
            names: vec!["interferon gamma".into()],
            aliases: vec!["IFI".into(), "IFN|g".into()],
            ..TableRow::default()
        };
        let line = row.to_line();
        let row = EntityRow::new(&line);
        let mut buffer = String::new();
        assert_eq!(
            row.rank_of("interferongamma", &mut buffer),
            Some(NameRank::Approved)
        );
        assert_eq!(row.rank_of("ifi", &mut buffer), Some(NameRank::Alias));
        assert_eq!(row.rank_of("if", &mut buffer), None);
        assert_eq!(row.names().count(), 4);
        assert_eq!(row.class(), "");
    }

    #[test]
    fn a_row_without_a_label_shows_its_id() {
        assert_eq!(EntityRow::new("CHEBI:7").label(), "CHEBI:7");
    }
}
