//! The verbs of the product, one file or folder a noun; used alike by GraphQL, the command line and tests.

pub mod asks;
pub mod auth;
pub mod authorisations;
pub mod batch;
pub mod connectors;
mod context;
mod discovery;
mod drops;
mod error;
pub mod extracts;
mod firing;
pub mod links;
pub mod page;
pub mod queries;
mod removal;
pub mod scenarios;
mod search;
mod settings;
mod slugs;
pub mod sources;
mod sync_store;
pub mod syncs;
mod tables;
mod text;
mod tokens;
pub mod upkeep;
mod vault;
mod viewer;
pub mod workflows;

pub(crate) use crate::sdk::with_causes;
pub use context::{Context, Services};
pub use error::ServiceError;
pub use sync_store::DatabaseStore;
pub use vault::{KEY_VARIABLE, Vault, VaultError, names_for_people};
pub use viewer::{Role, Viewer};
