//! Things that change: each change has a number, and what has changed since a number can be told.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

/// A collection in the order in which things came.
#[derive(Default)]
pub(super) struct Collection {
    entries: Vec<Entry>,
    places: HashMap<String, usize>,
}

pub(super) struct Entry {
    pub(super) id: String,
    pub(super) object: Value,
    /// The number of its last change.
    pub(super) changed: u64,
    pub(super) is_removed: bool,
    /// The number of the change that brought it.
    added: u64,
    /// The properties that were changed since, with the numbers of their last changes.
    properties: HashMap<String, u64>,
}

impl Entry {
    /// The properties that were changed after a number; none where it was not there by then.
    pub(super) fn changed_since(&self, since: u64) -> Option<HashSet<&str>> {
        let changed = self.properties.iter().filter(|(_, change)| **change > since).map(|(name, _)| name.as_str());
        (self.added <= since).then(|| changed.collect())
    }

    fn replace(&mut self, object: Value, change: u64) {
        if self.is_removed {
            (self.added, self.is_removed) = (change, false);
            self.properties.clear();
        }
        for (name, value) in object.as_object().into_iter().flatten() {
            if self.object.get(name) != Some(value) {
                self.properties.insert(name.clone(), change);
            }
        }
        (self.object, self.changed) = (object, change);
    }
}

/// Where a page ends: behind which change of which entry.
pub(super) type Mark = (u64, usize);

impl Collection {
    /// Adds a thing, or puts it in the place of the one that was there.
    pub(super) fn put(&mut self, id: &str, object: Value, change: u64) {
        if let Some(place) = self.places.get(id) {
            self.entries[*place].replace(object, change);
            return;
        }
        self.places.insert(id.to_owned(), self.entries.len());
        self.entries.push(Entry {
            id: id.to_owned(),
            object,
            changed: change,
            is_removed: false,
            added: change,
            properties: HashMap::new(),
        });
    }

    pub(super) fn remove(&mut self, id: &str, change: u64) {
        if let Some(entry) = self.places.get(id).map(|place| &mut self.entries[*place]) {
            (entry.changed, entry.is_removed) = (change, true);
        }
    }

    pub(super) fn get(&self, id: &str) -> Option<&Value> {
        self.places
            .get(id)
            .map(|place| &self.entries[*place])
            .filter(|entry| !entry.is_removed)
            .map(|found| &found.object)
    }

    /// All that is there.
    pub(super) fn all(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| !entry.is_removed)
    }

    /// What has changed after one number and up to another, in the order of the changes, behind a mark.
    pub(super) fn changes(&self, since: u64, until: u64, behind: Option<Mark>) -> Vec<(Mark, &Entry)> {
        let mut found: Vec<(Mark, &Entry)> = self
            .entries
            .iter()
            .enumerate()
            .map(|(place, entry)| ((entry.changed, place), entry))
            .filter(|(mark, entry)| {
                let is_news = mark.0 > since && mark.0 <= until && behind.is_none_or(|behind| *mark > behind);
                // Who asks for the first time needs not know what is gone.
                is_news && !(since == 0 && entry.is_removed)
            })
            .collect();
        found.sort_by_key(|(mark, _)| *mark);
        found
    }
}
