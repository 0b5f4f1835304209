//! The PostgreSQL connector against a real server.

mod discovery;
mod failures;
mod full;
mod identifiers;
mod incremental;
pub mod reading;
mod signing_in;
mod values;
