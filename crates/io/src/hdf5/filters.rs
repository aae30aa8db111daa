//! Which HDF5 compression filters can be undone, and what the others are called.

/// Deflate (gzip), shuffle, fletcher32, scale-offset and lzf.
const SUPPORTED: [u16; 5] = [1, 2, 3, 6, 32000];

/// The first filter of a pipeline that cannot be undone, if any.
pub(crate) fn first_unsupported(pipeline: &[u16]) -> Option<u16> {
    pipeline.iter().copied().find(|id| !SUPPORTED.contains(id))
}

/// The name of a filter as its users know it, from the registry of the HDF Group.
pub(crate) fn name(id: u16) -> String {
    let known = match id {
        4 => "szip",
        5 => "n-bit",
        305 => "lzo",
        307 => "bzip2",
        32001 => "blosc",
        32004 => "lz4",
        32008 => "bitshuffle",
        32013 => "zfp",
        32015 => "zstd",
        32017 => "sz",
        32026 => "blosc2",
        _ => return format!("HDF5 filter {id}"),
    };
    format!("{known} (HDF5 filter {id})")
}
