//! What stands between the network and the routes: who may ask, how long, and how much.

pub mod body;
pub mod compression;
pub mod connections;
pub mod headers;
pub mod origin;
mod patience;
pub mod time;
mod unread;
