//! A mail account over IMAP4rev1 (RFC 3501).
//!
//! `async-imap` takes the server's answers off the line, one response at a time. What is said to the server is said here, so
//! that every command has its limits and a password never passes a log.

mod connect;
mod cursor;
mod discover;
mod failure;
mod fetch;
mod mailbox;
mod metered;
mod read;
mod session;
mod sign_in;
mod target;
mod wire;

use std::sync::Arc;

use futures::Stream;
use serde_json::json;

use super::config::{EmailAuth, EmailConfig, Keeping, Selection};
use crate::sdk::{ConnectorError, OpenContext, Reachable, ReadEvent, ReadRequest, Rediscovered, SourceRef, counted};
use target::Target;
use wire::Wire;

/// An account on an IMAP server.
pub struct Imap {
    target: Arc<Target>,
    selection: Selection,
    keeping: Keeping,
}

impl Imap {
    pub(super) fn open(config: &EmailConfig, auth: EmailAuth, context: &OpenContext) -> Result<Self, ConnectorError> {
        Ok(Self {
            target: Arc::new(Target::new(config, auth, context)?),
            selection: config.selection()?,
            keeping: config.keeping(),
        })
    }

    pub(super) fn name(&self) -> String {
        self.target.endpoint()
    }

    pub(super) async fn permitted(&self) -> Result<(), ConnectorError> {
        Ok(())
    }

    pub(super) async fn check(&self) -> Result<Reachable, ConnectorError> {
        let mut wire = Wire::open(&self.target).await?;
        let mailboxes = discover::mailboxes(&mut wire, &self.selection).await?;
        let server = wire.server_name().to_owned();
        wire.close().await;
        let count = counted(mailboxes.len() as u64, "mailbox", "mailboxes");
        let (endpoint, user) = (self.target.endpoint(), self.target.user());
        Ok(Reachable {
            message: format!("{server} at {endpoint} as {user}, {count} to read"),
            details: json!({ "server": server, "user": user, "mailboxes": mailboxes.len() }),
        })
    }

    pub(super) async fn discover(&self, known: Vec<SourceRef>) -> Result<Rediscovered, ConnectorError> {
        let mut wire = Wire::open(&self.target).await?;
        let found = discover::look(&mut wire, &self.selection, known).await?;
        wire.close().await;
        Ok(found)
    }

    pub(super) fn read(
        &self,
        request: ReadRequest,
    ) -> impl Stream<Item = Result<ReadEvent, ConnectorError>> + Send + 'static {
        read::stream(Arc::clone(&self.target), self.keeping, request)
    }
}
