//! What the errors of a server and its client mean for the user.

use std::io;

use sqlx::Error;
use sqlx::mysql::MySqlDatabaseError;

use super::target::Target;
use crate::connectors::database::URL_FIELD;
use crate::sdk::ConnectorError;

/// Explains an error of a connection; `place` is the table that was read, if any.
pub(super) fn explain(error: Error, target: &Target, place: Option<&str>) -> ConnectorError {
    let endpoint = target.endpoint();
    match error {
        Error::Database(error) => match error.try_downcast::<MySqlDatabaseError>() {
            Ok(error) => explain_number(*error, target, place),
            Err(error) => ConnectorError::Protocol { message: format!("{endpoint} answered {error}"), cause: None },
        },
        Error::Io(error) => explain_io(error, target),
        Error::Tls(cause) => {
            ConnectorError::Protocol { message: tls_message(&cause.to_string(), target), cause: Some(cause) }
        }
        Error::Configuration(cause) if cause.to_string().contains("RSA") => ConnectorError::Auth {
            message: format!("{endpoint} takes this user's password over TLS only; ask for it with ssl-mode=required"),
            cause: Some(cause),
        },
        Error::Protocol(words) if words.contains("authentication plugin") => ConnectorError::Auth {
            message: format!("{endpoint} asks {} to sign in by a method that is not supported: {words}", target.user),
            cause: None,
        },
        Error::Configuration(cause) => ConnectorError::config(URL_FIELD, cause.to_string()),
        other => ConnectorError::Protocol {
            message: format!("{endpoint} did not speak MySQL's protocol as expected"),
            cause: Some(other.into()),
        },
    }
}

fn explain_io(error: io::Error, target: &Target) -> ConnectorError {
    let endpoint = target.endpoint();
    let words = error.to_string();
    // rustls hands its errors through the socket.
    if error.kind() == io::ErrorKind::InvalidData && words.contains("certificate") {
        return ConnectorError::Protocol { message: tls_message(&words, target), cause: Some(error.into()) };
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
            ConnectorError::unreachable(format!("{endpoint} broke off the connection"), error)
        }
        _ => ConnectorError::unconnected(endpoint, error),
    }
}

fn tls_message(words: &str, target: &Target) -> String {
    let endpoint = target.endpoint();
    if words.contains("does not support TLS") {
        return format!("{endpoint} offers no TLS, and ssl-mode in the URL asks for it");
    }
    if words.contains("not valid for name") {
        return format!("the certificate of {endpoint} is for another host; connect by the name in the certificate");
    }
    if words.contains("UnknownIssuer") {
        return format!(
            "the certificate of {endpoint} does not come from an authority that is trusted; give its authority's file by \
             sslrootcert=…"
        );
    }
    if words.contains("xpired") {
        return format!("the certificate of {endpoint} has expired");
    }
    if words.contains("certificate") {
        return format!("the certificate of {endpoint} is not accepted: {words}");
    }
    format!("the TLS handshake with {endpoint} failed")
}

/// Where the server's words stand in the sentence, they are not told again as its cause.
fn explain_number(error: MySqlDatabaseError, target: &Target, place: Option<&str>) -> ConnectorError {
    let endpoint = target.endpoint();
    let user = &target.user;
    let number = error.number();
    let words = error.message().to_owned();
    let table = place.unwrap_or("the tables");
    let cause = Some(error.into());
    match number {
        1045 | 1698 => ConnectorError::Auth {
            message: format!(
                "{endpoint} refused the user {user}: wrong user name or password, or not allowed from this host"
            ),
            cause,
        },
        1862 | 1820 => {
            ConnectorError::Auth { message: format!("the password of {user} has expired and must be changed"), cause }
        }
        3118 | 4151 => ConnectorError::Auth { message: format!("the account {user} is locked"), cause },
        1251 | 2059 | 1275 => ConnectorError::Auth {
            message: format!("{endpoint} asks {user} to sign in by a method that is not supported: {words}"),
            cause: None,
        },
        1130 => ConnectorError::Permission {
            message: format!("{endpoint} takes no connections from this host: {words}"),
            cause: None,
        },
        1049 => ConnectorError::NotFound {
            what: format!("the database {} on {endpoint}", target.database.as_deref().unwrap_or_default()),
            hint: "; SHOW DATABASES lists those there are".into(),
        },
        1044 => ConnectorError::Permission {
            message: format!(
                "{user} may not use this database: {words}; GRANT SELECT ON {}.* TO {user} allows it",
                target.database.as_deref().unwrap_or("…")
            ),
            cause: None,
        },
        1142 | 1143 | 1227 | 1370 | 1449 => ConnectorError::Permission {
            message: format!("{user} may not read {table}: {words}; GRANT SELECT ON {table} TO {user} allows it"),
            cause: None,
        },
        1146 | 1051 => ConnectorError::NotFound {
            what: format!("the table {table}"),
            hint: "; discover again to see what there is".into(),
        },
        1356 => ConnectorError::data(table, format!("the view cannot be read: {words}")),
        1040 | 1129 | 1203 | 1226 => ConnectorError::Unreachable {
            message: format!("{endpoint} takes no more connections just now: {words}"),
            cause: None,
        },
        1412 => ConnectorError::Unreachable { message: format!("{table} was altered while it was read"), cause },
        1205 | 1213 => ConnectorError::Unreachable { message: format!("{table} is locked by another session"), cause },
        1047 | 1053 | 1158..=1161 | 1317 | 1615 | 1927 | 1969 | 3024 | 4031 | 2006 | 2013 => {
            ConnectorError::Unreachable { message: format!("{endpoint} stopped the query: {words}"), cause: None }
        }
        _ => ConnectorError::Data {
            place: place.unwrap_or(&endpoint).to_owned(),
            message: format!("error {number}: {words}"),
            cause: None,
        },
    }
}
