//! A matrix as text: a MatrixMarket file with a list of its genes and one of its cells, as Cell
//! Ranger, STARsolo, BD Rhapsody, `kb count`, alevin-fry and Parse's split-pipe write them.
//!
//! | step | file |
//! |---|---|
//! | which files they are, by the names that programs give them | `files`, `programs`, `folders` |
//! | what a line of a list says | `lists`, `features` |
//! | which side of the matrix are the cells, and which lists have headers | `fit` |
//! | the entries, cell by cell | `entries`, `cells` |

mod cells;
mod entries;
mod files;
mod fit;
mod folder;
mod folders;
mod lists;
mod programs;

pub use folder::MarketFolder;

/// Whether there is a matrix in `folder` or close below it, by the names of files.
pub(crate) fn has_matrix(folder: &std::path::Path) -> bool {
    folders::has_matrix(folder)
}
