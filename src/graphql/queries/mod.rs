//! SQL over the lake.

mod query;
mod types;

pub use query::SqlQuery;
pub use types::QueryResult;
