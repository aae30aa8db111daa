//! The files of a model.

#![cfg_attr(fuzzing, no_main)]

refcast_fuzz::main!("bundle");
