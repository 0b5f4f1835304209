//! The PostgreSQL connector against a real server.

mod contract;
mod discovery;
mod estimates;
pub mod failures;
mod full;
mod identifiers;
mod incremental;
pub mod reading;
mod reloads;
mod signing_in;
pub mod values;
