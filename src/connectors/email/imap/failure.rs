//! What a server's refusals and a broken line mean for the user.

use std::io;
use std::time::Duration;

use async_imap::imap_proto::{Outcome, ResponseCode, Status};

use super::metered::TooMuch;
use super::target::Target;
use crate::sdk::ConnectorError;

/// How long a server that is busy with a mailbox is left alone.
const BUSY: Duration = Duration::from_secs(5);

/// What the server was asked for when it failed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asked<'a> {
    Greeting,
    Tls,
    StartTls,
    SignIn,
    Capabilities,
    List,
    /// To open the mailbox of this name, or to tell how it stands.
    Open(&'a str),
    /// For messages of the mailbox of this name.
    Messages(&'a str),
    GoodBye,
}

/// A NO, BAD or BYE.
#[derive(Debug)]
pub(super) struct Refusal {
    status: Kind,
    /// The response code in upper case (RFC 5530), such as `AUTHENTICATIONFAILED`.
    code: String,
    pub(super) words: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    No,
    Bad,
    Bye,
}

impl Refusal {
    /// What a status refuses, if it does.
    pub(super) fn of(status: &Status, outcome: &Outcome<'_>) -> Option<Self> {
        let status = match status {
            Status::Ok | Status::PreAuth => return None,
            Status::No => Kind::No,
            Status::Bad => Kind::Bad,
            Status::Bye => Kind::Bye,
        };
        let words = outcome.information.as_deref().unwrap_or_default().trim();
        // The library knows the codes of RFC 3501; others stand at the beginning of the words.
        let (code, words) = match words.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((code, rest)) if outcome.code.is_none() => (code, rest.trim()),
            _ => ("", words),
        };
        let code = match &outcome.code {
            Some(ResponseCode::TryCreate) => "NONEXISTENT",
            _ => code.split_whitespace().next().unwrap_or_default(),
        };
        Some(Self { status, code: code.to_ascii_uppercase(), words: words.to_owned() })
    }

    /// Whether it says nothing of the server as a whole: another message it may well give.
    pub(super) fn is_of_this_only(&self) -> bool {
        let codes = ["", "CANNOT", "CORRUPTION", "EXPUNGEISSUED", "PARSE", "UNKNOWN-CTE"];
        let passes = ["temporar", "try again", "unavailable", "timeout", "timed out", "busy"];
        self.status != Kind::Bye && codes.contains(&self.code.as_str()) && !self.says(&passes)
    }

    fn says(&self, parts: &[&str]) -> bool {
        let words = self.words.to_ascii_lowercase();
        parts.iter().any(|part| words.contains(part))
    }
}

/// What a refusal means.
pub(super) fn refused(target: &Target, asked: Asked<'_>, refusal: &Refusal) -> ConnectorError {
    let (endpoint, user) = (target.endpoint(), target.user());
    let words = match target.shown(&refusal.words) {
        words if words.is_empty() => "without a reason".to_owned(),
        words => words,
    };
    let auth = |message: String| ConnectorError::Auth { message, cause: None };
    let gone = |message: String| ConnectorError::Unreachable { message, cause: None };
    match refusal.code.as_str() {
        "THROTTLED" | "LIMIT" => return ConnectorError::RateLimited { endpoint, retry_after: None },
        "INUSE" => return ConnectorError::RateLimited { endpoint, retry_after: Some(BUSY) },
        "UNAVAILABLE" | "SERVERBUG" | "CONTACTADMIN" => {
            return gone(format!("{endpoint} cannot serve us just now: {words}"));
        }
        "AUTHENTICATIONFAILED" => {
            return auth(format!("{endpoint} refused {user}: {}", wrong_credentials(target, &words)));
        }
        "EXPIRED" => return auth(format!("the credentials of {user} at {endpoint} have expired: {words}")),
        "PRIVACYREQUIRED" => {
            let message = format!("{endpoint} lets nobody in without TLS: {words}; set tls to implicit or starttls");
            return ConnectorError::config("connectionConfig.tls", message);
        }
        "AUTHORIZATIONFAILED" | "NOPERM" => {
            let message = format!("{user} may not do this at {endpoint}: {words}");
            return ConnectorError::Permission { message, cause: None };
        }
        "NONEXISTENT" => {
            if let Asked::Open(mailbox) | Asked::Messages(mailbox) = asked {
                return no_mailbox(target, mailbox);
            }
        }
        _ => {}
    }
    match (refusal.status, asked) {
        (Kind::Bye, _) if refusal.says(&["too many", "rate", "limit"]) => {
            ConnectorError::RateLimited { endpoint, retry_after: None }
        }
        (Kind::Bye, _) => gone(format!("{endpoint} ended the session: {words}")),
        (_, Asked::StartTls) => ConnectorError::config(
            "connectionConfig.tls",
            format!("{endpoint} offers no STARTTLS: {words}; set tls to implicit with its port, 993 as a rule"),
        ),
        (Kind::No, Asked::SignIn) if refusal.says(&["temporar", "try again", "unavailable", "too many"]) => {
            gone(format!("{endpoint} lets nobody in just now: {words}"))
        }
        (Kind::No, Asked::SignIn) => auth(format!("{endpoint} refused {user}: {}", wrong_credentials(target, &words))),
        // So Exchange ends a session whose token has expired.
        (Kind::Bad, Asked::Open(_) | Asked::Messages(_)) if refusal.says(&["not connected"]) => {
            gone(format!("{endpoint} ended the session: {words}"))
        }
        (Kind::No, Asked::Open(mailbox)) if refusal.says(&["exist", "not found", "unknown", "no such"]) => {
            no_mailbox(target, mailbox)
        }
        (Kind::No, Asked::Open(mailbox)) => {
            let message = format!("{endpoint} does not open {mailbox} for {user}: {words}");
            ConnectorError::Permission { message, cause: None }
        }
        (Kind::No, Asked::Messages(mailbox)) => {
            gone(format!("{endpoint} does not give the messages of {mailbox}: {words}"))
        }
        (Kind::No | Kind::Bad, _) => {
            let message = format!("{endpoint} did not take what it was asked {}: {words}", place(asked));
            ConnectorError::Protocol { message, cause: None }
        }
    }
}

