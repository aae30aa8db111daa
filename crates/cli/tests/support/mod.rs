//! What the tests of the command line share: running it, tables to run it on, reading its results.

// Each test file uses its own part of this.
#![allow(dead_code)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

pub mod server;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::Value;
use tempfile::TempDir;

/// How a run ended.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// The standard output of a run that succeeded.
    pub fn ok(self) -> String {
        assert_eq!(self.code, 0, "stderr: {}", self.stderr);
        self.stdout
    }

    /// Checks that the input was refused with a message that has all of `parts`.
    pub fn refused(&self, parts: &[&str]) {
        assert_eq!(self.code, 3, "{self:?}");
        for part in parts {
            assert!(
                self.stderr.contains(part),
                "no `{part}` in: {}",
                self.stderr
            );
        }
    }
}

/// The program, in `folder`, with none of the settings of whoever runs the tests.
pub fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_refcast"));
    command.current_dir(folder);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("REFCAST_") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs the program in `folder`.
pub fn refcast(folder: &Path, arguments: &[&str]) -> Ended {
    refcast_with(folder, arguments, &[], b"")
}

/// Runs the program with environment variables and something on standard input.
pub fn refcast_with(
    folder: &Path,
    arguments: &[&str],
    variables: &[(&str, &str)],
    stdin: &[u8],
) -> Ended {
    let mut child = program(folder)
        .args(arguments)
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let stdin = stdin.to_owned();
    // A program that refuses its flags closes the pipe early; that is its right.
    let writer = std::thread::spawn(move || pipe.write_all(&stdin).ok());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended {
        code: output.status.code().unwrap(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

/// Genes of the built-in model: id and symbol.
pub fn genes() -> &'static [(String, String)] {
    static GENES: OnceLock<Vec<(String, String)>> = OnceLock::new();
    GENES.get_or_init(|| {
        let text = refcast(&std::env::temp_dir(), &["genes"]).ok();
        let split = |line: &str| {
            let (id, symbol) = line.split_once('\t').unwrap();
            (id.to_owned(), symbol.to_owned())
        };
        text.lines().skip(1).map(split).collect()
    })
}

/// A table of counts, genes × samples, that can be spoiled cell by cell.
#[derive(Debug, Clone)]
pub struct Table {
    pub genes: Vec<String>,
    pub samples: Vec<String>,
    /// `[genes][samples]`.
    pub cells: Vec<Vec<String>>,
}

impl Table {
    /// Counts of every gene of the model in samples `s1`, `s2` …: a few genes high, most low, a
    /// third zero, as in real samples.
    pub fn new(samples: usize) -> Self {
        let row = |gene: usize| {
            (0..samples)
                .map(|sample| count(gene, sample).to_string())
                .collect()
        };
        Self {
            genes: genes().iter().map(|(id, _)| id.clone()).collect(),
            samples: (1..=samples).map(|sample| format!("s{sample}")).collect(),
            cells: (0..genes().len()).map(row).collect(),
        }
    }

    /// The same with one cell changed.
    pub fn with(mut self, gene: usize, sample: usize, cell: &str) -> Self {
        self.cells[gene][sample] = cell.to_owned();
        self
    }

    /// The same with other names for the genes.
    pub fn named(mut self, name: impl Fn(usize, &str) -> String) -> Self {
        self.genes = self
            .genes
            .iter()
            .enumerate()
            .map(|(gene, id)| name(gene, id))
            .collect();
        self
    }

    /// The same with the genes in another order.
    pub fn shuffled(mut self) -> Self {
        let mut order: Vec<usize> = (0..self.genes.len()).collect();
        order.sort_by_key(|&gene| scrambled(gene as u64));
        self.genes = order.iter().map(|&gene| self.genes[gene].clone()).collect();
        self.cells = order.iter().map(|&gene| self.cells[gene].clone()).collect();
        self
    }

    /// Only every `n`th gene.
    pub fn every(mut self, n: usize) -> Self {
        self.genes = self.genes.into_iter().step_by(n).collect();
        self.cells = self.cells.into_iter().step_by(n).collect();
        self
    }

    /// The library size of a sample.
    pub fn library_size(&self, sample: usize) -> u64 {
        self.cells
            .iter()
            .map(|row| row[sample].parse::<u64>().unwrap())
            .sum()
    }

    /// As text, a row per gene.
    pub fn text(&self, separator: char) -> String {
        let separator = separator.to_string();
        let mut text = format!("gene_id{separator}{}\n", self.samples.join(&separator));
        for (gene, cells) in self.genes.iter().zip(&self.cells) {
            text.push_str(&format!("{gene}{separator}{}\n", cells.join(&separator)));
        }
        text
    }

    /// As text, a row per sample.
    pub fn text_by_sample(&self) -> String {
        let mut text = format!("sample\t{}\n", self.genes.join("\t"));
        for (position, sample) in self.samples.iter().enumerate() {
            let cells: Vec<&str> = self
                .cells
                .iter()
                .map(|row| row[position].as_str())
                .collect();
            text.push_str(&format!("{sample}\t{}\n", cells.join("\t")));
        }
        text
    }
}

/// A count that is the same on every machine.
pub fn count(gene: usize, sample: usize) -> u64 {
    let level = scrambled(gene as u64) % 15;
    if level < 5 {
        return 0;
    }
    let typical = 1u64 << (level - 3);
    typical + scrambled((gene * 1009 + sample) as u64 + 7) % typical
}

/// A bijection of 64 bits without visible order (SplitMix64's).
fn scrambled(value: u64) -> u64 {
    let mut x = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A folder of its own for a test, gone afterwards.
pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        std::fs::write(self.0.path().join(name), bytes).unwrap();
        self
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.0.path().join(name)).unwrap()
    }

    /// The names in it, sorted.
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Runs the program here.
    pub fn refcast(&self, arguments: &[&str]) -> Ended {
        refcast(self.path(), arguments)
    }

    /// A result in JSON.
    pub fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&self.read(name)).unwrap()
    }
}

pub fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn unzipped(bytes: &[u8]) -> String {
    let mut text = String::new();
    GzDecoder::new(bytes).read_to_string(&mut text).unwrap();
    text
}

/// A fixture of the file reader's own tests, unpacked.
pub fn h5ad_fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../io/tests/fixtures/h5ad")
        .join(format!("{name}.gz"));
    let mut bytes = Vec::new();
    GzDecoder::new(std::fs::File::open(path).unwrap())
        .read_to_end(&mut bytes)
        .unwrap();
    bytes
}

/// The numbers of a list in a JSON result.
pub fn numbers(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|number| number.as_f64().unwrap())
        .collect()
}

/// The corpus, where it lies beside the checkout; a test that needs it says so when it does not.
pub fn corpus(test: &str) -> Option<PathBuf> {
    let named = std::env::var_os("REFCAST_CORPUS").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let corpus = named.unwrap_or(beside);
    if corpus.is_dir() {
        return Some(corpus);
    }
    println!("SKIPPED {test}: no corpus at {}", corpus.display());
    None
}

/// A Python with what the tests use of it, where `cargo xtask test` has made one.
pub fn python(test: &str) -> Option<PathBuf> {
    let python = std::env::var_os("REFCAST_PYTHON").map(PathBuf::from);
    if python.is_none() {
        println!("SKIPPED {test}: no Python of the tests; `cargo xtask test` makes one");
    }
    python
}

/// Runs a script of the folder of tests, which must succeed.
pub fn run_script(python: &Path, script: &str, arguments: &[String], folder: &Path) {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let output = Command::new(python)
        .arg(tests.join(script))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
