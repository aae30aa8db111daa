//! What keeps one user from taking the whole server.

pub mod rate;
