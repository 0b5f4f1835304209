//! Reading a file of mail: a worker on a blocking thread takes it apart, a bounded channel carries its events.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use futures::Stream;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::super::config::Keeping;
use super::super::message::Mail;
use super::super::rows::{Envelope, Key, Rows};
use super::cursor::{self, Bookmark};
use super::listing::{self, Kind, gone, of_io};
use super::mbox::{self, Pieces};
use super::{Root, maildir};
use crate::sdk::{ConnectorError, Cursor, Estimate, Extract, ReadEvent, ReadRequest, Step, stream_of};

/// The most rows of a batch, so that progress shows.
const MOST_ROWS: usize = 4_096;

/// Reads one mailbox.
pub(super) fn stream(
    root: Arc<Root>,
    keeping: Keeping,
    request: ReadRequest,
) -> impl Stream<Item = Result<ReadEvent, ConnectorError>> + Send + 'static {
    stream_of(request.cancel.clone(), move |sender, stop| {
        tokio::task::spawn_blocking(move || {
            let failed = sender.clone();
            if let Err(error) = (Worker { root, keeping, request, sender, stop }).run() {
                // Nobody listens any more where this fails.
                drop(failed.blocking_send(Err(error)));
            }
        });
    })
}

struct Worker {
    root: Arc<Root>,
    keeping: Keeping,
    request: ReadRequest,
    sender: mpsc::Sender<Step>,
    stop: CancellationToken,
}

impl Worker {
    fn run(self) -> Result<(), ConnectorError> {
        let path = self.request.source.source_path.clone();
        let place = self.root.place(&path)?;
        let bookmark = |cursor: &Cursor| cursor.read::<Bookmark>(&path);
        let resume = self.request.resume.as_ref().map(bookmark).transpose()?;
        let since = match &self.request.extract {
            Extract::Full => None,
            Extract::Incremental { since, .. } => since.as_ref().map(bookmark).transpose()?,
        };
        let kind = if listing::is_maildir(&place) { Kind::Maildir } else { Kind::Mbox };
        if let Extract::Incremental { cursor_field: Some(field), .. } = &self.request.extract
            && Some(field.as_str()) != kind.cursor_field()
        {
            let known = kind.cursor_field().unwrap_or("none: it is seen by its files");
            let message = format!("is {field}, and what is new in {path} is told by {known}");
            return Err(ConnectorError::config("cursorField", message));
        }
        if kind == Kind::Maildir { self.maildir(&place, since, resume) } else { self.mbox(&place, since, resume) }
    }

    fn mbox(&self, place: &Path, since: Option<Bookmark>, resume: Option<Bookmark>) -> Result<(), ConnectorError> {
        let path = self.request.source.source_path.as_str();
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::InvalidData => ConnectorError::data(path, "the file is no mbox file: it has no From line"),
            _ => of_io(Path::new(path), error),
        };
        let mut file = File::open(place).map_err(failed)?;
        let about = file.metadata().map_err(failed)?;
        if !about.is_file() {
            return Err(gone(path));
        }
        // What is added while it is read comes with the next sync.
        let length = about.len();
        let keeping = self.keeping.word();
        let mut goes_on = |bookmark: &Bookmark| match bookmark {
            Bookmark::Mbox { position, probe, keeping: kept } if *position <= length && *kept == keeping => {
                stands(&mut file, *position, length, probe).map(|stands| stands.then_some(*position))
            }
            _ => Ok(None),
        };
        let known = since.as_ref().map(&mut goes_on).transpose().map_err(failed)?.flatten();
        let resumed = resume.as_ref().map(&mut goes_on).transpose().map_err(failed)?.flatten();
        if resume.is_some() && resumed.is_none() {
            return Err(changed(path));
        }
        let start = resumed.or(known).unwrap_or(0);

