//! Reading: a task takes rows off the connection and hands batches over a bounded channel.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::{Stream, StreamExt};
use sqlx::AssertSqlSafe;
use sqlx::mysql::MySqlRow;
use sqlx::{Column as _, Executor, Row as _};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::cursor::Exact;
use super::failure::explain;
use super::plan::{Leg, LegKind, Plan};
use super::progress::{Marks, Progress};
use super::rows::Rows;
use super::session::{self, Identity, Session, Standing};
use super::table::{self, Scope, Table};
use super::target::Target;
use super::value::{bytes, text, unsigned};
use crate::sdk::{
    ConnectorError, Cursor, ErrorClass, Estimate, EventLevel, Extract, ReadEvent, ReadRequest, SourceRef, Step,
    counted, stream_of,
};

/// The most rows of a batch, so that progress shows in narrow tables too.
const MOST_ROWS: usize = 65_536;
/// Below this estimate, rows are counted.
const SMALL_TABLE: u64 = 200_000;
/// After this time without a row we look whether the server still works for us.
const QUIET: Duration = Duration::from_secs(15);
/// Rows of a slow source are given away after this time, though they are few: whoever looks sees them come.
const SLOW_BATCH: Duration = Duration::from_millis(500);
/// A server that cannot even be reached this many times in a row is gone.
const MOST_UNREACHABLE: usize = 8;

/// Reads one table or view.
pub(super) fn stream(
    target: Arc<Target>,
    request: ReadRequest,
) -> impl Stream<Item = Result<ReadEvent, ConnectorError>> + Send + 'static {
    start(target, request, Columns::All)
}

/// Reads the columns of the key alone, of all rows; the one checkpoint is the end.
pub(super) fn keys(
    target: Arc<Target>,
    request: ReadRequest,
) -> impl Stream<Item = Result<ReadEvent, ConnectorError>> + Send + 'static {
    start(target, ReadRequest { extract: Extract::Full, resume: None, ..request }, Columns::Key)
}

fn start(
    target: Arc<Target>,
    request: ReadRequest,
    columns: Columns,
) -> impl Stream<Item = Result<ReadEvent, ConnectorError>> + Send + 'static {
    stream_of(request.cancel.clone(), move |sender, stop| {
        tokio::spawn(Reader { target, request, columns, sender, at_work: Mutex::new(None) }.run(stop));
    })
}

/// Which columns of the table are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Columns {
    All,
    /// Those that the request names as its key.
    Key,
}

/// The database and the table that a data source names.
pub(super) fn named<'a>(source: &'a SourceRef, target: &'a Target) -> Result<(&'a str, &'a str), ConnectorError> {
    let detail = |name: &str| source.details.get(name).and_then(serde_json::Value::as_str);
    match (detail("schema"), detail("table"), source.source_path.split_once('.'), &target.database) {
        (Some(schema), Some(name), ..) => Ok((schema, name)),
        (_, _, Some(parts), _) => Ok(parts),
        (_, _, None, Some(database)) => Ok((database.as_str(), source.source_path.as_str())),
        _ => Err(ConnectorError::config("sourcePath", "names no database; write it like shop.orders")),
    }
}

struct Reader {
    target: Arc<Target>,
    request: ReadRequest,
    columns: Columns,
    sender: mpsc::Sender<Step>,
    /// Our connection while it may be at work.
    at_work: Mutex<Option<Identity>>,
}

impl Reader {
    async fn run(self, stop: CancellationToken) {
        match stop.run_until_cancelled(self.read()).await {
            Some(Ok(())) => return,
            None | Some(Err(ConnectorError::Cancelled)) => {}
            Some(Err(error)) => {
                // Nobody listens any more where this fails.
                drop(self.sender.send(Err(error)).await);
                return;
            }
        }
        if let Some(identity) = self.note(None) {
            session::kill(&self.target, &identity).await;
        }
    }

    /// Notes which connection is at work now, and gives the one before.
    fn note(&self, identity: Option<Identity>) -> Option<Identity> {
        std::mem::replace(&mut *self.at_work.lock().unwrap_or_else(PoisonError::into_inner), identity)
    }

