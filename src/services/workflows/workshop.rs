//! What of workflows belongs to this process: where its files lie, what it runs just now, and who is told of a new run.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::WorkflowSettings;
use super::files::Files;
use crate::entity::ids::WorkflowRunId;

/// The part of workflows that belongs to this process.
pub struct Workshop {
    settings: WorkflowSettings,
    files: Files,
    running: Mutex<HashMap<WorkflowRunId, CancellationToken>>,
    queued: Notify,
}

impl Workshop {
    /// Of a process with this data folder.
    pub fn new(settings: WorkflowSettings, data_dir: PathBuf) -> Self {
        Self { settings, files: Files::new(data_dir), running: Mutex::default(), queued: Notify::new() }
    }

    pub(super) fn settings(&self) -> &WorkflowSettings {
        &self.settings
    }

    /// The files that workflows make.
    pub(in crate::services) fn files(&self) -> &Files {
        &self.files
    }

    /// A run was queued: look at once.
    pub(super) fn wake(&self) {
        self.queued.notify_one();
    }

    /// Waits for a run to be queued.
    pub(super) async fn queued(&self) {
        self.queued.notified().await;
    }

    /// Stops a run if this process runs it. Others notice the wish in its record, within a second.
    pub(super) fn cancel(&self, id: &WorkflowRunId) {
        if let Some(token) = self.running().get(id) {
            token.cancel();
        }
    }

    /// Whether this process runs it.
    pub(super) fn runs(&self, id: &WorkflowRunId) -> bool {
        self.running().contains_key(id)
    }

    /// This process runs it from now on, until what this gives is dropped.
    pub(super) fn begins(&self, id: &WorkflowRunId) -> RunsHere<'_> {
        let cancel = CancellationToken::new();
        self.running().insert(id.clone(), cancel.clone());
        RunsHere { workshop: self, id: id.clone(), cancel }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<WorkflowRunId, CancellationToken>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A run that this process runs for as long as this lives.
pub(super) struct RunsHere<'a> {
    workshop: &'a Workshop,
    id: WorkflowRunId,
    /// Fires when it is to stop.
    pub(super) cancel: CancellationToken,
}

impl Drop for RunsHere<'_> {
    fn drop(&mut self) {
        self.workshop.running().remove(&self.id);
    }
}
