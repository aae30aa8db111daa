//! Writing an AnnData: beside the target first, then renamed over it.

use std::path::Path;

use hdf5_pure::{Error as Hdf5Error, FileBuilder};
use tempfile::NamedTempFile;

use super::encode::{self, Encoded};
use super::output::AnnData;
use super::validate;
use crate::error::Error;
use crate::hdf5::{Hdf5Fault, Hdf5Kind};

/// Writes `data` to `path` as an h5ad file that anndata opens from 0.9 on, and 0.8 too where
/// there is no categorical column. (0.8 insists on a kind of boolean attribute that the HDF5
/// library cannot write.)
///
/// The same data gives the same bytes. The file appears under its name only when it is complete;
/// on any error nothing is left behind and a file that was there stays as it was.
///
/// The matrices are taken whole, not in blocks, because the HDF5 library can append rows to lists
/// only: memory peaks at the matrices plus their compressed form. They are used up one by one.
///
/// # Errors
/// Parts whose sizes disagree, names that HDF5 cannot hold (empty, doubled or with a slash), and
/// whatever the file system refuses.
pub fn write_h5ad(path: &Path, data: AnnData) -> Result<(), Error> {
    validate::check(&data).map_err(|problem| validate::fault(path, problem))?;
    let refused = |error: Hdf5Error| match error {
        Hdf5Error::Io(error) => Error::write(path, error),
        other => Hdf5Fault::new(
            path,
            Hdf5Kind::AnnData,
            "",
            format!("cannot be written: HDF5 says: {other}"),
            "nothing was written; write another format, such as .tsv",
        )
        .into(),
    };
    let file = build(data).map_err(refused)?;
    let mut beside = beside(path).map_err(|error| Error::write(path, error))?;
    file.finish_to(beside.as_file_mut()).map_err(refused)?;
    beside
        .persist(path)
        .map_err(|error| Error::write(path, error.error))?;
    Ok(())
}

/// A file in the folder of `path`, removed again unless it is renamed to it.
fn beside(path: &Path) -> std::io::Result<NamedTempFile> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".refcast-").suffix(".h5ad.part");
    // Results are for sharing: the mode of any new file, not the private one of a temporary.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

fn build(data: AnnData) -> Result<FileBuilder, Hdf5Error> {
    let shape = [data.obs.names.len(), data.var.names.len()];
    let mut file = FileBuilder::new();
    file.set_attr("encoding-type", encode::text("anndata"));
    file.set_attr("encoding-version", encode::text("0.1.0"));
    encode::matrix(&mut file, "X", data.x, shape);

    let mut layers = file.create_group("layers");
    layers.encoding("dict", "0.1.0");
    for (name, values) in data.layers {
        encode::matrix(&mut layers, &name, values, shape);
    }
    file.add_group(layers.finish());

    for (name, frame) in [("obs", &data.obs), ("var", &data.var)] {
        let group = encode::frame(file.create_group(name), frame)?;
        file.add_group(group);
    }

    let mut obsm = file.create_group("obsm");
    obsm.encoding("dict", "0.1.0");
    for (name, embedding) in &data.obsm {
        encode::embedding(obsm.create_dataset(name), embedding, shape[0]);
    }
    file.add_group(obsm.finish());

    // Empty, but anndata writes them and readers other than itself look for them.
    for name in ["varm", "obsp", "varp"] {
        let mut group = file.create_group(name);
        group.encoding("dict", "0.1.0");
        file.add_group(group.finish());
    }
    let uns = encode::dict(file.create_group("uns"), &data.uns)?;
    file.add_group(uns);
    Ok(file)
}