    async fn read(&self) -> Result<(), ConnectorError> {
        let mut session = Session::open(&self.target).await?;
        session.take_token(&self.target).await;
        self.note(Some(session.identity.clone()));
        let snapshot = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";
        session.connection.execute(snapshot).await.map_err(|error| explain(error, &self.target, None))?;
        let mut table = self.table(&mut session).await?;
        if self.columns == Columns::Key {
            table.keep(&self.request.primary_key)?;
        }
        let mut plan = Plan::of(&table, &self.request)?;
        if self.request.resume.is_none() {
            plan.start.newest = self.newest(&mut session, &table, &plan).await?;
        }

        let mut rows = Rows::of(&table);
        let mut first: Vec<ReadEvent> =
            plan.warnings.iter().map(|warning| log(EventLevel::Warning, warning.clone())).collect();
        if let Some(engine) = table.engine.as_deref().filter(|engine| !engine.eq_ignore_ascii_case("InnoDB")) {
            let message = format!(
                "{} is kept by {engine}, which has no snapshots: rows that change meanwhile may be mixed",
                table.path()
            );
            first.push(log(EventLevel::Info, message));
        }
        if plan.is_of_another {
            first.push(ReadEvent::Whole);
        }
        first.push(ReadEvent::Schema(rows.schema()));
        let estimate = self.estimate(&mut session, &table, &plan).await?;
        if estimate.is_some() {
            first.push(ReadEvent::Estimate(Estimate { rows: estimate, ..Estimate::default() }));
        }
        self.send(first).await?;

        let mut progress = Progress { position: plan.start.clone(), last: None, is_exact: true, told: false };
        for leg in &plan.legs {
            self.read_leg(&mut session, &table, &plan, leg, &mut rows, &mut progress).await?;
        }
        self.note(None);
        self.send_last(&plan, progress).await?;
        session.close().await;
        Ok(())
    }

    async fn table(&self, session: &mut Session) -> Result<Table, ConnectorError> {
        let (schema, name) = named(&self.request.source, &self.target)?;
        let found = table::describe(session, &self.target, &Scope::one(schema, name)).await?.pop();
        if found.as_ref().is_some_and(|table| !table.is_view && table.columns.is_empty()) {
            let (user, table) = (&self.target.user, format!("{schema}.{name}"));
            let message = format!("{user} may not read {table}; GRANT SELECT ON {table} TO {user} allows it");
            return Err(ConnectorError::Permission { message, cause: None });
        }
        let missing = || ConnectorError::NotFound {
            what: format!("the table {schema}.{name} on {}", self.target.endpoint()),
            hint: format!("; it is gone, or {} has no SELECT on it", self.target.user),
        };
        // A view on something that is gone has no columns: reading it tells why.
        found.ok_or_else(missing)
    }

    /// The cursor field's greatest value among the rows that an incremental read gives.
    async fn newest(&self, session: &mut Session, table: &Table, plan: &Plan) -> Result<Option<Exact>, ConnectorError> {
        let Some(((sql, parameters), cursor)) = plan.newest().zip(plan.cursor.as_ref()) else { return Ok(None) };
        let (identity, path) = (session.identity.clone(), table.path());
        let mut incoming = session.fetch(sql, parameters);
        let mut newest = None;
        while let Some(row) = self.next(&mut incoming, &identity, &path).await? {
            newest = Exact::of(&row, 0, cursor.kind);
        }
        Ok(newest)
    }

    /// How many rows there are to read, in all.
    async fn estimate(&self, session: &mut Session, table: &Table, plan: &Plan) -> Result<Option<u64>, ConnectorError> {
        match table.estimated_rows {
            Some(rows) if plan.is_everything && rows < SMALL_TABLE => {
                let sql = format!("SELECT CAST(COUNT(*) AS CHAR) FROM {}", table.quoted());
                let path = table.path();
                let failed = |error| explain(error, &self.target, Some(&path));
                let row = sqlx::query(AssertSqlSafe(sql)).persistent(false).fetch_one(&mut session.connection).await;
                Ok(text(&row.map_err(failed)?, 0).and_then(|count| count.parse().ok()))
            }
            Some(rows) if plan.is_everything => Ok(Some(rows)),
            // Of a resumed read, the plan does not tell how many rows came before.
            _ if self.request.resume.is_some() || table.is_view => Ok(None),
            _ => {
                let mut rows = 0;
                for leg in &plan.legs {
                    rows += self.planned_rows(session, plan, leg).await.unwrap_or(0);
                }
                Ok(Some(rows).filter(|rows| *rows > 0))
            }
        }
    }

    /// How many rows the server expects of a leg.
    async fn planned_rows(&self, session: &mut Session, plan: &Plan, leg: &Leg) -> Option<u64> {
        let sql = format!("EXPLAIN {}", plan.sql(leg));
        let rows = session.fetch_all(&self.target, sql, &leg.selection.parameters).await.ok()?;
        let [row] = rows.as_slice() else { return None };
        let at = row.columns().iter().position(|column| column.name().eq_ignore_ascii_case("rows"))?;
        let value = bytes(row, at)?;
        // MariaDB gives the number as text, MySQL as a number.
        let as_text = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
        as_text.or_else(|| unsigned(value).ok())
    }

