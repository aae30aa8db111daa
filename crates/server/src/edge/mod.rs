//! What stands between the network and the routes: who may ask, how long, and how much.

pub mod body;
pub mod budget;
pub mod compression;
pub mod connections;
pub mod headers;
mod held;
pub mod origin;
mod patience;
mod places;
pub mod revocation;
pub mod time;
mod unread;
