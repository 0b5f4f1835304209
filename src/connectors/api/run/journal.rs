//! What a read has behind it, slice by slice and page by page, so that another process reads the rest only.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use chrono::Utc;
use serde::{Deserialize, Serialize};

use super::super::cursor::{Behind, Closed, partition_key};
use super::super::hashing;
use super::super::slice::{Halfway, Slice};
use super::super::value::{Map, Value};

/// The most slices that are noted. Behind them a read has no further checkpoints: one would cost more than it saves.
const MOST_SLICES: usize = 20_000;
/// A checkpoint is due when so many slices or pages are new as this goes into what it tells, windows that are left and followed
/// partitions too: so each slice and page costs no more than that many of them, however long the journal is.
const NEW_IN: usize = 64;
/// One is due with anything new after so long, since the pages of a slow API are worth more than a checkpoint.
const A_WHILE: Duration = Duration::from_secs(30);

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
    /// The windows in it, read or left.
    #[serde(skip)]
    windows: usize,
    /// Slices read to their end.
    #[serde(skip)]
    noted: usize,
    /// Slices and pages read since the last checkpoint.
    #[serde(skip)]
    news: usize,
    /// When this process last told one.
    #[serde(skip)]
    told: Option<Instant>,
    /// Whether pages were read of the open slice that it cannot go on behind.
    #[serde(skip)]
    is_between: bool,
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
    /// The window that is being read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    open: Option<Open>,
}

/// A window of which some pages were read.
#[derive(Debug, Serialize, Deserialize)]
struct Open {
    window: Value,
    /// The token of the page that comes next.
    next: Value,
    /// The highest value of the cursor in it so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    latest: Option<Value>,
}

/// A partition as it is met.
pub(super) struct Met<'a> {
    /// What of it is to be read.
    pub(super) windows: Vec<Map>,
    /// What an earlier process had read of it.
    pub(super) behind: Option<Behind<'a>>,
    open: Option<&'a Open>,
}

