//! Scenarios: where each pack stands in each workspace.

use sea_orm::entity::prelude::*;

use super::ids::WorkspaceId;
use super::scope::scoped_by_workspace;
use crate::vocabulary::ScenarioStatus;

/// A scenario pack in a workspace. A pack that was never set up there has no row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "scenarios")]
pub struct Model {
    /// The tenant it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub workspace_id: WorkspaceId,
    /// The pack's name, for example `customer_intelligence`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Where it stands.
    pub status: ScenarioStatus,
    /// The steps of its set-up and where each stands: a list.
    #[sea_orm(column_type = "JsonBinary")]
    pub steps: Json,
    /// What its last validation found.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub validation: Option<Json>,
    /// How many times as large as usual its demo world is.
    pub size_factor: f64,
    /// Rises with every change, so that whoever follows it notices.
    pub version: i64,
    /// Who is setting it up or tearing it down.
    pub lease_owner: Option<String>,
    /// When another process may go on with that.
    pub lease_expires_at: Option<DateTimeUtc>,
    /// Processes in a row that died at it.
    pub take_overs: i32,
    /// When it was first set up.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

scoped_by_workspace!(str);
