//! The parsers of refcast, each as a function of bytes that must neither panic, nor take more than a
//! gigabyte, nor ten seconds. `docs/fuzzing.md` says how to run them.

mod bundle;
pub mod checksums;
mod figures;
mod matrices;
mod queries;
mod scratch;
mod sections;
#[cfg(test)]
mod seeds;
mod words;

use std::alloc::System;
use std::process::ExitCode;
use std::sync::Once;

use cap::Cap;

/// What one input may take in memory beside what the target holds in any case.
pub const MOST_BYTES: usize = 1 << 30;

/// Refuses what is beyond [`MOST_BYTES`]; the program is then aborted by what asked for it.
#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// A parser with what it needs.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name, and that of its program and of the folder of its seeds.
    pub name: &'static str,
    /// Makes what all inputs share.
    prepare: fn(),
    /// Reads an input to its end, whatever it holds.
    read: fn(&[u8]),
}

/// Every target.
pub const TARGETS: [Target; 12] = [
    Target::new("bundle", nothing, bundle::read),
    Target::new("dose", nothing, words::dose),
    Target::new("h5ad", nothing, matrices::h5ad),
    Target::new("ids", nothing, words::ids),
    Target::new("loom", nothing, matrices::loom),
    Target::new("market", nothing, matrices::market),
    Target::new("names", queries::prepare_names, queries::names),
    Target::new("query", queries::prepare, queries::query),
    Target::new("tables", nothing, matrices::tables),
    Target::new("tenx", nothing, matrices::tenx),
    Target::new("time", nothing, words::time),
    Target::new("transcripts", nothing, matrices::transcripts),
];

fn nothing() {}

impl Target {
    const fn new(name: &'static str, prepare: fn(), read: fn(&[u8])) -> Self {
        Self {
            name,
            prepare,
            read,
        }
    }

    /// The target of that name.
    ///
    /// # Panics
    /// Where there is none, which is a mistake in this package.
    pub fn named(name: &str) -> Self {
        let found = TARGETS.into_iter().find(|target| target.name == name);
        found.unwrap_or_else(|| panic!("no target is called {name}"))
    }

    /// Whether its inputs are HDF5.
    pub fn is_hdf5(&self) -> bool {
        matches!(self.name, "h5ad" | "loom" | "tenx")
    }

    /// Reads one input, and keeps what it took if no other took as much.
    pub fn run(&self, input: &[u8]) {
        static PREPARED: Once = Once::new();
        PREPARED.call_once(|| {
            (self.prepare)();
            let held = ALLOCATOR.allocated();
            // Nothing was refused before, so more than is held is not refused now.
            let _ = ALLOCATOR.set_limit(held + MOST_BYTES);
        });
        figures::measure(&ALLOCATOR, || (self.read)(input));
    }

    /// Reads the files that the program was given, one after the other: what a search found, again.
    pub fn replay(&self) -> ExitCode {
        let files: Vec<_> = std::env::args_os().skip(1).collect();
        if files.is_empty() {
            eprintln!("usage: {} FILE…  (inputs to read again)", self.name);
            return ExitCode::from(2);
        }
        for file in files {
            let path = std::path::Path::new(&file);
            match std::fs::read(path) {
                Ok(input) => {
                    let start = std::time::Instant::now();
                    self.run(&input);
                    eprintln!("{}: {:.3} s", path.display(), start.elapsed().as_secs_f64());
                }
                Err(error) => {
                    eprintln!("{}: {error}", path.display());
                    return ExitCode::FAILURE;
                }
            }
        }
        ExitCode::SUCCESS
    }
}

/// The variable that names the target of the program that has all of them.
const NAME: &str = "REFCAST_FUZZ_TARGET";

/// The target that the environment names.
///
/// # Panics
/// Where it names none.
pub fn asked_for() -> Target {
    let name = std::env::var(NAME);
    Target::named(&name.unwrap_or_else(|_| panic!("{NAME} names no target")))
}

/// The program of a target, or of the one that the environment names: under libFuzzer where it is built for that, and
/// else one that reads the files it is given.
#[macro_export]
macro_rules! main {
    () => {
        $crate::main!(@ $crate::asked_for());
    };
    ($name:literal) => {
        $crate::main!(@ $crate::Target::named($name));
    };
    (@ $target:expr) => {
        static TARGET: std::sync::LazyLock<$crate::Target> =
            std::sync::LazyLock::new(|| $target);

        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(|input: &[u8]| TARGET.run(input));

        #[cfg(not(fuzzing))]
        fn main() -> std::process::ExitCode {
            TARGET.replay()
        }
    };
}

/// Has the checksums of HDF5, of targets that read it, made right after most changes of an input, without which every change
/// would be found out by them and by nothing else.
#[macro_export]
macro_rules! mend_checksums {
    () => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
            let size = libfuzzer_sys::fuzzer_mutate(data, size, max_size);
            if seed % 8 != 0 && TARGET.is_hdf5() {
                $crate::checksums::mend(&mut data[..size]);
            }
            size
        });
    };
}
