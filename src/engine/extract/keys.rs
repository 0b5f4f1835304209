//! What is gone at the source: once the news are in the table, the source lists its keys alone, and rows are deleted whose
//! keys are not among them.
//!
//! The list is of a later moment than the news. A row that came in between is on it and not in the table, which makes no
//! difference: the next sync reads it. A row that stood all the time is on both. So whatever is in the table and not on the
//! list was gone when the list was made.
//!
//! Nothing of a list is kept across a crash: whoever goes on with the sync finds that there are no more news, and asks for
//! another list.

use std::time::Duration;

use arrow::error::ArrowError;
use serde_json::json;

use super::{Attempt, Position};
use crate::engine::SourceError;
use crate::engine::commit::Change;
use crate::engine::conform::{Conform, KeyConform};
use crate::engine::resume::{Strategy, news};
use crate::events::Fact;
use crate::lake::{StagedFile, StagedWriter, TableSnapshot};
use crate::sdk::{ConnectorError, Cursor, ReadEvent, counted};
use crate::vocabulary::{EventLevel, SyncEventKind};

/// What the source is doing while its keys are listed and compared.
const PHASE: &str = "comparing keys";

/// Why a list of keys is of no use, in words for people.
type Useless = String;

impl Attempt<'_> {
    /// Whether rows that are gone at the source are to be found by their keys. Where the table was empty before the read,
    /// all that it holds is of the read's own snapshot.
    pub(super) fn compares_keys(&self, position: &Position, snapshot: Option<&TableSnapshot>) -> bool {
        self.is_asked_for_deletes(position)
            && self.connector.lists_keys()
            && snapshot.is_some_and(|snapshot| snapshot.files > 0)
    }

    /// Says that rows which are gone at the source stay, where they are to go and nobody can tell which they are.
    pub(super) async fn tell_of_deletes_unseen(&self, position: &Position) -> Result<(), SourceError> {
        let name = &self.source.name;
        let message = if position.strategy == Strategy::Append && self.source.detect_deletes {
            format!("{name}: no deletes are found where rows are added; set a primaryKey and writeMode MERGE")
        } else if self.is_asked_for_deletes(position) && !self.connector.lists_keys() {
            format!(
                "{name}: a connector of this type does not list keys: where its rows do not tell of them, deletes are found \
                 only by a FULL sync of this source"
            )
        } else {
            return Ok(());
        };
        let fact = Fact::new(SyncEventKind::Log, Some(&self.source.id), message);
        Ok(self.store.record(self.lease, vec![fact.details(json!({ "deletesFound": false }))]).await?)
    }

    /// News alone say nothing of rows that are gone; a read of everything has deleted them already.
    fn is_asked_for_deletes(&self, position: &Position) -> bool {
        position.strategy == Strategy::Merge && self.source.detect_deletes
    }

    /// Deletes the rows of the table whose keys the source does not list any more, and stores with that that the read which
    /// ended at `cursor` is complete.
    pub(super) async fn delete_gone(
        &self,
        position: &mut Position,
        conform: &Conform,
        cursor: Option<Cursor>,
    ) -> Result<(), SourceError> {
        self.meter.phase(PHASE);
        let files = match self.list_keys(conform, cursor.clone()).await? {
            Ok(files) => files,
            Err(useless) => {
                let name = &self.source.name;
                let message = format!("{name}: no row is deleted as missing at the source: {useless}");
                let fact = Fact::new(SyncEventKind::Log, Some(&self.source.id), message).level(EventLevel::Warning);
                let fact = fact.details(json!({ "deletesFound": false }));
                return Ok(self.store.record(self.lease, vec![fact]).await?);
            }
        };
        self.meter.phase(PHASE);
        position.strategy = Strategy::Prune;
        let change = Change {
            files: files.clone(),
            rejected: Vec::new(),
            rejected_rows: 0,
            nulled_key: Vec::new(),
            cursor,
            finished: true,
            rows: 0,
            bytes: 0,
        };
        match self.commit(position, conform, change).await {
            Ok((sequence, effect)) => {
                let deleted = effect.deleted;
                position.committed(sequence, effect);
                if files.iter().any(|file| file.rows > 0) || deleted == 0 {
                    return Ok(());
                }
                self.tell_of_emptying(deleted).await
            }
            Err(error) => {
                self.table.discard(&files).await;
                Err(error)
            }
        }
    }

    /// An empty list is told: perhaps the rows are there, and we may not see them any more.
    async fn tell_of_emptying(&self, deleted: u64) -> Result<(), SourceError> {
        let message = format!(
            "{}: the source lists no keys any more, so that {} deleted; where it has rows, look whether the user may see them",
            self.source.name,
            counted(deleted, "row was", "rows were")
        );
        let fact = Fact::new(SyncEventKind::Log, Some(&self.source.id), message).level(EventLevel::Warning);
        Ok(self.store.record(self.lease, vec![fact.details(json!({ "deleted": deleted }))]).await?)
    }

    /// The keys of all rows that the source has now, in staged files.
    async fn list_keys(
        &self,
        conform: &Conform,
        cursor: Option<Cursor>,
    ) -> Result<Result<Vec<StagedFile>, Useless>, SourceError> {
        let mut writer = None;
        let listed = self.write_keys(conform, cursor, &mut writer).await;
        match (listed, writer) {
            (Ok(Ok(())), Some(writer)) => Ok(Ok(writer.close().await?)),
            (Ok(Ok(())), None) => Ok(Ok(Vec::new())),
            (not_listed, writer) => {
                if let Some(writer) = writer {
                    writer.abort().await;
                }
                not_listed.map(|useless| useless.map(|()| Vec::new()))
            }
        }
    }

    async fn write_keys(
        &self,
        conform: &Conform,
        cursor: Option<Cursor>,
        writer: &mut Option<StagedWriter>,
    ) -> Result<Result<(), Useless>, SourceError> {
        let cancel = self.cancel.child_token();
        // However the list ends, its connector hears of it.
        let _ends = cancel.clone().drop_guard();
        let mut stream = self.connector.read_keys(self.request(news(self.source, cursor), None, cancel));
        let mut fitted: Option<KeyConform> = None;
        let mut is_complete = false;
        while let Some(event) = self.next(&mut stream, Duration::ZERO).await? {
            match event {
                ReadEvent::Schema(schema) => {
                    match conform.of_keys(&schema, &self.source.primary_key, self.source.schema_policy) {
                        Ok(keys) => fitted = Some(keys),
                        Err(useless) => return Ok(Err(useless)),
                    }
                }
                ReadEvent::Batch(batch) => {
                    self.meter.phase(PHASE);
                    let Some(fitted) = &fitted else { return Err(without_schema()) };
                    let (keys, rejected) = fitted.conform.apply(&batch)?;
                    if let Some(row) = rejected.first().filter(|_| !fitted.misfits_are_elsewhere) {
                        return Ok(Err(unreadable(&row.reason)));
                    }
                    let writer = match &mut *writer {
                        Some(writer) => writer,
                        None => {
                            let options = self.writer_options_for(conform);
                            writer.insert(self.table.writer(fitted.conform.schema.clone(), options)?)
                        }
                    };
                    writer.write(keys).await?;
                }
                // A row that nobody can read is at the source all the same.
                ReadEvent::RejectedRows(rows) => {
                    if let Some(row) = rows.first() {
                        return Ok(Err(unreadable(&row.reason)));
                    }
                }
                ReadEvent::Checkpoint(_) => is_complete = true,
                ReadEvent::Waiting { reason, until } => self.wait_for(reason, until).await?,
                ReadEvent::Log { level: level @ (EventLevel::Warning | EventLevel::Error), message } => {
                    let fact = Fact::new(SyncEventKind::Log, Some(&self.source.id), message).level(level);
                    self.store.record(self.lease, vec![fact]).await?;
                }
                // What else there is to say of the source, the read of its news has said. Of a key that was read as NULL
                // the table has NULL, too, and rows with NULL in their key are left alone.
                ReadEvent::Log { .. } | ReadEvent::RejectedValue(_) => {}
                ReadEvent::Estimate(_) | ReadEvent::Whole | ReadEvent::Anew => {}
            }
        }
        if !is_complete {
            let message = format!("the list of the keys of {} broke off", self.source.name);
            return Err(ConnectorError::Unreachable { message, cause: None }.into());
        }
        if fitted.is_none() {
            return Err(without_schema());
        }
        Ok(Ok(()))
    }
}

fn without_schema() -> SourceError {
    ArrowError::SchemaError("keys came before their schema".into()).into()
}

fn unreadable(reason: &str) -> Useless {
    format!("a key could not be read ({reason}), and its row is there all the same")
}