fn wrong_credentials(target: &Target, words: &str) -> String {
    if target.renews() {
        return format!(
            "{words}; authorise the account again as the user of authConfig.username, and look whether its vendor allows IMAP"
        );
    }
    format!("{words}; check the user name and the password, or the token (many vendors want a password for this app)")
}

fn no_mailbox(target: &Target, mailbox: &str) -> ConnectorError {
    let what = format!("the mailbox {mailbox} at {}", target.endpoint());
    ConnectorError::NotFound { what, hint: "; it may have been renamed or deleted".into() }
}

/// What a line that broke means. The library's own words are not repeated: they quote what was sent.
pub(super) fn broken(target: &Target, asked: Asked<'_>, error: io::Error) -> ConnectorError {
    let endpoint = target.endpoint();
    if error.get_ref().is_some_and(|inner| inner.is::<TooMuch>()) {
        let message = format!("{endpoint} sent more than it was asked for {}", place(asked));
        return ConnectorError::Protocol { message, cause: None };
    }
    match error.kind() {
        io::ErrorKind::TimedOut => {
            let seconds = target.command_timeout.as_secs();
            let message = format!("{endpoint} was silent for {seconds} seconds {}", place(asked));
            ConnectorError::unreachable(message, error)
        }
        io::ErrorKind::Other => match asked {
            Asked::Greeting => no_imap(target),
            _ => not_understood(target, asked),
        },
        io::ErrorKind::UnexpectedEof if matches!(asked, Asked::Greeting) => {
            let message = format!("{endpoint} hung up before a word; does it expect TLS (tls implicit)?");
            ConnectorError::unreachable(message, error)
        }
        _ => {
            let kind = error.kind();
            ConnectorError::unreachable(
                format!("{endpoint} broke off the connection {}", place(asked)),
                io::Error::from(kind),
            )
        }
    }
}

/// The server answered what IMAP does not allow.
pub(super) fn not_understood(target: &Target, asked: Asked<'_>) -> ConnectorError {
    let message = format!("{} answered what IMAP does not allow {}", target.endpoint(), place(asked));
    ConnectorError::Protocol { message, cause: None }
}

/// Whoever listens there is no mail server.
pub(super) fn no_imap(target: &Target) -> ConnectorError {
    let message = format!("{} does not speak IMAP; check the port, and whether `tls` is right", target.endpoint());
    ConnectorError::Protocol { message, cause: None }
}

fn place(asked: Asked<'_>) -> String {
    match asked {
        Asked::Greeting => "in greeting".into(),
        Asked::Tls | Asked::StartTls => "while TLS was set up".into(),
        Asked::SignIn => "while signing in".into(),
        Asked::Capabilities => "about itself".into(),
        Asked::List => "about its mailboxes".into(),
        Asked::Open(mailbox) => format!("about the mailbox {mailbox}"),
        Asked::Messages(mailbox) => format!("in the middle of {mailbox}"),
        Asked::GoodBye => "in parting".into(),
    }
}
