//! A table of the file (`obs`, `var`): row names and typed columns.

use hdf5_pure::{AttrValue, DType};

use super::column::Column;
use crate::hdf5::Container;
use crate::hdf5::Hdf5Dataset;
use crate::hdf5::Hdf5Fault;

/// Where anndata 0.7 keeps the categories of a table's columns.
const OLD_CATEGORIES: &str = "__categories";

/// A table: row names and columns in the file's order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Frame {
    /// Row names (the index), as they are in the file.
    pub names: Vec<String>,
    /// Columns by name.
    pub columns: Vec<(String, Column)>,
    /// Names of columns whose encoding is not understood; always empty in a table to write.
    pub skipped: Vec<String>,
}

impl Frame {
    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        let found = self.columns.iter().find(|(own, _)| own == name);
        found.map(|(_, column)| column)
    }
}

/// A table in the file, before its columns are read.
pub(super) struct H5adTable<'a> {
    container: &'a Container,
    at: String,
    index: String,
    /// Names of the columns, in order, without the index.
    pub(super) columns: Vec<String>,
}

impl<'a> H5adTable<'a> {
    pub(super) fn open(container: &'a Container, at: &str) -> Result<Self, Hdf5Fault> {
        if container.is_dataset(at)? {
            return Err(container.dataset(at)?.too_old());
        }
        let attributes = container.attributes(at)?;
        let members = container.members(at)?;
        let index = match attributes.get("_index").and_then(AttrValue::as_str) {
            Some(name) => name.to_owned(),
            None if members.iter().any(|name| name == "_index") => "_index".to_owned(),
            None => "index".to_owned(),
        };
        let columns = match attributes
            .get("column-order")
            .and_then(AttrValue::as_strings)
        {
            Some(order) => order.to_vec(),
            None => members,
        };
        let columns = columns
            .into_iter()
            .filter(|name| *name != index && name != OLD_CATEGORIES)
            .collect();
        Ok(Self {
            container,
            at: at.to_owned(),
            index,
            columns,
        })
    }

    /// The row names.
    pub(super) fn names(&self) -> Result<Vec<String>, Hdf5Fault> {
        let column = self.read(&self.index)?.ok_or_else(|| {
            self.container.origin.fault(
                &format!("{}/{}", self.at, self.index),
                "the row names have an encoding that is not understood",
                "make them text: `adata.obs_names = adata.obs_names.astype(str)` (or var_names)",
            )
        })?;
        Ok(match column {
            Column::Text(names) => names,
            other => (0..other.len())
                .map(|row| other.text(row).unwrap_or_default().into_owned())
                .collect(),
        })
    }

    /// The whole table.
    pub(super) fn frame(&self) -> Result<Frame, Hdf5Fault> {
        let mut frame = Frame {
            names: self.names()?,
            ..Frame::default()
        };
        for name in &self.columns {
            match self.read_of_length(name, frame.names.len())? {
                Some(column) => frame.columns.push((name.clone(), column)),
                None => frame.skipped.push(name.clone()),
            }
        }
        Ok(frame)
    }

    /// A column, which must have `rows` rows; `None` if its encoding is not understood.
    pub(super) fn read_of_length(
        &self,
        name: &str,
        rows: usize,
    ) -> Result<Option<Column>, Hdf5Fault> {
        let column = self.read(name)?;
        match &column {
            Some(column) if column.len() != rows => Err(self.container.origin.damaged(
                &format!("{}/{name}", self.at),
                format!("has {} rows where the index has {rows}", column.len()),
            )),
            _ => Ok(column),
        }
    }

    fn read(&self, name: &str) -> Result<Option<Column>, Hdf5Fault> {
        let at = format!("{}/{name}", self.at);
        if self.container.is_group(&at)? {
            return self.read_group(&at);
        }
        let field = self.container.dataset(&at)?;
        let categories = format!("{}/{OLD_CATEGORIES}/{name}", self.at);
        if self.container.is_dataset(&categories)? {
            let categories = self.container.dataset(&categories)?;
            let ordered = truth(categories.attribute("ordered")?.as_ref());
            return categorical(&field, categories.all_text()?, ordered).map(Some);
        }
        plain(&field)
    }

