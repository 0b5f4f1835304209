//! A full read: all rows of one snapshot, by ranges of the key or of the pages where that is quicker.
//!
//! Ranges of an integer key are read in the key's order, so that after every batch it is known exactly which keys are
//! still to come, and a read that was cut short goes on with these. Pages and streams have no such place to stand
//! at: rows move between pages once the snapshot is gone. Their only checkpoint is the end.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_stream::try_stream;

use super::catalog::Size;
use super::cursor::{self, Position, Span, merged};
use super::pieces::{self, KeyStatistics};
use super::pieces::{PIECE_BYTES, PIECE_ROWS};
use super::pull::{Crew, Job, Part, Pull};
use super::session::{self, Session};
use super::target::Target;
use super::wire::Connection;
use super::{catalog, log, quote};
use crate::sdk::{ConnectorError, Estimate, EventLevel, ReadEvent, ReadRequest, ReadStream};

/// The least memory that makes another connection worth its while.
const MEMORY_PER_CONNECTION: usize = 4 * 1024 * 1024;
/// A key whose order has nothing to do with where its rows lie costs a read of a page for each row.
const SCATTERED: f64 = 0.5;
const SCATTERED_BYTES: u64 = 128 * 1024 * 1024;

/// How the relation is read.
enum Way {
    /// By ranges of this column, with the snapshot to share.
    Key { column: String, spans: Vec<Span>, snapshot: String },
    /// By ranges of pages, with the snapshot to share.
    Pages { first_pages: Vec<u64>, snapshot: String },
    /// In one go.
    Stream,
}

/// Reads all rows, or those that a checkpoint left.
pub(super) fn read(target: Arc<Target>, parallelism: usize, request: ReadRequest) -> ReadStream {
    Box::pin(try_stream! {
        let remaining = match request.resume.as_ref().map(Position::read).transpose()? {
            None => None,
            Some(Position::Full { key, remaining }) => Some((key, remaining)),
            Some(Position::Incremental { .. }) => Err(foreign_checkpoint())?,
        };
        let mut opening = Box::pin(Session::open(&target, &request.source));
        let mut session = loop {
            match session::opened(&mut opening, &target, &request.source).await {
                Ok(opened) => break opened?,
                Err(waiting) => yield waiting,
            }
        };
        drop(opening);
        yield ReadEvent::Schema(Arc::clone(&session.schema));
        let rows = session.size.rows;
        if rows.is_some() {
            yield ReadEvent::Estimate(Estimate { rows, ..Estimate::default() });
        }
        let is_resumed = remaining.is_some();
        let end = |key: Option<String>| ReadEvent::Checkpoint(Position::Full { key, remaining: Vec::new() }.checkpoint());
        if let Some((key, remaining)) = &remaining && remaining.is_empty() {
            yield end(key.clone());
            return;
        }
        let way = choose(&mut session, remaining, parallelism).await?;
        if is_resumed {
            let message = "the load goes on in a new snapshot: rows that changed since it was cut short are of a later time than the others";
            yield log(EventLevel::Warning, message);
        } else if !matches!(way, Way::Key { .. }) && rows.is_some_and(|rows| rows >= PIECE_ROWS) {
            let name = session.relation.sql();
            yield log(EventLevel::Info, format!("{name} is not read in the order of an integer key: a load that is cut short starts anew"));
        }
        let (key, mut spans, mut pull) = start(session, way, &target, parallelism, &request);
        let key_index = key.as_ref().map(|(_, index)| *index);
        let key = key.map(|(name, _)| name);
        let mut given = 0;
        while let Some(part) = pull.next().await {
            match part? {
                Part::Schema(schema) => yield ReadEvent::Schema(schema),
                Part::Rows { piece, batch, rejected } => {
                    given += batch.num_rows() as u64;
                    let last = key_index.and_then(|index| cursor::integer(batch.column(index), batch.num_rows() - 1));
                    yield ReadEvent::Batch(batch);
                    for values in rejected {
                        yield ReadEvent::RejectedValue(values);
                    }
                    if let (Some(last), Some(span)) = (last, spans.get_mut(&piece)) {
                        span.0 = Some(last);
                        yield checkpoint(&key, &spans);
                    }
                }
                Part::Done { piece } => {
                    spans.remove(&piece);
                    if key.is_some() && !spans.is_empty() {
                        yield checkpoint(&key, &spans);
                    }
                }
                Part::Fewer(error) => yield log(EventLevel::Info, format!("reads with fewer connections: {error}")),
            }
        }
        if !spans.is_empty() {
            Err(ConnectorError::Protocol { message: "a connection ended before its rows did".into(), cause: None })?;
        }
        if !is_resumed && rows != Some(given) {
            yield ReadEvent::Estimate(Estimate { rows: Some(given), ..Estimate::default() });
        }
        yield end(key);
    })
}

