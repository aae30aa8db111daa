//! Reads a count matrix a sample at a time, as the program does, and prints what it took:
//! `cargo run --release -p refcast-io --example read_samples -- FILE`.

use std::path::Path;
use std::time::Instant;

use refcast_io::{RawSample, ReadOptions, Result, open};

fn main() -> Result<()> {
    let Some(file) = std::env::args().nth(1) else {
        eprintln!("name a file: .h5ad, .h5, .tsv, .csv or a folder of Cell Ranger");
        std::process::exit(2);
    };
    let start = Instant::now();
    let mut source = open(Path::new(&file), &ReadOptions::default())?;
    let opened = start.elapsed();
    let (mut samples, mut stored, mut sum) = (0u64, 0u64, 0.0);
    while let Some(sample) = source.next_sample()? {
        let (RawSample::Dense(values) | RawSample::Sparse { value: values, .. }) = sample;
        samples += 1;
        stored += values.len() as u64;
        sum += values.iter().sum::<f64>();
    }
    println!(
        "{samples} samples × {} genes, {stored} values, {sum} counts",
        source.gene_names().len()
    );
    for note in source.notes() {
        println!("{note}");
    }
    println!("opened in {opened:.1?}, read in {:.1?}", start.elapsed());
    // The most memory that the process ever held, where the system says so.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    if let Some(peak) = status.lines().find(|line| line.starts_with("VmHWM")) {
        println!("{peak}");
    }
    Ok(())
}
