//! Reaching the server: name, address, socket, TLS.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;

use super::{Connection, Socket, binding};
use crate::connectors::database::URL_FIELD;
use crate::connectors::database::postgres::failure::ServerError;
use crate::connectors::database::postgres::target::{Endpoint, Target, TlsMode};
use crate::connectors::database::postgres::tls;
use crate::sdk::{ConnectorError, DialError, dial};

/// Asks for TLS before anything else is said.
const TLS_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// A line to the server, before anybody signed in.
pub(super) struct Line {
    pub(super) socket: Box<dyn Socket>,
    pub(super) peer: Peer,
    /// What a sign-in can be bound to, where the line is encrypted.
    pub(super) end_point: Option<Vec<u8>>,
}

/// The very server that a connection went to: one name may stand for several.
#[derive(Clone, Debug)]
pub(super) enum Peer {
    Tcp { address: SocketAddr, is_encrypted: bool },
    Unix(PathBuf),
}

impl Connection {
    /// Connects and signs in, within the target's time.
    ///
    /// # Errors
    /// `Unreachable`, `Auth`, `NotFound` for the database, `Protocol` for certificates.
    pub(in super::super) async fn open(target: &Arc<Target>) -> Result<Self, ConnectorError> {
        let limit = target.connect_timeout;
        let opening = tokio::time::timeout(limit, Self::open_as_the_mode_says(target)).await;
        opening.unwrap_or_else(|elapsed| {
            let message = format!(
                "{} did not answer within {} seconds; check the host, the port and the firewall between",
                target.endpoint,
                limit.as_secs()
            );
            Err(ConnectorError::unreachable(message, elapsed))
        })
    }

    async fn open_as_the_mode_says(target: &Arc<Target>) -> Result<Self, ConnectorError> {
        match Self::open_once(target, target.tls != TlsMode::Disable).await {
            // `prefer` falls back to a plain line where TLS is what stood in the way, as libpq does.
            Err(error) if target.tls == TlsMode::Prefer && may_be_for_tls(&error) => {
                Self::open_once(target, false).await.map_err(|_| error)
            }
            opened => opened,
        }
    }

    async fn open_once(target: &Arc<Target>, asks_for_tls: bool) -> Result<Self, ConnectorError> {
        let line = match &target.endpoint {
            Endpoint::Unix(path) => open_unix(path, target).await?,
            Endpoint::Tcp { host, port } => open_tcp(host, *port, asks_for_tls, target).await?,
        };
        Self::sign_in(line, target).await
    }
}

/// A handshake that fails, or a server that lets this user in by plain lines only.
fn may_be_for_tls(error: &ConnectorError) -> bool {
    match error {
        ConnectorError::Protocol { .. } => true,
        ConnectorError::Auth { cause: Some(cause), .. } => {
            cause.downcast_ref::<ServerError>().is_some_and(|error| error.code == "28000")
        }
        _ => false,
    }
}

/// Connects to the same server once more, to say something about a connection that it has.
pub(super) async fn again(peer: &Peer, target: &Target) -> Result<Box<dyn Socket>, ConnectorError> {
    match peer {
        Peer::Unix(path) => open_unix(path, target).await.map(|line| line.socket),
        Peer::Tcp { address, is_encrypted } => {
            let stream = TcpStream::connect(address)
                .await
                .map_err(|error| ConnectorError::unconnected(&target.endpoint, error))?;
            encrypt_if(stream, *address, *is_encrypted, target).await.map(|line| line.socket)
        }
    }
}

async fn open_unix(path: &Path, target: &Target) -> Result<Line, ConnectorError> {
    if !target.allow_private_network {
        return Err(private(target));
    }
    let stream =
        UnixStream::connect(path).await.map_err(|error| ConnectorError::unconnected(&target.endpoint, error))?;
    Ok(Line { socket: Box::new(stream), peer: Peer::Unix(path.to_owned()), end_point: None })
}

async fn open_tcp(host: &str, port: u16, asks_for_tls: bool, target: &Target) -> Result<Line, ConnectorError> {
    let dialled = dial(host, port, target.allow_private_network).await;
    let (stream, address) = dialled.map_err(|error| match error {
        DialError::UnknownHost(error) => {
            ConnectorError::unreachable(format!("no address is known for {host}; check the host of the URL"), error)
        }
        DialError::Private => private(target),
        DialError::Refused(error) => ConnectorError::unconnected(&target.endpoint, error),
    })?;
    encrypt_if(stream, address, asks_for_tls, target).await
}

async fn encrypt_if(
    mut stream: TcpStream,
    address: SocketAddr,
    asks_for_tls: bool,
    target: &Target,
) -> Result<Line, ConnectorError> {
    let plain = |stream: TcpStream| {
        let peer = Peer::Tcp { address, is_encrypted: false };
        Ok(Line { socket: Box::new(stream), peer, end_point: None })
    };
    if !asks_for_tls {
        return plain(stream);
    }
    stream.write_all(&TLS_REQUEST).await.map_err(|error| ConnectorError::unconnected(&target.endpoint, error))?;
    let answer = stream.read_u8().await.map_err(|error| ConnectorError::unconnected(&target.endpoint, error))?;
    match answer {
        b'S' => {}
        b'N' if target.tls == TlsMode::Prefer => return plain(stream),
        b'N' => return Err(protocol(target, "offers no TLS, and sslmode in the URL asks for it")),
        _ => return Err(protocol(target, "is no PostgreSQL server")),
    }
    let client = TlsConnector::from(Arc::new(tls::client(target)?));
    let name = ServerName::try_from(target.host())
        .map_err(|_| ConnectorError::config(URL_FIELD, "has a host that is no host name"))?;
    let encrypted = client.connect(name, stream).await.map_err(|error| {
        let message = match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(reason) => tls::explain(reason, target),
            None => format!("the TLS handshake with {} broke off", target.endpoint),
        };
        ConnectorError::Protocol { message, cause: Some(error.into()) }
    })?;
    let certificate = encrypted.get_ref().1.peer_certificates().and_then(<[_]>::first);
    let end_point = certificate.and_then(|certificate| binding::server_end_point(certificate));
    Ok(Line { socket: Box::new(encrypted), peer: Peer::Tcp { address, is_encrypted: true }, end_point })
}

fn protocol(target: &Target, what: &str) -> ConnectorError {
    ConnectorError::Protocol { message: format!("{} {what}", target.endpoint), cause: None }
}

fn private(target: &Target) -> ConnectorError {
    ConnectorError::config(
        URL_FIELD,
        format!("{} is in a private network; the operator allows these with network.allow_private", target.endpoint),
    )
}