    async fn read_leg(
        &self,
        session: &mut Session,
        table: &Table,
        plan: &Plan,
        leg: &Leg,
        rows: &mut Rows,
        progress: &mut Progress,
    ) -> Result<(), ConnectorError> {
        let limit = self.request.batch_bytes.min(self.request.memory_bytes / 4).clamp(1, 256 << 20);
        let path = table.path();
        let identity = session.identity.clone();
        if leg.kind == LegKind::WithoutCursor && !plan.start.without_cursor {
            (progress.position.key, progress.position.without_cursor) = (None, true);
        }
        let marks = Marks { leg: leg.kind, plan };
        let mut without_cursor = 0u64;
        let mut given_at = Instant::now();
        let mut incoming = session.fetch(plan.sql(leg), &leg.selection.parameters);
        while let Some(row) = self.next(&mut incoming, &identity, &path).await? {
            let is_slow = rows.count > 0 && given_at.elapsed() >= SLOW_BATCH;
            if is_slow || rows.count >= MOST_ROWS || rows.bytes >= limit {
                // Without a key, rows of one cursor value must not be parted by a checkpoint.
                marks.note(progress);
                let may_mark = marks.may_part_before(&row, progress);
                if may_mark || rows.bytes >= limit.saturating_mul(2) || !marks.may_ever_part() {
                    self.flush(rows, progress, may_mark).await?;
                    given_at = Instant::now();
                }
            }
            rows.add(&row);
            progress.last = Some(row);
            without_cursor += u64::from(leg.kind == LegKind::WithoutCursor);
        }
        drop(incoming);
        marks.note(progress);
        let may_mark = progress.is_exact && (leg.kind == LegKind::WithCursor || !plan.key.is_empty());
        self.flush(rows, progress, may_mark).await?;
        if without_cursor > 0 {
            let field = progress.position.field.as_deref().unwrap_or_default();
            let (one, many) =
                (format!("row has no {field}; it is read whole"), format!("rows have no {field}; they are read whole"));
            let message = format!("{} with every sync", counted(without_cursor, &one, &many));
            self.send(vec![log(EventLevel::Info, message)]).await?;
        }
        Ok(())
    }

    /// The next row. While none comes, it is told what we wait for, and asked whether the server still works on it.
    async fn next(
        &self,
        incoming: &mut (impl Stream<Item = Result<MySqlRow, sqlx::Error>> + Unpin),
        identity: &Identity,
        path: &str,
    ) -> Result<Option<MySqlRow>, ConnectorError> {
        let mut unreachable = 0;
        loop {
            if let Ok(row) = timeout(QUIET, incoming.next()).await {
                return row.transpose().map_err(|error| explain(error, &self.target, Some(path)));
            }
            let reason = format!("{} has not sent a row of {path} yet", self.target.endpoint());
            self.send(vec![ReadEvent::Waiting { reason, until: None }]).await?;
            match session::look_after(&self.target, identity).await {
                Ok(Standing::Gone) => {
                    let message = format!("{} has lost our connection", self.target.endpoint());
                    return Err(ConnectorError::Unreachable { message, cause: None });
                }
                Err(error) if error.class() == ErrorClass::Transient => {
                    unreachable += 1;
                    if unreachable >= MOST_UNREACHABLE {
                        return Err(error);
                    }
                }
                // What cannot be found out says nothing of the read.
                Ok(Standing::AtWork | Standing::Unknown) | Err(_) => unreachable = 0,
            }
        }
    }

    /// Sends the rows, and the checkpoint behind them where it vouches for whole ones.
    async fn flush(&self, rows: &mut Rows, progress: &mut Progress, marks: bool) -> Result<(), ConnectorError> {
        if rows.count == 0 {
            return Ok(());
        }
        let mut events = rows.finish()?;
        let marks = marks && self.columns == Columns::All;
        progress.told = marks;
        if marks {
            events.push(ReadEvent::Checkpoint(Cursor::of(&progress.position)));
        }
        self.send(events).await
    }

    /// The checkpoint behind which nothing is left, unless it was given already.
    async fn send_last(&self, plan: &Plan, mut progress: Progress) -> Result<(), ConnectorError> {
        let position = &mut progress.position;
        if plan.cursor.is_some() {
            (position.key, position.without_cursor, position.end) = (None, false, true);
            // What was read in one sitting ends where it was the newest.
            if self.request.resume.is_none() || position.clone().floors().len() < 2 {
                position.newest = None;
            }
        } else if position.key.is_none() {
            position.end = true;
        } else if progress.told {
            return Ok(());
        }
        self.send(vec![ReadEvent::Checkpoint(Cursor::of(&position))]).await
    }

    async fn send(&self, events: Vec<ReadEvent>) -> Result<(), ConnectorError> {
        self.sender.send(Ok(events)).await.map_err(|_| ConnectorError::Cancelled)
    }
}

fn log(level: EventLevel, message: String) -> ReadEvent {
    ReadEvent::Log { level, message }
}
