//! What the costliest inputs took, written to the file that `REFCAST_FUZZ_FIGURES` names.

use std::alloc::System;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use cap::Cap;

static FILE: LazyLock<Option<std::ffi::OsString>> =
    LazyLock::new(|| std::env::var_os("REFCAST_FUZZ_FIGURES"));
/// Microseconds of the slowest input so far.
static SLOWEST: AtomicU64 = AtomicU64::new(0);
/// The most bytes that were held so far, beside those that are held between inputs.
static LARGEST: AtomicU64 = AtomicU64::new(0);

/// Runs `read`, and writes `MICROSECONDS BYTES` where it was slower, or held more, than all before.
pub fn measure(allocator: &Cap<System>, read: impl FnOnce()) {
    let Some(file) = FILE.as_ref() else {
        return read();
    };
    let held = allocator.allocated();
    let start = Instant::now();
    read();
    let took = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
    let most = allocator.max_allocated().saturating_sub(held) as u64;
    let slower = SLOWEST.fetch_max(took, Ordering::Relaxed) < took;
    let larger = LARGEST.fetch_max(most, Ordering::Relaxed) < most;
    if slower || larger {
        let slowest = SLOWEST.load(Ordering::Relaxed);
        let largest = LARGEST.load(Ordering::Relaxed);
        // A figure that cannot be written is not worth ending a search for.
        let _ = std::fs::write(file, format!("{slowest} {largest}\n"));
    }
}
