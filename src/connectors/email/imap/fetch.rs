//! Messages off the line: first what the server knows of them, then their bytes, by windows and groups of bounded size.

use std::collections::BTreeMap;

use async_imap::imap_proto::{AttributeValue, Response};
use chrono::DateTime;

use super::super::message::BEGINNING;
use super::super::rows::{Envelope, Key};
use super::failure::{Asked, Refusal};
use super::mailbox::Standing;
use super::wire::Wire;
use crate::sdk::ConnectorError;

/// How many UIDs are asked for at first.
const FIRST_WINDOW: u32 = 500;
/// How many messages a window should hold.
const WISHED: u32 = 500;
/// The most UIDs that are asked for at once while there may be as many messages.
const WIDEST_WINDOW: u32 = 1 << 16;
/// What the facts of a window may take, in bytes.
const MOST_FACTS: u64 = 64 << 20;
/// The most messages of a group.
const MOST_IN_GROUP: usize = 200;
/// What stands around the bytes of a message on the line.
const AROUND: u64 = 64 << 10;

/// Walks over the UIDs of a mailbox. They may have gaps: a window grows where it finds little.
pub(super) struct Windows {
    next: u64,
    last: u32,
    width: u32,
    /// Messages that may still come.
    left: u32,
}

impl Windows {
    pub(super) fn after(uid: u32, standing: &Standing) -> Self {
        Self { next: u64::from(uid) + 1, last: standing.last_uid, width: FIRST_WINDOW, left: standing.messages }
    }

    /// The first and the last UID of the next window; none behind the last.
    pub(super) fn next(&self) -> Option<(u32, u32)> {
        let first = u32::try_from(self.next).ok().filter(|first| *first <= self.last)?;
        Some((first, first.saturating_add(self.width - 1).min(self.last)))
    }

    /// Goes on behind a window in which so many messages were found.
    pub(super) fn pass(&mut self, last: u32, found: usize) {
        self.next = u64::from(last) + 1;
        let found = u32::try_from(found).unwrap_or(u32::MAX);
        self.left = self.left.saturating_sub(found);
        let widest = if self.left <= WIDEST_WINDOW { u32::MAX } else { WIDEST_WINDOW };
        self.width = match found {
            0 => self.width.saturating_mul(8),
            found if found < WISHED / 2 => self.width.saturating_mul(2),
            found if found > WISHED * 2 => (self.width / 2).max(1),
            _ => self.width,
        }
        .min(widest);
    }
}

/// What the server knows of the messages of a window, by UID.
///
/// # Errors
/// What the server refused.
pub(super) async fn facts(
    wire: &mut Wire,
    mailbox: &str,
    validity: u32,
    (first, last): (u32, u32),
) -> Result<Vec<Envelope>, ConnectorError> {
    let command = format!("UID FETCH {first}:{last} (UID FLAGS INTERNALDATE RFC822.SIZE)");
    let mut found = BTreeMap::new();
    wire.run(Asked::Messages(mailbox), &command, MOST_FACTS, |response| {
        if let Response::Fetch(_, facts) = response
            && let Some(envelope) = envelope(validity, facts)
            && let Key::Uid { uid, .. } = envelope.key
            && (first..=last).contains(&uid)
        {
            found.insert(uid, envelope);
        }
        Ok(())
    })
    .await?;
    Ok(found.into_values().collect())
}

