//! A table of known entities, unpacked when a look-up first needs it.

use std::cmp::Ordering;
use std::sync::OnceLock;

use rayon::prelude::*;
use refcast_core::{OntologyId, Result};

use super::archive::{VocabularyFiles, damaged};
use super::row::{EntityRow, NameRank};

/// How much of a table one thread walks at a time.
const BLOCK_BYTES: usize = 1 << 18;

/// A table in its compressed file until it is needed, then as one text that is never split up:
/// look-ups read the lines in place.
#[derive(Debug)]
pub(crate) struct VocabularyTable {
    file: &'static str,
    text: OnceLock<Result<String>>,
}

impl VocabularyTable {
    pub(crate) fn new(file: &'static str) -> Self {
        Self {
            file,
            text: OnceLock::new(),
        }
    }

    fn text(&self, files: &VocabularyFiles) -> Result<&str> {
        self.text
            .get_or_init(|| files.text(self.file))
            .as_ref()
            .map(String::as_str)
            .map_err(Clone::clone)
    }

    /// Makes the table ready. A failure is kept, and reported by the look-up.
    pub(crate) fn unpack(&self, files: &VocabularyFiles) {
        let _ = self.text(files);
    }

    /// Reads the whole table: every line has an id that parses, and they are in order.
    ///
    /// # Errors
    /// With the first line that is not so.
    pub(crate) fn check(&self, files: &VocabularyFiles) -> Result<()> {
        let mut before = "";
        for line in self.text(files)?.lines() {
            let row = EntityRow::new(line);
            if row.id().is_none() || row.id_text() <= before {
                return Err(damaged(
                    self.file,
                    &format!("`{}` is no id or out of order", row.id_text()),
                ));
            }
            before = row.id_text();
        }
        Ok(())
    }

    /// The entity of an id: a binary search, since the lines are sorted by the text of the id.
    pub(crate) fn by_id(
        &self,
        files: &VocabularyFiles,
        id: &OntologyId,
    ) -> Result<Option<EntityRow<'_>>> {
        let text = self.text(files)?;
        let wanted = id.to_string();
        let (mut low, mut high) = (0, text.len());
        while low < high {
            let middle = start_of_line(text, low + (high - low) / 2);
            let row = EntityRow::new(line_at(text, middle));
            match row.id_text().cmp(&wanted) {
                Ordering::Equal => return Ok(Some(row)),
                Ordering::Less => low = middle + row_length(text, middle),
                Ordering::Greater => high = middle,
            }
        }
        Ok(None)
    }

    /// Every entity with a name that folds to `folded`, in the order of the table.
    pub(crate) fn by_name(
        &self,
        files: &VocabularyFiles,
        folded: &str,
    ) -> Result<Vec<(EntityRow<'_>, NameRank)>> {
        let text = self.text(files)?;
        Ok(walk(text, |block| {
            let mut buffer = String::new();
            block
                .lines()
                .map(EntityRow::new)
                .filter_map(|row| row.rank_of(folded, &mut buffer).map(|rank| (row, rank)))
                .collect()
        }))
    }

    /// What `collect` makes of each block of rows, in the order of the table; in parallel.
    pub(crate) fn walk<'a, T: Send>(
        &'a self,
        files: &VocabularyFiles,
        collect: impl Fn(&'a str) -> Vec<T> + Sync + Send,
    ) -> Result<Vec<T>> {
        Ok(walk(self.text(files)?, collect))
    }
}

fn walk<'a, T: Send>(text: &'a str, collect: impl Fn(&'a str) -> Vec<T> + Sync + Send) -> Vec<T> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = match rest
            .as_bytes()
            .iter()
            .skip(BLOCK_BYTES)
            .position(|&b| b == b'\n')
        {
            Some(past) => BLOCK_BYTES + past + 1,
            None => rest.len(),
        };
        let (block, after) = rest.split_at(end);
        blocks.push(block);
        rest = after;
    }
    blocks.into_par_iter().flat_map_iter(collect).collect()
}

fn start_of_line(text: &str, at: usize) -> usize {
    text.as_bytes()[..at]
        .iter()
        .rposition(|&b| b == b'\n')
        .map_or(0, |newline| newline + 1)
}

fn row_length(text: &str, start: usize) -> usize {
    text.as_bytes()[start..]
        .iter()
        .position(|&b| b == b'\n')
        .map_or(text.len() - start, |end| end + 1)
}

fn line_at(text: &str, start: usize) -> &str {
    text[start..start + row_length(text, start)].trim_end_matches('\n')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::archive::GENES;

    fn table_of(lines: &[&str]) -> (VocabularyFiles, VocabularyTable) {
        let mut files = VocabularyFiles::new();
        let lines: Vec<String> = lines.iter().map(|&line| line.to_owned()).collect();
        files.insert_lines(GENES, &lines).unwrap();
        (files, VocabularyTable::new(GENES))
    }

    #[test]
    fn every_id_is_found_and_no_other() {
        let ids: Vec<String> = (1..40)
            .map(|n| format!("ENSG{:011}\tG{n}", n * 3))
            .collect();
        let lines: Vec<&str> = ids.iter().map(String::as_str).collect();
        let (files, table) = table_of(&lines);
        for n in 1..120 {
            let id: OntologyId = format!("ENSG{n:011}").parse().unwrap();
            let found = table.by_id(&files, &id).unwrap();
            assert_eq!(found.is_some(), n % 3 == 0, "{n}");
        }
    }

    #[test]
    fn rows_are_walked_in_order_over_all_blocks() {
        let ids: Vec<String> = (1..30_000).map(|n| format!("ENSG{n:011}\tG{n}")).collect();
        let lines: Vec<&str> = ids.iter().map(String::as_str).collect();
        let (files, table) = table_of(&lines);
        let rows = table.walk(&files, |block| block.lines().collect()).unwrap();
        assert_eq!(rows, lines);
        assert_eq!(table.by_name(&files, "g29999").unwrap().len(), 1);
    }

    #[test]
    fn a_table_with_a_bad_id_or_in_disorder_does_not_pass_the_check() {
        for (lines, fine) in [
            (&["CHEMBL1\tx", "CHEMBL2\ty"], true),
            (&["CHEMBL1\tx", "nonsense\ty"], false),
            (&["CHEMBL2\tx", "CHEMBL1\ty"], false),
        ] {
            let (files, table) = table_of(lines);
            assert_eq!(table.check(&files).is_ok(), fine, "{lines:?}");
        }
    }
}
