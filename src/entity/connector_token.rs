//! Tokens: what connectors' accounts were given at their vendors, and who may change it just now.

use sea_orm::entity::prelude::*;

use super::ids::ConnectorId;

/// The tokens of one connector.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "connector_tokens")]
pub struct Model {
    /// The connector.
    #[sea_orm(primary_key, auto_increment = false)]
    pub connector_id: ConnectorId,
    /// The tokens, encrypted and bound to the connector; None while there are none.
    pub sealed: Option<String>,
    /// The key that they are encrypted with.
    pub key_id: Option<String>,
    /// When the access token expires, where the vendor says so.
    pub expires_at: Option<DateTimeUtc>,
    /// The version of the connector's credentials that they were got with.
    pub credentials_version: i64,
    /// Counts how often they were stored or forgotten.
    pub version: i64,
    /// Who alone may renew them now.
    pub lease_owner: Option<String>,
    /// Until when, unless its owner prolongs it.
    pub lease_expires_at: Option<DateTimeUtc>,
    /// When they were last stored or forgotten.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
