//! The listener: small answers are sent at once, who begins to ask must come to the end of it, and who is answered must take
//! the answer.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use ::metrics::counter;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Sleep, sleep};

/// How long the head of a request may take to come: of the first one from the opening of its connection on, of a later one
/// from its first byte on. Without it, connections that say nothing could be opened until no more can be.
const PATIENCE: Duration = Duration::from_secs(30);
/// The end of a request's head; that of HTTP/2 begins with one, too.
const END_OF_HEAD: &[u8] = b"\r\n\r\n";
/// What HTTP/2 begins with instead of a head. It has flow control of its own, so that a client could stop an answer that we do
/// not see stopped; that our HTTP library understands it is owed to the clients in this program, which it is built for, too.
const HTTP_2: &[u8] = b"PRI * HTTP/2.0\r\n\r\n";

/// A listener for a server that strangers may reach.
pub(super) struct Listener {
    pub(super) listener: TcpListener,
    /// How long a connection may take nothing of an answer.
    pub(super) write_patience: Duration,
}

impl axum::serve::Listener for Listener {
    type Io = Greeted<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = axum::serve::Listener::accept(&mut self.listener).await;
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(error = %error, "a connection keeps its small packets back");
        }
        (Greeted::new(stream, PATIENCE, self.write_patience), address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

/// What the server's answers begin with.
const ANSWER: &[u8] = b"HTTP/1.";
/// The status that only says that the body may come now.
const CONTINUE: &[u8] = b"100";
/// The status after which the connection speaks something else, such as the WebSocket protocol.
const SWITCHING: &[u8] = b"101";

/// A connection that ends with an error where the head of a request does not come in time, where it is none of HTTP/1, or where
/// nothing is taken of an answer for a long time.
pub(super) struct Greeted<S> {
    stream: S,
    patience: Duration,
    stage: Stage,
    write_patience: Duration,
    /// Since nothing was taken any more: when it is given up.
    stalled: Option<Pin<Box<Sleep>>>,
}

/// Where a connection stands.
enum Stage {
    /// The head of a request is coming: when all of it must be there, and its last bytes so far.
    Asking { deadline: Pin<Box<Sleep>>, last: Vec<u8> },
    /// The head has come. What comes now is a body, or nothing until the answer has begun.
    Asked,
    /// The answer has begun: what comes next is another request.
    Answered,
    /// It speaks another protocol, in which a client can be told that it is given up.
    Switched,
}

impl Stage {
    fn asking(patience: Duration) -> Self {
        Self::Asking { deadline: Box::pin(sleep(patience)), last: Vec::new() }
    }
}

impl<S> Greeted<S> {
    fn new(stream: S, patience: Duration, write_patience: Duration) -> Self {
        Self { stream, patience, stage: Stage::asking(patience), write_patience, stalled: None }
    }

    /// What a write gives, or an error where the connection has taken nothing for too long.
    fn in_time(&mut self, context: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_ready() || matches!(self.stage, Stage::Switched) {
            self.stalled = None;
            return written;
        }
        let deadline = self.stalled.get_or_insert_with(|| Box::pin(sleep(self.write_patience)));
        ready!(deadline.as_mut().poll(context));
        counter!("dataweaver_http_stalled_total").increment(1);
        tracing::debug!("a connection is cut off that took nothing of its answer for {:?}", self.write_patience);
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// Looks for the end of the head, which may come in pieces.
    fn note_read(&mut self, bytes: &[u8]) -> io::Result<()> {
        if matches!(self.stage, Stage::Answered) && !bytes.is_empty() {
            self.stage = Stage::asking(self.patience);
        }
        let Stage::Asking { last, .. } = &mut self.stage else { return Ok(()) };
        last.extend_from_slice(bytes);
        let Some(end) = last.windows(END_OF_HEAD.len()).position(|window| window == END_OF_HEAD) else {
            last.drain(..last.len().saturating_sub(HTTP_2.len() - 1));
            return Ok(());
        };
        if last[..end + END_OF_HEAD.len()].ends_with(HTTP_2) {
            return Err(io::Error::new(io::ErrorKind::Unsupported, "HTTP/2 is not spoken here"));
        }
        self.stage = Stage::Asked;
        Ok(())
    }

    /// Looks for the beginning of an answer, which is written in one piece.
    fn note_write(&mut self, bytes: &[u8]) {
        let Some(version_and_status) = bytes.strip_prefix(ANSWER).filter(|_| matches!(self.stage, Stage::Asked)) else {
            return;
        };
        match version_and_status.get(2..5) {
            Some(CONTINUE) => {}
            Some(SWITCHING) => self.stage = Stage::Switched,
            _ => self.stage = Stage::Answered,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Greeted<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        if let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(context, into) {
            return Poll::Ready(read.and_then(|()| self.note_read(&into.filled()[before..])));
        }
        let Stage::Asking { deadline, .. } = &mut self.stage else { return Poll::Pending };
        ready!(deadline.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Greeted<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.note_write(bytes);
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.in_time(context, written)
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
        if let Some(first) = pieces.iter().find(|piece| !piece.is_empty()) {
            self.note_write(first);
        }
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.in_time(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::*;

    const SHORT: Duration = Duration::from_millis(30);

    /// A connection, and what its server reads of these pieces, each followed by an answer.
    async fn talked(turns: &[(&str, &str)]) -> (DuplexStream, Greeted<DuplexStream>) {
        let (mut client, server) = duplex(1000);
        let mut server = Greeted::new(server, SHORT, SHORT);
        for (said, answer) in turns {
            client.write_all(said.as_bytes()).await.unwrap();
            server.read_exact(&mut vec![0; said.len()]).await.unwrap();
            server.write_all(answer.as_bytes()).await.unwrap();
            client.read_exact(&mut vec![0; answer.len()]).await.unwrap();
        }
        (client, server)
    }

    async fn is_given_up(server: &mut Greeted<DuplexStream>) -> bool {
        match tokio::time::timeout(10 * SHORT, server.read_u8()).await {
            Ok(Err(error)) => error.kind() == io::ErrorKind::TimedOut,
            Ok(Ok(byte)) => panic!("{byte} was read"),
            Err(_) => false,
        }
    }

    const ASKED: &str = "GET / HTTP/1.1\r\n\r\n";
    const ANSWERED: &str = "HTTP/1.1 200 OK\r\n\r\n";

    #[tokio::test]
    async fn a_connection_that_does_not_come_to_the_point_is_given_up() {
        let (_client, mut server) = talked(&[("GET / HTTP/1.1\r\nHost: a\r\n", "")]).await;
        assert!(is_given_up(&mut server).await);
        for before in [ANSWERED, "HTTP/1.1 404 Not Found\r\n\r\n"] {
            let (_client, mut server) = talked(&[(ASKED, before), ("GET / HTTP/1.1\r\nHost:", "")]).await;
            assert!(is_given_up(&mut server).await, "the second request is not waited for any longer than the first");
        }
    }

    #[tokio::test]
    async fn a_connection_that_takes_nothing_is_given_up_and_one_that_takes_little_is_not() {
        let (mut client, server) = duplex(1000);
        let mut server = Greeted::new(server, SHORT, Duration::from_secs(1));
        let written = tokio::spawn(async move { server.write_all(&[0; 5000]).await });
        for _ in 0..3 {
            sleep(Duration::from_millis(400)).await;
            client.read_exact(&mut [0; 10]).await.unwrap();
        }
        assert!(!written.is_finished());
        assert_eq!(written.await.unwrap().unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn what_speaks_another_protocol_gives_clients_up_by_itself() {
        let (_client, mut server) = talked(&[(ASKED, "HTTP/1.1 101 Switching Protocols\r\n\r\n")]).await;
        let written = server.write_all(&[0; 5000]);
        assert!(tokio::time::timeout(10 * SHORT, written).await.is_err(), "it waits");
    }

    #[tokio::test]
    async fn http_2_is_refused_however_it_comes() {
        for pieces in [&["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"][..], &["PRI * HT", "TP/2.0\r\n\r", "\nSM"]] {
            let (mut client, server) = duplex(1000);
            let mut server = Greeted::new(server, SHORT, SHORT);
            let mut read = Ok(0);
            for piece in pieces {
                client.write_all(piece.as_bytes()).await.unwrap();
                read = server.read(&mut [0; 100]).await;
            }
            assert_eq!(read.unwrap_err().kind(), io::ErrorKind::Unsupported, "{pieces:?}");
        }
    }

    #[tokio::test]
    async fn a_connection_that_has_asked_may_be_silent() {
        for turns in [
            &[("GET / HTTP/1.1\r\n\r", ""), ("\n", "")][..],
            &[(ASKED, ANSWERED)],
            &[(ASKED, ANSWERED), (ASKED, "")],
            &[("POST / HTTP/1.1\r\n\r\n", ""), ("a body that", "")],
            &[("POST / HTTP/1.1\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n"), ("a body that", "")],
            &[(ASKED, "HTTP/1.1 101 Switching Protocols\r\n\r\n"), ("a message", "a message")],
        ] {
            let (_client, mut server) = talked(turns).await;
            assert!(!is_given_up(&mut server).await, "{turns:?}");
        }
    }
}
