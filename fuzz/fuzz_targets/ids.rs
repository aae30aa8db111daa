//! Ids, and the fields of a query.

#![cfg_attr(fuzzing, no_main)]

refcast_fuzz::main!("ids");
