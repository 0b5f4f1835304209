//! The mail account that is simulated: one person's mailboxes, as the office's story fills them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::letter::{Draft, Letter};
use crate::demo::{Company, Mail, Office};

/// An account.
pub(super) struct Account {
    /// In the order of their names.
    pub(super) mailboxes: Vec<Mailbox>,
    domain: &'static str,
    delivered: usize,
}

/// A mailbox.
pub(super) struct Mailbox {
    /// As it is spelt on the line.
    pub(super) name: String,
    /// What it is for (RFC 6154), such as `\Sent`.
    pub(super) special_use: Option<&'static str>,
    pub(super) uid_validity: u32,
    pub(super) next_uid: u32,
    /// By UID.
    pub(super) messages: Vec<Stored>,
}

/// A message in a mailbox.
pub(super) struct Stored {
    pub(super) uid: u32,
    pub(super) received_at: DateTime<Utc>,
    pub(super) flags: Vec<&'static str>,
    pub(super) letter: Letter,
    pub(super) raw: Vec<u8>,
}

/// Name on the line, the office's name of the folder, what it is for. The second one is `Entwürfe`, and empty.
const MAILBOXES: [(&str, &str, Option<&str>); 4] = [
    ("Archive", "Archive", Some("\\Archive")),
    ("Entw&APw-rfe", "Drafts", Some("\\Drafts")),
    ("INBOX", "Inbox", None),
    ("Sent", "Sent Items", Some("\\Sent")),
];

impl Account {
    /// The account of somebody, by a place in [`Company::people`].
    pub(super) fn of(company: &Company, office: &Office, person: usize) -> Self {
        let mut validity = u32::try_from(company.closed_at.timestamp()).unwrap_or(1);
        let mailboxes = MAILBOXES.map(|(name, _, special_use)| {
            validity += 1;
            let name = name.to_owned();
            Mailbox { name, special_use, uid_validity: validity, next_uid: 1, messages: Vec::new() }
        });
        let mut account = Self { mailboxes: mailboxes.into(), domain: company.domain, delivered: 0 };
        // Ids of the messages of each conversation so far.
        let mut conversations: HashMap<usize, Vec<String>> = HashMap::new();
        let own: Vec<&Mail> = office.mails.iter().filter(|mail| mail.owner == person).collect();
        for (place, mail) in own.iter().enumerate() {
            let before = conversations.entry(mail.conversation).or_default();
            let message_id = format!("{}.{}@{}", mail.conversation, before.len() + 1, company.domain);
            let references = before.clone();
            before.push(message_id.clone());
            let is_answered = own[place + 1..].iter().any(|later| later.conversation == mail.conversation);
            let mut flags = Vec::new();
            flags.extend(is_answered.then_some("\\Answered"));
            flags.extend(mail.is_read.then_some("\\Seen"));
            let mailbox = MAILBOXES.iter().position(|(_, folder, _)| *folder == mail.folder).unwrap_or(2);
            account.mailboxes[mailbox].add(draft(mail, message_id, references), flags);
        }
        account
    }

    pub(super) fn mailbox(&self, name: &str) -> Option<&Mailbox> {
        self.place(name).map(|place| &self.mailboxes[place])
    }

    pub(super) fn mailbox_mut(&mut self, name: &str) -> Option<&mut Mailbox> {
        self.place(name).map(|place| &mut self.mailboxes[place])
    }

    /// `INBOX` is written in any case (RFC 3501, section 5.1).
    fn place(&self, name: &str) -> Option<usize> {
        let is_inbox = name.eq_ignore_ascii_case("INBOX");
        self.mailboxes.iter().position(|mailbox| mailbox.name == if is_inbox { "INBOX" } else { name })
    }

    /// Puts a new message into a mailbox; gives its UID.
    pub(super) fn deliver(&mut self, mailbox: &str, subject: &str, text: &str, at: DateTime<Utc>) -> Option<u32> {
        self.delivered += 1;
        let message_id = format!("delivered.{}@{}", self.delivered, self.domain);
        let from = ("Grace Hopper".to_owned(), "grace@example.com".to_owned());
        let to = vec![("Aylin Demir".to_owned(), format!("aylin@{}", self.domain))];
        let (subject, text) = (subject.to_owned(), text.to_owned());
        let references = Vec::new();
        let draft = Draft { from, to, subject, at, message_id, references, text, html: None, attachment: None };
        Some(self.mailbox_mut(mailbox)?.add(draft, Vec::new()))
    }
}

impl Mailbox {
    fn add(&mut self, draft: Draft, flags: Vec<&'static str>) -> u32 {
        let (uid, received_at, letter) = (self.next_uid, draft.at, Letter::of(draft));
        self.next_uid += 1;
        let raw = letter.raw();
        self.messages.push(Stored { uid, received_at, flags, letter, raw });
        uid
    }

    /// Deletes it and makes it anew: its messages get other UIDs.
    pub(super) fn make_anew(&mut self) {
        self.uid_validity += 1000;
        for (number, message) in (1..).zip(&mut self.messages) {
            message.uid = number;
        }
        self.next_uid = self.messages.last().map_or(1, |last| last.uid + 1);
    }
}

fn draft(mail: &Mail, message_id: String, references: Vec<String>) -> Draft {
    // Answers to whoever wants an invoice bring it along; notes to all are written in two forms.
    let order = mail.subject.strip_prefix("Re: Invoice for order ");
    let attachment = order.map(|order| {
        let page = format!("%PDF-1.4\n% Invoice of order {order}\n%%EOF\n");
        (format!("invoice-{order}.pdf"), "application/pdf", page.into_bytes())
    });
    let html = (mail.to.len() > 1).then(|| {
        let text = mail.text.replace('&', "&amp;").replace('<', "&lt;").replace('\n', "<br>\n");
        format!("<html><body><p>{text}</p></body></html>")
    });
    Draft {
        from: mail.from.clone(),
        to: mail.to.clone(),
        subject: mail.subject.clone(),
        at: mail.at,
        message_id,
        references,
        text: mail.text.clone(),
        html,
        attachment,
    }
}
