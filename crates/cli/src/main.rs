//! `refcast`: the command line. Parse, run, one exit code.

mod annotate;
mod baseline;
mod flags;
mod genes;
mod models;
mod predict;
mod report;
mod serve;
mod train;
mod vocab;

use std::process::ExitCode;

use clap::Parser;
use refcast_terminal::{self as terminal, failure, stdout, threads};

use failure::Result;
use flags::{Command, CommonFlags, Flags};

fn main() -> ExitCode {
    let Flags { command, common } = Flags::parse();
    match run(&command, &common) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            terminal::report(&failure, common.json);
            failure.exit_code()
        }
    }
}

fn run(command: &Command, common: &CommonFlags) -> Result<()> {
    match command {
        Command::Predict(flags) => predict::run(flags, common),
        Command::Baseline(flags) => baseline::run(flags, common),
        Command::Annotate(flags) => annotate::run(flags, common),
        Command::Models(flags) => models::run(flags, common),
        Command::Genes(flags) => genes::run(flags, common),
        Command::Vocab(flags) => vocab::run(flags, common),
        Command::Serve(flags) => serve::run(flags, common),
        Command::Train(flags) => train::run(flags, common),
    }
}
