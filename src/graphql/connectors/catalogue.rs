//! The catalogue: what can be connected, and the settings each type takes.

use async_graphql::{Object, Result};
use serde_json::Value;

use crate::sdk::ConnectorFactory;
use crate::services::ServiceError;
use crate::vocabulary::{AuthType, ConnectorType};

/// A connector type of this build.
pub struct ConnectorTypeInfo(pub &'static ConnectorFactory);

/// What the catalogue knows of a connector type.
#[Object]
impl ConnectorTypeInfo {
    /// The type.
    #[graphql(name = "type")]
    async fn connector_type(&self) -> ConnectorType {
        self.0.connector_type
    }

    /// What people call the system.
    async fn name(&self) -> &str {
        self.0.name
    }

    /// One sentence on what it reads.
    async fn description(&self) -> &str {
        self.0.description
    }

    /// The auth types that it takes, the usual one first.
    async fn auth_types(&self) -> &[AuthType] {
        self.0.auth_types
    }

    /// JSON Schema of `connectionConfig`; the form is drawn from it.
    async fn connection_schema(&self) -> Value {
        self.0.connection_schema()
    }

    /// JSON Schema of `authConfig` for one auth type; secret fields are `writeOnly`.
    async fn auth_schema(&self, #[graphql(desc = "One of `authTypes`.")] auth_type: AuthType) -> Result<Value> {
        let known = || self.0.auth_types.iter().map(|known| known.as_str()).collect::<Vec<_>>().join(", ");
        let schema = self.0.auth_schema(auth_type).ok_or_else(|| {
            let message = format!("{} does not take {auth_type} (known: {})", self.0.connector_type, known());
            ServiceError::bad_input("authType", message)
        })?;
        Ok(schema)
    }

    /// Whether any of its data sources can be read incrementally.
    async fn supports_incremental(&self) -> bool {
        self.0.supports_incremental
    }

    /// Whether it has a simulator to try it with.
    async fn supports_demo(&self) -> bool {
        self.0.supports_demo
    }
}
