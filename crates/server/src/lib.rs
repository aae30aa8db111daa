//! The HTTP API of refcast: the routes that existing clients call, in both of their modes.

mod admission;
mod app;
mod auth;
mod brief;
mod caller;
mod edge;
mod example;
mod failure;
#[doc(hidden)]
pub mod fuzzing;
mod generation;
mod kept;
pub mod limits;
mod observe;
pub mod openapi;
mod registry;
mod routes;
mod server;
mod settings;
pub mod signing;
pub mod store;
mod wire;
mod work;

pub use failure::StartFailure;
pub use server::Server;
pub use settings::{ServerLimits, Settings};
