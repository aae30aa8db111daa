//! The routes: each translates between HTTP and a part of the server, and no more.

pub mod health;
pub mod jobs;
pub mod models;
pub mod pages;
pub mod predict;
pub mod stream;
pub mod vocabulary;
