//! A damaged file may be read or refused, but never ends the program.

#![allow(clippy::unwrap_used)]

mod h5ad_support;

use h5ad_support::*;
use refcast_io::h5ad::Matrix;

/// Reads the bytes every way there is; whether it works does not matter, that it returns does.
fn read_every_way(folder: &Folder, bytes: &[u8]) {
    let path = folder.file("damaged.h5ad", bytes);
    for matrix in [Matrix::X, layer("by_gene"), layer("counts"), Matrix::Raw] {
        let _ = read_all(&path, matrix);
    }
}

/// Numbers that differ between places, the same in every run.
fn scrambled(n: usize) -> usize {
    let mixed = (n as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 33) as usize
}

const FIXTURES: [&str; 4] = [
    "0.7_csr.h5ad",
    "0.12_csr.h5ad",
    "0.12_dense.h5ad",
    "0.12_masked.h5ad",
];

#[test]
fn a_file_cut_anywhere_never_panics() {
    let folder = Folder::new();
    for name in FIXTURES {
        let bytes = fixture(name);
        for part in 0..60 {
            let kept = bytes.len() * part / 60;
            read_every_way(&folder, &bytes[..kept]);
            // As a download leaves it that reserved the space first.
            let mut blank = bytes.clone();
            blank[kept..].fill(0);
            read_every_way(&folder, &blank);
        }
        read_every_way(&folder, &bytes[..bytes.len() - 1]);
    }
}

#[test]
fn a_file_with_changed_bytes_never_panics() {
    let folder = Folder::new();
    for (seed, name) in FIXTURES.into_iter().enumerate() {
        let bytes = fixture(name);
        // Most of a small file is empty space, where a change does nothing.
        let used: Vec<usize> = (0..bytes.len()).filter(|&i| bytes[i] != 0).collect();
        for round in 0..200 {
            let mut changed = bytes.clone();
            let place = used[scrambled(seed * 1000 + round) % used.len()];
            changed[place] = match round % 4 {
                0 => 0xFF,
                1 => 0,
                2 => changed[place] ^ 0x80,
                _ => changed[place].wrapping_add(1),
            };
            read_every_way(&folder, &changed);
        }
    }
}

#[test]
fn a_block_overwritten_with_noise_never_panics() {
    let folder = Folder::new();
    for name in FIXTURES {
        let bytes = fixture(name);
        for round in 0..60 {
            let mut changed = bytes.clone();
            let start = scrambled(round) % (bytes.len() - 64);
            for (i, byte) in changed[start..start + 64].iter_mut().enumerate() {
                *byte = scrambled(round * 64 + i) as u8;
            }
            read_every_way(&folder, &changed);
        }
    }
}
