//! The slices of a stream, several of them asked for at once and all of them given one after the other.
//!
//! Whoever takes them sees the order in which they would come if each was asked for when the one before it was read. What is
//! asked for ahead waits: a few pages of each slice, and no more bytes than there is room for. Slices are read by tasks of their
//! own, which go on while their pages wait to be taken: a request that nobody polls holds up others who need its connection, or
//! its turn at a budget. The tasks end when what they read is dropped.

use std::sync::Arc;

use async_stream::stream;
use futures::StreamExt;
use futures::stream::BoxStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use super::super::failure::Failure;
use super::super::slice::Slice;
use super::{PageRead, Stream};

/// The pages of a slice that may wait.
const WAITING_PAGES: usize = 2;
/// How many KiB of answers may wait, of all slices together. The slice whose turn it is waits for no room.
const ROOM_KIB: u32 = 8 << 10;

/// One step of a stream's read.
pub(in super::super) enum Step {
    Page(Arc<Slice>, PageRead),
    /// All pages of a slice were given.
    End(Arc<Slice>),
    /// A slice has no further pages, since something failed; without a slice, there are no further slices.
    Failed(Option<Arc<Slice>>, Failure),
}

/// What a stream has left to read, with up to so many slices under way at once.
pub(in super::super) fn steps(stream: &Arc<Stream>, at_once: usize) -> BoxStream<'static, Step> {
    let read = Arc::clone(stream);
    if at_once > 1 && stream.takes_slices_at_once() { side_by_side(read, at_once) } else { one_by_one(read) }
}

fn one_by_one(read: Arc<Stream>) -> BoxStream<'static, Step> {
    stream! {
        let mut slices = read.slices_ahead();
        while let Some(slice) = slices.next().await {
            let slice = match slice {
                Ok(slice) => Arc::new(slice),
                Err(failure) => {
                    yield Step::Failed(None, failure);
                    break;
                }
            };
            let mut failed = read.begin(&slice).err();
            if failed.is_none() {
                let mut pages = read.pages(&slice);
                while let Some(page) = pages.next().await {
                    match page {
                        Ok(page) => yield Step::Page(Arc::clone(&slice), page),
                        Err(failure) => {
                            failed = Some(failure);
                            break;
                        }
                    }
                }
            }
            yield match failed {
                None => Step::End(slice),
                Some(failure) => Step::Failed(Some(slice), failure),
            };
        }
    }
    .boxed()
}

/// What is found of slices, in their order.
enum Found {
    Slice(Underway),
    Failed(Failure),
    /// There are no more.
    End,
}

/// A slice that is being read.
struct Underway {
    slice: Arc<Slice>,
    parts: mpsc::Receiver<Part>,
    /// Tells its reader that its turn has come.
    turn: CancellationToken,
    /// Given back when all of it was taken.
    _place: OwnedSemaphorePermit,
}

/// What is read of a slice.
enum Part {
    /// A page, with the room that it takes until it is taken.
    Page(PageRead, Option<OwnedSemaphorePermit>),
    Failed(Failure),
    End,
}

fn side_by_side(read: Arc<Stream>, at_once: usize) -> BoxStream<'static, Step> {
    stream! {
        let (sender, mut found) = mpsc::channel(at_once);
        let finding = find(Arc::clone(&read), at_once, sender).in_current_span();
        let _finding = AbortOnDropHandle::new(tokio::spawn(finding));
        loop {
            let Underway { slice, mut parts, turn, _place } = match found.recv().await {
                Some(Found::Slice(underway)) => underway,
                Some(Found::Failed(failure)) => {
                    yield Step::Failed(None, failure);
                    break;
                }
                Some(Found::End) => break,
                None => {
                    yield Step::Failed(None, broken_off());
                    break;
                }
            };
            turn.cancel();
            let mut failed = read.begin(&slice).err();
            while failed.is_none() {
                match parts.recv().await {
                    Some(Part::Page(page, room)) => {
                        drop(room);
                        yield Step::Page(Arc::clone(&slice), page);
                    }
                    Some(Part::Failed(failure)) => failed = Some(failure),
                    Some(Part::End) => break,
                    None => failed = Some(broken_off()),
                }
            }
            yield match failed {
                None => Step::End(slice),
                Some(failure) => Step::Failed(Some(slice), failure),
            };
        }
    }
    .boxed()
}

/// Finds the slices, and has each read as soon as no more than `at_once` are not taken yet.
async fn find(read: Arc<Stream>, at_once: usize, found: mpsc::Sender<Found>) {
    let places = Arc::new(Semaphore::new(at_once));
    let room = Arc::new(Semaphore::new(ROOM_KIB as usize));
    let mut readers = JoinSet::new();
    let mut slices = read.slices_ahead();
    let end = loop {
        while readers.try_join_next().is_some() {}
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { break Found::Failed(broken_off()) };
        let slice = match slices.next().await {
            Some(Ok(slice)) => Arc::new(slice),
            Some(Err(failure)) => break Found::Failed(failure),
            None => break Found::End,
        };
        let (sender, parts) = mpsc::channel(WAITING_PAGES);
        let turn = CancellationToken::new();
        let reading = read_one(Arc::clone(&read), Arc::clone(&slice), Arc::clone(&room), turn.clone(), sender);
        readers.spawn(reading.in_current_span());
        if found.send(Found::Slice(Underway { slice, parts, turn, _place: place })).await.is_err() {
            return;
        }
    };
    // Nobody is there to hear it where the read was given up.
    found.send(end).await.ok();
    // The readers end with this.
    while readers.join_next().await.is_some() {}
}

/// Reads a slice. Each page waits for room before the next one is asked for, unless the slice's turn has come.
async fn read_one(
    read: Arc<Stream>,
    slice: Arc<Slice>,
    room: Arc<Semaphore>,
    turn: CancellationToken,
    parts: mpsc::Sender<Part>,
) {
    let mut pages = read.pages(&slice);
    let end = loop {
        let page = match pages.next().await {
            Some(Ok(page)) => page,
            Some(Err(failure)) => break Part::Failed(failure),
            None => break Part::End,
        };
        let kib = u32::try_from(page.bytes / 1024 + 1).unwrap_or(ROOM_KIB).min(ROOM_KIB);
        let taken = tokio::select! {
            biased;
            () = turn.cancelled() => None,
            taken = Arc::clone(&room).acquire_many_owned(kib) => taken.ok(),
        };
        if parts.send(Part::Page(page, taken)).await.is_err() {
            return;
        }
    };
    // As above.
    parts.send(end).await.ok();
}

/// A task ended without a word, which only one that panics does.
fn broken_off() -> Failure {
    Failure::Data("the read broke off".to_owned())
}
