//! The matrix of all barcodes, most of them empty droplets, told from that of the cells.

use refcast_core::{Fault, Faults};

/// Refuses a matrix in which most barcodes hold nothing. `stored` are the values per barcode.
pub(crate) fn refuse_empty_droplets(
    stored: impl Iterator<Item = u64>,
    place: &str,
    faults: &mut Faults,
) {
    let (mut barcodes, mut empty) = (0u64, 0u64);
    for values in stored {
        barcodes += 1;
        empty += u64::from(values == 0);
    }
    if empty > barcodes / 2 {
        faults.push(Fault::new(
            place,
            "raw_matrix",
            format!(
                "{empty} of its {barcodes} barcodes have no count at all: this looks like the raw matrix, of every \
                 barcode; pass the filtered one, of the cells (`filtered_feature_bc_matrix`)"
            ),
        ));
    }
}