fn foreign_checkpoint() -> ConnectorError {
    ConnectorError::data("checkpoint", "it is of an incremental read; start the full read anew")
}

fn checkpoint(key: &Option<String>, spans: &BTreeMap<usize, Span>) -> ReadEvent {
    let remaining = merged(spans.values().copied());
    ReadEvent::Checkpoint(Position::Full { key: key.clone(), remaining }.checkpoint())
}

async fn choose(
    session: &mut Session,
    remaining: Option<(Option<String>, Vec<Span>)>,
    parallelism: usize,
) -> Result<Way, ConnectorError> {
    let relation = &session.relation;
    let integer_key = match relation.key.as_slice() {
        [only] => relation.column(only).filter(|column| column.is_integer()).map(|column| column.name.clone()),
        _ => None,
    };
    if let Some((key, _)) = &remaining
        && *key != integer_key
    {
        return Err(ConnectorError::data(
            relation.sql(),
            "its key is another one than before; start the full read anew",
        ));
    }
    let Size { rows, bytes, pages } = session.size;
    let rows = rows.unwrap_or(bytes / 100);
    let is_resumed = remaining.is_some();
    let is_small = rows < PIECE_ROWS && bytes < PIECE_BYTES;
    if !is_resumed && (is_small || (integer_key.is_none() && pages.is_none())) {
        return Ok(Way::Stream);
    }
    let piece_rows = pieces::rows_of(rows, bytes);
    let pages = pages.filter(|_| catalog::version(&session.connection) >= 14);
    if let Some(column) = integer_key {
        let (snapshot, statistics) = look_at_key(&mut session.connection, &session.relation, &column).await?;
        let is_scattered =
            bytes > SCATTERED_BYTES && statistics.correlation.is_some_and(|found| found.abs() < SCATTERED);
        if !is_resumed
            && is_scattered
            && let Some(pages) = pages
        {
            let first_pages = pieces::cut_pages(pages, rows, piece_rows);
            return Ok(Way::Pages { first_pages, snapshot });
        }
        let wanted = remaining.map_or_else(|| vec![Span(None, None)], |(_, spans)| spans);
        let spans = pieces::cut_key(&wanted, &statistics, rows, piece_rows);
        return Ok(Way::Key { column, spans, snapshot });
    }
    let Some(pages) = pages.filter(|_| parallelism > 1) else { return Ok(Way::Stream) };
    let first_pages = pieces::cut_pages(pages, rows, piece_rows);
    let exported = session.connection.query("SELECT pg_export_snapshot()", None).await?;
    let snapshot = exported.into_iter().flatten().flatten().flatten().next().unwrap_or_default();
    Ok(Way::Pages { first_pages, snapshot })
}

