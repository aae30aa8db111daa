//! MatrixMarket folders, and folders of tables.

#![cfg_attr(fuzzing, no_main)]

refcast_fuzz::main!("market");
