//! Work that takes a while, and that nobody may want any more before it is done.

use rayon::prelude::*;

use crate::error::{Error, Result};

/// Whether nobody wants the rest of a piece of work. It is asked on the threads that do the work.
pub type IsUnwanted<'a> = &'a (dyn Fn() -> bool + Sync);

/// Genes between two questions; the work for one takes some ten microseconds.
pub(crate) const GENES_BETWEEN: usize = 64;

/// Fails once the rest is unwanted.
pub(crate) fn go_on(is_unwanted: IsUnwanted<'_>) -> Result<()> {
    if is_unwanted() {
        return Err(Error::Unwanted);
    }
    Ok(())
}

/// What `make` makes of each gene, on all threads, in the order of the genes.
///
/// # Errors
/// [`Error::Unwanted`] soon after `is_unwanted`.
pub(crate) fn by_gene<T: Send>(
    genes: usize,
    is_unwanted: IsUnwanted<'_>,
    make: impl Fn(usize) -> T + Sync,
) -> Result<Vec<T>> {
    let blocks: Vec<Vec<T>> = (0..genes.div_ceil(GENES_BETWEEN))
        .into_par_iter()
        .map(|block| {
            go_on(is_unwanted)?;
            let genes = block * GENES_BETWEEN..genes.min((block + 1) * GENES_BETWEEN);
            Ok(genes.map(&make).collect())
        })
        .collect::<Result<_>>()?;
    Ok(blocks.into_iter().flatten().collect())
}
