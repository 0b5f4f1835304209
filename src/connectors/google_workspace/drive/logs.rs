//! Drive's logs of changes: the user's own, and one of each shared drive, which alone tells what happens within it.

use std::collections::HashMap;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};

use super::super::api::Api;
use super::list::{self, Changes};
use super::{Drives, with_removed};
use crate::sdk::{ConnectorError, ErrorClass};

/// How many changes are kept that were met while all logs were asked whether they go on; those of other logs are asked for again
/// when their turn comes.
const MOST_KEPT: usize = 2_000;

/// Where the logs stand.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Logs {
    logs: Vec<Log>,
    #[serde(default)]
    sight: Sight,
}

/// A log, and where it goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Log {
    /// The shared drive that it is of; none of the user's own.
    drive: Option<String>,
    token: String,
}

/// What is known of shared drives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Sight {
    /// Which ones there are.
    #[default]
    Clear,
    /// Drive does not tell which ones there are, and no file of one was met.
    Dim,
    /// Files of some were met, and their logs are not known.
    Blind,
}

/// What is new in the logs.
pub(super) struct News {
    /// The logs with those of new drives behind them.
    pub(super) logs: Logs,
    /// Drives that were not there before.
    pub(super) new_drives: Vec<String>,
    /// The first changes of some of the others, by the number of the log.
    pub(super) first: HashMap<usize, Changes>,
    has_changes: bool,
}

impl Drives {
    /// The drives that have logs of their own; the user's own without an id.
    fn logs(&self) -> Vec<Option<String>> {
        match self {
            Self::One(id) => vec![Some(id.clone())],
            Self::All(shared) => std::iter::once(None).chain(shared.iter().cloned().map(Some)).collect(),
            Self::Untold => vec![None],
        }
    }
}

impl Logs {
    /// Where all of them stand now.
    ///
    /// # Errors
    /// Where Drive cannot be asked.
    pub(super) async fn now(api: &Api, drives: &Drives) -> Result<Self, ConnectorError> {
        let mut logs = Self { logs: Vec::new(), sight: Sight::of(drives) };
        for drive in drives.logs() {
            logs.add(api, drive).await?;
        }
        Ok(logs)
    }

    async fn add(&mut self, api: &Api, drive: Option<String>) -> Result<(), ConnectorError> {
        let token = list::start_token(api, drive.as_deref()).await?;
        self.logs.push(Log { drive, token });
        Ok(())
    }

    pub(super) fn len(&self) -> usize {
        self.logs.len()
    }

    fn has(&self, drive: Option<&str>) -> bool {
        self.logs.iter().any(|log| log.drive.as_deref() == drive)
    }

    /// Those of other drives.
    pub(super) fn without(mut self, drives: &[String]) -> Self {
        self.logs.retain(|log| log.drive.as_ref().is_none_or(|drive| !drives.contains(drive)));
        self
    }

    /// What is new since; `None` where the logs cannot tell it, so that everything is to be read.
    ///
    /// # Errors
    /// Where Drive cannot be asked.
    pub(super) async fn news(mut self, api: &Api, drives: &Drives, size: u32) -> Result<Option<News>, ConnectorError> {
        let drives_now = drives.logs();
        let is_one_gone = self.logs.iter().any(|log| !drives_now.contains(&log.drive));
        let is_own_new = drives_now.contains(&None) && !self.has(None);
        if self.logs.is_empty() || self.sight == Sight::Blind || is_one_gone || is_own_new {
            return Ok(None);
        }
        let (mut first, mut kept, mut has_changes) = (HashMap::new(), 0, false);
        for number in 0..self.len() {
            let changes = match self.changes(api, number, size).await {
                Ok(changes) => changes,
                // An old token is an invalid value of a parameter.
                Err(error) if matches!(error.class(), ErrorClass::NotFound | ErrorClass::Protocol) => return Ok(None),
                Err(error) => return Err(error),
            };
            let count = changes.changes.len();
            has_changes |= count > 0;
            if kept + count <= MOST_KEPT {
                kept += count;
                first.insert(number, changes);
            }
        }
        let mut new_drives = Vec::new();
        for drive in drives_now.into_iter().flatten() {
            if !self.has(Some(&drive)) {
                self.add(api, Some(drive.clone())).await?;
                new_drives.push(drive);
            }
        }
        self.sight = Sight::of(drives);
        Ok(Some(News { logs: self, new_drives, first, has_changes }))
    }

    /// Some changes of a log, by its number.
    ///
    /// # Errors
    /// Where Drive cannot be asked.
    pub(super) async fn changes(&self, api: &Api, number: usize, size: u32) -> Result<Changes, ConnectorError> {
        let log = &self.logs[number];
        list::changes(api, log.drive.as_deref(), size, &log.token).await
    }

    /// Goes on behind these changes of a log; whether that is its end.
    pub(super) fn pass(&mut self, number: usize, changes: Changes) -> bool {
        let is_end = changes.next_page_token.is_none();
        if let Some(token) = changes.next_page_token.or(changes.new_start_page_token) {
            self.logs[number].token = token;
        }
        is_end
    }

    /// The row of a change in a log; none where it is of a drive and not of a file, or where the log of the file's drive tells it.
    pub(super) fn row_of(&mut self, number: usize, change: &Value) -> Option<Value> {
        if change.get("changeType").and_then(Value::as_str).is_some_and(|kind| kind != "file") {
            self.meet_shared();
            return None;
        }
        let id = change.get("fileId")?;
        let is_removed = change.get("removed").and_then(Value::as_bool).unwrap_or_default();
        let Some(file) = change.get("file") else { return Some(with_removed(json!({ "id": id }), is_removed)) };
        let drive = file.get("driveId").and_then(Value::as_str);
        if drive.is_some() {
            self.meet_shared();
        }
        // Moved from here to there, it has left one list and come into another.
        if self.logs[number].drive.as_deref() != drive && self.has(drive) {
            return None;
        }
        let is_trashed = file.get("trashed").and_then(Value::as_bool).unwrap_or_default();
        Some(with_removed(file.clone(), is_removed || is_trashed))
    }

    /// A file of a shared drive was met, or a drive itself.
    pub(super) fn meet_shared(&mut self) {
        if self.sight == Sight::Dim {
            self.sight = Sight::Blind;
        }
    }
}

impl Sight {
    fn of(drives: &Drives) -> Self {
        if *drives == Drives::Untold { Self::Dim } else { Self::Clear }
    }
}

impl News {
    /// Whether nothing has happened anywhere.
    pub(super) fn is_empty(&self) -> bool {
        self.new_drives.is_empty() && !self.has_changes
    }
}

/// Reads what a checkpoint holds. Earlier versions kept the token of one log, which says too little: they have none.
pub(super) fn stored<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Logs, D::Error> {
    let value = Value::deserialize(deserializer)?;
    if value.is_string() {
        return Ok(Logs::default());
    }
    Logs::deserialize(value).map_err(D::Error::custom)
}
