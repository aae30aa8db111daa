//! The server as clients in R meet it, with the requests that `rsynthbio` makes by httr and jsonlite.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::path::PathBuf;

use support::server::Server;
use support::{Folder, run_script};

#[test]
fn requests_from_r_are_answered_and_its_slips_are_named() {
    let Some(r) = std::env::var_os("REFCAST_R").map(PathBuf::from) else {
        println!(
            "SKIPPED requests_from_r_are_answered_and_its_slips_are_named: no R of the tests; `cargo xtask test` \
             finds or installs one"
        );
        return;
    };
    let (open, closed) = (Folder::new(), Folder::new());
    let key = closed.refcast(&["serve", "keys", "add", "test"]).ok();
    let servers = [Server::start(&open, &[]), Server::start(&closed, &[])];
    let arguments = [servers[0].url(), servers[1].url(), key.trim().to_owned()];
    run_script(&r, "r_calls.R", &arguments, open.path());
}
