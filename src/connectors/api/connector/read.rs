//! Reading a stream for the engine: batches, and a checkpoint behind every slice and page that is worth one.

use std::sync::Arc;

use async_stream::try_stream;
use futures::StreamExt;
use serde::{Deserialize, Serialize};

use super::super::failure::Failure;
use super::super::run::{self, Journal, PageRead, Source, Step, Stream};
use super::super::value::{Map, Value};
use super::columns::Columns;
use crate::sdk::{ConnectorError, Cursor, Extract, ReadEvent, ReadRequest, ReadStream};

/// Where a read stands.
#[derive(Debug, Serialize, Deserialize)]
struct Position {
    /// Whether everything was read.
    done: bool,
    /// Where the stream stands, in the reference's shape: from there the next sync goes on.
    state: Value,
    /// What this read has behind it: from there it goes on itself. The state alone would have it read the windows of a
    /// cursor again that overlap, and partitions without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    slices: Option<serde_json::Value>,
}

pub(super) fn events(
    source: Source,
    told: impl Fn(Failure) -> ConnectorError + Send + Sync + 'static,
    request: ReadRequest,
) -> ReadStream {
    try_stream! {
        let position = |cursor: &Cursor| cursor.read::<Position>(&request.source.name);
        let since = match &request.extract {
            Extract::Incremental { since, .. } => since.as_ref().map(position).transpose()?,
            Extract::Full => None,
        };
        let resume = request.resume.as_ref().map(position).transpose()?;
        let state = since.map_or_else(Value::empty_map, |position| position.state);
        let source = match &request.extract {
            Extract::Incremental { cursor_field: Some(field), .. } => {
                source.choosing(Map::from_iter([(request.source.source_path.as_str(), Value::str(field))]))
            }
            _ => source,
        };
        let stream = source.stream(&request.source.source_path, &state).await.map_err(&told)?;
        let schema = stream.json_schema().await.map_err(&told)?;
        let mut columns = Columns::of_schema(&schema);
        yield ReadEvent::Schema(columns.schema());
        if let Some(end) = resume.as_ref().filter(|position| position.done) {
            yield ReadEvent::Checkpoint(Cursor::of(end));
            return;
        }
        let journal = match resume.and_then(|position| position.slices) {
            Some(slices) => Cursor(slices).read::<Journal>(&request.source.name)?.reopened(),
            None => Journal::new(),
        };
        let stream = Arc::new(stream.noting(journal));
        let turn = source.turn(&request.source.source_path);
        let _turn = match turn {
            Some(turn) => match Arc::clone(&turn).try_lock_owned() {
                Ok(mine) => Some(mine),
                Err(_) => {
                    let reason = "waits for another stream of its group to be read".to_owned();
                    yield ReadEvent::Waiting { reason, until: None };
                    Some(turn.lock_owned().await)
                }
            },
            None => None,
        };
        let mut steps = run::steps(&stream, source.slices_at_once(&request.source.source_path));
        while let Some(step) = steps.next().await {
            match step {
                Step::Page(slice, PageRead { records, next, .. }) => {
                    records.iter().for_each(|record| stream.observe(record, &slice));
                    if columns.grow(&records) {
                        yield ReadEvent::Schema(columns.schema());
                    }
                    if !records.is_empty() {
                        let (batch, rejected) = columns.batch(&records)?;
                        yield ReadEvent::Batch(batch);
                        for value in rejected {
                            yield ReadEvent::RejectedValue(value);
                        }
                    }
                    stream.turn(&slice, next);
                }
                Step::End(slice) => {
                    stream.close(&slice).map_err(&told)?;
                }
                Step::Failed(_, failure) => Err::<(), _>(told(failure))?,
            }
            if let Some(slices) = stream.checkpoint() {
                yield ReadEvent::Checkpoint(position_of(&stream, slices));
            }
        }
        drop(steps);
        stream.finish();
        yield ReadEvent::Checkpoint(Cursor::of(&Position { done: true, state: stream.state(), slices: None }));
    }
    .boxed()
}

/// Where a read stands that is not at its end.
fn position_of(stream: &Stream, slices: serde_json::Value) -> Cursor {
    Cursor::of(&Position { done: false, state: stream.state(), slices: Some(slices) })
}
