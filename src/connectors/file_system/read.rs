//! Reading one file: a worker on a blocking thread parses, a bounded channel carries its events.

use std::sync::Arc;

use arrow::datatypes::Schema;
use futures::StreamExt;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::bookmark::{self, Bookmark};
use super::config::TextOptions;
use super::failure;
use super::filter::Filter;
use super::formats::{self, Opening};
use super::input::StoredFile;
use super::source::SourcePath;
use super::store::Root;
use super::table::{Chunk, Halt, Table};
use crate::sdk::{ConnectorError, Cursor, Estimate, Extract, ReadEvent, ReadRequest, ReadStream, ScratchFolder};

/// The smallest memory that a read works in.
const LEAST_MEMORY: usize = 1 << 20;

/// Reads one data source. Nothing is done before the stream is polled; dropping it stops the worker.
pub(super) fn read(root: Root, options: TextOptions, scratch: ScratchFolder, request: ReadRequest) -> ReadStream {
    let events = async_stream::stream! {
        let outer = request.cancel.clone();
        let cancel = request.cancel.child_token();
        let _stop_worker = cancel.clone().drop_guard();
        let opened = tokio::select! {
            biased;
            () = outer.cancelled() => Err(ConnectorError::Cancelled),
            opened = open(&root, &request, scratch, cancel) => opened,
        };
        let (source, file) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                yield Err(error);
                return;
            }
        };
        let name = file.name.clone();
        let (sender, mut receiver) = mpsc::channel::<Vec<ReadEvent>>(1);
        let worker = Worker { source, file, options, request, sender };
        let done = tokio::task::spawn_blocking(move || worker.run());
        loop {
            let events = tokio::select! {
                biased;
                () = outer.cancelled() => {
                    yield Err(ConnectorError::Cancelled);
                    return;
                }
                events = receiver.recv() => events,
            };
            let Some(events) = events else { break };
            for event in events {
                yield Ok(event);
            }
        }
        match done.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => yield Err(error),
            // A format's library gave up on what it did not expect.
            Err(error) => yield Err(ConnectorError::Data {
                place: name,
                message: "the file is damaged in a way that its reader does not understand".into(),
                cause: Some(error.into()),
            }),
        }
    };
    events.boxed()
}

async fn open(
    root: &Root,
    request: &ReadRequest,
    scratch: ScratchFolder,
    cancel: CancellationToken,
) -> Result<(SourcePath, Arc<StoredFile>), ConnectorError> {
    let source = SourcePath::parse(&request.source.source_path)?;
    let open = root.open().await?;
    let meta = open.head(&source.file).await?;
    let file = StoredFile::new(Arc::clone(&open.store), meta, source.file.clone(), cancel, scratch);
    Ok((source, file))
}

/// The part of a read that runs on a blocking thread.
struct Worker {
    source: SourcePath,
    file: Arc<StoredFile>,
    options: TextOptions,
    request: ReadRequest,
    sender: mpsc::Sender<Vec<ReadEvent>>,
}

impl Worker {
    fn run(self) -> Result<(), ConnectorError> {
        let bookmark = |cursor: &Cursor| cursor.read::<Bookmark>(&self.file.name);
        let resume = self.request.resume.as_ref().map(bookmark).transpose()?;
        if resume.as_ref().is_some_and(|resume| resume.version != self.file.version) {
            return Err(failure::changed(&self.file.name));
        }
        let since = match &self.request.extract {
            Extract::Full => None,
            Extract::Incremental { since, .. } => since.as_ref().map(bookmark).transpose()?,
        };
        let memory = self.request.memory_bytes.max(LEAST_MEMORY);
        let mut table = formats::open(&Opening {
            file: &self.file,
            format: self.source.format,
            compression: self.source.compression,
            sheet: self.source.sheet.as_deref(),
            options: &self.options,
            position: resume.as_ref().map(|resume| &resume.position),
            memory_bytes: memory / 4,
        })?;
        let layout = bookmark::layout(&table.sampled_schema());
        if resume.as_ref().is_some_and(|resume| resume.layout != layout) {
            let message = "the file is read with other settings than before it was cut short; sync again";
            return Err(ConnectorError::data(&self.file.name, message));
        }
        // A read that goes on within a sync goes by the cursor that it began with, which its checkpoint carries.
        let cursor_of = |bookmark: &Option<Bookmark>| bookmark.as_ref().and_then(|bookmark| bookmark.cursor.clone());
        let began_at = cursor_of(&resume).or_else(|| cursor_of(&since));
        let unchanged = since
            .as_ref()
            .is_some_and(|since| since.done && since.version == self.file.version && since.layout == layout);
        let added = since.as_ref().filter(|_| unchanged).map_or(&[][..], |since| &since.position.added);
        let filter = self.filter(&table.schema_with(added), began_at.as_deref(), resume.as_ref())?;
        let mut run = Run {
            sender: &self.sender,
            file: &self.file,
            filter,
            bookmark: Bookmark {
                version: self.file.version.clone(),
                layout,
                position: resume.as_ref().map(|resume| resume.position.clone()).unwrap_or_default(),
                done: false,
                cursor: began_at,
                seen: resume.as_ref().and_then(|resume| resume.seen.clone()),
            },
            batch_bytes: self.request.batch_bytes.clamp(1, memory / 6),
        };
        let is_done = unchanged || resume.as_ref().is_some_and(|resume| resume.done);
        // Without a cursor field nothing tells the new rows of a file from those of before.
        let is_whole = since.is_some() && run.filter.is_none();
        let finished = if is_done {
            let bookmark = if unchanged { since } else { resume };
            run.nothing(table.as_ref(), bookmark)
        } else if is_whole {
            run.send(vec![ReadEvent::Whole]).and_then(|()| run.everything(table.as_mut()))
        } else {
            run.everything(table.as_mut())
        };
        match finished {
            Ok(()) | Err(Halt::Stopped) => Ok(()),
            Err(Halt::Failed(error)) => Err(error),
        }
    }

