//! The matrix to read: where it is in the file and how it is stored.

use hdf5_pure::AttrValue;

use super::csc;
use super::dense::DenseRows;
use super::elsewhere;
use crate::hdf5::Container;
use crate::hdf5::ContiguousSamples;
use crate::hdf5::{Hdf5Fault, listed};
use crate::source::RawSample;

/// Which matrix of an h5ad file holds the counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Matrix {
    /// `X`.
    #[default]
    X,
    /// `layers/NAME`.
    Layer(String),
    /// `raw/X`, with the genes of `raw/var`.
    Raw,
}

impl Matrix {
    /// The path of the matrix inside the file.
    pub(super) fn field(&self) -> String {
        match self {
            Self::X => "X".to_owned(),
            Self::Layer(name) => format!("layers/{name}"),
            Self::Raw => "raw/X".to_owned(),
        }
    }

    /// The path of the table of its genes.
    pub(super) fn genes(&self) -> &'static str {
        match self {
            Self::X | Self::Layer(_) => "var",
            Self::Raw => "raw/var",
        }
    }

    /// Refuses a matrix that the file does not have, listing those that it has.
    pub(super) fn expect_in(&self, container: &Container) -> Result<(), Hdf5Fault> {
        let at = self.field();
        // A slash would name something deeper than a layer.
        let is_name = !matches!(self, Self::Layer(name) if name.is_empty() || name.contains('/'));
        if is_name && container.has(&at)? {
            return Ok(());
        }
        let present: Vec<String> = all(container)?.iter().map(Self::described).collect();
        let fix = match (present.is_empty(), elsewhere::counts(container, self)?) {
            (true, _) => "it has no matrix at all: write it again with the counts in X".to_owned(),
            (false, None) => "pass one that it has, with `--layer NAME` or `--raw`".to_owned(),
            (false, Some(found)) => found.to_string(),
        };
        let problem = format!("is not in the file, which has {}", listed(&present));
        Err(container.origin.fault(&at, problem, fix))
    }

    /// `layer counts`.
    fn described(&self) -> String {
        match self {
            Self::X => "X".to_owned(),
            Self::Layer(name) => format!("layer {name}"),
            Self::Raw => "raw".to_owned(),
        }
    }
}

/// The matrices of a file: `X`, the layers by name, `raw`.
pub(super) fn all(container: &Container) -> Result<Vec<Matrix>, Hdf5Fault> {
    let mut present = Vec::new();
    if container.has("X")? {
        present.push(Matrix::X);
    }
    if container.is_group("layers")? {
        present.extend(container.members("layers")?.into_iter().map(Matrix::Layer));
    }
    if container.has("raw/X")? {
        present.push(Matrix::Raw);
    }
    Ok(present)
}

/// A matrix read by rows, in order.
#[derive(Debug)]
pub(super) enum H5adRows {
    Dense(DenseRows),
    Csr(ContiguousSamples),
    /// A CSC matrix turned into rows in memory.
    Turned(csc::TurnedRows),
}

impl H5adRows {
    /// Opens the matrix at `at`; also its shape, `[samples, genes]`.
    pub(super) fn open(container: &Container, at: &str) -> Result<(Self, [u64; 2]), Hdf5Fault> {
        if container.is_dataset(at)? {
            let rows = DenseRows::open(container.dataset(at)?)?;
            let shape = rows.shape();
            return Ok((Self::Dense(rows), shape));
        }
        let attributes = container.attributes(at)?;
        let text = |name: &str| attributes.get(name).and_then(AttrValue::as_str);
        let pair = |name: &str| attributes.get(name).and_then(AttrValue::to_u64s);
        let origin = &container.origin;
        let shape = match pair("shape").or_else(|| pair("h5sparse_shape")).as_deref() {
            Some(&[rows, columns]) => [rows, columns],
            _ => return Err(origin.damaged(at, "the sparse matrix does not say its shape")),
        };
        match text("encoding-type").or_else(|| text("h5sparse_format")) {
            Some("csr_matrix" | "csr") => {
                let rows = ContiguousSamples::open(container, at, shape)?;
                Ok((Self::Csr(rows), shape))
            }
            Some("csc_matrix" | "csc") => {
                let rows = csc::turn(container, at, shape)?;
                Ok((Self::Turned(rows), shape))
            }
            other => Err(origin.fault(
                at,
                format!(
                    "has encoding {}, which is no matrix that can be read",
                    other.unwrap_or("(none)")
                ),
                "store it dense, as CSR or as CSC: `adata.X = scipy.sparse.csr_matrix(adata.X)`",
            )),
        }
    }

    /// The next row, `None` after the last.
    pub(super) fn next(&mut self) -> Result<Option<RawSample>, Hdf5Fault> {
        match self {
            Self::Dense(rows) => rows.next(),
            Self::Csr(rows) => rows.next(),
            Self::Turned(rows) => Ok(rows.next()),
        }
    }
}
