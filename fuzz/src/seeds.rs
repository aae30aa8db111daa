//! Every seed goes through its target: what was found once is not found again.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::{TARGETS, Target};

const LONGEST: Duration = Duration::from_secs(10);

#[test]
fn no_seed_makes_a_parser_panic_or_takes_a_gigabyte_or_ten_seconds() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    for target in TARGETS {
        let folder = seeds.join(target.name);
        let mut files: Vec<_> = std::fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
            .map(|entry| entry.expect("a seed").path())
            .collect();
        files.sort();
        assert!(!files.is_empty(), "{} has no seeds", target.name);
        for file in files {
            let input = std::fs::read(&file).expect("a seed");
            let start = Instant::now();
            target.run(&input);
            assert!(start.elapsed() < LONGEST, "{}", file.display());
        }
    }
}

#[test]
fn every_folder_of_seeds_is_of_a_target() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    for entry in std::fs::read_dir(seeds).expect("seeds") {
        let name = entry.expect("a folder").file_name();
        let _ = Target::named(&name.to_string_lossy());
    }
}