impl Met<'_> {
    /// Where an earlier process stood in a window of it.
    pub(super) fn halfway(&self, window: &Map) -> Option<Halfway> {
        let open = self.open.filter(|open| open.window.as_map() == Some(window))?;
        Some(Halfway { next: open.next.clone(), latest: open.latest.clone() })
    }
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
            windows: 0,
            noted: 0,
            news: 0,
            told: None,
            is_between: false,
        }
    }

    /// The same as its process left it, to go on with.
    pub(in super::super) fn reopened(mut self) -> Self {
        self.places = self.partitions.iter().enumerate().map(|(place, begun)| (begun.of.clone(), place)).collect();
        self.noted = self.partitions.iter().map(|begun| begun.read.len()).sum();
        self.windows = self.noted + self.partitions.iter().map(|begun| begun.left.len()).sum::<usize>();
        self
    }

    /// The highest value of the cursor over all partitions, and the seconds since the read began.
    pub(super) fn over_all(&self) -> (Option<&Value>, u64) {
        let since = Utc::now().timestamp().saturating_sub(self.began);
        (self.over_all.as_ref(), u64::try_from(since).unwrap_or(0))
    }

    /// The partition is met: what is left of it, and what is not, where it was begun before; `windows` else.
    pub(super) fn meet(&mut self, partition: &Map, windows: Vec<Map>) -> Met<'_> {
        let digest = digest(partition);
        let times = self.met.entry(digest.clone()).or_default();
        *times += 1;
        let name = nth(&digest, *times);
        if let Some(place) = self.places.get(&name).copied() {
            let begun = &self.partitions[place];
            let windows: Vec<Map> = begun.left.iter().filter_map(Value::as_map).cloned().collect();
            let behind = Behind { read: &begun.read, left: windows.len() };
            return Met { windows, behind: Some(behind), open: begun.open.as_ref() };
        }
        if !windows.is_empty() && !self.is_full() {
            let left = windows.iter().cloned().map(Value::map).collect();
            self.windows += windows.len();
            self.places.insert(name.clone(), self.partitions.len());
            self.partitions.push(Begun { of: name, left, read: Vec::new(), open: None });
        }
        Met { windows, behind: None, open: None }
    }

    /// A slice was read to its end; `latest` is the highest value of its cursor.
    pub(super) fn close(&mut self, slice: &Slice, latest: Option<Value>) {
        self.is_between = false;
        let Some((place, at)) = self.place(slice) else { return };
        let begun = &mut self.partitions[place];
        let window = begun.left.remove(at);
        begun.read.push(Closed { window, latest });
        begun.open = None;
        self.noted += 1;
        self.news += 1;
    }

    /// A page of a slice was read, up to here with this highest value of the cursor; `next` is the token of the page that comes
    /// next, where a read can begin with that.
    pub(super) fn turn(&mut self, slice: &Slice, next: Option<Value>, latest: Option<Value>) {
        let Some((next, (place, _))) = next.and_then(|next| Some((next, self.place(slice)?))) else {
            self.is_between = true;
            return;
        };
        let window = Value::map(slice.window.clone());
        self.partitions[place].open = Some(Open { window, next, latest });
        self.news += 1;
        self.is_between = false;
    }

    /// Where a slice that is left is noted: its partition, and its place among the windows of that.
    fn place(&self, slice: &Slice) -> Option<(usize, usize)> {
        let digest = digest(&slice.partition);
        let times = 1..=self.met.get(&digest).copied().unwrap_or_default();
        times.filter_map(|times| self.places.get(&nth(&digest, times))).find_map(|place| {
            let left = &self.partitions[*place].left;
            Some((*place, left.iter().position(|left| left.as_map() == Some(&slice.window))?))
        })
    }

    /// The journal as a checkpoint keeps it, where one is worth its while and can be written: JSON has no numbers of more than
    /// 64 bits. `followed` partitions are in the state that is told with it.
    pub(super) fn due(&mut self, over_all: Option<Value>, followed: usize) -> Option<serde_json::Value> {
        if self.is_full() || self.is_between || self.news == 0 {
            return None;
        }
        let is_recent = self.told.is_some_and(|told| told.elapsed() < A_WHILE);
        if is_recent && self.news < (self.windows + followed) / NEW_IN {
            return None;
        }
        (self.news, self.told) = (0, Some(Instant::now()));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn of_days(days: usize) -> (Journal, Vec<Slice>) {
        let windows: Vec<Map> = (0..days).map(|day| Map::from_iter([("start", Value::str(day.to_string()))])).collect();
        let mut journal = Journal::new();
        journal.meet(&Map::default(), windows.clone());
        (journal, windows.into_iter().map(|window| Slice { window, ..Slice::default() }).collect())
    }

    #[test]
    fn pages_of_the_first_of_many_windows_do_not_each_write_them_all() {
        let (mut journal, slices) = of_days(6_400);
        let mut read = Vec::new();
        for page in 0..1_000 {
            journal.turn(&slices[0], Some(Value::str(page.to_string())), None);
            if journal.due(None, 0).is_some() {
                read.push(page);
            }
        }
        assert_eq!(read, [0, 100, 200, 300, 400, 500, 600, 700, 800, 900]);
    }

    #[test]
    fn partitions_of_the_state_count_as_windows_do() {
        let (mut journal, slices) = of_days(64);
        let due = |journal: &mut Journal, slice: &Slice| {
            journal.close(slice, None);
            journal.due(None, 128).is_some()
        };
        let told: Vec<bool> = slices[..7].iter().map(|slice| due(&mut journal, slice)).collect();
        assert_eq!(told, [true, false, false, true, false, false, true]);
    }

    #[test]
    fn a_short_journal_is_told_with_each_page() {
        let (mut journal, slices) = of_days(3);
        for page in 0..5 {
            journal.turn(&slices[0], Some(Value::str(page.to_string())), None);
            assert!(journal.due(None, 0).is_some(), "page {page}");
        }
    }
}
