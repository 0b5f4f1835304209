//! graphql-sse: server-sent events, in an answer of its own for each operation ("distinct connections"), or in one for all
//! of a client's operations ([`stream`](super::stream)).

use async_graphql::Request;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::BUFFERING;
use super::connection::{Connection, ONLY, Shape, locked};
use super::operations::NotBegun;
use super::outbox::OperationId;
use crate::events::EventCursor;
use crate::graphql::{Content, Message, RequestId};
use crate::http::Server;
use crate::services::Viewer;

/// A comment, which clients pass over.
const COMMENT: &str = ":\n\n";

/// Answers one operation with events: `next` for each result, `complete` at the end.
///
/// The id of an event is the cursor of what it tells: an `EventSource` that has lost its connection gives back the last
/// one, and the subscription goes on from there.
pub(in crate::http) fn answer(server: &Server, viewer: Viewer, id: RequestId, request: Request) -> Response {
    answer_as::<Distinct>(server, viewer, id, request)
}

/// The same for an `EventSource`: it is also told by an event `at`, which it passes over, from where to go on where nothing
/// has happened yet.
pub(in crate::http) fn answer_source(server: &Server, viewer: Viewer, id: RequestId, request: Request) -> Response {
    answer_as::<ForSource>(server, viewer, id, request)
}

fn answer_as<S: Shape + 'static>(server: &Server, viewer: Viewer, id: RequestId, request: Request) -> Response {
    let connection = Connection::new(server, viewer, id, 1);
    let begun = locked(&connection.operations()).begin(OperationId::from(ONLY), request);
    match begun {
        Ok(()) => response(connection.body::<S>()),
        // Whoever reads events only would not see an error that is none.
        Err(NotBegun::Refused(errors)) => {
            let refusal = Message::refusal(&errors);
            response(S::message(&OperationId::from(ONLY), &refusal).into())
        }
        Err(NotBegun::Taken | NotBegun::TooMany) => unreachable!("it is the first of its connection"),
    }
}

/// The answer around a body of events.
pub(super) fn response(body: axum::body::Body) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8")),
        (BUFFERING, HeaderValue::from_static("no")),
    ];
    (headers, body).into_response()
}

/// Events of one operation.
struct Distinct;

impl Shape for Distinct {
    const NAME: &'static str = "event stream";
    const BEGIN: &'static str = COMMENT;
    const ALIVE: &'static str = COMMENT;
    const ENDS: bool = true;

    fn message(_: &OperationId, message: &Message) -> String {
        let cursor = message.mark.cursor;
        match &message.content {
            Content::Next(result) => event("next", cursor, result),
            Content::Refusal(errors) => {
                event("next", cursor, &format!("{{\"errors\":{errors}}}")) + &event("complete", None, "")
            }
            Content::Complete => event("complete", None, ""),
        }
    }
}

/// Events of one operation for an `EventSource`.
struct ForSource;

impl Shape for ForSource {
    const NAME: &'static str = Distinct::NAME;
    const BEGIN: &'static str = COMMENT;
    const ALIVE: &'static str = COMMENT;
    const ENDS: bool = true;
    // With data, since an id alone is not taken up by all.
    const AT: Option<fn(EventCursor) -> String> = Some(|place| event("at", Some(place), ""));

    fn message(id: &OperationId, message: &Message) -> String {
        Distinct::message(id, message)
    }
}

/// Events of many operations, each with its id.
pub(super) struct Labelled;

impl Shape for Labelled {
    const NAME: &'static str = "shared event stream";
    const BEGIN: &'static str = COMMENT;
    const ALIVE: &'static str = COMMENT;
    const ENDS: bool = false;

    fn message(id: &OperationId, message: &Message) -> String {
        let id = Value::from(&**id);
        let complete = event("complete", None, &format!("{{\"id\":{id}}}"));
        let next = |payload: &str| event("next", None, &format!("{{\"id\":{id},\"payload\":{payload}}}"));
        match &message.content {
            Content::Next(result) => next(result),
            Content::Refusal(errors) => next(&format!("{{\"errors\":{errors}}}")) + &complete,
            Content::Complete => complete,
        }
    }
}

/// An event. JSON has no line breaks of its own, so the data are one line.
fn event(name: &str, id: Option<EventCursor>, data: &str) -> String {
    let id = id.map_or_else(String::new, |cursor| format!("id: {cursor}\n"));
    format!("event: {name}\n{id}data: {data}\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graphql::Mark;

    fn message(content: Content) -> Message {
        Message { content, mark: Mark::new(Some(EventCursor(7)), None) }
    }

    fn next() -> Message {
        message(Content::Next(r#"{"data":1}"#.to_owned()))
    }

    #[test]
    fn an_event_of_one_operation_carries_its_cursor() {
        let cursor = EventCursor(7);
        let id = OperationId::from("");
        assert_eq!(Distinct::message(&id, &next()), format!("event: next\nid: {cursor}\ndata: {{\"data\":1}}\n\n"));
        assert_eq!(Distinct::message(&id, &Message::complete()), "event: complete\ndata: \n\n");
    }

    #[test]
    fn an_event_of_many_operations_carries_its_operation() {
        let id = OperationId::from("a");
        assert_eq!(Labelled::message(&id, &next()), "event: next\ndata: {\"id\":\"a\",\"payload\":{\"data\":1}}\n\n");
        assert_eq!(
            Labelled::message(&id, &message(Content::Refusal("[]".to_owned()))),
            "event: next\ndata: {\"id\":\"a\",\"payload\":{\"errors\":[]}}\n\nevent: complete\ndata: {\"id\":\"a\"}\n\n"
        );
    }
}