    /// A column stored as a group: a categorical, or values beside a mask.
    fn read_group(&self, at: &str) -> Result<Option<Column>, Hdf5Fault> {
        let container = self.container;
        let attributes = container.attributes(at)?;
        match attributes.get("encoding-type").and_then(AttrValue::as_str) {
            Some("categorical") => {
                let codes = container.dataset(&format!("{at}/codes"))?;
                let categories = self.category_names(&format!("{at}/categories"))?;
                let ordered = truth(attributes.get("ordered"));
                categorical(&codes, categories, ordered).map(Some)
            }
            Some("nullable-integer" | "nullable-boolean" | "nullable-string-array") => {
                let Some(values) = plain(&container.dataset(&format!("{at}/values"))?)? else {
                    return Ok(None);
                };
                let mask = container.dataset(&format!("{at}/mask"))?;
                let missing: Vec<bool> = mask.all_integers()?.iter().map(|&m| m != 0).collect();
                if missing.len() != values.len() {
                    return Err(mask.damaged("is not as long as the values"));
                }
                Ok(Some(masked(values, &missing)))
            }
            _ => Ok(None),
        }
    }

    /// Categories, themselves a plain or (anndata 0.12) a masked array of text.
    fn category_names(&self, at: &str) -> Result<Vec<String>, Hdf5Fault> {
        if self.container.is_group(at)? {
            self.container.dataset(&format!("{at}/values"))?.all_text()
        } else {
            self.container.dataset(at)?.all_text()
        }
    }
}

/// A column stored as one dataset; `None` if its elements are no text and no numbers.
fn plain(field: &Hdf5Dataset) -> Result<Option<Column>, Hdf5Fault> {
    if field.length().is_err() {
        return Ok(None);
    }
    Ok(Some(match field.dtype()? {
        DType::String | DType::VariableLengthString => Column::Text(field.all_text()?),
        DType::Enum(_) => Column::Boolean(field.all_integers()?.iter().map(|&v| v != 0).collect()),
        DType::F32 | DType::F64 => Column::Float(field.all_floats()?),
        DType::Compound(_) | DType::ObjectReference | DType::Array(..) => return Ok(None),
        DType::Other(_) if field.expect_numbers().is_err() => return Ok(None),
        DType::Other(_) => Column::Float(field.all_floats()?), // 16 bits wide
        _ => Column::Integer(field.all_integers()?),
    }))
}

fn categorical(
    codes: &Hdf5Dataset,
    categories: Vec<String>,
    ordered: bool,
) -> Result<Column, Hdf5Fault> {
    let parsed = codes.all_integers()?.into_iter().map(|code| match code {
        -1 => Ok(None),
        code => match u32::try_from(code) {
            Ok(code) if (code as usize) < categories.len() => Ok(Some(code)),
            _ => Err(codes.damaged(format!(
                "has code {code}, but there are {} categories",
                categories.len()
            ))),
        },
    });
    Ok(Column::Categorical {
        codes: parsed.collect::<Result<_, _>>()?,
        categories,
        ordered,
    })
}

/// Applies a mask of missing values; see [`Column`] for what each type becomes.
fn masked(values: Column, missing: &[bool]) -> Column {
    if !missing.contains(&true) {
        return values;
    }
    match values {
        Column::Integer(values) => {
            let floats = values.into_iter().zip(missing);
            Column::Float(
                floats
                    .map(|(v, &m)| if m { f64::NAN } else { v as f64 })
                    .collect(),
            )
        }
        values => Column::categorical(
            (missing.iter().enumerate()).map(|(row, &m)| if m { None } else { values.text(row) }),
        ),
    }
}

fn truth(attribute: Option<&AttrValue>) -> bool {
    attribute
        .and_then(AttrValue::to_i64s)
        .is_some_and(|values| values.first().is_some_and(|&value| value != 0))
}
