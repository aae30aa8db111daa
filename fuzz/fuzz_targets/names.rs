//! Names of perturbations, resolved and searched for.

#![cfg_attr(fuzzing, no_main)]

refcast_fuzz::main!("names");
