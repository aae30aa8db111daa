//! What Cell Ranger writes in HDF5, and programs that write like it (CellBender): a matrix of
//! features × barcodes, read a cell at a time. Its folders of text are read by [`crate::market`].
//!
//! | layout | arrays |
//! |---|---|
//! | `filtered_feature_bc_matrix.h5` of version 3 on | `/matrix/{barcodes,data,indices,indptr,shape,features/…}` |
//! | `filtered_gene_bc_matrices_h5.h5` of version 2 | the same and `genes`, `gene_names` under a group named after the genome |
//!
//! Only features of type `Gene Expression` are genes, and of several genomes only the human one is
//! read; [`SampleSource::notes`](crate::SampleSource::notes) says what was left out.

mod hdf5;

pub use hdf5::TenxHdf5;

pub(crate) use hdf5::looks_like_it;
