//! Spans of time.

#![cfg_attr(fuzzing, no_main)]

refcast_fuzz::main!("time");
