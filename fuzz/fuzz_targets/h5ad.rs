//! AnnData and MuData.

#![cfg_attr(fuzzing, no_main)]

refcast_fuzz::main!("h5ad");
refcast_fuzz::mend_checksums!();
