//! Single cells: the response of seven kinds of blood cells to interferon beta (Kang et al. 2018,
//! GSE96583), each kind left out in turn.
//!
//! The protocol is that of the design's table: ln(1 + CP10k) over the 7,000 genes that most cells
//! detect; the treated cells of one kind are left out, everything else trains. A prediction is
//! scored by the squared correlation of mean profiles, over all genes and over the 100 whose Welch
//! statistic between the real arms is largest, and by the correlation of the changes.

mod baselines;
mod cloud;
mod generated;
mod protocol;
mod score;

pub use baselines::{BASELINES, baseline};
pub use cloud::{Cloud, energy_distance, mmd, variance_r2};
pub use generated::{Generated, generate};
pub use protocol::{KINDS, Protocol, is_held};
pub use score::{Score, Truth, moments};
