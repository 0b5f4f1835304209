//! What a read has behind it, slice by slice, so that another process reads the others only.

use std::collections::HashMap;

use chrono::Utc;
use serde::{Deserialize, Serialize};

use super::super::cursor::{Behind, Closed, partition_key};
use super::super::hashing;
use super::super::slice::Slice;
use super::super::value::{Map, Value};

/// The most slices that are noted. Behind them a read has no further checkpoints: one would cost more than it saves.
const MOST_SLICES: usize = 20_000;
/// A checkpoint is due when one in so many of the slices before it is new, so that all of them together cost no more
/// than some dozens of the last one.
const NEW_IN: usize = 64;

/// The slices of one read: which are read to their end, and which are left of the partitions that were begun.
#[derive(Debug, Serialize, Deserialize)]
pub(in super::super) struct Journal {
    /// When the read began, in seconds since 1970.
    began: i64,
    /// The highest value of the cursor so far, of all partitions together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    over_all: Option<Value>,
    /// In the order in which they were begun.
    partitions: Vec<Begun>,
    #[serde(skip)]
    places: HashMap<String, usize>,
    /// How often each partition was met by this process.
    #[serde(skip)]
    met: HashMap<String, usize>,
    /// Slices noted, and how many of them the last checkpoint told.
    #[serde(skip)]
    noted: usize,
    #[serde(skip)]
    told: usize,
}

/// A partition of which something was read.
#[derive(Debug, Serialize, Deserialize)]
struct Begun {
    /// The digest of its members; with a number behind it where it was met before.
    of: String,
    /// The windows that are left, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    left: Vec<Value>,
    /// The windows that were read to their end.
    read: Vec<Closed>,
}

impl Journal {
    /// The journal of a read that begins.
    pub(in super::super) fn new() -> Self {
        Self {
            began: Utc::now().timestamp(),
            over_all: None,
            partitions: Vec::new(),
            places: HashMap::new(),
            met: HashMap::new(),
            noted: 0,
            told: 0,
        }
    }

    /// The same as its process left it, to go on with.
    pub(in super::super) fn reopened(mut self) -> Self {
        self.places = self.partitions.iter().enumerate().map(|(place, begun)| (begun.of.clone(), place)).collect();
        self.noted = self.partitions.iter().map(|begun| begun.read.len()).sum();
        self.told = self.noted;
        self
    }

    /// The highest value of the cursor over all partitions, and the seconds since the read began.
    pub(super) fn over_all(&self) -> (Option<&Value>, u64) {
        let since = Utc::now().timestamp().saturating_sub(self.began);
        (self.over_all.as_ref(), u64::try_from(since).unwrap_or(0))
    }

    /// The partition is met: what is left of it, and what is not, where it was begun before; `windows` else.
    pub(super) fn meet(&mut self, partition: &Map, windows: Vec<Map>) -> (Vec<Map>, Option<Behind<'_>>) {
        let digest = digest(partition);
        let times = self.met.entry(digest.clone()).or_default();
        *times += 1;
        let name = nth(&digest, *times);
        if let Some(place) = self.places.get(&name).copied() {
            let begun = &self.partitions[place];
            let left: Vec<Map> = begun.left.iter().filter_map(Value::as_map).cloned().collect();
            let behind = Behind { read: &begun.read, left: left.len() };
            return (left, Some(behind));
        }
        if !windows.is_empty() && !self.is_full() {
            let left = windows.iter().cloned().map(Value::map).collect();
            self.places.insert(name.clone(), self.partitions.len());
            self.partitions.push(Begun { of: name, left, read: Vec::new() });
        }
        (windows, None)
    }

    /// A slice was read to its end; `latest` is the highest value of its cursor.
    pub(super) fn close(&mut self, slice: &Slice, latest: Option<Value>) {
        let digest = digest(&slice.partition);
        let window = Value::map(slice.window.clone());
        for times in 1..=self.met.get(&digest).copied().unwrap_or_default() {
            let Some(place) = self.places.get(&nth(&digest, times)) else { continue };
            let begun = &mut self.partitions[*place];
            if let Some(at) = begun.left.iter().position(|left| *left == window) {
                begun.left.remove(at);
                begun.read.push(Closed { window, latest });
                self.noted += 1;
                return;
            }
        }
    }

    /// The journal as a checkpoint keeps it, where one is worth its while and can be written: JSON has no numbers of more than
    /// 64 bits.
    pub(super) fn due(&mut self, over_all: Option<Value>) -> Option<serde_json::Value> {
        let news = self.noted - self.told;
        if self.is_full() || news == 0 || news < self.noted / NEW_IN {
            return None;
        }
        self.told = self.noted;
        self.over_all = over_all;
        serde_json::to_value(&*self).ok()
    }

    fn is_full(&self) -> bool {
        self.noted >= MOST_SLICES || self.partitions.len() >= MOST_SLICES
    }
}

fn digest(partition: &Map) -> String {
    let digest = hashing::digest("sha256", &partition_key(partition)).unwrap_or_default();
    // 96 bits tell the partitions of a read apart.
    hex::encode(&digest[..digest.len().min(12)])
}

fn nth(digest: &str, times: usize) -> String {
    if times == 1 { digest.to_owned() } else { format!("{digest}.{times}") }
}
