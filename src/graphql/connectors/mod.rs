//! Connectors and the catalogue of their types.

mod catalogue;
mod input;
mod mutation;
mod query;
mod subscription;
mod types;

pub use catalogue::ConnectorTypeInfo;
pub use mutation::ConnectorMutation;
pub use query::ConnectorQuery;
pub use subscription::ConnectorSubscription;
pub use types::Connector;
