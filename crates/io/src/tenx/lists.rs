//! `features.tsv` and `barcodes.tsv`: a line for each row and column of the matrix.

use std::io::BufRead;
use std::path::Path;

use super::features::FeatureTable;
use crate::compression::{open_text, read_error};
use crate::error::{Error, Place, Result};

/// The features: id, symbol and type, separated by tabs; the last from version 3 on.
///
/// # Errors
/// A file that cannot be read, or a line that has not as many columns as the first.
pub(super) fn read_features(path: &Path) -> Result<FeatureTable> {
    let mut table = FeatureTable::default();
    let mut width = 0;
    for (line, text) in (1u64..).zip(read_lines(path)?) {
        let fields: Vec<&str> = text.split('\t').map(str::trim).collect();
        if line == 1 {
            width = fields.len();
            table.names = (width > 1).then(Vec::new);
            table.types = (width > 2).then(Vec::new);
        } else if fields.len() != width {
            return Err(Error::format(
                path,
                Place::Line(line),
                "ragged_row",
                format!(
                    "has {} columns where the first line has {width}: separate id, symbol and type by tabs, in \
                     every line",
                    fields.len()
                ),
            ));
        }
        let mut fields = fields.into_iter().map(str::to_owned);
        table.ids.push(fields.next().unwrap_or_default());
        for column in [&mut table.names, &mut table.types].into_iter().flatten() {
            column.push(fields.next().unwrap_or_default());
        }
    }
    Ok(table)
}

/// The barcodes: the first column, if there are several.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn read_barcodes(path: &Path) -> Result<Vec<String>> {
    let first = |line: String| {
        line.split('\t')
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    Ok(read_lines(path)?.into_iter().map(first).collect())
}

/// All lines but empty ones at the end.
fn read_lines(path: &Path) -> Result<Vec<String>> {
    let mut lines: Vec<String> = Vec::new();
    for line in open_text(path)?.lines() {
        let line = line.map_err(|error| match error.kind() {
            // What the gzip stream says in this way it says with the same kind; text is likelier.
            std::io::ErrorKind::InvalidData if error.get_ref().is_none() || !is_gzip(path) => {
                Error::format(
                    path,
                    Place::Line(lines.len() as u64 + 1),
                    "not_utf8",
                    "is not UTF-8 text: copy the file again, or save it as UTF-8",
                )
            }
            _ => read_error(path, error),
        })?;
        lines.push(line);
    }
    while lines.last().is_some_and(|line| line.trim().is_empty()) {
        lines.pop();
    }
    Ok(lines)
}

fn is_gzip(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "gz")
}
