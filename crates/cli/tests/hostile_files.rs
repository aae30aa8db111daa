//! Files that are made to fill the memory, to be waited for or to be read for ever: exit code 3, in little time and
//! memory, and nothing left behind.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use support::{Ended, Folder, Table, gzipped, program};

/// The most address space of a run, in kilobytes. Threads and the model have 2 GB of it, most never touched.
const MOST_KILOBYTES: usize = 6 << 20;
/// The most time; a debug build on a machine with other work to do takes a tenth.
const MOST_TIME: Duration = Duration::from_secs(120);

/// Runs the program with bounds on its memory and its time, and `stdin` as its standard input.
fn bounded(folder: &Folder, arguments: &[&str], stdin: Stdio) -> Ended {
    let own = program(folder.path());
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(format!("ulimit -v {MOST_KILOBYTES} && exec \"$0\" \"$@\""))
        .arg(own.get_program())
        .args(arguments)
        .current_dir(folder.path())
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for (name, value) in own.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let mut child = command.spawn().unwrap();
    let started = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if started.elapsed() > MOST_TIME {
            child.kill().unwrap();
            panic!("{arguments:?} did not end within {MOST_TIME:?}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended {
        // A run that ends for want of memory has no code.
        code: output.status.code().unwrap_or(-1),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

/// Predicts from `input`, which must be refused for all of `parts`.
fn refuse(folder: &Folder, input: &str, more: &[&str], parts: &[&str]) {
    let before = folder.names();
    let mut arguments = vec!["predict", "-i", input, "-o", "out.h5ad"];
    arguments.extend(["--perturbation", "control"]);
    arguments.extend(more);
    bounded(folder, &arguments, Stdio::null()).refused(parts);
    assert_eq!(folder.names(), before, "something was left behind");
}

/// Writes `start` and then `part` again and again, gzipped, until they have `bytes` bytes.
fn bomb(path: &Path, start: &str, part: &str, bytes: usize) {
    let mut file = GzEncoder::new(File::create(path).unwrap(), Compression::fast());
    file.write_all(start.as_bytes()).unwrap();
    let block = part.repeat((1 << 20) / part.len());
    for _ in 0..bytes.div_ceil(block.len()) {
        file.write_all(block.as_bytes()).unwrap();
    }
    file.finish().unwrap();
}

#[test]
fn a_line_that_does_not_end() {
    let folder = Folder::new();
    // Ten gigabytes that take no place on the disk: zeros, which are no text …
    let hole = File::create(folder.path().join("hole.tsv")).unwrap();
    hole.set_len(10 << 30).unwrap();
    refuse(&folder, "hole.tsv", &[], &["hole.tsv", "binary file"]);
    // … nor are they after a header.
    let mut begun = File::create(folder.path().join("begun.tsv")).unwrap();
    begun.write_all(b"gene\ts1\nENSG00000000003\t").unwrap();
    begun.set_len(10 << 30).unwrap();
    refuse(&folder, "begun.tsv", &[], &["begun.tsv", "binary file"]);
    for (name, start, part) in [
        ("header.tsv.gz", "", "s1\t"),
        ("names.tsv.gz", "gene", "s"),
        ("row.tsv.gz", "gene\ts1\nENSG00000000003", "\t1"),
        ("digits.tsv.gz", "gene\ts1\nENSG00000000003\t", "1"),
    ] {
        bomb(&folder.path().join(name), start, part, 1 << 30);
        refuse(
            &folder,
            name,
            &[],
            &[name, "has no end within 67108864 bytes"],
        );
    }
}

#[test]
fn text_that_unpacks_to_more_than_counts_can() {
    let folder = Folder::new();
    let path = |name: &str| folder.path().join(name);
    let row = "ENSG00000000003\t7\n";
    bomb(&path("rows.tsv.gz"), "gene\ts1\n", row, 1 << 30);
    refuse(
        &folder,
        "rows.tsv.gz",
        &[],
        &["rows.tsv.gz", "to fill the memory"],
    );
    let row = "cell\t7\n";
    let header = "cell\tENSG00000000003\n";
    bomb(&path("cells.tsv.gz"), header, row, 1 << 30);
    let parts = ["cells.tsv.gz", "to fill the memory"];
    refuse(&folder, "cells.tsv.gz", &["--samples-in-rows"], &parts);
    bomb(&path("wide.tsv.gz"), "gene", "\ts1", 60 << 20);
    refuse(&folder, "wide.tsv.gz", &[], &["wide.tsv.gz", "columns"]);

    folder.write("counts.tsv", Table::new(1).text('\t'));
    bomb(
        &path("pairs.tsv.gz"),
        "",
        "ENST00000373020\tENSG00000000003\n",
        1 << 28,
    );
    let parts = ["pairs.tsv.gz", "to fill the memory"];
    let pairs = ["--transcript-genes", "pairs.tsv.gz"];
    refuse(&folder, "counts.tsv", &pairs, &parts);
}

#[test]
fn a_matrix_with_more_entries_than_its_size_allows() {
    let folder = Folder::new();
    let genes: String = (0..9)
        .map(|i| format!("ENSG{:011}\tG{i}\tGene Expression\n", i + 3))
        .collect();
    let market = |name: &str| {
        let own = folder.path().join(name);
        fs::create_dir(&own).unwrap();
        fs::write(own.join("features.tsv.gz"), gzipped(genes.as_bytes())).unwrap();
        fs::write(own.join("barcodes.tsv.gz"), gzipped(b"AAAC-1\nAAAG-1\n")).unwrap();
        own
    };
    let header = "%%MatrixMarket matrix coordinate integer general\n9 2 400000000\n";
    let own = market("entries");
    bomb(&own.join("matrix.mtx.gz"), header, "1 1 1\n", 1 << 29);
    refuse(&folder, "entries", &[], &["matrix.mtx.gz"]);
    let own = market("line");
    bomb(&own.join("matrix.mtx.gz"), header, "1 ", 1 << 28);
    refuse(&folder, "line", &[], &["matrix.mtx.gz", "has no end"]);
    for (name, list) in [
        ("barcodes", "barcodes.tsv.gz"),
        ("features", "features.tsv.gz"),
    ] {
        let own = market(name);
        let small = "%%MatrixMarket matrix coordinate integer general\n9 2 1\n1 1 1\n";
        fs::write(own.join("matrix.mtx.gz"), gzipped(small.as_bytes())).unwrap();
        bomb(&own.join(list), "", "AAAC-1\n", 1 << 28);
        refuse(&folder, name, &[], &[list]);
    }
}

#[test]
fn what_is_no_file() {
    let folder = Folder::new();
    let path = |name: &str| folder.path().join(name);
    let _listener = UnixListener::bind(path("socket")).unwrap();
    symlink("/dev/zero", path("zeros.tsv")).unwrap();
    symlink("/dev/zero", path("zeros.h5ad")).unwrap();
    symlink("/dev/urandom", path("noise.tsv.gz")).unwrap();
    for name in ["pipe", "pipe.h5ad", "pipe.mtx.gz"] {
        assert!(
            Command::new("mkfifo")
                .arg(path(name))
                .status()
                .unwrap()
                .success()
        );
    }
    folder.write("counts.tsv", Table::new(1).text('\t'));
    for (name, says) in [
        ("/dev/zero", "is a device"),
        ("zeros.tsv", "is a device"),
        ("zeros.h5ad", "is a device"),
        ("noise.tsv.gz", "is a device"),
        ("socket", "is a device or socket"),
        ("pipe", "is a pipe"),
        ("pipe.h5ad", "is a pipe"),
        ("pipe.mtx.gz", "is a pipe"),
    ] {
        refuse(&folder, name, &[], &[name, says]);
        refuse(
            &folder,
            "counts.tsv",
            &["--transcript-genes", name],
            &[name, says],
        );
        let arguments = ["train", name, "--corpus", ".", "-o", "out"];
        bounded(&folder, &arguments, Stdio::null()).refused(&[name, says]);
        let ended = bounded(&folder, &["annotate", "-i", name], Stdio::null());
        ended.refused(&[name, says]);
    }
}

#[test]
fn a_folder_of_tables_with_what_is_no_file() {
    let folder = Folder::new();
    folder.write("s1.counts.tsv", Table::new(1).text('\t'));
    symlink("/dev/zero", folder.path().join("s2.counts.tsv")).unwrap();
    refuse(&folder, ".", &[], &["s2.counts.tsv", "is a device"]);
}

#[test]
fn standard_input_that_does_not_end() {
    let folder = Folder::new();
    let zeros = File::open("/dev/zero").unwrap();
    let arguments = [
        "predict",
        "-i",
        "-",
        "-o",
        "out.h5ad",
        "--perturbation",
        "control",
    ];
    let ended = bounded(&folder, &arguments, zeros.into());
    ended.refused(&["stdin", "has no end within"]);
    assert!(folder.names().is_empty());
}

#[test]
fn a_bundle_of_what_it_does_not_list() {
    let folder = Folder::new();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/gem-1-bulk");
    folder.write("counts.tsv", Table::new(1).text('\t'));
    let names: Vec<String> = fs::read_dir(&shipped)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    for spoiled in &names {
        let bundle = folder.path().join("bundle");
        fs::create_dir(&bundle).unwrap();
        for name in names.iter().filter(|name| *name != spoiled) {
            symlink(shipped.join(name), bundle.join(name)).unwrap();
        }
        for target in ["/dev/zero", "pipe", "hole", "longer"] {
            let link = bundle.join(spoiled);
            match target {
                "pipe" => assert!(
                    Command::new("mkfifo")
                        .arg(&link)
                        .status()
                        .unwrap()
                        .success()
                ),
                "hole" => File::create(&link).unwrap().set_len(10 << 30).unwrap(),
                "longer" => {
                    let mut bytes = fs::read(shipped.join(spoiled)).unwrap();
                    bytes.push(b'\n');
                    fs::write(&link, bytes).unwrap();
                }
                other => symlink(other, &link).unwrap(),
            }
            let arguments = [
                "predict",
                "-i",
                "counts.tsv",
                "-o",
                "out.h5ad",
                "--perturbation",
                "control",
                "--model",
                "bundle",
            ];
            let ended = bounded(&folder, &arguments, Stdio::null());
            if target == "longer" && spoiled == "manifest.json" {
                // White space at its end changes nothing.
                ended.ok();
                fs::remove_file(folder.path().join("out.h5ad")).unwrap();
            } else {
                ended.refused(&[spoiled]);
            }
            fs::remove_file(link).unwrap();
        }
        fs::remove_dir_all(bundle).unwrap();
    }
}
