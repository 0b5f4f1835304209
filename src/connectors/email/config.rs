//! What a user sets on an email connector.

use std::fmt;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::oauth::MailOAuth;
use crate::sdk::{ConnectorError, NoAuth, SecretString, UsernamePassword, auth_forms};

/// Sizes above which a message may be left out of memory, in MiB.
const MESSAGE_LIMIT_MIB: RangeInclusive<u64> = 1..=64;
/// How long one may wait for a connection.
const CONNECT_TIMEOUT_SECONDS: RangeInclusive<u64> = 1..=60;
/// How long a server may be silent.
const COMMAND_TIMEOUT_SECONDS: RangeInclusive<u64> = 5..=600;

/// A mail account on an IMAP server, or mail that lies in files: mbox files and Maildir folders.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(
    example = &serde_json::json!({"host": "imap.example.com"}),
    example = &serde_json::json!({"mbox": "/var/mail"}),
    example = &serde_json::json!({"maildir": "/home/ada/Maildir"})
)]
pub struct EmailConfig {
    /// The IMAP server's name or address, for example `imap.gmail.com`. Leave it out where `mbox` or `maildir` is given.
    pub host: Option<String>,
    /// The server's port. Where it is absent: 993 with `implicit` TLS, and 143 otherwise.
    pub port: Option<u16>,
    /// How the line to the server is encrypted.
    #[serde(default)]
    pub tls: Tls,
    /// How closely the server's certificate is looked at.
    #[serde(default)]
    pub certificate: Certificate,
    /// Certificates in PEM form, or the absolute path of a file of such (inside of `network.file_roots`, where the installation
    /// bounds files by it), that are trusted instead of the system's: of a private authority, or the server's own.
    pub ca_certificate: Option<String>,
    /// Instead of a server: an absolute path of an mbox file, or of a folder whose mbox files are read, however deep they lie,
    /// for example `/var/mail`; inside of `network.file_roots`, where the installation bounds files by it.
    pub mbox: Option<PathBuf>,
    /// Instead of a server: an absolute path of a Maildir, or of a folder whose Maildirs are read, however deep they lie; inside
    /// of `network.file_roots`, where the installation bounds files by it.
    pub maildir: Option<PathBuf>,
    /// Only these mailboxes, by their path with `/` between its parts, for example `INBOX` or `Archive/**`; all where it is
    /// absent. `*` does not cross a `/`, `**` does.
    #[serde(default)]
    pub mailboxes: Vec<String>,
    /// Not these mailboxes, written the same way, for example `[Gmail]/Spam` as `?Gmail?/Spam`.
    #[serde(default)]
    pub except: Vec<String>,
    /// The size in MiB, 1 to 64, above which a message is not read whole: of a larger one, its headers and the text within its
    /// first MiB are.
    #[serde(default = "default_message_limit")]
    #[schemars(range(min = *MESSAGE_LIMIT_MIB.start(), max = *MESSAGE_LIMIT_MIB.end()))]
    pub message_limit_mib: u64,
    /// Whether the HTML of messages is kept beside their text.
    #[serde(default = "default_keep_html")]
    pub keep_html: bool,
    /// Whether the headers of every message are kept as they came. Those of a message that cannot be understood always are.
    #[serde(default)]
    pub keep_headers: bool,
    /// Seconds to wait for a connection, 1 to 60.
    #[serde(default = "default_connect_timeout")]
    #[schemars(range(min = *CONNECT_TIMEOUT_SECONDS.start(), max = *CONNECT_TIMEOUT_SECONDS.end()))]
    pub connect_timeout_seconds: u64,
    /// Seconds that the server may be silent in the middle of a command, 5 to 600.
    #[serde(default = "default_command_timeout")]
    #[schemars(range(min = *COMMAND_TIMEOUT_SECONDS.start(), max = *COMMAND_TIMEOUT_SECONDS.end()))]
    pub command_timeout_seconds: u64,
}

/// How the line to a server is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// TLS from the first byte on.
    #[default]
    Implicit,
    /// TLS after the server was asked for it; a server that offers none is refused.
    StartTls,
    /// Not at all: who listens on the line reads the mail and the password.
    None,
}

