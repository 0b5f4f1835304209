//! A conversation with a server: a command, the responses to it, and how it ended.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use async_imap::Client;
use async_imap::imap_proto::{Capability, Response, Status};
use futures::FutureExt;
use tokio::io::AsyncWriteExt;

use super::failure::{self, Asked, Refusal};
use super::metered::{Line, Metered};
use super::target::Target;
use crate::sdk::ConnectorError;

/// What the answer to a command without much to tell may take, in bytes.
pub(super) const SHORT: u64 = 64 << 10;
/// How long we wait for a server to say good-bye.
const GOOD_BYE: Duration = Duration::from_secs(2);

/// A line to a server that is spoken to.
pub(super) struct Wire {
    pub(super) client: Client<Metered>,
    pub(super) target: Arc<Target>,
    /// What the server can, in upper case.
    pub(super) capabilities: HashSet<String>,
    pub(super) server: Option<String>,
    commands: u32,
}

impl Wire {
    pub(super) fn new(line: Box<dyn Line>, target: &Arc<Target>) -> Self {
        Self {
            client: Client::new(Metered::new(line, target.command_timeout)),
            target: Arc::clone(target),
            capabilities: HashSet::new(),
            server: None,
            commands: 0,
        }
    }

    /// Whether the server can do something.
    pub(super) fn can(&self, capability: &str) -> bool {
        self.capabilities.contains(capability)
    }

    /// What the server calls itself.
    pub(super) fn server_name(&self) -> &str {
        self.server.as_deref().unwrap_or("the IMAP server")
    }

    /// The server's first words: whether we are signed in already.
    ///
    /// # Errors
    /// `Unreachable` where it takes no sessions just now, `Protocol` where it does not speak IMAP.
    pub(super) async fn greeting(&mut self) -> Result<bool, ConnectorError> {
        self.client.get_mut().expect(SHORT);
        let is_signed_in = self.next(Asked::Greeting, |response| match response {
            Response::Data { status: Status::Ok, .. } => Some(false),
            Response::Data { status: Status::PreAuth, .. } => Some(true),
            _ => None,
        });
        is_signed_in.await?.ok_or_else(|| failure::no_imap(&self.target))
    }

    /// Gives a command and hands on each response to it but the last. The answer may be `most` bytes long.
    ///
    /// # Errors
    /// What the server refused, what broke, and what `take` said.
    pub(super) async fn run(
        &mut self,
        asked: Asked<'_>,
        command: &str,
        most: u64,
        take: impl FnMut(&Response<'_>) -> Result<(), ConnectorError>,
    ) -> Result<(), ConnectorError> {
        match self.ended(asked, command, most, take).await? {
            None => Ok(()),
            Some(refusal) => Err(failure::refused(&self.target, asked, &refusal)),
        }
    }

    /// The same, where a refusal of just this is worth something else than an error.
    ///
    /// # Errors
    /// What the server refuses whatever it is asked, what broke, and what `take` said.
    pub(super) async fn try_run(
        &mut self,
        asked: Asked<'_>,
        command: &str,
        most: u64,
        take: impl FnMut(&Response<'_>) -> Result<(), ConnectorError>,
    ) -> Result<Option<Refusal>, ConnectorError> {
        match self.ended(asked, command, most, take).await? {
            Some(refusal) if !refusal.is_of_this_only() => Err(failure::refused(&self.target, asked, &refusal)),
            ended => Ok(ended),
        }
    }

    async fn ended(
        &mut self,
        asked: Asked<'_>,
        command: &str,
        most: u64,
        mut take: impl FnMut(&Response<'_>) -> Result<(), ConnectorError>,
    ) -> Result<Option<Refusal>, ConnectorError> {
        let tag = self.send(asked, command, most).await?;
        loop {
            let ended = self.next(asked, |response| match response {
                Response::Done { tag: done, status, outcome } if done.0 == tag => {
                    Ok(Some(Refusal::of(status, outcome)))
                }
                Response::Done { .. } => Ok(None),
                other => take(other).map(|()| None),
            });
            if let Some(ended) = ended.await?? {
                return Ok(ended);
            }
        }
    }

    /// Gives a command whose answer is read elsewhere; returns its tag.
    pub(super) async fn send(&mut self, asked: Asked<'_>, command: &str, most: u64) -> Result<String, ConnectorError> {
        self.commands += 1;
        let tag = format!("D{}", self.commands);
        self.client.get_mut().expect(most);
        // Not by the library, which shows to the log what it sends.
        self.write(asked, &format!("{tag} {command}\r\n")).await?;
        Ok(tag)
    }

    /// Sends a line as it is.
    pub(super) async fn write(&mut self, asked: Asked<'_>, line: &str) -> Result<(), ConnectorError> {
        let patience = self.target.command_timeout;
        let stream = self.client.get_mut();
        let sent = tokio::time::timeout(patience, async {
            stream.write_all(line.as_bytes()).await?;
            stream.flush().await
        });
        let sent = sent.await.unwrap_or_else(|_| Err(std::io::Error::from(std::io::ErrorKind::TimedOut)));
        sent.map_err(|error| failure::broken(&self.target, asked, error))
    }

    /// Hands the next response to `look`; one that ends the session is an error.
    pub(super) async fn next<T>(
        &mut self,
        asked: Asked<'_>,
        look: impl FnOnce(&Response<'_>) -> T,
    ) -> Result<T, ConnectorError> {
        // The parser is trusted to be right, not to be right about everything that a server may send.
        let response = AssertUnwindSafe(self.client.read_response()).catch_unwind().await;
        let response = match response {
            Ok(Ok(Some(response))) => response,
            Ok(Ok(None)) => {
                let end = std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
                return Err(failure::broken(&self.target, asked, end));
            }
            Ok(Err(error)) => return Err(failure::broken(&self.target, asked, error)),
            Err(_) => return Err(failure::not_understood(&self.target, asked)),
        };
        if let Response::Data { status: Status::Bye, outcome } = response.parsed() {
            let refusal = Refusal::of(&Status::Bye, outcome);
            return Err(refusal.map_or_else(
                || failure::not_understood(&self.target, asked),
                |refusal| failure::refused(&self.target, asked, &refusal),
            ));
        }
        Ok(look(response.parsed()))
    }

    /// Asks the server what it can.
    pub(super) async fn ask_capabilities(&mut self) -> Result<(), ConnectorError> {
        let mut found = HashSet::new();
        self.run(Asked::Capabilities, "CAPABILITY", SHORT, |response| {
            if let Response::Capabilities(capabilities) = response {
                found.extend(capabilities.iter().map(word));
            }
            Ok(())
        })
        .await?;
        self.capabilities = found;
        Ok(())
    }

    /// Signs off.
    pub(super) async fn close(mut self) {
        // The answer does not matter any more.
        drop(tokio::time::timeout(GOOD_BYE, self.run(Asked::GoodBye, "LOGOUT", SHORT, |_| Ok(()))).await);
    }
}

fn word(capability: &Capability<'_>) -> String {
    match capability {
        Capability::Imap4rev1 => "IMAP4REV1".to_owned(),
        Capability::Auth(method) => format!("AUTH={}", method.to_ascii_uppercase()),
        Capability::Atom(word) => word.to_ascii_uppercase(),
    }
}
