//! The page to try the server, as a browser runs it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::path::Path;
use std::process::Command;

use support::server::Server;
use support::{Folder, run_script};

#[test]
fn the_page_to_try_it_answers_for_every_model_and_says_what_it_left_out() {
    let node = Path::new("node");
    let has_node = Command::new(node).arg("--version").output().is_ok();
    if !has_node {
        println!(
            "SKIPPED the_page_to_try_it_answers_for_every_model_and_says_what_it_left_out: no Node.js on the path"
        );
        return;
    }
    let folder = Folder::new();
    let server = Server::start(&folder, &[]);
    run_script(node, "docs_page.js", &[server.url()], folder.path());
}
