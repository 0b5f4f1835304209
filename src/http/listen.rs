//! The listener: small answers are sent at once, and who opens a connection must say what they want.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Sleep, sleep};

/// How long a new connection may take to send the head of its first request. Without it, connections that say nothing
/// could be opened until no more can be.
const PATIENCE: Duration = Duration::from_secs(30);
/// The end of a request's head; that of HTTP/2 begins with one, too.
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// A listener for a server that strangers may reach.
pub(super) struct Listener(pub(super) TcpListener);

impl axum::serve::Listener for Listener {
    type Io = Greeted<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = axum::serve::Listener::accept(&mut self.0).await;
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(error = %error, "a connection keeps its small packets back");
        }
        (Greeted::new(stream, PATIENCE), address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

/// A connection that ends with an error where the head of its first request does not come in time.
pub(super) struct Greeted<S> {
    stream: S,
    /// Until the head has come: when that must be, and its last bytes so far.
    waiting: Option<(Pin<Box<Sleep>>, Vec<u8>)>,
}

impl<S> Greeted<S> {
    fn new(stream: S, patience: Duration) -> Self {
        Self { stream, waiting: Some((Box::pin(sleep(patience)), Vec::new())) }
    }

    /// Looks for the end of the head, which may come in pieces.
    fn take_note(&mut self, bytes: &[u8]) {
        let Some((_, last)) = &mut self.waiting else { return };
        last.extend_from_slice(bytes);
        if last.windows(END_OF_HEAD.len()).any(|window| window == END_OF_HEAD) {
            self.waiting = None;
        } else {
            last.drain(..last.len().saturating_sub(END_OF_HEAD.len() - 1));
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Greeted<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        if let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(context, into) {
            self.take_note(&into.filled()[before..]);
            return Poll::Ready(read);
        }
        match &mut self.waiting {
            Some((deadline, _)) => {
                ready!(deadline.as_mut().poll(context));
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
            None => Poll::Pending,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Greeted<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    const SHORT: Duration = Duration::from_millis(30);

    #[tokio::test]
    async fn a_connection_that_does_not_come_to_the_point_is_given_up() {
        let (mut client, server) = duplex(100);
        let mut server = Greeted::new(server, SHORT);
        client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n").await.unwrap();
        let mut read = Vec::new();
        let ended = server.read_to_end(&mut read).await.unwrap_err();
        assert_eq!(ended.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_connection_that_has_asked_may_be_silent() {
        let (mut client, server) = duplex(100);
        let mut server = Greeted::new(server, SHORT);
        for piece in [&b"GET / HTTP/1.1\r\n\r"[..], b"\n"] {
            client.write_all(piece).await.unwrap();
            server.read_exact(&mut vec![0; piece.len()]).await.unwrap();
        }
        let silent = tokio::time::timeout(10 * SHORT, server.read_u8()).await;
        assert!(silent.is_err(), "it is still waited for: {silent:?}");
    }
}
