//! AnnData files (`.h5ad`), read a sample at a time and written whole.
//!
//! Reading ([`H5adSource`]) understands what anndata 0.7 to 0.13 write: dense, CSR and CSC
//! matrices of any number type, in `X`, in a layer or in `raw`; strings as variable-length,
//! fixed-length or masked arrays; categoricals as a group (0.8 on) or as codes beside
//! `__categories` (0.7). Compression may be gzip, lzf, shuffle, scale-offset or none.
//!
//! Writing ([`write_h5ad`]) produces the current encoding (anndata 0.8 on), the same bytes for
//! the same input, and leaves nothing behind when it fails.

mod column;
mod csc;
mod dense;
mod elsewhere;
mod encode;
mod frame;
pub(crate) mod genes;
mod matrix;
mod output;
mod source;
mod uns;
mod validate;
mod write;

pub use column::Column;
pub use frame::Frame;
pub use matrix::Matrix;
pub use output::{AnnData, Embedding, Values};
pub use source::H5adSource;
pub use uns::Uns;
pub use write::write_h5ad;
