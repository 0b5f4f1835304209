//! One message: its bytes taken apart by `mail-parser`, which makes the best of what is malformed.
//!
//! Whatever the bytes are, a row comes of them: where a message cannot be understood, the row has its headers as they came
//! and says what the problem is.

mod headers;
mod parts;

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use mail_parser::{HeaderName, MessageParser};

use super::config::Keeping;

pub(super) use parts::Attachment;

/// How much of a message above the limit is read, in bytes.
pub(super) const BEGINNING: u64 = 1 << 20;
/// How much of the headers of a message is kept as it came, in bytes.
const MOST_HEADERS: usize = 256 << 10;
/// Messages within messages, as a chain of forwards makes them. More of them are made to do harm.
const MOST_NESTED: usize = 64;
/// Lists of parts within lists of parts.
const MOST_MULTIPARTS: usize = 500;

/// What a message says.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Mail {
    pub(super) message_id: Option<String>,
    pub(super) in_reply_to: Vec<String>,
    pub(super) references: Vec<String>,
    pub(super) subject: Option<String>,
    pub(super) from: Vec<Person>,
    pub(super) to: Vec<Person>,
    pub(super) cc: Vec<Person>,
    pub(super) bcc: Vec<Person>,
    pub(super) reply_to: Vec<Person>,
    /// Microseconds since 1970 in UTC.
    pub(super) sent_at: Option<i64>,
    /// The `Date` header where it is no date.
    pub(super) wrong_date: bool,
    pub(super) text: Option<String>,
    pub(super) html: Option<String>,
    /// `None` where they were not looked at.
    pub(super) attachments: Option<Vec<Attachment>>,
    /// The headers as they came.
    pub(super) headers: Option<String>,
    /// Why something of the message is missing here.
    pub(super) problem: Option<String>,
}

/// One of a list of addresses.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Person {
    pub(super) name: Option<String>,
    pub(super) address: Option<String>,
}

impl Mail {
    /// Takes a message apart. One that is not `whole` is the beginning of one above the limit.
    pub(super) fn of(raw: &[u8], whole: bool, keeping: Keeping) -> Self {
        let mut mail = Self::default();
        let raw = headers::in_utf8(raw);
        if is_a_trap(&raw) {
            mail.problem = Some("has too many parts or messages within it; only its headers are read".into());
            mail.understand(headers::block(&raw), false, keeping);
        } else {
            mail.understand(&raw, true, keeping);
        }
        if !whole {
            let limit = keeping.limit >> 20;
            mail.attachments = None;
            mail.problem = Some(format!(
                "is larger than {limit} MiB: its text is read from its first MiB, and its attachments are not"
            ));
        }
        if keeping.headers || mail.headers.is_some() {
            mail.headers = Some(as_it_came(&raw));
        }
        mail
    }

    fn understand(&mut self, raw: &[u8], has_body: bool, keeping: Keeping) {
        // The library promises not to panic; a mailbox must not be unreadable for one message that proves it wrong.
        let done = catch_unwind(AssertUnwindSafe(|| {
            let parser = MessageParser::default();
            let message = if has_body { parser.parse(raw) } else { parser.parse_headers(raw) }?;
            let mut mail = Self::default();
            headers::read(&message, &mut mail);
            if has_body {
                parts::read(&message, &mut mail, keeping.html);
            }
            let is_understood = message.headers().iter().any(|header| !matches!(header.name, HeaderName::Other(_)));
            Some((mail, is_understood))
        }));
        let problem = self.problem.take();
        match done {
            Ok(Some((mail, is_understood))) => {
                *self = mail;
                if !is_understood {
                    self.headers = Some(String::new());
                    self.problem = Some("has no headers that mail has".into());
                }
            }
            Ok(None) | Err(_) => {
                *self = Self { headers: Some(String::new()), ..Self::default() };
                self.problem = Some("is no message that can be understood".into());
            }
        }
        self.problem = problem.or(self.problem.take());
    }

    /// What all messages of a conversation have in common: the first that it began with.
    pub(super) fn thread_id(&self) -> Option<&str> {
        self.references.first().or(self.in_reply_to.first()).or(self.message_id.as_ref()).map(String::as_str)
    }
}

/// Whether a message is made to do harm: messages within messages without end, or parts that each make its parser look
/// through all of it.
fn is_a_trap(raw: &[u8]) -> bool {
    let (mut nested, mut multiparts) = (0, 0);
    for at in memchr::memchr_iter(b'/', raw) {
        let rest = &raw[at + 1..];
        let begins = |word: &[u8]| rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
        let ends =
            |word: &[u8]| at.checked_sub(word.len()).is_some_and(|start| raw[start..at].eq_ignore_ascii_case(word));
        nested += usize::from(begins(b"rfc822") || begins(b"global") || begins(b"digest"));
        multiparts += usize::from(ends(b"multipart"));
    }
    nested > MOST_NESTED || multiparts > MOST_MULTIPARTS
}

/// The headers as text.
fn as_it_came(raw: &[u8]) -> String {
    let block = headers::block(raw);
    let kept = &block[..block.len().min(MOST_HEADERS)];
    let text: Cow<'_, str> = String::from_utf8_lossy(kept);
    text.replace("\r\n", "\n")
}

#[cfg(test)]
mod tests;
