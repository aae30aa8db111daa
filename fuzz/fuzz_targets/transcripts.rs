//! The genes of transcripts: GTF and tables.

#![cfg_attr(fuzzing, no_main)]

refcast_fuzz::main!("transcripts");
