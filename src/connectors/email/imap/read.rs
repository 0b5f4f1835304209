//! Reading a mailbox: a task fetches messages by their UIDs and hands batches over a bounded channel.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::Stream;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::super::config::Keeping;
use super::super::message::Mail;
use super::super::names::readable;
use super::super::rows::{Envelope, Key, Rows, Store};
use super::cursor::Bookmark;
use super::failure::{self, Asked};
use super::fetch::{self, Fetched, Windows};
use super::mailbox::Standing;
use super::session::Session;
use super::target::Target;
use crate::sdk::{ConnectorError, Cursor, Estimate, Extract, ReadEvent, ReadRequest, RejectedRow, Step, stream_of};

/// The most rows of a batch, so that progress shows in mailboxes of short messages, too.
const MOST_ROWS: usize = 4_096;
/// Rows of a slow server are given away after this time, though they are few: whoever looks sees them come.
const SLOW_BATCH: Duration = Duration::from_millis(500);

/// Reads one mailbox.
pub(super) fn stream(
    target: Arc<Target>,
    keeping: Keeping,
    request: ReadRequest,
) -> impl Stream<Item = Result<ReadEvent, ConnectorError>> + Send + 'static {
    stream_of(request.cancel.clone(), move |sender, stop| {
        tokio::spawn(Reader { target, keeping, request, sender }.run(stop));
    })
}

struct Reader {
    target: Arc<Target>,
    keeping: Keeping,
    request: ReadRequest,
    sender: mpsc::Sender<Step>,
}

impl Reader {
    async fn run(self, stop: CancellationToken) {
        if let Some(Err(error)) = stop.run_until_cancelled(self.read()).await {
            // Nobody listens any more where this fails.
            drop(self.sender.send(Err(error)).await);
        }
    }

    async fn read(&self) -> Result<(), ConnectorError> {
        let name = self.mailbox();
        let place = readable(&name);
        let bookmark = |cursor: &Cursor| cursor.read::<Bookmark>(&place);
        let resume = self.request.resume.as_ref().map(bookmark).transpose()?;
        let since = match &self.request.extract {
            Extract::Full => None,
            Extract::Incremental { cursor_field: Some(field), .. } if field != "uid" => {
                let message = format!("is {field}, and new messages of a mailbox are told by uid");
                return Err(ConnectorError::config("cursorField", message));
            }
            Extract::Incremental { since, .. } => since.as_ref().map(bookmark).transpose()?,
        };
        let (mut session, standing) = Session::open(&self.target, &name).await?;
        let validity = standing.uid_validity;
        if resume.as_ref().is_some_and(|resume| !resume.goes_on(validity, self.keeping)) {
            let message = "the mailbox was made anew, or is read with other settings, since the read was cut short";
            return Err(ConnectorError::data(place, message));
        }
        let is_anew = since.as_ref().is_some_and(|since| !since.is_of(validity));
        let since = since.filter(|since| since.is_of(validity)).map_or(0, |since| since.uid);
        let done = resume.map_or(since, |resume| resume.uid.max(since));

        let mut rows = Rows::of(Store::Imap);
        let mut first = if is_anew { vec![ReadEvent::Anew] } else { Vec::new() };
        first.push(ReadEvent::Schema(rows.schema()));
        first.push(self.estimate(&standing, since, done));
        self.send(first).await?;

        let mut windows = Windows::after(done, &standing);
        let mut given_at = Instant::now();
        while let Some((first, last)) = windows.next() {
            let envelopes = session.facts((first, last)).await?;
            windows.pass(last, envelopes.len());
            let mut rest = envelopes.as_slice();
            while let Some(envelope) = rest.first() {
                let most_bytes = self.batch_bytes() as u64;
                let (group, behind) = rest.split_at(fetch::group(rest, self.keeping.limit, most_bytes));
                rest = behind;
                let uid = group.last().unwrap_or(envelope).uid();
                rows = self.take(&mut session, &name, group, rows).await?;
                let is_slow = given_at.elapsed() >= SLOW_BATCH;
                if is_slow || rows.count() >= MOST_ROWS || rows.bytes() >= self.batch_bytes() {
                    self.flush(&mut rows, validity, uid, &standing, since).await?;
                    given_at = Instant::now();
                }
            }
        }
        self.flush(&mut rows, validity, standing.last_uid.max(done), &standing, since).await?;
        session.close().await;
        Ok(())
    }