/// One round trip: the snapshot's name, the ends of the key and how it is spread.
async fn look_at_key(
    connection: &mut Connection,
    relation: &catalog::Relation,
    column: &str,
) -> Result<(String, KeyStatistics), ConnectorError> {
    let key = quote::identifier(column);
    let of_column = format!(
        "FROM pg_stats WHERE schemaname = {} AND tablename = {} AND attname = {} ORDER BY inherited DESC LIMIT 1",
        quote::literal(&relation.schema),
        quote::literal(&relation.name),
        quote::literal(column)
    );
    let name = relation.sql();
    let sql = format!(
        "SELECT pg_export_snapshot(); SELECT min({key}), max({key}) FROM {name}; SELECT correlation {of_column}; \
         SELECT unnest(bounds::text::int8[]) FROM (SELECT histogram_bounds AS bounds {of_column}) AS spread"
    );
    let results = connection.query(&sql, Some(&name)).await?;
    let cell = |result: usize, column: usize| results.get(result)?.first()?.get(column)?.as_deref();
    let bounds = results.get(3).into_iter().flatten().flatten().flatten().filter_map(|bound| bound.parse().ok());
    let statistics = KeyStatistics {
        ends: cell(1, 0).and_then(|least| Some((least.parse().ok()?, cell(1, 1)?.parse().ok()?))),
        correlation: cell(2, 0).and_then(|correlation| correlation.parse().ok()),
        bounds: bounds.collect(),
    };
    Ok((cell(0, 0).unwrap_or_default().to_owned(), statistics))
}

type Started = (Option<(String, usize)>, BTreeMap<usize, Span>, Pull);

fn start(session: Session, way: Way, target: &Arc<Target>, parallelism: usize, request: &ReadRequest) -> Started {
    let select = session.select();
    let nothing = Span(None, None);
    let mut settings = String::new();
    let (key, spans, statements, snapshot) = match way {
        Way::Key { column, spans, snapshot } => {
            // The index gives the order; a plan that sorts would hold back the first row.
            settings.push_str("SET LOCAL enable_sort = off;");
            if catalog::version(&session.connection) >= 11 {
                settings.push_str(" SET LOCAL jit = off;");
            }
            let name = session::column(&column);
            let statements =
                spans.iter().map(|span| format!("{select}{} ORDER BY {name}", within(&name, *span))).collect();
            let index = session.schema.index_of(&column).ok();
            (index.map(|index| (column, index)), spans, statements, Some(snapshot))
        }
        Way::Pages { first_pages, snapshot } => {
            let statements: Vec<_> =
                (0..first_pages.len()).map(|index| format!("{select}{}", on_pages(&first_pages, index))).collect();
            (None, vec![nothing; statements.len()], statements, Some(snapshot))
        }
        Way::Stream => (None, vec![nothing], vec![select], None),
    };
    let connections = parallelism.min(request.memory_bytes / MEMORY_PER_CONNECTION).clamp(1, statements.len().max(1));
    let batch_bytes = request.batch_bytes.min(request.memory_bytes / (2 * connections + 2));
    let job = Job {
        relation: session.relation.sql(),
        schema: session.schema,
        plans: session.plans,
        batch_bytes,
        settings,
        pieces: Mutex::new(statements.into_iter().enumerate().collect()),
    };
    let crew = snapshot.filter(|name| !name.is_empty());
    let crew = crew.map(|snapshot| Crew { target: Arc::clone(target), snapshot, extra_connections: connections - 1 });
    (key, spans.into_iter().enumerate().collect(), Pull::start(job, session.connection, crew))
}

fn within(key: &str, span: Span) -> String {
    let after = span.0.map(|after| format!("{key} > '{after}'::int8"));
    let to = span.1.map(|to| format!("{key} <= '{to}'::int8"));
    let conditions: Vec<_> = after.into_iter().chain(to).collect();
    if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) }
}

fn on_pages(first_pages: &[u64], index: usize) -> String {
    let from = format!(" WHERE source.ctid >= '({},0)'::tid", first_pages[index]);
    match first_pages.get(index + 1) {
        Some(next) => format!("{from} AND source.ctid < '({next},0)'::tid"),
        None => from,
    }
}
