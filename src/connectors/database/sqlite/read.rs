//! Reading: a blocking thread steps through the rows and hands batches over a bounded channel.

use std::sync::Arc;

use futures::Stream;
use rusqlite::Connection;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::batch::Batch;
use super::catalog;
use super::file::DatabaseFile;
use super::plan::{Leg, LegKind, Plan};
use super::progress::{Marks, Progress};
use super::survey;
use super::table::{self, Key, Table, quote};
use crate::sdk::{ConnectorError, Cursor, Estimate, EventLevel, ReadEvent, ReadRequest, Step, counted, stream_of};

/// The most rows of a batch, so that progress shows in narrow tables too.
const MOST_ROWS: usize = 65_536;

/// Reads one table or view.
pub(super) fn stream(
    file: Arc<DatabaseFile>,
    request: ReadRequest,
) -> impl Stream<Item = Result<ReadEvent, ConnectorError>> + Send + 'static {
    start(file, request, Columns::All)
}

/// Reads the columns of the key alone, of all rows; the one checkpoint is the end.
pub(super) fn keys(
    file: Arc<DatabaseFile>,
    request: ReadRequest,
) -> impl Stream<Item = Result<ReadEvent, ConnectorError>> + Send + 'static {
    start(file, request, Columns::Key)
}

fn start(
    file: Arc<DatabaseFile>,
    request: ReadRequest,
    columns: Columns,
) -> impl Stream<Item = Result<ReadEvent, ConnectorError>> + Send + 'static {
    stream_of(request.cancel.clone(), move |sender, stop| {
        tokio::task::spawn_blocking(move || {
            let reader = Reader { file, request, columns, sender: sender.clone(), stop };
            if let Err(error) = reader.run() {
                // Nobody listens any more where this fails.
                drop(sender.blocking_send(Err(error)));
            }
        });
    })
}

/// Which columns of the table are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Columns {
    All,
    /// Those that the request names as its key.
    Key,
}

struct Reader {
    file: Arc<DatabaseFile>,
    request: ReadRequest,
    columns: Columns,
    sender: mpsc::Sender<Step>,
    stop: CancellationToken,
}

impl Reader {
    fn run(&self) -> Result<(), ConnectorError> {
        let connection = self.file.open(&self.stop)?;
        let explain = |error| self.file.explain(error);
        let name = &self.request.source.source_path;
        let mut table = table::find(&connection, name).map_err(explain)?.ok_or_else(|| ConnectorError::NotFound {
            what: format!("the table {name} in {}", self.file.name()),
            hint: "; discover again to see what there is".into(),
        })?;
        let plan = match self.columns {
            Columns::All => Plan::of(&connection, &table, &self.request)?,
            Columns::Key => {
                table.keep(&self.request.primary_key)?;
                Plan::of_keys(&table, &self.request)?
            }
        };
        let survey = survey::take(&connection, &table, &plan, &self.stop).map_err(explain)?;
        self.go_on()?;

        let key = if self.columns == Columns::All { self.request.primary_key.as_slice() } else { &[] };
        let mut batch = Batch::new(&table, &survey.kinds, key);
        let mut first: Vec<ReadEvent> = plan.warnings.iter().map(|warning| log(EventLevel::Warning, warning)).collect();
        first.push(ReadEvent::Schema(batch.schema()));
        let rows = match survey.rows {
            Some(rows) => Some(rows),
            None if plan.is_everything => catalog::estimated_rows(&connection, &table).map_err(explain)?,
            None => None,
        };
        if let Some(rows) = rows {
            first.push(ReadEvent::Estimate(Estimate { rows: Some(rows), ..Estimate::default() }));
        }
        self.send(first)?;

        let mut progress = Progress::at(plan.start.clone());
        progress.position.kinds = survey.kept;
        for leg in &plan.legs {
            self.read_leg(&connection, &table, &plan, leg, &mut batch, &mut progress)?;
        }
        // The last event is a checkpoint, also where the same was given before these words.
        progress.told &= !self.tell_of_likes(&connection, &table, &batch.keys_with_likes)?;
        self.send_last(&table, &plan, progress)
    }

    /// The checkpoint behind which nothing is left, unless it was given already.
    fn send_last(&self, table: &Table, plan: &Plan, mut progress: Progress) -> Result<(), ConnectorError> {
        let position = &mut progress.position;
        if plan.cursor.is_some() {
            (position.rowid, position.key, position.without_cursor, position.end) = (None, None, false, true);
            // What was read in one sitting ends where it was the newest.
            if self.request.resume.is_none() || position.clone().floors().len() < 2 {
                position.newest = None;
            }
        } else if table.key == Key::None || (position.rowid.is_none() && position.key.is_none()) {
            position.end = true;
        } else if progress.told {
            return Ok(());
        }
        self.send(vec![ReadEvent::Checkpoint(Cursor::of(&position))])
    }

