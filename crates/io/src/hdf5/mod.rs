//! Reading HDF5, whatever lies in it: AnnData ([`crate::h5ad`]) or what Cell Ranger writes
//! ([`crate::tenx`]).
//!
//! Every fault names the file, the field inside it, and how to make the file again, which depends
//! on its [`Kind`].

mod compressed;
mod container;
mod fault;
mod field;
mod filters;
mod half;
mod kind;
mod pages;

pub(crate) use compressed::{Compressed, ContiguousSamples};
pub(crate) use container::Container;
pub use fault::Hdf5Fault;
pub(crate) use fault::listed;
pub(crate) use field::Field;
pub(crate) use kind::Kind;
