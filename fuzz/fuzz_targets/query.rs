//! The bodies of queries.

#![cfg_attr(fuzzing, no_main)]

refcast_fuzz::main!("query");
