//! Every target in one program, which `cargo xtask fuzz` builds in the time of one: `REFCAST_FUZZ_TARGET` names it.

#![cfg_attr(fuzzing, no_main)]

refcast_fuzz::main!();
refcast_fuzz::mend_checksums!();
