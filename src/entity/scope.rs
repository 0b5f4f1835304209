//! Tenancy: the queries by which rows of one workspace, and only those, are read.

/// Gives the `Entity` of a module with `workspace_id` and `id` its scoped queries.
macro_rules! scoped_by_workspace {
    ($id:ty) => {
        impl Entity {
            /// The rows of one workspace.
            pub fn in_workspace(workspace: &crate::entity::ids::WorkspaceId) -> sea_orm::Select<Self> {
                use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
                Self::find().filter(Column::WorkspaceId.eq(workspace.clone()))
            }

            /// The row with this id, if it is in the workspace.
            pub fn by_id_in(workspace: &crate::entity::ids::WorkspaceId, id: &$id) -> sea_orm::Select<Self> {
                use sea_orm::{ColumnTrait, QueryFilter};
                Self::in_workspace(workspace).filter(Column::Id.eq(id.to_owned()))
            }
        }
    };
}

pub(super) use scoped_by_workspace;
