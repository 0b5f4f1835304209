//! Reading: a blocking thread steps through the rows and hands batches over a bounded channel.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{FieldRef, Schema, SchemaRef};
use async_stream::stream;
use futures::Stream;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::catalog;
use super::column::{Misfit, Values};
use super::cursor::{Exact, Kept, Position};
use super::file::DatabaseFile;
use super::kind::Kind;
use super::moment;
use super::plan::{Leg, LegKind, Plan};
use super::survey;
use super::table::{self, Key, Table, quote};
use crate::sdk::{ConnectorError, Estimate, EventLevel, ReadEvent, ReadRequest, RejectedValue};

/// The most rows of a batch, so that progress shows in narrow tables too.
const MOST_ROWS: usize = 65_536;

/// What goes over the channel at once: a batch with what belongs to it.
type Step = Result<Vec<ReadEvent>, ConnectorError>;

/// Reads one table or view.
pub(super) fn stream(
    file: Arc<DatabaseFile>,
    request: ReadRequest,
) -> impl Stream<Item = Result<ReadEvent, ConnectorError>> + Send + 'static {
    stream! {
        let cancel = request.cancel.clone();
        let stop = cancel.child_token();
        let _stops_with_the_stream = stop.clone().drop_guard();
        let (sender, mut receiver) = mpsc::channel(1);
        tokio::task::spawn_blocking(move || {
            let reader = Reader { file, request, sender: sender.clone(), stop };
            if let Err(error) = reader.run() {
                // Nobody listens any more where this fails.
                drop(sender.blocking_send(Err(error)));
            }
        });
        loop {
            let step = tokio::select! {
                biased;
                () = cancel.cancelled() => Some(Err(ConnectorError::Cancelled)),
                step = receiver.recv() => step,
            };
            match step {
                None => break,
                Some(Ok(events)) => {
                    for event in events {
                        yield Ok(event);
                    }
                }
                Some(Err(error)) => {
                    yield Err(error);
                    break;
                }
            }
        }
    }
}

struct Reader {
    file: Arc<DatabaseFile>,
    request: ReadRequest,
    sender: mpsc::Sender<Step>,
    stop: CancellationToken,
}

impl Reader {
    fn run(&self) -> Result<(), ConnectorError> {
        let connection = self.file.open(&self.stop)?;
        let explain = |error| self.file.explain(error);
        let name = &self.request.source.source_path;
        let table = table::find(&connection, name).map_err(explain)?.ok_or_else(|| ConnectorError::NotFound {
            what: format!("the table {name} in {}", self.file.name()),
            hint: "; discover again to see what there is".into(),
        })?;
        let plan = Plan::of(&connection, &table, &self.request)?;
        let kept = plan.start.kinds.clone();
        let survey = survey::take(&connection, &table, &plan.whole, kept, &self.stop).map_err(explain)?;
        self.go_on()?;

        let mut batch = Batch::new(&table, survey.kinds, &plan.start.as_text);
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

        let mut progress = Progress::from(plan.start.clone());
        progress.position.kinds = survey.kept;
        for leg in &plan.legs {
            self.read_leg(&connection, &table, &plan, leg, &mut batch, &mut progress)?;
        }
        self.send_last(&table, &plan, progress)
    }

