//! The messages of graphql-transport-ws, and the codes with which a socket is closed.
//!
//! After the protocol as npm `graphql-ws` has it in its PROTOCOL.md.

use std::sync::Arc;

use async_graphql::ServerError;
use axum::extract::ws::CloseFrame;
use serde_json::{Map, Value, json};

use super::outbox::{OperationId, Parcel};
use crate::graphql::Content;

/// The subprotocol.
pub(super) const NAME: &str = "graphql-transport-ws";
/// A close frame's reason is not longer, in bytes (RFC 6455, section 5.5).
const LONGEST_REASON: usize = 123;

/// What a client says.
#[derive(Debug, PartialEq)]
pub(super) enum Said {
    /// It wants to begin, and perhaps says who it is.
    Init(Value),
    /// It wants to hear a pong, with this in it.
    Ping(Option<Value>),
    /// It is there.
    Pong,
    /// It asks for an operation.
    Subscribe(OperationId, Value),
    /// It wants no more of an operation.
    Complete(OperationId),
}

/// Why a socket is closed by us.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Closing {
    /// The client has closed it, or the connection is broken: there is nothing left to be said.
    Gone,
    /// What the client sends is no frame of a WebSocket.
    BadFrame,
    /// A text of the client is no UTF-8.
    NotText,
    /// A message is larger than the limit.
    TooLarge,
    /// The server stops.
    Restart,
    /// The client takes nothing of what waits for it.
    TooSlow,
    /// The client has not answered when it was asked whether it is there.
    Silent,
    /// A message that the protocol does not know.
    BadMessage(String),
    /// An operation before the connection was acknowledged.
    Unauthorized,
    /// The `connection_init` was refused.
    Forbidden,
    /// The client speaks another subprotocol.
    OtherProtocol,
    /// No `connection_init` in time.
    InitTimeout,
    /// A second operation with the id of one that goes on.
    Taken(OperationId),
    /// A second `connection_init`.
    SecondInit,
}

impl Closing {
    /// Whether the client can be understood any further.
    pub(super) fn is_readable(&self) -> bool {
        !matches!(self, Self::BadFrame | Self::NotText | Self::TooLarge)
    }

    /// The code; none where no close frame is sent.
    pub(super) fn code(&self) -> Option<u16> {
        match self {
            Self::Gone => None,
            Self::BadFrame => Some(1002),
            Self::NotText => Some(1007),
            Self::TooLarge => Some(1009),
            Self::Restart => Some(1012),
            Self::TooSlow | Self::Silent => Some(1013),
            Self::BadMessage(_) => Some(4400),
            Self::Unauthorized => Some(4401),
            Self::Forbidden => Some(4403),
            Self::OtherProtocol => Some(4406),
            Self::InitTimeout => Some(4408),
            Self::Taken(_) => Some(4409),
            Self::SecondInit => Some(4429),
        }
    }

    /// What the client is told; none where no close frame is sent.
    pub(super) fn frame(&self) -> Option<CloseFrame> {
        let code = self.code()?;
        let mut reason = match self {
            Self::Gone => return None,
            Self::BadFrame => "Protocol error".to_owned(),
            Self::NotText => "Messages are UTF-8".to_owned(),
            Self::TooLarge => {
                "Message too large: live.message_bytes is the limit, and 16 KiB before the ack".to_owned()
            }
            Self::Restart => "Service restart".to_owned(),
            Self::TooSlow => "Try again later: what waits for you was not taken in time".to_owned(),
            Self::Silent => "Try again later: two pings were not answered".to_owned(),
            Self::BadMessage(why) => why.clone(),
            Self::Unauthorized => "Unauthorized".to_owned(),
            Self::Forbidden => "Forbidden".to_owned(),
            Self::OtherProtocol => "Subprotocol not acceptable".to_owned(),
            Self::InitTimeout => "Connection initialisation timeout".to_owned(),
            Self::Taken(id) => format!("Subscriber for {id} already exists"),
            Self::SecondInit => "Too many initialisation requests".to_owned(),
        };
        reason.truncate(reason.floor_char_boundary(LONGEST_REASON));
        Some(CloseFrame { code, reason: reason.into() })
    }
}

/// Reads a message of a client.
///
/// # Errors
/// [`Closing::BadMessage`] with what is wrong with it.
pub(super) fn read(text: &str) -> Result<Said, Closing> {
    let Ok(Value::Object(mut message)) = serde_json::from_str(text) else {
        return Err(bad("Invalid message: a message is a JSON object with a type"));
    };
    let payload = message.remove("payload");
    let Some(Value::String(kind)) = message.get("type") else {
        return Err(bad("Invalid message: type is missing, or is not a text"));
    };
    match kind.as_str() {
        "connection_init" => Ok(Said::Init(object(payload, "connection_init")?.unwrap_or_default())),
        "ping" => Ok(Said::Ping(object(payload, "ping")?)),
        "pong" => object(payload, "pong").map(|_| Said::Pong),
        "subscribe" => match payload {
            Some(payload @ Value::Object(_)) => Ok(Said::Subscribe(id(&message)?, payload)),
            _ => Err(bad("Invalid message: the payload of subscribe is missing, or is not an object")),
        },
        "complete" => Ok(Said::Complete(id(&message)?)),
        other => Err(bad(&format!("Invalid message: {other} is no type that a client may send"))),
    }
}

