//! Loom files.

#![cfg_attr(fuzzing, no_main)]

refcast_fuzz::main!("loom");
refcast_fuzz::mend_checksums!();
