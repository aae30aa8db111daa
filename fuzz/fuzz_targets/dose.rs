//! Doses.

#![cfg_attr(fuzzing, no_main)]

refcast_fuzz::main!("dose");
