//! The checksums of HDF5, put right after a change: newer files have one in each part of their
//! metadata.

/// Makes the checksums of the superblock, of object headers and of the headers of indices those of
/// their content, where these parts are where they seem to be.
pub fn mend(file: &mut [u8]) {
    if file.starts_with(b"\x89HDF\r\n\x1a\n") && file.get(8).is_some_and(|version| *version >= 2) {
        stamp(file, 0, 44);
    }
    let mut at = 0;
    while let Some(found) = file.get(at..at + 4) {
        let length = match found {
            b"OHDR" => object_header(&file[at..]),
            b"FAHD" => Some(24),
            b"EAHD" => Some(68),
            b"BTHD" => Some(34),
            b"FRHP" => Some(142),
            _ => None,
        };
        if let Some(length) = length {
            stamp(file, at, length);
        }
        at += 1;
    }
}

/// The length of an object header of version 2 up to its checksum.
fn object_header(header: &[u8]) -> Option<usize> {
    let flags = *header.get(5)?;
    let times = if flags & 0x20 == 0 { 0 } else { 16 };
    let phases = if flags & 0x10 == 0 { 0 } else { 4 };
    let at = 6 + times + phases;
    let width = 1 << (flags & 3);
    let size = header.get(at..at + width)?;
    let size = size.iter().rev().fold(0_usize, |size, &byte| {
        size.saturating_mul(256).saturating_add(usize::from(byte))
    });
    (at + width).checked_add(size)
}

/// Writes the checksum of `length` bytes from `start` behind them, if they are there.
fn stamp(file: &mut [u8], start: usize, length: usize) {
    let Some(end) = start.checked_add(length) else {
        return;
    };
    let Some(sum) = file.get(start..end).map(lookup3) else {
        return;
    };
    if let Some(place) = file.get_mut(end..end + 4) {
        place.copy_from_slice(&sum.to_le_bytes());
    }
}

/// `hashlittle` of Bob Jenkins' lookup3 (2006, public domain), from 0: the sum that HDF5 has.
fn lookup3(bytes: &[u8]) -> u32 {
    let start = 0xdead_beef_u32.wrapping_add(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
    let [mut a, mut b, mut c] = [start; 3];
    if bytes.is_empty() {
        return c;
    }
    // The last block, of one to twelve bytes, ends it.
    let whole = (bytes.len() - 1) / 12 * 12;
    let words = |block: &[u8]| {
        let mut padded = [0; 12];
        padded[..block.len()].copy_from_slice(block);
        let word = |at: usize| {
            u32::from_le_bytes([padded[at], padded[at + 1], padded[at + 2], padded[at + 3]])
        };
        [word(0), word(4), word(8)]
    };
    for block in bytes[..whole].chunks(12) {
        let [x, y, z] = words(block);
        a = a.wrapping_add(x);
        b = b.wrapping_add(y);
        c = c.wrapping_add(z);
        // The three words take turns.
        for bits in [4, 6, 8, 16, 19, 4] {
            a = a.wrapping_sub(c) ^ c.rotate_left(bits);
            c = c.wrapping_add(b);
            (a, b, c) = (b, c, a);
        }
    }
    let [x, y, z] = words(&bytes[whole..]);
    a = a.wrapping_add(x);
    b = b.wrapping_add(y);
    c = c.wrapping_add(z);
    for bits in [14, 11, 25, 16, 4, 14, 24] {
        c = (c ^ b).wrapping_sub(b.rotate_left(bits));
        (a, b, c) = (b, c, a);
    }
    // The one that was changed last.
    b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_header_is_one_that_the_reader_takes() {
        // Values of the driver of lookup3.c itself.
        assert_eq!(lookup3(b""), 0xdead_beef);
        assert_eq!(lookup3(b"Four score and seven years ago"), 0x1777_0551);
    }
}
