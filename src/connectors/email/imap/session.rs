//! A session that reads one mailbox, and goes on where its line does not last.
//!
//! Servers end sessions when they like: before they restart, or some time after the access token has expired that the session
//! was signed in with, an hour as a rule. A mailbox is then read on in another session, signed in anew: its UIDs are the same
//! as long as its UIDVALIDITY is.

use std::sync::Arc;

use tracing::debug;

use super::super::names::readable;
use super::super::rows::Envelope;
use super::failure::Refusal;
use super::fetch::{self, Fetched};
use super::mailbox::{self, Standing};
use super::target::Target;
use super::wire::Wire;
use crate::sdk::{ConnectorError, ErrorClass};

/// A mailbox that is open.
pub(super) struct Session {
    target: Arc<Target>,
    /// The mailbox's name, as it is spelt on the line.
    name: String,
    validity: u32,
    wire: Wire,
    /// Whether another one may take its place: not where it took one's place itself and has given nothing since.
    may_be_replaced: bool,
}

impl Session {
    /// Signs in and opens a mailbox; tells how that stands.
    ///
    /// # Errors
    /// What the server refused.
    pub(super) async fn open(target: &Arc<Target>, name: &str) -> Result<(Self, Standing), ConnectorError> {
        let mut wire = Wire::open(target).await?;
        let standing = mailbox::examine(&mut wire, name).await?;
        let (target, name, validity) = (Arc::clone(target), name.to_owned(), standing.uid_validity);
        Ok((Self { target, name, validity, wire, may_be_replaced: true }, standing))
    }

    /// What the server knows of the messages of a window.
    ///
    /// # Errors
    /// What the server refused.
    pub(super) async fn facts(&mut self, window: (u32, u32)) -> Result<Vec<Envelope>, ConnectorError> {
        loop {
            match fetch::facts(&mut self.wire, &self.name, self.validity, window).await {
                Ok(found) => {
                    self.may_be_replaced = true;
                    return Ok(found);
                }
                Err(error) => self.go_on_after(error).await?,
            }
        }
    }

    /// The bytes of messages; see [`fetch::bytes`].
    ///
    /// # Errors
    /// What broke.
    pub(super) async fn bytes(
        &mut self,
        envelopes: &[Envelope],
        limit: u64,
    ) -> Result<Result<Vec<Fetched>, Refusal>, ConnectorError> {
        loop {
            match fetch::bytes(&mut self.wire, &self.name, envelopes, limit).await {
                Ok(found) => {
                    self.may_be_replaced = true;
                    return Ok(found);
                }
                Err(error) => self.go_on_after(error).await?,
            }
        }
    }

    /// Signs off.
    pub(super) async fn close(self) {
        self.wire.close().await;
    }

    /// Begins another session where this one has ended; gives the error back where that is of no use.
    async fn go_on_after(&mut self, error: ConnectorError) -> Result<(), ConnectorError> {
        let has_ended = match error.class() {
            ErrorClass::Transient => true,
            // With the token that it was signed in with.
            ErrorClass::Auth => self.target.renews(),
            _ => false,
        };
        // A server without UIDVALIDITY may number anew with every session.
        if !(self.may_be_replaced && has_ended && self.validity != 0) {
            return Err(error);
        }
        debug!(%error, "the session ended; another one goes on");
        let (other, standing) = match Self::open(&self.target, &self.name).await {
            Ok(opened) => opened,
            // The first error says where the read stood; the sync engine tries again.
            Err(other) if other.class() == ErrorClass::Transient => return Err(error),
            Err(other) => return Err(other),
        };
        if standing.uid_validity != self.validity {
            let message = "the mailbox was made anew while it was read";
            return Err(ConnectorError::data(readable(&self.name), message));
        }
        self.wire = other.wire;
        self.may_be_replaced = false;
        Ok(())
    }
}
