//! The stream of a read whose rows a task of its own takes from the other end.

use async_stream::stream;
use futures::Stream;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{ConnectorError, ReadEvent};

/// What goes over the channel at once: a batch with what belongs to it.
pub type Step = Result<Vec<ReadEvent>, ConnectorError>;

/// The events of the reader that `start` sets going, when the stream is first polled, with the end of the channel that
/// it sends to and the token that stops it. It is stopped by `cancel`, and when the stream is dropped.
pub fn stream_of(
    cancel: CancellationToken,
    start: impl FnOnce(mpsc::Sender<Step>, CancellationToken) + Send + 'static,
) -> impl Stream<Item = Result<ReadEvent, ConnectorError>> + Send + 'static {
    stream! {
        let stop = cancel.child_token();
        let _stops_with_the_stream = stop.clone().drop_guard();
        let (sender, mut receiver) = mpsc::channel(1);
        start(sender, stop);
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