    /// Says that rows may have the same key in the lake that SQLite tells apart: by these columns of the key. Whether it is so.
    fn tell_of_likes(
        &self,
        connection: &Connection,
        table: &Table,
        columns: &[String],
    ) -> Result<bool, ConnectorError> {
        let mut told = false;
        for column in columns {
            if survey::mixes_texts(connection, table, column).map_err(|error| self.file.explain(error))? {
                let message = format!(
                    "{column}, which is of the key, holds texts beside numbers or bytes, which are kept as texts, too: rows that \
                     are merged are one where these are the same, as those of 1 and '1'; if they are different rows, write the \
                     values of {column} in one way, or set another primaryKey"
                );
                self.send(vec![log(EventLevel::Warning, &message)])?;
                told = true;
            }
        }
        Ok(told)
    }

    fn read_leg(
        &self,
        connection: &Connection,
        table: &Table,
        plan: &Plan,
        leg: &Leg,
        batch: &mut Batch,
        progress: &mut Progress,
    ) -> Result<(), ConnectorError> {
        let explain = |error| self.file.explain(error);
        self.go_on()?;
        let mut selected: Vec<String> = table.columns.iter().map(|column| quote(&column.name)).collect();
        let key_at: Vec<usize> = table.key.quoted().into_iter().map(|part| place(&mut selected, part)).collect();
        let field = plan.start.field.as_deref().filter(|_| plan.cursor.is_some());
        let cursor_at = field.map(|field| place(&mut selected, quote(field)));
        if selected.is_empty() {
            // A view on something that is gone: SQLite says on what.
            selected.push("*".to_owned());
        }
        let order = if leg.order.is_empty() { String::new() } else { format!(" ORDER BY {}", leg.order.join(", ")) };
        let sql =
            format!("SELECT {} FROM {}{}{order}", selected.join(", "), quote(&table.name), leg.selection.clause());
        let mut statement = connection.prepare(&sql).map_err(explain)?;
        let mut rows = statement.query(rusqlite::params_from_iter(&leg.selection.parameters)).map_err(explain)?;

        let limit = self.batch_limit();
        let marks = Marks { leg: leg.kind, key: &table.key, key_at, cursor_at };
        if leg.kind == LegKind::WithoutCursor {
            (progress.position.rowid, progress.position.key, progress.position.without_cursor) =
                (plan.start.rowid, plan.start.key.clone(), true);
            if !plan.start.without_cursor {
                (progress.position.rowid, progress.position.key) = (None, None);
            }
        }
        let mut without_cursor = 0u64;
        while let Some(row) = rows.next().map_err(explain)? {
            if batch.rows >= MOST_ROWS || batch.bytes >= limit {
                // Without a key, rows of one cursor value must not be parted by a checkpoint.
                let may_mark = marks.may_part_before(row, progress);
                if may_mark || batch.bytes >= limit.saturating_mul(2) || !marks.may_ever_part() {
                    self.flush(batch, progress, may_mark)?;
                }
            }
            batch.add(row)?;
            marks.note(row, progress);
            without_cursor += u64::from(leg.kind == LegKind::WithoutCursor);
            if batch.rows.is_multiple_of(1024) {
                self.go_on()?;
            }
        }
        let may_mark = progress.is_exact && (leg.kind == LegKind::WithCursor || table.key != Key::None);
        self.flush(batch, progress, may_mark)?;
        for warning in progress.warnings(leg.kind) {
            self.send(vec![log(EventLevel::Warning, &warning)])?;
        }
        if without_cursor > 0 {
            let field = progress.position.field.as_deref().unwrap_or_default();
            let (one, many) =
                (format!("row has no {field}; it is read whole"), format!("rows have no {field}; they are read whole"));
            let message = format!("{} with every sync", counted(without_cursor, &one, &many));
            self.send(vec![log(EventLevel::Info, &message)])?;
        }
        Ok(())
    }

    /// One batch is being filled, one waits to be sent, one lies in the channel and one is with the receiver.
    fn batch_limit(&self) -> usize {
        self.request.batch_bytes.min(self.request.memory_bytes / 4).clamp(1, 256 << 20)
    }

    /// Sends the batch, and the checkpoint behind it where it vouches for whole rows.
    fn flush(&self, batch: &mut Batch, progress: &mut Progress, marks: bool) -> Result<(), ConnectorError> {
        if batch.is_empty() {
            return Ok(());
        }
        let mut events = batch.finish()?;
        progress.told = false;
        progress.position.kinds.extend(batch.kept_as_text());
        if marks && self.columns == Columns::All {
            progress.told = true;
            events.push(ReadEvent::Checkpoint(Cursor::of(&progress.position)));
        }
        self.send(events)
    }

    fn send(&self, events: Vec<ReadEvent>) -> Result<(), ConnectorError> {
        self.sender.blocking_send(Ok(events)).map_err(|_| ConnectorError::Cancelled)
    }

    fn go_on(&self) -> Result<(), ConnectorError> {
        if self.stop.is_cancelled() { Err(ConnectorError::Cancelled) } else { Ok(()) }
    }
}

/// Where a column stands in a selection, behind the others unless it is there: SQLite gives so many columns at most.
fn place(selected: &mut Vec<String>, column: String) -> usize {
    selected.iter().position(|selected| *selected == column).unwrap_or_else(|| {
        selected.push(column);
        selected.len() - 1
    })
}

fn log(level: EventLevel, message: &str) -> ReadEvent {
    ReadEvent::Log { level, message: message.to_owned() }
}
