//! What the mutations of connectors take and give.

use async_graphql::{ID, InputObject, MaybeUndefined, SimpleObject};
use serde_json::Value;

use super::Connector;
use crate::entity::ids::ConnectorId;
use crate::graphql::sources::DataSource;
use crate::graphql::update::{kept_or_cleared_or_set, kept_or_set};
use crate::services::ServiceError;
use crate::services::connectors::{ConnectorChanges, NewConnector};
use crate::vocabulary::{AuthType, ConnectorType};

/// A connector to be made.
#[derive(InputObject)]
pub struct CreateConnectorInput {
    /// What people call it; the slug is made from it.
    name: String,
    /// What it is for.
    description: Option<String>,
    /// The system it connects to.
    #[graphql(name = "type")]
    connector_type: ConnectorType,
    /// How it proves who it is.
    #[graphql(default_with = "AuthType::None")]
    auth_type: AuthType,
    /// Its credentials, as `ConnectorTypeInfo.authSchema` describes them. Write-only: secrets never come back.
    #[graphql(secret)]
    auth_config: Option<Value>,
    /// Where and what it reads, as `ConnectorTypeInfo.connectionSchema` describes it.
    #[graphql(secret)]
    connection_config: Option<Value>,
    /// The connector talks to our simulator over a demo world; connectionConfig may then be absent, or
    /// `{ world: "customer_intelligence" }`.
    #[graphql(default = false)]
    demo_mode: bool,
    /// Whether the schedule fires; a manual sync always may.
    #[graphql(default = false)]
    sync_enabled: bool,
    /// Cron, five fields, in `timezone`.
    sync_schedule: Option<String>,
    /// IANA time zone of the schedule, for example `Europe/Berlin`.
    #[graphql(default = "UTC")]
    timezone: String,
}

impl From<CreateConnectorInput> for NewConnector {
    fn from(input: CreateConnectorInput) -> Self {
        Self {
            name: input.name,
            description: input.description,
            connector_type: input.connector_type,
            auth_type: input.auth_type,
            auth_config: input.auth_config,
            connection_config: input.connection_config,
            demo_mode: input.demo_mode,
            sync_enabled: input.sync_enabled,
            sync_schedule: input.sync_schedule,
            timezone: input.timezone,
        }
    }
}

/// What to change on a connector: an absent field is kept, null clears one that may be null.
#[derive(InputObject)]
pub struct UpdateConnectorInput {
    /// The connector.
    pub(super) id: ConnectorId,
    /// What people call it; the slug stays.
    name: MaybeUndefined<String>,
    /// What it is for.
    description: MaybeUndefined<String>,
    /// How it proves who it is.
    auth_type: MaybeUndefined<AuthType>,
    /// Its credentials. An absent key keeps what is stored, null clears it; with another `authType` nothing is kept.
    #[graphql(secret)]
    auth_config: MaybeUndefined<Value>,
    /// Where and what it reads, as a whole; only secrets in it may be left out.
    #[graphql(secret)]
    connection_config: MaybeUndefined<Value>,
    /// Whether it talks to its simulator over a demo world.
    demo_mode: MaybeUndefined<bool>,
    /// Whether the schedule fires; a manual sync always may.
    sync_enabled: MaybeUndefined<bool>,
    /// Cron, five fields, in `timezone`.
    sync_schedule: MaybeUndefined<String>,
    /// IANA time zone of the schedule.
    timezone: MaybeUndefined<String>,
}

impl UpdateConnectorInput {
    /// What is to be changed.
    ///
    /// # Errors
    /// `BadInput` where null stands in a field that always has a value.
    pub(super) fn changes(self) -> Result<ConnectorChanges, ServiceError> {
        Ok(ConnectorChanges {
            name: kept_or_set("name", self.name)?,
            description: kept_or_cleared_or_set(self.description),
            auth_type: kept_or_set("authType", self.auth_type)?,
            auth_config: kept_or_cleared_or_set(self.auth_config),
            connection_config: kept_or_cleared_or_set(self.connection_config),
            demo_mode: kept_or_set("demoMode", self.demo_mode)?,
            sync_enabled: kept_or_set("syncEnabled", self.sync_enabled)?,
            sync_schedule: kept_or_cleared_or_set(self.sync_schedule),
            timezone: kept_or_set("timezone", self.timezone)?,
        })
    }
}

/// A connector to be removed.
#[derive(InputObject)]
pub struct DeleteConnectorInput {
    /// The connector.
    pub(super) id: ConnectorId,
    /// Whether its lake tables go, too. Otherwise their files stay where they are.
    #[graphql(default = false)]
    pub(super) drop_data: bool,
}

/// A connector whose account is to be connected.
#[derive(InputObject)]
pub struct AuthorizeConnectorInput {
    /// The connector.
    pub(super) connector_id: ConnectorId,
    /// The path of this server that the browser goes to in the end, such as `/connectors`; without it, a page says that the
    /// window can be closed.
    pub(super) return_to: Option<String>,
}

/// A connector to be tried.
#[derive(InputObject)]
pub struct TestConnectionInput {
    /// The connector.
    pub(super) connector_id: ConnectorId,
}

/// A connector to be looked through.
#[derive(InputObject)]
pub struct DiscoverSourcesInput {
    /// The connector.
    pub(super) connector_id: ConnectorId,
}

/// The connector that was made.
#[derive(SimpleObject)]
pub struct CreateConnectorPayload {
    /// The connector.
    pub(super) connector: Connector,
}

/// The connector as it is now.
#[derive(SimpleObject)]
pub struct UpdateConnectorPayload {
    /// The connector.
    pub(super) connector: Connector,
}

/// What was removed.
#[derive(SimpleObject)]
pub struct DeleteConnectorPayload {
    /// The id of the connector that is no more.
    pub(super) deleted_id: ID,
}

/// Where to consent.
#[derive(SimpleObject)]
pub struct AuthorizeConnectorPayload {
    /// The URL to open in a browser, for the person who asked. It is good once, and for as long as
    /// `authorisation.consent_minutes` says.
    pub(super) authorization_url: String,
}

/// Whether the system could be reached and read.
#[derive(SimpleObject)]
pub struct TestConnectionPayload {
    /// Whether reading will work.
    pub(super) success: bool,
    /// What was found, or what to do about it, in words.
    pub(super) message: String,
    /// What was found, for machines: the server's version, the user's name.
    pub(super) details: Value,
    /// The connector with its new status.
    pub(super) connector: Connector,
}

/// What can be read through the connector.
#[derive(SimpleObject)]
pub struct DiscoverSourcesPayload {
    /// All data sources of the connector, new and known.
    pub(super) data_sources: Vec<DataSource>,
}
