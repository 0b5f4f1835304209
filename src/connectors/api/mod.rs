//! Any HTTP API, described by a declarative manifest in the format of Airbyte's low-code connectors.
//!
//! `manifest` reads and resolves it, `run` builds its streams for a configuration and reads them, `template` and
//! `value` do what the reference's Python does. `connector` makes data sources of the streams, `protocol` lets the
//! command line stand in for the reference. Its public schema, `declarative_component_schema.yaml`, is the specification.

mod auth;
mod connector;
mod cursor;
mod decode;
pub mod examples;
mod failure;
mod hashing;
mod http;
mod manifest;
mod page;
mod partition;
mod program;
mod protocol;
mod run;
mod select;
mod slice;
mod template;
mod time;
mod value;

pub use connector::{Api, ApiAuth, ApiConfig, SecretMap};
pub use program::{Finding, ManifestRead, ManifestReadError, ManifestReport, lint_manifest, read_manifest};
