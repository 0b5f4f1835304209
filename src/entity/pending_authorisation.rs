//! Pending authorisations: consents that people were sent to a vendor for, until they come back.

use sea_orm::entity::prelude::*;

use super::ids::ConnectorId;

/// One consent that was asked for.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pending_authorisations")]
pub struct Model {
    /// SHA-256 of the state that the vendor gives back, in hexadecimal; the state itself is kept nowhere.
    #[sea_orm(primary_key, auto_increment = false)]
    pub state_hash: String,
    /// The connector.
    pub connector_id: ConnectorId,
    /// The verifier of the proof by key and where the browser goes back to, encrypted and bound to this row.
    pub sealed: String,
    /// The name of who asked for it.
    pub asked_by: String,
    /// When it came back; it is good once.
    pub used_at: Option<DateTimeUtc>,
    /// When it had come to its end: the account was connected, or was not.
    pub finished_at: Option<DateTimeUtc>,
    /// Why it was not, in words for people.
    pub failure: Option<String>,
    /// Until when it is good.
    pub expires_at: DateTimeUtc,
    /// When it was asked for.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
