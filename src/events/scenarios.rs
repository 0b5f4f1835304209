//! Scenarios as they change, whichever process changes them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sea_orm::{DbErr, EntityTrait, QuerySelect};
use tokio::sync::broadcast;

use super::EventLog;
use crate::entity::ids::WorkspaceId;
use crate::entity::scenario;

/// Changes that a slow subscriber may be behind; then it looks again.
const CAPACITY: usize = 1024;

/// A scenario whose row changed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ScenarioChange {
    /// Its workspace.
    pub workspace_id: WorkspaceId,
    /// Its pack's name.
    pub scenario_id: String,
}

/// What was told of scenarios.
#[derive(Clone)]
pub(super) struct ToldOfScenarios {
    changes: broadcast::Sender<ScenarioChange>,
    /// The newest version of each that was told.
    versions: Arc<Mutex<HashMap<ScenarioChange, i64>>>,
}

impl Default for ToldOfScenarios {
    fn default() -> Self {
        Self { changes: broadcast::channel(CAPACITY).0, versions: Arc::default() }
    }
}

impl ToldOfScenarios {
    fn tell(&self, change: ScenarioChange, version: i64) {
        let mut versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        if versions.insert(change.clone(), version) != Some(version) {
            // No receiver is no fault: nobody looks just now.
            drop(self.changes.send(change));
        }
    }
}

impl EventLog {
    /// Tells subscribers that this process has changed a scenario, and committed it.
    pub fn scenario_changed(&self, workspace_id: &WorkspaceId, scenario_id: &str, version: i64) {
        let change = ScenarioChange { workspace_id: workspace_id.clone(), scenario_id: scenario_id.to_owned() };
        self.scenarios.tell(change, version);
    }

    /// Scenarios as they change from now on.
    pub fn scenario_changes(&self) -> broadcast::Receiver<ScenarioChange> {
        self.scenarios.changes.subscribe()
    }

    /// Looks for scenarios that were changed and not told.
    pub(super) async fn look_at_scenarios(&self) -> Result<(), DbErr> {
        if self.scenarios.changes.receiver_count() == 0 {
            return Ok(());
        }
        let rows: Vec<(WorkspaceId, String, i64)> = scenario::Entity::find()
            .select_only()
            .columns([scenario::Column::WorkspaceId, scenario::Column::Id, scenario::Column::Version])
            .into_tuple()
            .all(&self.db)
            .await?;
        for (workspace_id, scenario_id, version) in rows {
            self.scenarios.tell(ScenarioChange { workspace_id, scenario_id }, version);
        }
        Ok(())
    }
}
