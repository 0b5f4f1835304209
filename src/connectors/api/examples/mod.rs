//! Worked examples: manifests of three well-known APIs, each with a simulator of that API.
//!
//! A simulator is written from the vendor's documentation and knows nothing of the manifest. `docs/connectors/api.md` tells
//! how the manifests are used.

pub mod github;
pub mod open_meteo;
pub mod stripe;
mod trouble;

pub use trouble::Trouble;

/// What of the examples is not run, each with the example's name; nothing, as it should be.
pub fn lint_all() -> Vec<String> {
    let all = [("github", github::MANIFEST), ("open_meteo", open_meteo::MANIFEST), ("stripe", stripe::MANIFEST)];
    let refused = all.into_iter().flat_map(|(name, manifest)| {
        let refused = super::lint_manifest(manifest).refused;
        refused.into_iter().map(move |finding| format!("{name}, line {}: {}", finding.line, finding.message))
    });
    refused.collect()
}
