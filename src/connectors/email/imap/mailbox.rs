//! One mailbox: how it stands, and opening it so that nothing in it changes.

use async_imap::imap_proto::{AttributeValue, MailboxDatum, Response, ResponseCode, StatusAttribute};

use super::super::names::quoted;
use super::failure::Asked;
use super::wire::{SHORT, Wire};
use crate::sdk::ConnectorError;

/// How a mailbox stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    /// 0 where the server has none.
    pub(super) uid_validity: u32,
    /// The highest UID that a message may have.
    pub(super) last_uid: u32,
    pub(super) messages: u32,
}

/// Opens a mailbox by EXAMINE: no message becomes seen or loses that it is recent.
///
/// # Errors
/// `NotFound` where it is gone.
pub(super) async fn examine(wire: &mut Wire, name: &str) -> Result<Standing, ConnectorError> {
    let mut standing = Standing::default();
    let mut next_uid = None;
    wire.run(Asked::Open(name), &format!("EXAMINE {}", quoted(name)), SHORT, |response| {
        match response {
            Response::MailboxData(MailboxDatum::Exists(messages)) => standing.messages = *messages,
            Response::Data { outcome, .. } => match &outcome.code {
                Some(ResponseCode::UidValidity(validity)) => standing.uid_validity = *validity,
                Some(ResponseCode::UidNext(next)) => next_uid = Some(*next),
                _ => {}
            },
            _ => {}
        }
        Ok(())
    })
    .await?;
    standing.last_uid = match next_uid {
        Some(next) => next.saturating_sub(1),
        None if standing.messages == 0 => 0,
        None => last_uid(wire, name).await?,
    };
    Ok(standing)
}

/// The last message's UID, where the server does not tell what comes next.
async fn last_uid(wire: &mut Wire, name: &str) -> Result<u32, ConnectorError> {
    let mut last = 0;
    wire.run(Asked::Messages(name), "UID FETCH * (UID)", SHORT, |response| {
        if let Response::Fetch(_, facts) = response {
            for fact in facts {
                if let AttributeValue::Uid(uid) = fact {
                    last = last.max(*uid);
                }
            }
        }
        Ok(())
    })
    .await?;
    Ok(last)
}

/// How many messages a mailbox has that is not opened.
///
/// # Errors
/// What the server refused.
pub(super) async fn count(wire: &mut Wire, name: &str) -> Result<Option<u64>, ConnectorError> {
    let mut messages = None;
    wire.run(Asked::Open(name), &format!("STATUS {} (MESSAGES)", quoted(name)), SHORT, |response| {
        if let Response::MailboxData(MailboxDatum::Status { status, .. }) = response {
            for fact in status {
                if let StatusAttribute::Messages(count) = fact {
                    messages = Some(u64::from(*count));
                }
            }
        }
        Ok(())
    })
    .await?;
    Ok(messages)
}
