//! The catalogue: what can be connected, and the settings each type takes.

use async_graphql::{Object, Result, SimpleObject};
use serde_json::Value;

use crate::sdk::{ConnectorFactory, UsualConsent};
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

    /// The vendors' pages on which a person lets a connector read their account, as `authorizeConnector` leads there; none
    /// where the type has no such page.
    async fn consents(&self) -> Vec<ConsentInfo> {
        self.0.usual_consents().into_iter().map(ConsentInfo::from).collect()
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

/// A vendor's page on which a person lets a connector read their account.
#[derive(SimpleObject)]
pub struct ConsentInfo {
    /// The auth type of connectors that are authorised there.
    auth_type: AuthType,
    /// The page, or the document that says where it is; settings such as `base_url` may lead elsewhere.
    page: String,
    /// The scopes that are asked for there, unless a connector's settings say otherwise: what to switch on where the client
    /// is registered.
    scopes: Vec<String>,
}

impl From<UsualConsent> for ConsentInfo {
    fn from(consent: UsualConsent) -> Self {
        let UsualConsent { auth_type, page, scopes } = consent;
        Self { auth_type, page, scopes }
    }
}