    /// The checkpoint behind which nothing is left, unless it was given already.
    fn send_last(&self, table: &Table, plan: &Plan, mut progress: Progress) -> Result<(), ConnectorError> {
        let position = &mut progress.position;
        if plan.cursor.is_some() {
            (position.rowid, position.key, position.without_cursor, position.end) = (None, None, false, true);
        } else if table.key == Key::None || (position.rowid.is_none() && position.key.is_none()) {
            position.end = true;
        } else if progress.told {
            return Ok(());
        }
        self.send(vec![ReadEvent::Checkpoint(position.to_cursor())])
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
        let columns = table.columns.len();
        let mut selected: Vec<String> = table.columns.iter().map(|column| quote(&column.name)).collect();
        let key_parts = table.key.quoted();
        selected.extend(key_parts.iter().cloned());
        selected.extend(plan.cursor.clone());
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
        let marks = Marks { leg: leg.kind, key: &table.key, key_at: columns, cursor_at: columns + key_parts.len() };
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
            let message = format!("{without_cursor} rows have no {field}; they are read whole with every sync");
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
        if batch.rows == 0 {
            return Ok(());
        }
        let mut events = batch.finish()?;
        progress.told = false;
        progress.position.as_text.clone_from(&batch.as_text);
        progress.position.kinds.extend(batch.kept_as_text());
        if marks {
            progress.told = true;
            events.push(ReadEvent::Checkpoint(progress.position.to_cursor()));
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

fn log(level: EventLevel, message: &str) -> ReadEvent {
    ReadEvent::Log { level, message: message.to_owned() }
}

struct Progress {
    position: Position,
    /// Whether the position can name the last row: a key that is not UTF-8 cannot be named.
    is_exact: bool,
    /// Whether a checkpoint was given behind the last row.
    told: bool,
    /// Rows with a cursor that is no place to go on from.
    strays: u64,
    /// The zone that the cursors name, and whether there are several.
    zone: Option<String>,
    mixes_zones: bool,
}

impl Progress {
    fn from(position: Position) -> Self {
        let mut progress = Self { position, is_exact: true, told: false, strays: 0, zone: None, mixes_zones: false };
        if let Some(cursor) = progress.position.cursor.clone() {
            progress.note_zone(&cursor);
        }
        progress
    }

    fn note_zone(&mut self, cursor: &Exact) {
        let Exact::Text(text) = cursor else { return };
        let Some(zone) = moment::zone(text) else { return };
        match &self.zone {
            Some(known) => self.mixes_zones |= known != zone,
            None => self.zone = Some(zone.to_owned()),
        }
    }

    /// What the user should know of the cursors that came.
    fn warnings(&mut self, leg: LegKind) -> Vec<String> {
        let mut warnings = Vec::new();
        if leg != LegKind::WithCursor {
            return warnings;
        }
        let field = self.position.field.as_deref().unwrap_or_default();
        let strays = std::mem::take(&mut self.strays);
        if strays > 0 {
            warnings.push(format!(
                "{strays} rows have texts or bytes among numbers, or infinity, as {field}: they are read with every sync"
            ));
        }
        if std::mem::take(&mut self.mixes_zones) {
            warnings.push(format!(
                "{field} holds times of several zones, which are compared as texts: rows may be missed; write them all in \
                 one zone, or read the table in full"
            ));
        }
        warnings
    }
}

/// Where in a row stands what checkpoints are made of.
struct Marks<'a> {
    leg: LegKind,
    key: &'a Key,
    key_at: usize,
    cursor_at: usize,
}

impl Marks<'_> {
    /// Moves the position to a row.
    fn note(&self, row: &Row<'_>, progress: &mut Progress) {
        let position = &mut progress.position;
        progress.is_exact = true;
        match self.key {
            Key::Rowid { .. } => {
                if let Ok(ValueRef::Integer(rowid)) = row.get_ref(self.key_at) {
                    position.rowid = Some(rowid);
                }
            }
            Key::Columns(names) => {
                let parts = (0..names.len()).map(|part| row.get_ref(self.key_at + part).ok().and_then(Exact::of));
                position.key = parts.collect();
                progress.is_exact = position.key.is_some();
            }
            Key::None => {}
        }
        if self.leg == LegKind::WithCursor {
            match row.get_ref(self.cursor_at).ok().and_then(Exact::of) {
                Some(value) if value.is_place_behind(position.cursor.as_ref()) => {
                    progress.note_zone(&value);
                    progress.position.cursor = Some(value);
                }
                found => {
                    progress.is_exact = false;
                    progress.strays += u64::from(found.is_some());
                }
            }
        }
    }

    /// Whether there are places for checkpoints at all.
    fn may_ever_part(&self) -> bool {
        *self.key != Key::None || self.leg == LegKind::WithCursor
    }

    /// Whether a checkpoint may stand between the row before, where the progress is, and this one.
    fn may_part_before(&self, row: &Row<'_>, progress: &Progress) -> bool {
        match (self.key, self.leg) {
            _ if !progress.is_exact => false,
            (Key::Rowid { .. } | Key::Columns(_), _) => true,
            (Key::None, LegKind::WithCursor) => {
                let next = row.get_ref(self.cursor_at).ok().and_then(Exact::of);
                match (next, &progress.position.cursor) {
                    (Some(next), Some(last)) => !next.is_same(last),
                    _ => false,
                }
            }
            (Key::None, _) => false,
        }
    }
}

/// The batch that is being filled.
struct Batch {
    columns: Vec<Values>,
    declared: Vec<String>,
    fields: Vec<FieldRef>,
    rows: usize,
    bytes: usize,
    as_text: Vec<String>,
    rejected: Vec<RejectedValue>,
    schema_changed: bool,
}

impl Batch {
    fn new(table: &Table, mut kinds: Vec<Kind>, as_text: &[String]) -> Self {
        for (kind, column) in kinds.iter_mut().zip(&table.columns) {
            if as_text.contains(&column.name) {
                *kind = Kind::Text;
            }
        }
        let fields = table
            .columns
            .iter()
            .zip(&kinds)
            .map(|(column, kind)| Arc::new(kind.field(&column.name, &column.declared, !table.is_required(column))));
        Self {
            columns: kinds.iter().map(|&kind| Values::of(kind)).collect(),
            declared: table.columns.iter().map(|column| column.declared.clone()).collect(),
            fields: fields.collect(),
            rows: 0,
            bytes: 0,
            as_text: as_text.to_vec(),
            rejected: Vec::new(),
            schema_changed: false,
        }
    }

