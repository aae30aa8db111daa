//! Reading HDF5, whatever lies in it: AnnData ([`crate::h5ad`]) or what Cell Ranger writes
//! ([`crate::tenx`]).
//!
//! Every fault names the file, the field inside it, and how to make the file again, which depends
//! on its [`Hdf5Kind`].

mod compressed;
mod container;
mod dataset;
mod fault;
mod filters;
mod half;
mod kind;
mod pages;

pub(crate) use compressed::{Compressed, ContiguousSamples};
pub(crate) use container::Container;
pub(crate) use dataset::Hdf5Dataset;
pub use fault::Hdf5Fault;
pub(crate) use fault::listed;
pub(crate) use kind::Hdf5Kind;
