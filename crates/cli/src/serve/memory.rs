//! How the system's allocator keeps memory that was given back.

/// Blocks of this many bytes and more go back to the system when they are freed. Without a fixed bound the
/// GNU C library raises it to the largest block that was freed, up to 32 MiB, and bodies and answers of many sizes leave
/// holes in a heap that grows for hours.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE_BLOCK: i32 = 256 << 10;
/// Free bytes at the end of a heap that are kept.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const KEPT_AT_THE_END: i32 = 1 << 20;
/// Heaps that threads share; by default there are eight for each processor, each with holes of its own.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const HEAPS: i32 = 2;

/// Has memory that is freed go back to the system soon, whatever sizes are asked for in turn: `docs/server.md` has what
/// this makes of an hour. To be called before there are threads. Does nothing where another C library is used.
#[allow(
    unsafe_code,
    reason = "mallopt has no safe form; it takes two numbers and no pointer"
)]
pub(super) fn give_back_early() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    for (setting, value) in [
        (libc::M_MMAP_THRESHOLD, LARGE_BLOCK),
        (libc::M_TRIM_THRESHOLD, KEPT_AT_THE_END),
        (libc::M_ARENA_MAX, HEAPS),
    ] {
        // A setting that is not taken leaves things as they were.
        // SAFETY: no thread was started yet, and the numbers are ones that the manual allows.
        unsafe { libc::mallopt(setting, value) };
    }
}
