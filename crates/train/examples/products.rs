//! The products of training on a graphics processor: how near they are to those of the processor,
//! and how long both take.
//!
//!     cargo run --release -p refcast-train --features gpu --example products
//!
//! The sizes are those of `recipes/gem-1-bulk.toml`, the numbers made up. Times are the least of
//! five, with the small matrix sent and the result fetched; differences are relative to the largest
//! entry.

use std::time::{Duration, Instant};

use refcast_train::latent::{Backend, Device, Products};

const SAMPLES: usize = 2_000;
const GENES: usize = 22_560;
const LATENTS: usize = 80;
const TIMES: usize = 5;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let values = numbers(SAMPLES * GENES, 37);
    let start = Instant::now();
    let gpu = Backend::open(Device::Gpu)?;
    let opened = start.elapsed();
    let start = Instant::now();
    let on_gpu = gpu.hold(&values, SAMPLES, GENES)?;
    let held = start.elapsed();
    let on_cpu = Backend::Cpu.hold(&values, SAMPLES, GENES)?;
    let name = gpu.name().unwrap_or_default();
    println!("{name}: opened in {opened:.1?}, values copied in {held:.1?}");
    let of_genes = numbers(GENES * LATENTS, 91);
    let of_samples = numbers(SAMPLES * LATENTS, 53);
    compare("samples × latents", &*on_cpu, &*on_gpu, &|on| {
        on.multiply(&of_genes, LATENTS)
    })?;
    compare("genes × latents", &*on_cpu, &*on_gpu, &|on| {
        on.multiply_transposed(&of_samples, LATENTS)
    })
}

type Work<'a> = dyn Fn(&dyn Products) -> refcast_train::Result<Vec<f32>> + 'a;

fn compare(
    name: &str,
    cpu: &dyn Products,
    gpu: &dyn Products,
    work: &Work<'_>,
) -> Result<(), Box<dyn std::error::Error>> {
    let (expected, on_cpu) = timed(&|| work(cpu))?;
    let (got, on_gpu) = timed(&|| work(gpu))?;
    let largest = expected
        .iter()
        .fold(0.0_f32, |most, value| most.max(value.abs()));
    let off = expected
        .iter()
        .zip(&got)
        .fold(0.0_f32, |most, (a, b)| most.max((a - b).abs()));
    println!(
        "{name}: cpu {on_cpu:.1?}, gpu {on_gpu:.1?}, difference {:.1e}",
        off / largest
    );
    Ok(())
}

fn timed(
    work: &dyn Fn() -> refcast_train::Result<Vec<f32>>,
) -> refcast_train::Result<(Vec<f32>, Duration)> {
    let mut least = Duration::MAX;
    let mut result = Vec::new();
    for _ in 0..TIMES {
        let start = Instant::now();
        result = work()?;
        least = least.min(start.elapsed());
    }
    Ok((result, least))
}

/// Numbers about 0 without a pattern that the sums would find.
fn numbers(n: usize, step: u32) -> Vec<f32> {
    (0..n as u32)
        .map(|i| {
            let mixed = (i.wrapping_mul(step) ^ 0x9E37_79B9).wrapping_mul(0x85EB_CA6B);
            (mixed >> 8) as f32 / (1 << 23) as f32 - 1.0
        })
        .collect()
}
