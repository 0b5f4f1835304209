//! Workspaces: the tenants; every other row belongs to one.

use chrono::Utc;
use sea_orm::Set;
use sea_orm::entity::prelude::*;

use super::ids::WorkspaceId;
use super::stored_time;

/// The workspace that is there before anybody makes one.
const DEFAULT_ID: &str = "wsp_00000000000000000000000000000001";

/// A tenant.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "workspaces")]
pub struct Model {
    /// `wsp_…`
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WorkspaceId,
    /// What people call it.
    pub name: String,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// The id of the workspace named "Default".
pub fn default_workspace_id() -> WorkspaceId {
    DEFAULT_ID.parse().expect("the fixed id is valid")
}

/// The workspace named "Default", made at the first call. Two callers at once get the same one.
pub async fn default_workspace(db: &impl ConnectionTrait) -> Result<Model, DbErr> {
    let id = default_workspace_id();
    if let Some(workspace) = Entity::find_by_id(id.clone()).one(db).await? {
        return Ok(workspace);
    }
    let now = stored_time(Utc::now());
    let workspace = ActiveModel {
        id: Set(id.clone()),
        name: Set("Default".to_owned()),
        created_at: Set(now),
        updated_at: Set(now),
    };
    // Somebody else may have made it since we looked; then theirs is read below.
    Entity::insert(workspace).on_conflict_do_nothing().exec_without_returning(db).await?;
    let workspace = Entity::find_by_id(id).one(db).await?;
    workspace.ok_or_else(|| DbErr::RecordNotFound("the default workspace was deleted while it was made".to_owned()))
}
