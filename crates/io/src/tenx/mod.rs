//! What Cell Ranger writes, and programs that write like it (STARsolo, CellBender): a matrix of
//! features × barcodes, read a cell at a time.
//!
//! | layout | source |
//! |---|---|
//! | `filtered_feature_bc_matrix.h5` of version 3 on: `/matrix/{barcodes,data,indices,indptr,shape,features/…}` | [`TenxHdf5`] |
//! | `filtered_gene_bc_matrices_h5.h5` of version 2: the same arrays and `genes`, `gene_names` under a group named after the genome | [`TenxHdf5`] |
//! | a folder of `matrix.mtx`, `features.tsv` (or `genes.tsv`) and `barcodes.tsv`, gzipped or not | [`TenxFolder`] |
//!
//! Only features of type `Gene Expression` are genes; the others are left out, and
//! [`SampleSource::notes`](crate::SampleSource::notes) says so.

mod by_cell;
mod cells;
mod features;
mod files;
mod folder;
mod hdf5;
mod lists;
mod market;
mod raw_matrix;

pub use folder::TenxFolder;
pub use hdf5::TenxHdf5;

pub(crate) use hdf5::looks_like_it;