fn bad(why: &str) -> Closing {
    Closing::BadMessage(why.to_owned())
}

fn object(payload: Option<Value>, kind: &str) -> Result<Option<Value>, Closing> {
    match payload {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(_)) => Ok(payload),
        Some(_) => Err(bad(&format!("Invalid message: the payload of {kind} is not an object"))),
    }
}

fn id(message: &Map<String, Value>) -> Result<OperationId, Closing> {
    match message.get("id") {
        Some(Value::String(id)) if !id.is_empty() => Ok(Arc::from(id.as_str())),
        _ => Err(bad("Invalid message: id is missing, or is not a text")),
    }
}

/// `connection_ack`
pub(super) fn ack() -> String {
    json!({ "type": "connection_ack" }).to_string()
}

/// `ping`
pub(super) fn ping() -> String {
    json!({ "type": "ping" }).to_string()
}

/// `pong`, with what the ping carried.
pub(super) fn pong(payload: Option<Value>) -> String {
    match payload {
        Some(payload) => json!({ "type": "pong", "payload": payload }).to_string(),
        None => json!({ "type": "pong" }).to_string(),
    }
}

/// `error`, for an operation that was not even begun.
pub(super) fn error(id: &str, errors: &[ServerError]) -> String {
    shaped("error", id, Some(&json!(errors).to_string()))
}

/// What waited, as a message.
pub(super) fn written(parcel: Parcel) -> String {
    let (id, message) = match parcel {
        Parcel::Note(text) => return text,
        Parcel::Of(id, message) => (id, message),
    };
    match &message.content {
        Content::Next(result) => shaped("next", &id, Some(result)),
        Content::Refusal(errors) => shaped("error", &id, Some(errors)),
        Content::Complete => shaped("complete", &id, None),
    }
}

/// A message around a payload that is JSON already. Every message to every client is made here: room is made once, and
/// exactly, so that what is made of the text needs no more of it.
fn shaped(kind: &str, id: &str, payload: Option<&str>) -> String {
    let escaped;
    let id = if id.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        escaped = Value::from(id).to_string();
        &escaped[1..escaped.len() - 1]
    } else {
        id
    };
    let payload = payload.map_or([""; 2], |payload| [",\"payload\":", payload]);
    let pieces = ["{\"type\":\"", kind, "\",\"id\":\"", id, "\"", payload[0], payload[1], "}"];
    pieces.concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graphql::{Mark, Message};

    #[test]
    fn messages_of_clients_are_read() {
        let read = |message: Value| read(&message.to_string()).unwrap();
        assert_eq!(read(json!({ "type": "connection_init" })), Said::Init(Value::Null));
        assert_eq!(read(json!({ "type": "connection_init", "payload": { "a": 1 } })), Said::Init(json!({ "a": 1 })));
        assert_eq!(read(json!({ "type": "ping", "payload": null })), Said::Ping(None));
        assert_eq!(read(json!({ "type": "pong", "payload": { "a": 1 } })), Said::Pong);
        assert_eq!(read(json!({ "type": "complete", "id": "1" })), Said::Complete("1".into()));
        let query = json!({ "query": "{ a }" });
        let subscribe = json!({ "type": "subscribe", "id": "1", "payload": query.clone() });
        assert_eq!(read(subscribe), Said::Subscribe("1".into(), query));
    }

    #[test]
    fn whatever_else_is_said_closes_the_socket() {
        for message in [
            "",
            "[]",
            "{",
            "\"ping\"",
            "{}",
            r#"{"type":1}"#,
            r#"{"type":"connection_ack"}"#,
            r#"{"type":"next"}"#,
            r#"{"type":"connection_init","payload":[]}"#,
            r#"{"type":"ping","payload":1}"#,
            r#"{"type":"subscribe","id":"1"}"#,
            r#"{"type":"subscribe","payload":{}}"#,
            r#"{"type":"complete"}"#,
            r#"{"type":"subscribe","id":"","payload":{}}"#,
            r#"{"type":"complete","id":1}"#,
        ] {
            let closing = read(message).unwrap_err();
            assert_eq!(closing.code(), Some(4400), "{message}");
            assert!(closing.frame().unwrap().reason.starts_with("Invalid message: "), "{message}");
        }
    }

    #[test]
    fn a_reason_fits_into_its_frame() {
        let reason = Closing::Taken("é".repeat(200).into()).frame().unwrap().reason;
        assert!(reason.len() <= LONGEST_REASON && reason.starts_with("Subscriber for éé"), "{reason}");
    }

    #[test]
    fn what_is_written_is_json_whatever_the_id() {
        assert_eq!(shaped("complete", "é€", None), "{\"type\":\"complete\",\"id\":\"é€\"}");
        let message = |content| Parcel::Of("a\"b".into(), Message { content, mark: Mark::default() }.into());
        for (content, expected) in [
            (
                Content::Next("{\"data\":1}".to_owned()),
                json!({ "type": "next", "id": "a\"b", "payload": { "data": 1 } }),
            ),
            (Content::Refusal("[]".to_owned()), json!({ "type": "error", "id": "a\"b", "payload": [] })),
            (Content::Complete, json!({ "type": "complete", "id": "a\"b" })),
        ] {
            assert_eq!(serde_json::from_str::<Value>(&written(message(content))).unwrap(), expected);
        }
    }
}