    fn schema(&self) -> SchemaRef {
        Arc::new(Schema::new(self.fields.clone()))
    }

    /// The columns that became text on the way, for the syncs to come.
    fn kept_as_text(&self) -> impl Iterator<Item = (String, Kept)> {
        let columns = self.fields.iter().zip(&self.declared);
        let as_text = columns.filter(|(field, _)| self.as_text.contains(field.name()));
        as_text.map(|(field, declared)| (field.name().clone(), Kept { declared: declared.clone(), kind: Kind::Text }))
    }

    #[inline]
    fn add(&mut self, row: &Row<'_>) -> Result<(), ConnectorError> {
        for index in 0..self.columns.len() {
            let value = row.get_ref(index).map_err(|cause| ConnectorError::Data {
                place: self.fields[index].name().clone(),
                message: "the value cannot be read".into(),
                cause: Some(cause.into()),
            })?;
            match self.columns[index].add(value) {
                Ok(bytes) => self.bytes += bytes,
                Err(misfit) => self.add_misfit(index, value, misfit),
            }
        }
        self.rows += 1;
        Ok(())
    }

    #[cold]
    fn add_misfit(&mut self, index: usize, value: ValueRef<'_>, misfit: Misfit) {
        let reason = match misfit {
            Misfit::Lost(reason) => reason,
            Misfit::NeedsText => {
                self.turn_into_text(index);
                match self.columns[index].add(value) {
                    Ok(bytes) => {
                        self.bytes += bytes;
                        return;
                    }
                    Err(Misfit::Lost(reason)) => reason,
                    Err(Misfit::NeedsText) => "the value has no text form",
                }
            }
        };
        self.columns[index].add_null();
        let column = self.fields[index].name();
        match self.rejected.iter_mut().find(|known| known.column == *column && known.reason == reason) {
            Some(known) => known.count += 1,
            None => self.rejected.push(RejectedValue { column: column.clone(), reason: reason.to_owned(), count: 1 }),
        }
    }

    /// A value came that the survey did not see.
    fn turn_into_text(&mut self, index: usize) {
        self.columns[index].become_text();
        let field = &self.fields[index];
        self.as_text.push(field.name().clone());
        self.fields[index] = Arc::new(Kind::Text.field(field.name(), &self.declared[index], field.is_nullable()));
        self.schema_changed = true;
    }

    /// What is to be sent: a new schema if it changed, the rows, and what was rejected among them.
    fn finish(&mut self) -> Result<Vec<ReadEvent>, ConnectorError> {
        let arrays: Vec<_> = self.columns.iter_mut().map(Values::finish).collect();
        for (field, array) in self.fields.iter_mut().zip(&arrays) {
            if !field.is_nullable() && array.null_count() > 0 {
                *field = Arc::new(field.as_ref().clone().with_nullable(true));
                self.schema_changed = true;
            }
        }
        let mut events = Vec::with_capacity(3);
        let schema = self.schema();
        if std::mem::take(&mut self.schema_changed) {
            events.push(ReadEvent::Schema(Arc::clone(&schema)));
        }
        let rows = RecordBatch::try_new(schema, arrays).map_err(|cause| ConnectorError::Data {
            place: "a batch of rows".into(),
            message: "the columns do not match".into(),
            cause: Some(cause.into()),
        })?;
        events.push(ReadEvent::Batch(rows));
        events.extend(self.rejected.drain(..).map(ReadEvent::RejectedValue));
        (self.rows, self.bytes) = (0, 0);
        Ok(events)
    }
}
