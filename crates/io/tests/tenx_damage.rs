//! A damaged file of Cell Ranger may be read or refused, but never ends the program.

#![allow(clippy::unwrap_used)]

mod tenx_support;

use tenx_support::*;

/// Numbers that differ between places, the same in every run.
fn scrambled(n: usize) -> usize {
    let mixed = (n as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 33) as usize
}

/// The bytes, cut and changed in many ways.
fn damaged(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    let cut = (0..60).map(|part| bytes[..bytes.len() * part / 60].to_vec());
    // Most of a small HDF5 file is empty space, where a change does nothing.
    let used: Vec<usize> = (0..bytes.len()).filter(|&i| bytes[i] != 0).collect();
    let changed = (0..250).map(move |round| {
        let mut changed = bytes.to_vec();
        let place = used[scrambled(round) % used.len()];
        changed[place] = match round % 4 {
            0 => 0xFF,
            1 => 0,
            2 => changed[place] ^ 0x80,
            _ => changed[place].wrapping_add(1),
        };
        changed
    });
    cut.chain(changed)
}

#[test]
fn damaged_hdf5_never_panics() {
    let folder = Folder::new();
    for name in ["v3.h5", "v2.h5"] {
        let bytes = unpacked(&fixtures().join(format!("{name}.gz")));
        for bytes in damaged(&bytes) {
            let _ = read(&folder.file(name, &bytes));
        }
    }
}

#[test]
fn damaged_text_never_panics_packed_or_not() {
    let folder = Folder::new();
    let parts = ["features.tsv", "barcodes.tsv", "matrix.mtx"];
    for name in parts {
        for part in parts {
            let packed = std::fs::read(fixtures().join(format!("v3/{part}.gz"))).unwrap();
            folder.file(&format!("m/{part}.gz"), &packed);
        }
        let packed = std::fs::read(fixtures().join(format!("v3/{name}.gz"))).unwrap();
        for bytes in damaged(&packed) {
            folder.file(&format!("m/{name}.gz"), &bytes);
            let _ = read(&folder.path("m"));
        }
        // Without the gzip, so that changes get past its checksum.
        std::fs::remove_file(folder.path(&format!("m/{name}.gz"))).unwrap();
        let plain = unpacked(&fixtures().join(format!("v3/{name}.gz")));
        for bytes in damaged(&plain) {
            folder.file(&format!("m/{name}"), &bytes);
            let _ = read(&folder.path("m"));
        }
        std::fs::remove_file(folder.path(&format!("m/{name}"))).unwrap();
    }
}
