//! Matrices of Cell Ranger in HDF5.

#![cfg_attr(fuzzing, no_main)]

refcast_fuzz::main!("tenx");
refcast_fuzz::mend_checksums!();