impl Tls {
    pub(super) fn port(self) -> u16 {
        match self {
            Self::Implicit => 993,
            Self::StartTls | Self::None => 143,
        }
    }
}

/// How closely a server's certificate is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Certificate {
    /// It must come from a trusted authority and be for this host.
    #[default]
    Full,
    /// It must come from a trusted authority.
    Authority,
    /// Not at all: the line is encrypted, the other end unproven.
    Any,
}

fn default_message_limit() -> u64 {
    16
}

fn default_keep_html() -> bool {
    true
}

fn default_connect_timeout() -> u64 {
    8
}

fn default_command_timeout() -> u64 {
    60
}

/// An OAuth 2 access token, sent as it is: when it has expired, another one has to be given.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MailToken {
    /// The user's name at the server, as a rule the whole address.
    pub username: String,
    /// The access token as the vendor issued it.
    pub token: SecretString,
}

auth_forms! {
    /// How to sign in at a mail server; files ask for nothing.
    pub enum EmailAuth { UsernamePassword(UsernamePassword), Oauth2(MailOAuth), Token(MailToken), None(NoAuth) }
}

/// What is kept of each message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Keeping {
    /// The size above which a message is not read whole, in bytes.
    pub(super) limit: u64,
    pub(super) html: bool,
    pub(super) headers: bool,
}

impl Keeping {
    /// A word for these settings: with others the same message reads differently.
    pub(super) fn word(self) -> String {
        format!("{}{}{}", self.limit, if self.html { "+html" } else { "" }, if self.headers { "+headers" } else { "" })
    }
}

impl EmailConfig {
    /// Refuses numbers that make no sense.
    ///
    /// # Errors
    /// `Config` naming the range.
    pub(super) fn check_ranges(&self) -> Result<(), ConnectorError> {
        let fields = [
            ("message_limit_mib", self.message_limit_mib, MESSAGE_LIMIT_MIB),
            ("connect_timeout_seconds", self.connect_timeout_seconds, CONNECT_TIMEOUT_SECONDS),
            ("command_timeout_seconds", self.command_timeout_seconds, COMMAND_TIMEOUT_SECONDS),
        ];
        for (field, value, range) in fields {
            if !range.contains(&value) {
                let message = format!("must be between {} and {}", range.start(), range.end());
                return Err(ConnectorError::config(format!("connectionConfig.{field}"), message));
            }
        }
        Ok(())
    }

    pub(super) fn keeping(&self) -> Keeping {
        Keeping { limit: self.message_limit_mib << 20, html: self.keep_html, headers: self.keep_headers }
    }

    /// Which mailboxes are to be read.
    ///
    /// # Errors
    /// `Config` where a pattern is none.
    pub(super) fn selection(&self) -> Result<Selection, ConnectorError> {
        Ok(Selection {
            only: if self.mailboxes.is_empty() { None } else { Some(patterns("mailboxes", &self.mailboxes)?) },
            except: patterns("except", &self.except)?,
        })
    }
}

/// The `mailboxes` and `except` settings.
#[derive(Clone)]
pub(super) struct Selection {
    only: Option<GlobSet>,
    except: GlobSet,
}

impl Selection {
    /// Whether a mailbox is to be read; its path has `/` between its parts.
    pub(super) fn holds(&self, path: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.is_match(path)) && !self.except.is_match(path)
    }
}

impl fmt::Debug for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Selection")
    }
}

fn patterns(field: &str, texts: &[String]) -> Result<GlobSet, ConnectorError> {
    let wrong = |error: &globset::Error| {
        ConnectorError::config(format!("connectionConfig.{field}"), format!("is no pattern: {}", error.kind()))
    };
    let mut set = GlobSetBuilder::new();
    for text in texts {
        // INBOX is written in any case.
        let is_inbox = text.eq_ignore_ascii_case("inbox");
        let glob = GlobBuilder::new(text).literal_separator(true).case_insensitive(is_inbox).build();
        set.add(glob.map_err(|error| wrong(&error))?);
    }
    set.build().map_err(|error| wrong(&error))
}
