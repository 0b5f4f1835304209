//! What was read of tables and is good for as long as they do not change: kept in memory, read by one at a time.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;
use tokio::sync::OnceCell;

use crate::entity::ids::WorkspaceId;

/// Which tables something was read of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Subject {
    pub(super) workspace: WorkspaceId,
    /// All tables of the workspace where it is absent.
    pub(super) scenario: Option<String>,
}

/// The tables by their names in SQL, each with its version.
pub(super) type Versions = Vec<(String, i64)>;

/// The newest of each subject; the least used subjects are forgotten.
pub(super) struct PerTables<T>(Mutex<LruCache<Subject, Kept<T>>>);

struct Kept<T> {
    versions: Versions,
    value: Arc<OnceCell<Arc<T>>>,
}

impl<T> PerTables<T> {
    pub(super) fn new(most: NonZeroUsize) -> Self {
        Self(Mutex::new(LruCache::new(most)))
    }

    /// What is known of these versions; read where nobody has, and by one of those who wait for it.
    pub(super) async fn of(&self, subject: Subject, versions: &Versions, read: impl Future<Output = T>) -> Arc<T> {
        let value = self.cell(subject, versions);
        Arc::clone(value.get_or_init(|| async { Arc::new(read.await) }).await)
    }

    fn cell(&self, subject: Subject, versions: &Versions) -> Arc<OnceCell<Arc<T>>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = all.get(&subject).filter(|kept| kept.versions == *versions) {
            return Arc::clone(&kept.value);
        }
        let value = Arc::default();
        all.put(subject, Kept { versions: versions.clone(), value: Arc::clone(&value) });
        value
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn subject(scenario: &str) -> Subject {
        Subject { workspace: crate::entity::workspace::default_workspace_id(), scenario: Some(scenario.to_owned()) }
    }

    #[tokio::test]
    async fn what_many_ask_for_is_read_once_for_each_version() {
        let kept = PerTables::new(NonZeroUsize::MIN);
        let reads = AtomicUsize::new(0);
        let versions = |version| vec![("shop.orders".to_owned(), version)];
        let ask = async |scenario: &str, version| {
            let read = async {
                tokio::task::yield_now().await;
                reads.fetch_add(1, Ordering::SeqCst)
            };
            *kept.of(subject(scenario), &versions(version), read).await
        };
        assert_eq!(futures::future::join_all([ask("a", 1), ask("a", 1), ask("a", 1)]).await, [0, 0, 0]);
        assert_eq!(ask("a", 2).await, 1, "the table has changed");
        assert_eq!(ask("a", 2).await, 1);
        assert_eq!(ask("b", 2).await, 2);
        assert_eq!(ask("a", 2).await, 3, "only the newest subject is kept");
    }
}
