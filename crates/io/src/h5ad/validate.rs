//! Checks of an AnnData before anything of it is written.

use super::column::Column;
use super::frame::Frame;
use super::output::{AnnData, Values};
use super::uns::Uns;
use crate::hdf5::{Hdf5Fault, Hdf5Kind};

/// A problem and the field that has it; the caller adds the file.
type Problem = (String, String);

/// Checks that all parts have the same samples and genes, and names that HDF5 can hold.
pub(super) fn check(data: &AnnData) -> Result<(), Problem> {
    let [rows, columns] = [data.obs.names.len(), data.var.names.len()];
    check_frame("obs", &data.obs)?;
    check_frame("var", &data.var)?;
    check_values("X", &data.x, rows, columns)?;
    check_keys("layers", data.layers.iter().map(|(name, _)| name))?;
    for (name, values) in &data.layers {
        check_values(&format!("layers/{name}"), values, rows, columns)?;
    }
    check_keys("obsm", data.obsm.iter().map(|(name, _)| name))?;
    for (name, embedding) in &data.obsm {
        let expected = rows.saturating_mul(embedding.columns);
        check_count(&format!("obsm/{name}"), embedding.values.len(), expected)?;
    }
    check_dict("uns", &data.uns)
}

/// Turns a problem into the fault of the file that was to be written.
pub(super) fn fault(path: &std::path::Path, (field, problem): Problem) -> Hdf5Fault {
    let fix = "nothing was written; correct the data that is passed in";
    Hdf5Fault::new(path, Hdf5Kind::AnnData, &field, problem, fix)
}

fn check_frame(at: &str, frame: &Frame) -> Result<(), Problem> {
    check_text(&format!("{at}/_index"), &frame.names)?;
    let names = frame.columns.iter().map(|(name, _)| name);
    check_keys(at, names.clone())?;
    if names.clone().any(|name| name == "_index") {
        return Err((at.to_owned(), "has a column named _index".to_owned()));
    }
    for (name, column) in &frame.columns {
        let at = format!("{at}/{name}");
        check_count(&at, column.len(), frame.names.len())?;
        match column {
            Column::Text(values) => check_text(&at, values)?,
            Column::Categorical {
                codes, categories, ..
            } => {
                check_text(&at, categories)?;
                if codes
                    .iter()
                    .flatten()
                    .any(|&code| code as usize >= categories.len())
                {
                    return Err((at, "has a code without a category".to_owned()));
                }
            }
            Column::Integer(_) | Column::Float(_) | Column::Boolean(_) => {}
        }
    }
    Ok(())
}

fn check_values(at: &str, values: &Values, rows: usize, columns: usize) -> Result<(), Problem> {
    let cells = rows.saturating_mul(columns);
    match values {
        Values::DenseI32(values) => check_count(at, values.len(), cells),
        Values::DenseF32(values) => check_count(at, values.len(), cells),
        Values::CsrI32 {
            indptr,
            genes,
            values,
        } => {
            check_count(&format!("{at}/indptr"), indptr.len(), rows + 1)?;
            check_count(&format!("{at}/indices"), genes.len(), values.len())?;
            let ascends = indptr.first() == Some(&0)
                && indptr.windows(2).all(|pair| pair[0] <= pair[1])
                && indptr.last() == Some(&values.len());
            if !ascends {
                let problem = "does not ascend from 0 to the number of values";
                return Err((format!("{at}/indptr"), problem.to_owned()));
            }
            let in_order = indptr.windows(2).all(|pair| {
                let row = &genes[pair[0]..pair[1]];
                row.windows(2).all(|two| two[0] < two[1])
                    && row.last().is_none_or(|&gene| (gene as usize) < columns)
            });
            if !in_order {
                let problem = "has a gene twice, out of order or outside the matrix";
                return Err((format!("{at}/indices"), problem.to_owned()));
            }
            Ok(())
        }
    }
}

fn check_count(at: &str, found: usize, expected: usize) -> Result<(), Problem> {
    if found == expected {
        return Ok(());
    }
    let problem = format!("has {found} values where {expected} are expected");
    Err((at.to_owned(), problem))
}

fn check_dict(at: &str, entries: &[(String, Uns)]) -> Result<(), Problem> {
    check_keys(at, entries.iter().map(|(name, _)| name))?;
    for (name, value) in entries {
        let at = format!("{at}/{name}");
        match value {
            Uns::Text(text) => check_text(&at, std::slice::from_ref(text))?,
            Uns::Texts(texts) => check_text(&at, texts)?,
            Uns::Dict(entries) => check_dict(&at, entries)?,
            _ => {}
        }
    }
    Ok(())
}

/// Names become links of an HDF5 group: not empty, each once, and without the path separator.
fn check_keys<'a>(at: &str, names: impl Iterator<Item = &'a String>) -> Result<(), Problem> {
    let mut seen = std::collections::BTreeSet::new();
    for name in names {
        if name.is_empty() || name == "." || name.contains(['/', '\0']) {
            let problem = format!("has the name {name:?}, which HDF5 cannot hold");
            return Err((at.to_owned(), problem));
        }
        if !seen.insert(name) {
            return Err((at.to_owned(), format!("has the name {name:?} twice")));
        }
    }
    Ok(())
}

/// HDF5 ends text at the first NUL, so text that has one would be cut.
fn check_text(at: &str, values: &[String]) -> Result<(), Problem> {
    if values.iter().any(|value| value.contains('\0')) {
        return Err((at.to_owned(), "has text with a NUL character".to_owned()));
    }
    Ok(())
}
