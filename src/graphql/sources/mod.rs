//! Data sources: the readable things of connectors, with their columns.

mod ahead;
mod columns;
mod input;
mod mutation;
mod query;
mod types;

pub(super) use ahead::{ExtractPages, ExtractsAhead};
pub use mutation::SourceMutation;
pub use query::SourceQuery;
pub use types::DataSource;
