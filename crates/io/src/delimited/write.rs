//! Count tables as text.

use std::io::{self, Write};
use std::path::Path;

use csv::WriterBuilder;
use flate2::{Compression, GzBuilder};
use refcast_core::{Counts, Fault, GeneAxis};

use crate::atomic_file::AtomicFile;
use crate::error::{Error, Result};

/// Writes a genes × samples table: `gene_id`, `gene_symbol` and a column per named sample.
///
/// Tabs, or commas for `.csv`; gzipped for `.gz`, with no time or name in it, so that the same
/// counts give the same bytes. A gene that no sample measured is left out, since absent is not
/// zero; one that only some measured is `NA` in the others. The file appears whole or not at all.
///
/// # Errors
/// When a sample has not the length of the axis, or the file cannot be written.
pub fn write_counts(path: &Path, axis: &GeneAxis, samples: &[(&str, &Counts)]) -> Result<()> {
    for (name, counts) in samples {
        if counts.len() != axis.len() {
            let message = format!("has {} genes; the axis has {}", counts.len(), axis.len());
            return Err(Error::Invalid(
                Fault::new(*name, "wrong_length", message).into(),
            ));
        }
    }
    let mut file = AtomicFile::create(path)?;
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    let (stem, gzipped) = match name.strip_suffix(".gz") {
        Some(stem) => (stem, true),
        None => (name.as_str(), false),
    };
    let delimiter = if stem.ends_with(".csv") { b',' } else { b'\t' };
    let written = if gzipped {
        let mut gzip = GzBuilder::new()
            .mtime(0)
            .write(&mut file, Compression::default());
        write_rows(&mut gzip, delimiter, axis, samples).and_then(|()| gzip.finish().map(|_| ()))
    } else {
        write_rows(&mut file, delimiter, axis, samples)
    };
    written.map_err(|error| Error::write(path, error))?;
    file.commit()
}

fn write_rows(
    out: &mut dyn Write,
    delimiter: u8,
    axis: &GeneAxis,
    samples: &[(&str, &Counts)],
) -> io::Result<()> {
    let mut table = WriterBuilder::new().delimiter(delimiter).from_writer(out);
    let names = samples.iter().map(|(name, _)| *name);
    table.write_record(["gene_id", "gene_symbol"].into_iter().chain(names))?;
    for (index, gene) in axis.iter() {
        let position = index.as_usize();
        if !samples
            .iter()
            .any(|(_, counts)| counts.observed()[position])
        {
            continue;
        }
        table.write_field(gene.id.to_string())?;
        table.write_field(&gene.symbol)?;
        for (_, counts) in samples {
            if counts.observed()[position] {
                table.write_field(counts.values()[position].to_string())?;
            } else {
                table.write_field("NA")?;
            }
        }
        table.write_record(None::<&[u8]>)?;
    }
    table.flush()
}
