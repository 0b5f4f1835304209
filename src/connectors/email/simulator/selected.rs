//! A mailbox that is open: what FETCH and SEARCH are answered with.

use std::collections::HashMap;

use super::ImapSimulator;
use super::account::{Mailbox, Stored};
use super::fetch;
use super::mailboxes::missing;
use super::request::Token;
use super::search;
use super::session::Answer;
use super::sets::NumberSet;

/// The open mailbox, with the UIDs of the messages that this session knows of: a message's sequence number is its place
/// among them, whatever has become of the mailbox since (RFC 3501, section 7.4.1).
pub(super) struct Selected {
    name: String,
    uids: Vec<u32>,
}

impl Selected {
    /// SELECT and EXAMINE.
    pub(super) fn open(simulator: &ImapSimulator, arguments: &[Token]) -> Result<(Self, Answer), Answer> {
        let name = arguments.first().and_then(Token::text).ok_or_else(|| Answer::bad("name the mailbox"))?;
        let account = simulator.account();
        let mailbox = account.mailbox(name).ok_or_else(missing)?;
        let messages = &mailbox.messages;
        let mut answer = Answer::ok("[READ-ONLY] the mailbox is open")
            .line("FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)")
            .line("OK [PERMANENTFLAGS ()] No flag can be changed")
            .line(format!("{} EXISTS", messages.len()))
            .line("0 RECENT");
        let unseen = messages.iter().position(|message| !message.flags.contains(&"\\Seen"));
        if let Some(unseen) = unseen {
            answer = answer.line(format!("OK [UNSEEN {}] The first that was not read", unseen + 1));
        }
        answer = answer
            .line(format!("OK [UIDVALIDITY {}] UIDs are good as long as this", mailbox.uid_validity))
            .line(format!("OK [UIDNEXT {}] The next UID", mailbox.next_uid));
        let uids = messages.iter().map(|message| message.uid).collect();
        Ok((Self { name: mailbox.name.clone(), uids }, answer))
    }

    /// Tells what was deleted and what came.
    pub(super) fn catch_up(&mut self, simulator: &ImapSimulator, mut answer: Answer) -> Answer {
        let account = simulator.account();
        let Some(mailbox) = account.mailbox(&self.name) else { return answer };
        let now: Vec<u32> = mailbox.messages.iter().map(|message| message.uid).collect();
        for place in (0..self.uids.len()).rev() {
            if !now.contains(&self.uids[place]) {
                self.uids.remove(place);
                answer = answer.line(format!("{} EXPUNGE", place + 1));
            }
        }
        if now.len() != self.uids.len() {
            self.uids = now;
            answer = answer.line(format!("{} EXISTS", self.uids.len()));
        }
        answer
    }

    /// FETCH and SEARCH, by numbers or by UIDs.
    pub(super) fn answer(&self, simulator: &ImapSimulator, name: &str, arguments: &[Token]) -> Answer {
        let account = simulator.account();
        let Some(mailbox) = account.mailbox(&self.name) else { return missing() };
        let by_uid = name == "UID";
        let (name, arguments) = match arguments.split_first() {
            Some((first, rest)) if by_uid => (first.word().unwrap_or_default(), rest),
            _ => (name.to_owned(), arguments),
        };
        match name.as_str() {
            "FETCH" => self.fetch(mailbox, arguments, by_uid),
            "SEARCH" => self.search(mailbox, arguments, by_uid),
            "STORE" | "COPY" | "MOVE" | "EXPUNGE" => Answer::no("[NOPERM] This account is for reading only"),
            other => Answer::bad(&format!("UID knows no {other}")),
        }
    }

    /// The messages that are known and still there, with their sequence numbers.
    fn messages<'m>(&self, mailbox: &'m Mailbox) -> Vec<(u32, &'m Stored)> {
        let by_uid: HashMap<u32, &Stored> = mailbox.messages.iter().map(|message| (message.uid, message)).collect();
        let numbered = (1..).zip(&self.uids);
        numbered.filter_map(|(number, uid)| Some((number, *by_uid.get(uid)?))).collect()
    }

    /// The largest sequence number, and the largest UID.
    fn largest(&self) -> (u32, u32) {
        (u32::try_from(self.uids.len()).unwrap_or(u32::MAX), self.uids.last().copied().unwrap_or(0))
    }

    fn fetch(&self, mailbox: &Mailbox, arguments: &[Token], by_uid: bool) -> Answer {
        let (Some(set), Some(asked)) = (arguments.first().and_then(Token::text), arguments.get(1)) else {
            return Answer::bad("FETCH takes a set and what is asked for");
        };
        let (largest_number, largest_uid) = self.largest();
        let Some(set) = NumberSet::parse(set, if by_uid { largest_uid } else { largest_number }) else {
            return Answer::bad("this is no set of numbers");
        };
        let items = match fetch::items(asked, by_uid) {
            Ok(items) => items,
            Err(why) => return Answer::bad(&why),
        };
        let mut answer = Answer::ok("FETCH done");
        for (number, message) in self.messages(mailbox) {
            if set.holds(if by_uid { message.uid } else { number }) {
                answer.responses.push(fetch::answer(number, message, &items));
            }
        }
        answer
    }

    fn search(&self, mailbox: &Mailbox, arguments: &[Token], by_uid: bool) -> Answer {
        let arguments = match arguments {
            [charset, name, rest @ ..] if charset.word().as_deref() == Some("CHARSET") => {
                let name = name.text().unwrap_or_default();
                if !["UTF-8", "US-ASCII"].iter().any(|known| known.eq_ignore_ascii_case(name)) {
                    return Answer::no("[BADCHARSET (UTF-8 US-ASCII)] There is no such charset");
                }
                rest
            }
            arguments => arguments,
        };
        let key = match search::keys(arguments, self.largest()) {
            Ok(key) => key,
            Err(why) => return Answer::bad(&why),
        };
        let found: String = self
            .messages(mailbox)
            .into_iter()
            .filter(|(number, message)| key.finds(*number, message))
            .map(|(number, message)| format!(" {}", if by_uid { message.uid } else { number }))
            .collect();
        Answer::ok("SEARCH done").line(format!("SEARCH{found}"))
    }
}
