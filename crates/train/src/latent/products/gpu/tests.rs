//! Agreement of the products on a graphics processor with those on the processor.

use std::io::Write;

use super::Gpu;
use crate::latent::products::Products;
use crate::latent::products::cpu::Cpu;

/// The device, or a line that says why not.
fn gpu(test: &str) -> Option<Gpu> {
    match Gpu::open() {
        Ok(gpu) => Some(gpu),
        Err(problem) => {
            // Past the test harness, which keeps what tests print to itself.
            let _ = writeln!(std::io::stderr(), "SKIPPED {test}: {problem}");
            None
        }
    }
}

fn numbers(n: usize, step: usize) -> Vec<f32> {
    (0..n)
        .map(|i| ((i * step + 11) % 1009) as f32 / 500.0 - 1.0)
        .collect()
}

/// Rounding of a sum of `terms` products of numbers up to 1, generously.
fn near(got: &[f32], expected: &[f32], terms: usize) {
    assert_eq!(got.len(), expected.len());
    let tolerance = 1e-6 * (terms as f32).max(1.0);
    for (at, (got, expected)) in got.iter().zip(expected).enumerate() {
        let off = (got - expected).abs();
        assert!(off <= tolerance, "entry {at}: {got}, not {expected}");
    }
}

/// Products of a matrix in blocks of at most `bytes`, compared; gives how many blocks there were.
fn agree(gpu: &Gpu, (rows, columns, width): (usize, usize, usize), bytes: u64) {
    let x = numbers(rows * columns, 37);
    let cpu = Cpu::new(&x, rows, columns);
    let held = gpu.hold_in_blocks(&x, rows, columns, bytes).unwrap();
    let b = numbers(columns * width, 91);
    let product = held.multiply(&b, width).unwrap();
    near(&product, &cpu.multiply(&b, width).unwrap(), columns);
    let b = numbers(rows * width, 53);
    let product = held.multiply_transposed(&b, width).unwrap();
    near(&product, &cpu.multiply_transposed(&b, width).unwrap(), rows);
    let again = held.multiply_transposed(&b, width).unwrap();
    assert_eq!(product, again, "the same device gives the same bytes");
}

#[test]
fn products_on_the_gpu_agree_with_those_on_the_cpu() {
    let Some(gpu) = gpu("products_on_the_gpu_agree_with_those_on_the_cpu") else {
        return;
    };
    // Sizes of whole tiles, sizes that end within one, single ones, and none.
    for size in [
        (64, 32, 32),
        (130, 77, 5),
        (201, 1003, 80),
        (1, 1, 1),
        (0, 9, 4),
        (9, 0, 4),
    ] {
        agree(&gpu, size, gpu.most_bytes());
    }
}

#[test]
fn a_matrix_that_exceeds_a_buffer_is_split_into_blocks_of_rows() {
    let Some(gpu) = gpu("a_matrix_that_exceeds_a_buffer_is_split_into_blocks_of_rows") else {
        return;
    };
    let columns = 301;
    let row = 4 * columns as u64;
    // A row at a time; 7 rows and some bytes, with 4 left over; all at once.
    for bytes in [row, 7 * row + 9, 1 << 20] {
        agree(&gpu, (200, columns, 33), bytes);
    }
    let row_too_long = gpu.hold_in_blocks(&vec![0.0; columns], 1, columns, row - 1);
    let refused = row_too_long.unwrap_err().to_string();
    assert!(refused.contains("device `cpu`"), "{refused}");
}
