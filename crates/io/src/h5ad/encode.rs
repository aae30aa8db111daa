//! The parts of an AnnData as HDF5 groups and datasets, in the on-disk encoding of anndata 0.8
//! and later: <https://anndata.readthedocs.io/en/latest/fileformat-prose.html>.

use hdf5_pure::{
    AttrValue, DatasetBuilder, Datatype, EnumTypeBuilder, Error, FinishedGroup, GroupBuilder,
    make_f32_type, make_i8_type, make_i32_type,
};

use super::column::Column;
use super::frame::Frame;
use super::output::{Embedding, Values};
use super::uns::Uns;

/// Elements from which on an array is compressed; below, a chunk index costs more than it saves.
const COMPRESS_FROM: usize = 4096;
/// Values of a chunk: 128 kB of 4-byte values.
const CHUNK_VALUES: usize = 1 << 15;
/// The longest side of a chunk. The layout message (version 4) gives the sides in as few bytes as
/// the longest needs: one up to 255, two up to 65,535. Beyond, the library that writes here takes
/// four where three would do, and HDF5 2.0 refuses to open such a dataset.
const LONGEST_SIDE: usize = (1 << 16) - 1;
/// Deflate level: beyond 4 the files hardly shrink and take twice as long.
const DEFLATE_LEVEL: u32 = 4;

/// Something that carries the `encoding-type` and `encoding-version` of anndata.
pub(super) trait Encoded {
    fn attribute(&mut self, name: &str, value: AttrValue);

    fn encoding(&mut self, kind: &str, version: &str) {
        self.attribute("encoding-type", text(kind));
        self.attribute("encoding-version", text(version));
    }
}

impl Encoded for GroupBuilder {
    fn attribute(&mut self, name: &str, value: AttrValue) {
        self.set_attr(name, value);
    }
}

impl Encoded for DatasetBuilder {
    fn attribute(&mut self, name: &str, value: AttrValue) {
        self.set_attr(name, value);
    }
}

/// A string attribute as h5py writes it.
pub(super) fn text(value: &str) -> AttrValue {
    AttrValue::VarLenString(value.to_owned())
}

/// A table.
pub(super) fn frame(mut group: GroupBuilder, frame: &Frame) -> Result<FinishedGroup, Error> {
    group.encoding("dataframe", "0.2.0");
    group.set_attr("_index", text("_index"));
    let order: Vec<String> = frame.columns.iter().map(|(name, _)| name.clone()).collect();
    group.set_attr(
        "column-order",
        // anndata writes an empty list as floats, and h5py cannot read an empty one of strings.
        if order.is_empty() {
            AttrValue::F64Array(Vec::new())
        } else {
            AttrValue::VarLenStringArray(order)
        },
    );
    strings(group.create_dataset("_index"), &frame.names);
    for (name, column) in &frame.columns {
        match column {
            Column::Text(values) => strings(group.create_dataset(name), values),
            Column::Integer(values) => {
                array(group.create_dataset(name).with_i64_data(values));
            }
            Column::Float(values) => {
                array(group.create_dataset(name).with_f64_data(values));
            }
            Column::Boolean(values) => {
                let field = group.create_dataset(name);
                booleans(field, values)?;
                array(field);
            }
            Column::Categorical {
                codes,
                categories,
                ordered,
            } => {
                let mut inner = group.create_group(name);
                inner.encoding("categorical", "0.2.0");
                inner.set_attr("ordered", AttrValue::U8(u8::from(*ordered)));
                code_array(inner.create_dataset("codes"), codes, categories.len());
                strings(inner.create_dataset("categories"), categories);
                group.add_group(inner.finish());
            }
        }
    }
    Ok(group.finish())
}

/// Codes in the narrowest signed type that holds all categories, as pandas has them.
fn code_array(field: &mut DatasetBuilder, codes: &[Option<u32>], categories: usize) {
    let codes = codes.iter().map(|code| code.map_or(-1, i64::from));
    if categories <= 1 << 7 {
        field.with_i8_data(&codes.map(|code| code as i8).collect::<Vec<_>>());
    } else if categories <= 1 << 15 {
        field.with_i16_data(&codes.map(|code| code as i16).collect::<Vec<_>>());
    } else {
        field.with_i32_data(&codes.map(|code| code as i32).collect::<Vec<_>>());
    }
    array(field);
}

fn array(field: &mut DatasetBuilder) {
    field.encoding("array", "0.2.0");
}

fn strings<S: AsRef<str>>(field: &mut DatasetBuilder, values: &[S]) {
    let values: Vec<&str> = values.iter().map(AsRef::as_ref).collect();
    field.with_vlen_strings(&values);
    field.encoding("string-array", "0.2.0");
}

/// Booleans as h5py stores them: an enumeration over one byte.
fn booleans(field: &mut DatasetBuilder, values: &[bool]) -> Result<(), Error> {
    let kind = EnumTypeBuilder::with_base(make_i8_type())
        .i64_value("FALSE", 0)
        .i64_value("TRUE", 1)
        .build()?;
    let bytes = values.iter().map(|&value| u8::from(value)).collect();
    field.with_raw_data(kind, bytes, values.len() as u64);
    Ok(())
}

