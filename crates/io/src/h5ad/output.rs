//! An AnnData to write, held in memory.

use super::frame::Frame;
use super::uns::Uns;

/// The values of a matrix, `[samples × genes]`.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Integers, row by row.
    DenseI32(Vec<i32>),
    /// Floating-point numbers, row by row.
    DenseF32(Vec<f32>),
    /// Integers, only the stored ones, row by row.
    CsrI32 {
        /// Per sample the start of its values, and the end of the last: samples + 1 numbers.
        indptr: Vec<usize>,
        /// Per value its gene, ascending within a sample.
        genes: Vec<u32>,
        /// The values.
        values: Vec<i32>,
    },
}

/// Coordinates of the samples (`obsm`), `[samples × columns]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding {
    /// Number of columns.
    pub columns: usize,
    /// Values, row by row.
    pub values: Vec<f32>,
}

/// An annotated matrix, as [`write_h5ad`](super::write_h5ad) takes it.
#[derive(Debug, Clone, PartialEq)]
pub struct AnnData {
    /// The samples: names and columns.
    pub obs: Frame,
    /// The genes: names and columns.
    pub var: Frame,
    /// The main matrix.
    pub x: Values,
    /// Further matrices of the same shape, by name.
    pub layers: Vec<(String, Values)>,
    /// Coordinates of the samples, by name.
    pub obsm: Vec<(String, Embedding)>,
    /// Unstructured annotation, by name.
    pub uns: Vec<(String, Uns)>,
}