/// `None` of an answer that nobody asked for: that flags of some message have changed.
fn envelope(validity: u32, facts: &[AttributeValue<'_>]) -> Option<Envelope> {
    let (mut uid, mut size, mut received_at, mut flags) = (None, None, None, Vec::new());
    for fact in facts {
        match fact {
            AttributeValue::Uid(number) => uid = Some(*number),
            AttributeValue::Rfc822Size(bytes) => size = Some(u64::from(*bytes)),
            AttributeValue::InternalDate(date) => received_at = instant(date),
            AttributeValue::Flags(words) => {
                // Whether a message is recent says something of this session, not of the message.
                let kept = words.iter().filter(|word| !word.eq_ignore_ascii_case("\\Recent"));
                flags = kept.map(ToString::to_string).collect();
            }
            _ => {}
        }
    }
    Some(Envelope { key: Key::Uid { validity, uid: uid? }, received_at, flags, size: size? })
}

/// Reads an INTERNALDATE such as `17-Jul-1996 02:44:25 -0700`.
fn instant(text: &str) -> Option<i64> {
    let instant = DateTime::parse_from_str(text.trim(), "%d-%b-%Y %H:%M:%S %z").ok()?;
    Some(instant.timestamp_micros())
}

/// A message with its bytes, or with the beginning of them.
pub(super) struct Fetched {
    pub(super) envelope: Envelope,
    pub(super) raw: Vec<u8>,
    pub(super) is_whole: bool,
}

/// How many of these messages are fetched at once: as many as fit, and one at least. A large one goes by itself.
pub(super) fn group(envelopes: &[Envelope], limit: u64, most_bytes: u64) -> usize {
    let mut bytes = 0;
    let fits = |envelope: &&Envelope| {
        bytes += envelope.size;
        envelope.size <= limit && bytes <= most_bytes
    };
    envelopes.iter().take(MOST_IN_GROUP).take_while(fits).count().max(1)
}

/// The bytes of messages: of those of a group that are still there. The refusal is of a server that does not give them.
///
/// # Errors
/// What broke.
pub(super) async fn bytes(
    wire: &mut Wire,
    mailbox: &str,
    envelopes: &[Envelope],
    limit: u64,
) -> Result<Result<Vec<Fetched>, Refusal>, ConnectorError> {
    let is_whole = envelopes.iter().all(|envelope| envelope.size <= limit);
    let section = if is_whole { "BODY.PEEK[]".to_owned() } else { format!("BODY.PEEK[]<0.{BEGINNING}>") };
    let command = format!("UID FETCH {} (UID {section})", uid_set(envelopes));
    let most =
        envelopes.iter().map(|envelope| envelope.size.min(limit.max(BEGINNING)) * 2 + AROUND).sum::<u64>() + AROUND;
    let mut found = BTreeMap::new();
    let refusal = wire
        .try_run(Asked::Messages(mailbox), &command, most, |response| {
            if let Response::Fetch(_, facts) = response
                && let Some((uid, raw)) = message(facts)
            {
                found.insert(uid, raw);
            }
            Ok(())
        })
        .await?;
    if let Some(refusal) = refusal {
        return Ok(Err(refusal));
    }
    let fetched = envelopes.iter().filter_map(|envelope| {
        let Key::Uid { uid, .. } = envelope.key else { return None };
        Some(Fetched { envelope: envelope.clone(), raw: found.remove(&uid)?, is_whole })
    });
    Ok(Ok(fetched.collect()))
}

fn message(facts: &[AttributeValue<'_>]) -> Option<(u32, Vec<u8>)> {
    let (mut uid, mut raw) = (None, None);
    for fact in facts {
        match fact {
            AttributeValue::Uid(number) => uid = Some(*number),
            AttributeValue::BodySection { data, .. } => raw = Some(data.as_deref().unwrap_or_default().to_vec()),
            _ => {}
        }
    }
    Some((uid?, raw?))
}

/// UIDs in ascending order, those that follow each other as ranges.
fn uid_set(envelopes: &[Envelope]) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for envelope in envelopes {
        let Key::Uid { uid, .. } = envelope.key else { continue };
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(uid) => *last = uid,
            _ => ranges.push((uid, uid)),
        }
    }
    let words = ranges.into_iter().map(|(first, last)| match first == last {
        true => first.to_string(),
        false => format!("{first}:{last}"),
    });
    words.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(uid: u32, size: u64) -> Envelope {
        Envelope { key: Key::Uid { validity: 1, uid }, received_at: None, flags: Vec::new(), size }
    }

    #[test]
    fn uids_are_asked_for_in_ranges() {
        let envelopes = [1, 2, 3, 7, 9, 10].map(|uid| envelope(uid, 1));
        assert_eq!(uid_set(&envelopes), "1:3,7,9:10");
    }

    #[test]
    fn a_group_is_bounded_and_never_empty() {
        let sizes = |sizes: &[u64]| sizes.iter().map(|size| envelope(1, *size)).collect::<Vec<_>>();
        assert_eq!(group(&sizes(&[10, 10, 10]), 100, 25), 2);
        assert_eq!(group(&sizes(&[50, 10]), 100, 25), 1);
        assert_eq!(group(&sizes(&[500, 10]), 100, 1000), 1, "one above the limit goes by itself");
        assert_eq!(group(&sizes(&[10, 500]), 100, 1000), 1);
        assert_eq!(group(&sizes(&[1; 1000]), 100, 10_000), MOST_IN_GROUP);
    }

    #[test]
    fn windows_pass_every_uid_once_and_soon() {
        for last in [0, 1, 499, 500, 501, 4_000_000_000, u32::MAX] {
            let standing = Standing { uid_validity: 1, last_uid: last, messages: 10 };
            let mut windows = Windows::after(0, &standing);
            let (mut expected, mut count) = (1_u64, 0);
            while let Some((first, end)) = windows.next() {
                assert_eq!(u64::from(first), expected);
                expected = u64::from(end) + 1;
                windows.pass(end, 0);
                count += 1;
            }
            assert_eq!(expected, u64::from(last) + 1);
            assert!(count < 20, "{count} windows up to {last}");
        }
    }

    #[test]
    fn dates_of_servers_are_read_in_utc() {
        assert_eq!(instant("17-Jul-1996 02:44:25 -0700"), Some(837_596_665_000_000));
        assert_eq!(instant(" 7-Jul-1996 02:44:25 +0000"), Some(836_707_465_000_000));
        assert_eq!(instant("yesterday"), None);
    }
}
