//! Data extracts: one extraction of a data source each.

mod mutation;
mod query;
mod types;

pub use mutation::ExtractMutation;
pub use query::ExtractQuery;
pub use types::DataExtract;
