//! What the programs of refcast say to people, and what they end with.

pub mod failure;
mod flags;
mod progress;
mod report;
pub mod stdout;
mod style;
pub mod threads;

pub use flags::CommonFlags;
pub use progress::{Stages, progress};
pub use report::report;
pub use style::{DOWN, FAINT, HEADING, UP};
