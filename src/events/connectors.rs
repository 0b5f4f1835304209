//! Connectors as they change, whichever process changed them.

use std::collections::{HashMap, HashSet};
use std::sync::{MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use sea_orm::{DbErr, EntityTrait, QuerySelect};
use tokio::sync::broadcast;

use super::EventLog;
use crate::entity::connector;
use crate::entity::ids::{ConnectorId, WorkspaceId};

/// A connector whose row changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectorChange {
    /// Its workspace.
    pub workspace_id: WorkspaceId,
    /// The connector.
    pub connector_id: ConnectorId,
    /// Its number among the changes that this process tells; they are told in this order.
    pub number: u64,
}

/// Connectors as they change, from a moment on.
pub struct ConnectorChanges {
    /// The changes.
    pub changes: broadcast::Receiver<ConnectorChange>,
    /// Those before.
    pub missed: MissedChanges,
}

/// Connectors that were changed since a number.
pub struct MissedChanges {
    /// The newest change of each of them, in their order.
    pub changes: Vec<ConnectorChange>,
    /// The number of the newest change of all.
    pub up_to: u64,
}

/// When each connector was last changed.
type Versions = HashMap<ConnectorId, DateTime<Utc>>;

/// What was told of connectors; locked while a change is told, so that numbers come in their order.
#[derive(Debug, Default)]
pub(super) struct Told {
    number: u64,
    /// The newest change of each connector that is there.
    newest: HashMap<ConnectorId, ConnectorChange>,
    /// None before the first look.
    versions: Option<Versions>,
}

impl Told {
    fn since(&self, number: u64) -> MissedChanges {
        let mut changes: Vec<_> = self.newest.values().filter(|change| change.number > number).cloned().collect();
        changes.sort_by_key(|change| change.number);
        MissedChanges { changes, up_to: self.number }
    }
}

impl EventLog {
    /// Tells subscribers that this process has changed a connector, and committed it.
    pub fn connector_changed(&self, row: &connector::Model) {
        let mut told = self.told_of_connectors();
        if let Some(versions) = &mut told.versions {
            versions.insert(row.id.clone(), row.updated_at);
        }
        self.tell_connector(&mut told, row.workspace_id.clone(), row.id.clone());
    }

    /// Connectors as they change, and those that have changed since a number; none of those where none is given.
    pub fn connector_changes(&self, since: Option<u64>) -> ConnectorChanges {
        let told = self.told_of_connectors();
        ConnectorChanges { changes: self.connectors.subscribe(), missed: told.since(since.unwrap_or(told.number)) }
    }

    /// Connectors that have changed since a number.
    pub fn connector_changes_since(&self, number: u64) -> MissedChanges {
        self.told_of_connectors().since(number)
    }

    /// Looks for connectors that were changed since the last look and not told, and tells them and those that were `touched`.
    /// Rows are compared with what is known of them, and not with a time: the clocks of processes differ.
    pub(super) async fn look_at_connectors(&self, touched: &HashSet<ConnectorId>) -> Result<(), DbErr> {
        let before = self.told_of_connectors().versions.clone();
        let rows: Vec<(ConnectorId, WorkspaceId, DateTime<Utc>)> = connector::Entity::find()
            .select_only()
            .columns([connector::Column::Id, connector::Column::WorkspaceId, connector::Column::UpdatedAt])
            .into_tuple()
            .all(&self.db)
            .await?;
        let mut told = self.told_of_connectors();
        let Some(before) = before else {
            told.versions = Some(rows.into_iter().map(|(id, _, changed_at)| (id, changed_at)).collect());
            return Ok(());
        };
        let mut versions = told.versions.take().unwrap_or_default();
        let was_told_meanwhile = |id: &ConnectorId, versions: &Versions| versions.get(id) != before.get(id);
        let there: Versions = rows.iter().map(|(id, _, changed_at)| (id.clone(), *changed_at)).collect();
        versions.retain(|id, version| there.contains_key(id) || before.get(id) != Some(version));
        told.newest.retain(|id, _| versions.contains_key(id));
        for (id, workspace_id, changed_at) in rows {
            let is_news = touched.contains(&id) || versions.get(&id) != Some(&changed_at);
            if is_news && !was_told_meanwhile(&id, &versions) {
                versions.insert(id.clone(), changed_at);
                self.tell_connector(&mut told, workspace_id, id);
            }
        }
        told.versions = Some(versions);
        Ok(())
    }

    fn tell_connector(&self, told: &mut Told, workspace_id: WorkspaceId, connector_id: ConnectorId) {
        told.number += 1;
        let change = ConnectorChange { workspace_id, connector_id, number: told.number };
        told.newest.insert(change.connector_id.clone(), change.clone());
        // No receiver is no fault: nobody looks just now.
        drop(self.connectors.send(change));
    }

    fn told_of_connectors(&self) -> MutexGuard<'_, Told> {
        self.told_of_connectors.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