    /// The mailbox's name as it is spelt on the line.
    fn mailbox(&self) -> String {
        let source = &self.request.source;
        source.details.get("mailbox").and_then(Value::as_str).unwrap_or(&source.source_path).to_owned()
    }

    fn batch_bytes(&self) -> usize {
        self.request.batch_bytes.min(self.request.memory_bytes / 4).max(1)
    }

    /// How much there is: of a whole read the messages, of news how far the UIDs have come.
    fn estimate(&self, standing: &Standing, since: u32, done: u32) -> ReadEvent {
        if since == 0 {
            return ReadEvent::Estimate(Estimate { rows: Some(standing.messages.into()), ..Estimate::default() });
        }
        let all = f64::from(standing.last_uid.saturating_sub(since));
        let fraction = if all > 0. { (f64::from(done.saturating_sub(since)) / all).min(1.) } else { 1. };
        ReadEvent::Estimate(Estimate { fraction: Some(fraction), ..Estimate::default() })
    }

    /// Fetches a group of messages and adds them to the rows. Where the server refuses the group, each goes by itself, so that
    /// one that it cannot give does not keep back the others.
    async fn take(
        &self,
        session: &mut Session,
        name: &str,
        group: &[Envelope],
        mut rows: Rows,
    ) -> Result<Rows, ConnectorError> {
        if let Ok(fetched) = session.bytes(group, self.keeping.limit).await? {
            return self.understand(fetched, rows).await;
        }
        let mut rejected = Vec::new();
        for envelope in group {
            match session.bytes(std::slice::from_ref(envelope), self.keeping.limit).await? {
                Ok(fetched) => rows = self.understand(fetched, rows).await?,
                // Where it gives none of several, it is not for what they are.
                Err(refusal) if group.len() > 1 && rejected.len() + 1 == group.len() => {
                    return Err(failure::refused(&self.target, Asked::Messages(name), &refusal));
                }
                Err(refusal) => rejected.push(RejectedRow {
                    position: format!("uid {}", envelope.uid()),
                    reason: format!("the server does not give the message: {}", self.target.shown(&refusal.words)),
                    row: format!("{} bytes, flags {}", envelope.size, envelope.flags.join(" ")),
                }),
            }
        }
        if !rejected.is_empty() {
            self.send(vec![ReadEvent::RejectedRows(rejected)]).await?;
        }
        Ok(rows)
    }

    async fn understand(&self, fetched: Vec<Fetched>, mut rows: Rows) -> Result<Rows, ConnectorError> {
        let keeping = self.keeping;
        let work = tokio::task::spawn_blocking(move || {
            for Fetched { envelope, raw, is_whole } in fetched {
                rows.add(&envelope, &Mail::of(&raw, is_whole, keeping));
            }
            rows
        });
        work.await.map_err(|error| ConnectorError::unreachable("taking messages apart was broken off", error))
    }

    /// Sends the rows and the checkpoint behind them.
    async fn flush(
        &self,
        rows: &mut Rows,
        uid_validity: u32,
        uid: u32,
        standing: &Standing,
        since: u32,
    ) -> Result<(), ConnectorError> {
        let mut events = if rows.count() > 0 { rows.finish()? } else { Vec::new() };
        if since > 0 {
            events.push(self.estimate(standing, since, uid));
        }
        let bookmark = Bookmark { uid_validity, uid, keeping: self.keeping.word() };
        events.push(ReadEvent::Checkpoint(Cursor::of(&bookmark)));
        self.send(events).await
    }

    async fn send(&self, events: Vec<ReadEvent>) -> Result<(), ConnectorError> {
        self.sender.send(Ok(events)).await.map_err(|_| ConnectorError::Cancelled)
    }
}

impl Envelope {
    fn uid(&self) -> u32 {
        match self.key {
            Key::Uid { uid, .. } => uid,
            Key::Position(_) | Key::FileName(_) => 0,
        }
    }
}
