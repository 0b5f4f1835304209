//! Connectors: one configured connection to a system each.

use sea_orm::entity::prelude::*;

use super::ids::{ConnectorId, WorkspaceId};
use super::scope::scoped_by_workspace;
use crate::vocabulary::{AuthType, ConnectorStatus, ConnectorType};

/// A configured connection to a system.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "connectors")]
pub struct Model {
    /// `con_…`
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ConnectorId,
    /// The tenant it belongs to.
    pub workspace_id: WorkspaceId,
    /// What people call it.
    pub name: String,
    /// Its schema name in SQL: unique in the workspace, kept when the name changes.
    pub slug: String,
    /// What it is for.
    pub description: Option<String>,
    /// The system it connects to.
    pub connector_type: ConnectorType,
    /// What it is doing now.
    pub status: ConnectorStatus,
    /// Why it is in that status, in words.
    pub status_message: Option<String>,
    /// How it proves who it is.
    pub auth_type: AuthType,
    /// Where and what it reads, without secrets.
    #[sea_orm(column_type = "JsonBinary")]
    pub connection_config: Json,
    /// The part of its credentials that is no secret.
    #[sea_orm(column_type = "JsonBinary")]
    pub auth_config: Json,
    /// The secret part, encrypted and bound to this row.
    pub secrets: Option<String>,
    /// The key that `secrets` is encrypted with.
    pub secret_key_id: Option<String>,
    /// Counts how often its credentials were given anew: tokens that were got with others are not its own.
    pub credentials_version: i64,
    /// Whether it talks to its simulator instead of the vendor.
    pub demo_mode: bool,
    /// Whether the schedule fires; a manual sync always may.
    pub sync_enabled: bool,
    /// Cron, five fields, in `timezone`.
    pub sync_schedule: Option<String>,
    /// IANA time zone of the schedule.
    pub timezone: String,
    /// When its last sync ended.
    pub last_sync_at: Option<DateTimeUtc>,
    /// When the schedule fires next.
    pub next_sync_at: Option<DateTimeUtc>,
    /// When its data sources were last discovered.
    pub discovered_at: Option<DateTimeUtc>,
    /// The scenario that set it up.
    pub scenario_id: Option<String>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// What can be read through it.
    #[sea_orm(has_many)]
    pub data_sources: HasMany<super::data_source::Entity>,
    /// Its syncs.
    #[sea_orm(has_many)]
    pub sync_logs: HasMany<super::sync_log::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

scoped_by_workspace!(ConnectorId);