/// Adds a matrix to `parent` under `name`, using it up so that its memory is free for the next.
pub(super) fn matrix(
    parent: &mut impl Parent,
    name: &str,
    values: Values,
    [rows, columns]: [usize; 2],
) {
    match values {
        Values::DenseI32(values) => {
            let bytes = values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect();
            drop(values);
            dense(parent.field(name), make_i32_type(), bytes, [rows, columns]);
        }
        Values::DenseF32(values) => {
            let bytes = values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect();
            drop(values);
            dense(parent.field(name), make_f32_type(), bytes, [rows, columns]);
        }
        Values::CsrI32 {
            indptr,
            genes,
            values,
        } => {
            let mut group = parent.inner(name);
            group.encoding("csr_matrix", "0.1.0");
            let shape = vec![rows as i64, columns as i64];
            group.set_attr("shape", AttrValue::I64Array(shape));
            list(
                group.create_dataset("data").with_i32_data(&values),
                values.len(),
            );
            // scipy wants both index arrays of one type, and 32 bits where they suffice.
            if i32::try_from(values.len().max(columns)).is_ok() {
                let genes: Vec<i32> = genes.iter().map(|&gene| gene as i32).collect();
                let indptr: Vec<i32> = indptr.iter().map(|&start| start as i32).collect();
                list(
                    group.create_dataset("indices").with_i32_data(&genes),
                    genes.len(),
                );
                list(
                    group.create_dataset("indptr").with_i32_data(&indptr),
                    indptr.len(),
                );
            } else {
                let genes: Vec<i64> = genes.iter().map(|&gene| i64::from(gene)).collect();
                let indptr: Vec<i64> = indptr.iter().map(|&start| start as i64).collect();
                list(
                    group.create_dataset("indices").with_i64_data(&genes),
                    genes.len(),
                );
                list(
                    group.create_dataset("indptr").with_i64_data(&indptr),
                    indptr.len(),
                );
            }
            parent.adopt(group.finish());
        }
    }
}

/// Coordinates of the samples.
pub(super) fn embedding(field: &mut DatasetBuilder, embedding: &Embedding, rows: usize) {
    let bytes = embedding
        .values
        .iter()
        .flat_map(|value| value.to_le_bytes());
    let shape = [rows, embedding.columns];
    dense(field, make_f32_type(), bytes.collect(), shape);
}

fn dense(field: &mut DatasetBuilder, kind: Datatype, bytes: Vec<u8>, shape: [usize; 2]) {
    let [rows, columns] = shape;
    let cells = rows.saturating_mul(columns);
    field
        .with_shape(&[rows as u64, columns as u64])
        .with_raw_data(kind, bytes, cells as u64);
    if cells >= COMPRESS_FROM {
        // Whole rows to a chunk: samples are read and written one after the other.
        let chunk_rows = (CHUNK_VALUES / columns.max(1)).clamp(1, rows.max(1));
        compressed(field, &[chunk_rows, columns]);
    }
    array(field);
}

/// Compresses a one-dimensional array that is worth it; a part of a sparse matrix, without
/// encoding of its own.
fn list(field: &mut DatasetBuilder, length: usize) {
    if length >= COMPRESS_FROM {
        compressed(field, &[length.min(CHUNK_VALUES)]);
    }
}

fn compressed(field: &mut DatasetBuilder, chunk: &[usize]) {
    let sides: Vec<u64> = chunk
        .iter()
        .map(|&side| side.min(LONGEST_SIDE) as u64)
        .collect();
    field
        .with_chunks(&sides)
        .with_shuffle()
        .with_deflate(DEFLATE_LEVEL);
}

/// A dictionary, to any depth.
pub(super) fn dict(
    mut group: GroupBuilder,
    entries: &[(String, Uns)],
) -> Result<FinishedGroup, Error> {
    group.encoding("dict", "0.1.0");
    for (name, value) in entries {
        if let Uns::Dict(entries) = value {
            let inner = dict(group.create_group(name), entries)?;
            group.add_group(inner);
            continue;
        }
        let field = group.create_dataset(name);
        match value {
            Uns::Text(value) => {
                field.with_shape(&[]).with_vlen_strings(&[value.as_str()]);
                field.encoding("string", "0.2.0");
            }
            Uns::Integer(value) => {
                field.with_shape(&[]).with_i64_data(&[*value]);
                field.encoding("numeric-scalar", "0.2.0");
            }
            Uns::Float(value) => {
                field.with_shape(&[]).with_f64_data(&[*value]);
                field.encoding("numeric-scalar", "0.2.0");
            }
            Uns::Boolean(value) => {
                field.with_shape(&[]);
                booleans(field, &[*value])?;
                field.encoding("numeric-scalar", "0.2.0");
            }
            Uns::Texts(values) => strings(field, values),
            Uns::Integers(values) => array(field.with_i64_data(values)),
            Uns::Floats(values) => array(field.with_f64_data(values)),
            Uns::Dict(_) => {}
        }
    }
    Ok(group.finish())
}

/// Where a matrix is put: the root of the file or a group.
pub(super) trait Parent {
    fn field(&mut self, name: &str) -> &mut DatasetBuilder;
    fn inner(&mut self, name: &str) -> GroupBuilder;
    fn adopt(&mut self, group: FinishedGroup);
}

impl Parent for hdf5_pure::FileBuilder {
    fn field(&mut self, name: &str) -> &mut DatasetBuilder {
        self.create_dataset(name)
    }
    fn inner(&mut self, name: &str) -> GroupBuilder {
        self.create_group(name)
    }
    fn adopt(&mut self, group: FinishedGroup) {
        self.add_group(group);
    }
}

impl Parent for GroupBuilder {
    fn field(&mut self, name: &str) -> &mut DatasetBuilder {
        self.create_dataset(name)
    }
    fn inner(&mut self, name: &str) -> GroupBuilder {
        self.create_group(name)
    }
    fn adopt(&mut self, group: FinishedGroup) {
        self.add_group(group);
    }
}
