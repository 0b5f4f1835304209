//! What this process does to scenarios just now, and the packs that it knows.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::ScenarioSettings;
use crate::entity::ids::WorkspaceId;
use crate::scenario::Packs;

/// How long a shutdown waits for what is under way to let go.
const PATIENCE: Duration = Duration::from_secs(5);

/// Names a scenario in a workspace.
pub(super) type Key = (WorkspaceId, String);

/// What is under way for a scenario.
#[derive(Clone)]
struct Task {
    owner: String,
    stop: CancellationToken,
    /// Ends with the task.
    done: CancellationToken,
}

/// The scenarios of a process.
pub struct Scenarios {
    folder: Option<PathBuf>,
    packs: OnceLock<Packs>,
    tasks: TaskTracker,
    stop: CancellationToken,
    running: Mutex<HashMap<Key, Task>>,
    queued: Notify,
}

impl Scenarios {
    /// With the packs that these settings lead to. They are read when they are first asked for.
    pub fn new(settings: &ScenarioSettings) -> Self {
        Self {
            folder: settings.dir.clone(),
            packs: OnceLock::new(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            running: Mutex::default(),
            queued: Notify::new(),
        }
    }

    /// The packs.
    pub(super) fn packs(&self) -> &Packs {
        self.packs.get_or_init(|| Packs::load(self.folder.as_deref()))
    }

    /// Something was queued: look at once.
    pub(super) fn wake(&self) {
        self.queued.notify_one();
    }

    /// Waits for something to be queued.
    pub(super) async fn queued(&self) {
        self.queued.notified().await;
    }

    /// Lets go of what is under way: another process, or the next one, goes on with it.
    pub(super) async fn shut_down(&self) {
        self.stop.cancel();
        self.tasks.close();
        if tokio::time::timeout(PATIENCE, self.tasks.wait()).await.is_err() {
            tracing::warn!("a scenario's set-up did not let go in time; another process takes it over");
        }
    }

    /// Runs the task of an owner for a scenario. The token that it is given ends with the process, and where somebody
    /// [stops](Self::stop) it.
    pub(super) fn spawn<F>(self: &Arc<Self>, key: Key, owner: &str, task: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (stop, done) = (self.stop.child_token(), CancellationToken::new());
        let task_of_owner = Task { owner: owner.to_owned(), stop: stop.clone(), done: done.clone() };
        self.running().insert(key.clone(), task_of_owner);
        let (work, scenarios, owner) = (task(stop), Arc::clone(self), owner.to_owned());
        self.tasks.spawn(async move {
            // Whoever waits is told where it ends in a fault, too.
            let _done = done.drop_guard();
            work.await;
            let mut running = scenarios.running();
            if running.get(&key).is_some_and(|task| task.owner == owner) {
                running.remove(&key);
            }
        });
    }

    /// Whether this process runs the task of an owner for a scenario.
    pub(super) fn runs(&self, key: &Key, owner: &str) -> bool {
        self.running().get(key).is_some_and(|task| task.owner == owner)
    }

    /// Asks the task for a scenario to stop, if this process runs one, and waits until it has let go.
    pub(super) async fn stop(&self, key: &Key) {
        let Some(task) = self.running().get(key).cloned() else { return };
        task.stop.cancel();
        if tokio::time::timeout(PATIENCE, task.done.cancelled()).await.is_err() {
            tracing::warn!("the set-up of {} does not let go", key.1);
        }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<Key, Task>> {
        // A panic elsewhere leaves the map whole.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
