//! Who asks: a workspace and a role.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ServiceError;
use crate::entity::ids::WorkspaceId;
use crate::entity::workspace::default_workspace_id;

/// What whoever uses the command line is called.
pub(super) const COMMAND_LINE: &str = "command line";

/// What somebody may do. Each role may do what the ones before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sees everything but secrets, asks SQL and downloads.
    Viewer,
    /// Makes, changes and removes connectors and data sources, and runs syncs.
    Editor,
    /// Whoever looks after the installation. Nothing asks for it yet.
    Admin,
}

impl Role {
    /// The role in a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Admin => "admin",
        }
    }
}

/// The one who asks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Viewer {
    /// All that they see belongs to this workspace.
    pub workspace_id: WorkspaceId,
    /// What they may do.
    pub role: Role,
    /// What the log calls them.
    pub name: String,
}

impl Viewer {
    /// Whoever uses the command line: whoever may read the data folder may do everything.
    pub fn command_line() -> Self {
        Self { workspace_id: default_workspace_id(), role: Role::Admin, name: COMMAND_LINE.to_owned() }
    }

    /// Refuses a viewer of a lesser role.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn require(&self, needed: Role) -> Result<(), ServiceError> {
        if self.role >= needed {
            Ok(())
        } else {
            Err(ServiceError::Forbidden { role: self.role.as_str(), needed: needed.as_str() })
        }
    }
}
