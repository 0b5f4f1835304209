//! A JSON object: keys in the order in which they came, as a Python dictionary keeps them.

use std::collections::HashMap;

use super::{Text, Value};

/// From how many keys on a map that is being read looks for doubles by hashing.
const MANY_KEYS: usize = 24;

/// A small ordered map. Records have about a dozen keys, which are found fastest by looking at each.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Map(Vec<(Text, Value)>);

impl Map {
    pub(in super::super) fn with_capacity(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }

    /// Takes members as they came; of a key that came twice the last value counts, at the place of the first.
    pub(in super::super) fn from_members(mut members: Vec<(Text, Value)>) -> Self {
        if members.len() <= MANY_KEYS {
            let mut index = 1;
            while index < members.len() {
                match members[..index].iter().position(|(key, _)| *key == members[index].0) {
                    Some(first) => members[first].1 = members.remove(index).1,
                    None => index += 1,
                }
            }
            return Self(members);
        }
        let mut places: HashMap<Text, usize> = HashMap::with_capacity(members.len());
        let mut kept: Vec<(Text, Value)> = Vec::with_capacity(members.len());
        for (key, value) in members {
            match places.get(&key) {
                Some(place) => kept[*place].1 = value,
                None => {
                    places.insert(key.clone(), kept.len());
                    kept.push((key, value));
                }
            }
        }
        Self(kept)
    }

    pub(in super::super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(in super::super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(in super::super) fn get(&self, key: &str) -> Option<&Value> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    pub(in super::super) fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.0.iter_mut().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    pub(in super::super) fn contains(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Sets a value; a new key comes last, a known one stays where it is.
    pub(in super::super) fn insert(&mut self, key: impl Into<Text> + AsRef<str>, value: Value) {
        match self.get_mut(key.as_ref()) {
            Some(place) => *place = value,
            None => self.0.push((key.into(), value)),
        }
    }

    pub(in super::super) fn remove(&mut self, key: &str) -> Option<Value> {
        let place = self.0.iter().position(|(name, _)| name == key)?;
        Some(self.0.remove(place).1)
    }

    pub(in super::super) fn iter(&self) -> impl ExactSizeIterator<Item = (&Text, &Value)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    pub(in super::super) fn keys(&self) -> impl ExactSizeIterator<Item = &Text> {
        self.0.iter().map(|(key, _)| key)
    }

    pub(in super::super) fn into_members(self) -> Vec<(Text, Value)> {
        self.0
    }
}

impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(key, value)| other.get(key) == Some(value))
    }
}

impl<K: Into<Text> + AsRef<str>> FromIterator<(K, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, Value)>>(members: I) -> Self {
        Self::from_members(members.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }
}
