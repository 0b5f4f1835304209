//! What the server says when it refuses, and what that means for us.

use crate::sdk::ConnectorError;

/// An error as the server reports it: `ErrorResponse` of the protocol. Its words stand in the error that it causes, which
/// makes a sentence of them; what it adds itself is the code.
#[derive(Clone, Debug, Default, thiserror::Error)]
#[error("SQLSTATE {code}")]
pub(super) struct ServerError {
    /// SQLSTATE, five characters.
    pub(super) code: String,
    /// The server's words; in its own language.
    pub(super) message: String,
    /// More of them.
    pub(super) detail: Option<String>,
    /// What it advises.
    pub(super) hint: Option<String>,
}

impl ServerError {
    /// Reads the fields of an `ErrorResponse` or `NoticeResponse`; what is malformed stays empty.
    pub(super) fn parse(mut fields: &[u8]) -> Self {
        let mut error = Self::default();
        while let Some((&kind, rest)) = fields.split_first() {
            let Some(end) = rest.iter().position(|&byte| byte == 0) else { break };
            let text = String::from_utf8_lossy(&rest[..end]).into_owned();
            match kind {
                b'C' => error.code = text,
                b'M' => error.message = text,
                b'D' => error.detail = Some(text),
                b'H' => error.hint = Some(text),
                _ => {}
            }
            fields = &rest[end + 1..];
        }
        error
    }
}

/// What was being done when the server refused.
#[derive(Clone, Copy, Debug)]
pub(super) struct Doing<'a> {
    /// `host:port`.
    pub(super) endpoint: &'a str,
    /// The user that is signed in, or tries to.
    pub(super) user: &'a str,
    /// The database.
    pub(super) database: &'a str,
    /// The relation that is read, as SQL writes it.
    pub(super) relation: Option<&'a str>,
}

impl Doing<'_> {
    /// The error for our users.
    pub(super) fn failed(&self, error: ServerError) -> ConnectorError {
        let Self { endpoint, user, database, relation } = *self;
        let said = error.message.clone();
        match error.code.as_str() {
            "28P01" => auth(format!("{endpoint} refused the password of user {user}"), error),
            "28000" => auth(format!("{endpoint} does not let user {user} in: {said}"), error),
            "3D000" => ConnectorError::NotFound {
                what: format!("database {database} at {endpoint}"),
                hint: "; correct the last part of connectionConfig.url".into(),
            },
            "42501" => {
                let (what, grant) = match relation {
                    Some(relation) => (
                        relation.to_owned(),
                        format!("GRANT SELECT ON {relation} TO {}", super::quote::identifier(user)),
                    ),
                    None => (
                        format!("database {database}"),
                        format!("GRANT CONNECT ON DATABASE {database} TO {}", super::quote::identifier(user)),
                    ),
                };
                let message = format!("user {user} may not read {what}: {said}; as its owner run {grant}");
                ConnectorError::Permission { message, cause: Some(error.into()) }
            }
            "42P01" | "3F000" | "42703" => ConnectorError::NotFound {
                what: relation.unwrap_or(database).to_owned(),
                hint: format!(" any more: {said}; discover the tables again"),
            },
            "42883" => ConnectorError::config("cursorField", format!("cannot be ordered or compared: {said}")),
            "53300" => unreachable(format!("{endpoint} has no connection free: {said}"), error),
            "55P03" => {
                unreachable(format!("{} is locked by another session: {said}", relation.unwrap_or(database)), error)
            }
            "57P03" => unreachable(format!("{endpoint} is not ready yet: {said}"), error),
            "57P01" | "57P02" | "57P05" => unreachable(format!("{endpoint} closed the connection: {said}"), error),
            "25P03" | "25P04" => unreachable(format!("{endpoint} ended the transaction: {said}"), error),
            "57014" => unreachable(format!("{endpoint} cancelled the query: {said}"), error),
            code if ["08", "40", "53", "57", "58"].contains(&code.get(..2).unwrap_or_default()) => {
                unreachable(format!("{endpoint} cannot answer just now: {said}"), error)
            }
            code if ["22", "XX"].contains(&code.get(..2).unwrap_or_default()) => ConnectorError::Data {
                place: relation.unwrap_or(database).to_owned(),
                message: said,
                cause: Some(error.into()),
            },
            _ => ConnectorError::Protocol {
                message: format!("{endpoint} refused a query: {said}"),
                cause: Some(error.into()),
            },
        }
    }
}

fn auth(message: String, error: ServerError) -> ConnectorError {
    ConnectorError::Auth { message, cause: Some(error.into()) }
}

fn unreachable(message: String, error: ServerError) -> ConnectorError {
    ConnectorError::Unreachable { message, cause: Some(error.into()) }
}
