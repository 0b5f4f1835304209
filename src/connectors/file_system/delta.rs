//! Delta tables among the files: folders with a `_delta_log` in them.
//!
//! Which of the Parquet files below such a folder hold its rows, only its log says. Read one by one, they bring back what
//! was deleted, and our own lake would double itself with each sync. So all that lies below such a folder is left out.

use std::collections::{BTreeSet, HashMap};
use std::iter::once;
use std::sync::{Arc, Mutex, PoisonError};

/// The folder in which a table keeps its log.
pub(super) const LOG: &str = "_delta_log";

/// Why a folder is left out.
pub(super) const LEFT_OUT: &str = "a Delta table, whose files are not read one by one";

/// The folders that a path leads through, from the root on, which is the empty one.
pub(super) fn folders(path: &str) -> impl Iterator<Item = &str> {
    once("").chain(path.match_indices('/').map(|(at, _)| &path[..at]))
}

/// The folder of the table whose log a path leads into.
pub(super) fn table_of_log(path: &str) -> Option<&str> {
    folders(path).find(|folder| path[folder.len()..].trim_start_matches('/').split('/').next() == Some(LOG))
}

/// Whether a path lies below one of the tables.
pub(super) fn is_below(tables: &BTreeSet<String>, path: &str) -> bool {
    !tables.is_empty() && folders(path).any(|folder| tables.contains(folder))
}

/// What users call a folder.
pub(super) fn name_of(folder: &str) -> &str {
    if folder.is_empty() { "the root itself" } else { folder }
}

/// Which folders of a bucket have a log, as far as the bucket was asked.
#[derive(Clone, Debug, Default)]
pub(super) struct KnownLogs(Arc<Mutex<HashMap<String, bool>>>);

impl KnownLogs {
    pub(super) fn get(&self, folder: &str) -> Option<bool> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(folder).copied()
    }

    pub(super) fn set(&self, folder: &str, has_log: bool) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(folder.to_owned(), has_log);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_the_folder_above_its_log() {
        for (path, table) in [
            ("_delta_log/00000000000000000000.json", Some("")),
            ("shop/orders/_delta_log/00000000000000000000.json", Some("shop/orders")),
            ("a/_delta_log/b/_delta_log/0.json", Some("a")),
            ("shop/my_delta_log/orders.csv", None),
            ("shop/_delta_logs/orders.csv", None),
            ("orders.csv", None),
        ] {
            assert_eq!(table_of_log(path), table, "{path}");
        }
    }

    #[test]
    fn what_lies_beside_a_table_is_not_below_it() {
        let tables = BTreeSet::from(["shop/orders".to_owned()]);
        assert!(is_below(&tables, "shop/orders/day=1/part-0.parquet"));
        assert!(!is_below(&tables, "shop/orders.csv") && !is_below(&tables, "shop/orders_2024/part-0.parquet"));
        assert!(is_below(&BTreeSet::from([String::new()]), "part-0.parquet"));
    }
}
