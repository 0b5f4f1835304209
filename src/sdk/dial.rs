//! Reaching a server over TCP, no further than the process allows.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;

use super::is_private;

/// Why a server was not reached.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    /// Its name stands for no address.
    #[error("no address is known for the host")]
    UnknownHost(#[source] io::Error),
    /// It is in a private network, which the process does not allow.
    #[error("the host is in a private network")]
    Private,
    /// None of its addresses took the connection; this is what the last one said.
    #[error("no connection")]
    Refused(#[source] io::Error),
}

/// Connects to the first address of a host that answers. Addresses of private networks are refused unless
/// `allow_private_network` is set. A dead line is noticed within about a minute and a half, also while nothing is sent.
///
/// # Errors
/// Why there is no connection.
pub async fn dial(host: &str, port: u16, allow_private_network: bool) -> Result<(TcpStream, SocketAddr), DialError> {
    let found = tokio::net::lookup_host((host, port)).await.map_err(DialError::UnknownHost)?;
    let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in found {
        if !allow_private_network && is_private(address.ip()) {
            return Err(DialError::Private);
        }
        match TcpStream::connect(address).await {
            Ok(stream) => {
                keep_alive(&stream).map_err(DialError::Refused)?;
                return Ok((stream, address));
            }
            Err(error) => failure = error,
        }
    }
    Err(DialError::Refused(failure))
}

fn keep_alive(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let probes = TcpKeepalive::new().with_time(Duration::from_secs(30)).with_interval(Duration::from_secs(10));
    SockRef::from(stream).set_tcp_keepalive(&probes.with_retries(6))
}