    fn filter(
        &self,
        schema: &Schema,
        since: Option<&str>,
        resume: Option<&Bookmark>,
    ) -> Result<Option<Filter>, ConnectorError> {
        let Extract::Incremental { cursor_field: Some(column), lookback, .. } = &self.request.extract else {
            return Ok(None);
        };
        let seen = resume.and_then(|resume| resume.seen.as_deref());
        Filter::new(schema, column, since, seen, *lookback).map(Some)
    }
}

struct Run<'a> {
    sender: &'a mpsc::Sender<Vec<ReadEvent>>,
    file: &'a StoredFile,
    filter: Option<Filter>,
    bookmark: Bookmark,
    batch_bytes: usize,
}

impl Run<'_> {
    fn send(&self, events: Vec<ReadEvent>) -> Result<(), Halt> {
        if self.file.cancel.is_cancelled() {
            return Err(Halt::Stopped);
        }
        self.sender.blocking_send(events).map_err(|_| Halt::Stopped)
    }

    /// Says that there is nothing new. The columns are those that the whole file has shown.
    fn nothing(&self, table: &dyn Table, bookmark: Option<Bookmark>) -> Result<(), Halt> {
        let added = bookmark.as_ref().map_or(&[][..], |bookmark| &bookmark.position.added);
        let schema = table.schema_with(added);
        let checkpoint = bookmark.map(|bookmark| ReadEvent::Checkpoint(Cursor::of(&bookmark)));
        let done = ReadEvent::Estimate(Estimate { fraction: Some(1.), ..Estimate::default() });
        self.send([ReadEvent::Schema(schema), done].into_iter().chain(checkpoint).collect())
    }

    /// Reads on to the end. A failure comes after the rows before it.
    fn everything(&mut self, table: &mut dyn Table) -> Result<(), Halt> {
        let total = table.total_rows();
        let mut schema = table.schema();
        // Looking at the columns may have read the whole file: that is no progress yet.
        let none_yet = total.is_none().then_some(0.);
        self.send(vec![ReadEvent::Schema(Arc::clone(&schema)), self.estimate(total, none_yet)])?;
        table.read(self.batch_bytes, &mut |chunk| {
            let mut events = Vec::new();
            if chunk.batch.schema() != schema {
                schema = chunk.batch.schema();
                events.push(ReadEvent::Schema(Arc::clone(&schema)));
            }
            let fraction = chunk.fraction;
            self.chunk_events(chunk, &mut events)?;
            events.push(self.estimate(total, fraction));
            self.send(events)
        })?;
        self.bookmark.done = true;
        if let Some(filter) = &self.filter {
            self.bookmark.cursor = filter.largest().or(self.bookmark.cursor.take());
            self.bookmark.seen = None;
        }
        self.send(vec![self.estimate(total, Some(1.)), ReadEvent::Checkpoint(Cursor::of(&self.bookmark))])
    }

    fn chunk_events(&mut self, chunk: Chunk, events: &mut Vec<ReadEvent>) -> Result<(), ConnectorError> {
        let Chunk { batch, rejected_rows, rejected_values, logs, position, fraction: _ } = chunk;
        let batch = match &mut self.filter {
            Some(filter) => filter.apply(batch).map_err(|error| failure::of_format(&self.file.name, error))?,
            None => batch,
        };
        if batch.num_rows() > 0 {
            events.push(ReadEvent::Batch(batch));
        }
        events.extend(rejected_values.into_iter().map(ReadEvent::RejectedValue));
        if !rejected_rows.is_empty() {
            events.push(ReadEvent::RejectedRows(rejected_rows));
        }
        events.extend(logs.into_iter().map(|(level, message)| ReadEvent::Log { level, message }));
        self.bookmark.position = position;
        self.bookmark.seen = self.filter.as_ref().and_then(Filter::largest);
        events.push(ReadEvent::Checkpoint(Cursor::of(&self.bookmark)));
        Ok(())
    }

    fn estimate(&self, total_rows: Option<u64>, fraction: Option<f64>) -> ReadEvent {
        let by_rows = || total_rows.map(|total| (self.bookmark.position.rows as f64 / total.max(1) as f64).min(1.));
        let fraction = fraction.or_else(by_rows).or_else(|| self.file.fraction());
        ReadEvent::Estimate(Estimate { rows: total_rows, bytes: None, fraction })
    }
}
