//! DataWeaver connects a team's sources, extracts them into lake tables, tells the truth
//! about every running sync, and answers questions across them.
//!
//! ARCHITECTURE.md draws the modules and who may import whom.

pub mod app;
pub mod ask;
pub mod cli;
pub mod config;
pub mod connectors;
pub mod demo;
pub mod engine;
pub mod entity;
pub mod events;
pub mod graphql;
pub mod http;
pub mod lake;
pub mod link;
pub mod query;
pub mod scenario;
pub mod sdk;
pub mod services;
pub mod vocabulary;

/// The guide's worked example is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../docs/connector-guide.md")]
pub struct ConnectorGuide;
