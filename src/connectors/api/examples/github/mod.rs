//! GitHub's REST API: <https://docs.github.com/rest>.

mod repository;
mod simulator;

pub use simulator::GitHubSimulator;

/// The manifest.
pub const MANIFEST: &str = include_str!("manifest.yaml");