        let mut rows = Rows::of(Kind::Mbox.store());
        self.begin(&rows, since.is_some() && known.is_none(), progress(start, length))?;
        let mut reading = file.try_clone().map_err(failed)?;
        reading.seek(SeekFrom::Start(start)).map_err(failed)?;
        let mut pieces = Pieces::new(BufReader::new(reading.take(length - start)), start, self.keeping.limit);
        let mut end = start;
        while let Some(piece) = pieces.next().map_err(failed)? {
            self.look_up()?;
            end = piece.end;
            let envelope = Envelope {
                key: Key::Position(piece.position),
                received_at: piece.received_at,
                flags: mbox::flags(&piece.raw),
                size: piece.size,
            };
            rows.add(&envelope, &Mail::of(&piece.raw, piece.is_whole, self.keeping));
            if self.is_full(&rows) {
                self.flush(&mut rows, progress(end, length), || self.mbox_bookmark(place, end).map_err(failed))?;
            }
        }
        self.flush(&mut rows, progress(end, length), || self.mbox_bookmark(place, end).map_err(failed))
    }

    fn mbox_bookmark(&self, place: &Path, position: u64) -> io::Result<Bookmark> {
        // Not by the handle that is read from: they would move each other.
        let probe = cursor::probe(&mut File::open(place)?, position)?;
        Ok(Bookmark::Mbox { position, probe, keeping: self.keeping.word() })
    }

    fn maildir(&self, place: &Path, since: Option<Bookmark>, resume: Option<Bookmark>) -> Result<(), ConnectorError> {
        let path = self.request.source.source_path.as_str();
        let failed = |error| of_io(Path::new(path), error);
        let letters = maildir::list(place).map_err(failed)?;
        let listing = cursor::listing(letters.keys().map(String::as_str));
        let keeping = self.keeping.word();
        let bookmark = |listing: &str, file_name: &str, done| Bookmark::Maildir {
            file_name: file_name.to_owned(),
            listing: listing.to_owned(),
            done,
            keeping: keeping.clone(),
        };
        let mut rows = Rows::of(Kind::Maildir.store());
        let last = letters.last_key_value().map_or("", |(name, _)| name.as_str());
        if since.as_ref().is_some_and(|since| *since == bookmark(&listing, last, true)) {
            self.begin(&rows, false, 1.)?;
            return self.flush(&mut rows, 1., || Ok(bookmark(&listing, last, true)));
        }
        let (began_with, done) = match &resume {
            None => (listing.as_str(), ""),
            // What has come meanwhile may have a name that was passed: the next sync sees that there are other messages.
            Some(Bookmark::Maildir { file_name, listing, keeping: kept, .. }) if *kept == keeping => {
                (listing.as_str(), file_name.as_str())
            }
            Some(_) => return Err(changed(path)),
        };
        let total = letters.len().max(1) as f64;
        let mut passed = letters.keys().take_while(|name| name.as_str() <= done).count() as f64;
        self.begin(&rows, since.is_some(), passed / total)?;
        for (name, file) in letters.iter().filter(|(name, _)| name.as_str() > done) {
            self.look_up()?;
            passed += 1.;
            let Some(letter) = maildir::read(place, name, file, self.keeping.limit).map_err(failed)? else { continue };
            let envelope = Envelope {
                key: Key::FileName(name.clone()),
                received_at: letter.received_at,
                flags: letter.flags,
                size: letter.size,
            };
            rows.add(&envelope, &Mail::of(&letter.raw, letter.is_whole, self.keeping));
            if self.is_full(&rows) {
                self.flush(&mut rows, passed / total, || Ok(bookmark(began_with, name, false)))?;
            }
        }
        self.flush(&mut rows, 1., || Ok(bookmark(began_with, last, true)))
    }

    fn begin(&self, rows: &Rows, is_whole: bool, fraction: f64) -> Result<(), ConnectorError> {
        let mut events = if is_whole { vec![ReadEvent::Anew] } else { Vec::new() };
        events.extend([ReadEvent::Schema(rows.schema()), estimate(fraction)]);
        self.send(events)
    }

    fn is_full(&self, rows: &Rows) -> bool {
        let batch_bytes = self.request.batch_bytes.min(self.request.memory_bytes / 4).max(1);
        rows.count() >= MOST_ROWS || rows.bytes() >= batch_bytes
    }

    fn flush(
        &self,
        rows: &mut Rows,
        fraction: f64,
        bookmark: impl FnOnce() -> Result<Bookmark, ConnectorError>,
    ) -> Result<(), ConnectorError> {
        let mut events = if rows.count() > 0 { rows.finish()? } else { Vec::new() };
        events.extend([estimate(fraction), ReadEvent::Checkpoint(Cursor::of(&bookmark()?))]);
        self.send(events)
    }

    fn look_up(&self) -> Result<(), ConnectorError> {
        if self.stop.is_cancelled() { Err(ConnectorError::Cancelled) } else { Ok(()) }
    }

    fn send(&self, events: Vec<ReadEvent>) -> Result<(), ConnectorError> {
        self.sender.blocking_send(Ok(events)).map_err(|_| ConnectorError::Cancelled)
    }
}

/// Whether a file has before a position what it had, and behind it a new message or nothing.
fn stands(file: &mut File, position: u64, length: u64, probe: &str) -> io::Result<bool> {
    if cursor::probe(file, position)? != probe {
        return Ok(false);
    }
    if position == length {
        return Ok(true);
    }
    let mut begin = Vec::new();
    file.seek(SeekFrom::Start(position))?;
    Read::by_ref(file).take(200).read_to_end(&mut begin)?;
    Ok(mbox::is_separator(begin.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default()))
}

fn progress(position: u64, length: u64) -> f64 {
    if length == 0 { 1. } else { (position as f64 / length as f64).min(1.) }
}

fn estimate(fraction: f64) -> ReadEvent {
    ReadEvent::Estimate(Estimate { fraction: Some(fraction.clamp(0., 1.)), ..Estimate::default() })
}

fn changed(path: &str) -> ConnectorError {
    ConnectorError::data(path, "the file changed, or is read with other settings, since the read was cut short")
}
