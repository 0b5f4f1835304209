//! Apollo's multipart subscriptions: `multipart/mixed;subscriptionSpec=1.0`.
//!
//! Each part is closed by its delimiter at once: a client looks at a part when it has seen the end of it.

use async_graphql::{Request, ServerError};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::BUFFERING;
use super::connection::{Connection, ONLY, Shape, locked};
use super::operations::NotBegun;
use super::outbox::OperationId;
use crate::graphql::{Content, Message, RequestId};
use crate::http::Server;
use crate::services::Viewer;

/// The media type of the answer.
const MEDIA_TYPE: &str = "multipart/mixed;boundary=\"graphql\";subscriptionSpec=1.0";

/// Answers a subscription with parts.
///
/// # Errors
/// The errors of a subscription that was refused at once: they are an ordinary answer.
pub(in crate::http) fn answer(
    server: &Server,
    viewer: Viewer,
    id: RequestId,
    request: Request,
) -> Result<Response, Vec<ServerError>> {
    let connection = Connection::new(server, viewer, id, 1);
    let begun = locked(&connection.operations()).begin(OperationId::from(ONLY), request);
    match begun {
        Ok(()) => {
            let headers =
                [(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE)), (BUFFERING, HeaderValue::from_static("no"))];
            Ok((headers, connection.body::<Parts>()).into_response())
        }
        Err(NotBegun::Refused(errors)) => Err(errors),
        Err(NotBegun::Taken | NotBegun::TooMany) => unreachable!("it is the first of its connection"),
    }
}

/// Parts of one subscription.
struct Parts;

impl Shape for Parts {
    const NAME: &'static str = "multipart";
    const BEGIN: &'static str = "\r\n--graphql";
    const ALIVE: &'static str = "\r\ncontent-type: application/json\r\n\r\n{}\r\n--graphql";
    const ENDS: bool = true;

    fn message(_: &OperationId, message: &Message) -> String {
        let part =
            |payload: &str| format!("\r\ncontent-type: application/json\r\n\r\n{{\"payload\":{payload}}}\r\n--graphql");
        match &message.content {
            Content::Next(result) => part(result),
            Content::Refusal(errors) => part(&format!("{{\"errors\":{errors}}}")) + "--\r\n",
            Content::Complete => "--\r\n".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graphql::Mark;

    #[test]
    fn a_part_ends_with_its_delimiter_and_the_last_one_closes() {
        let message = |content| Message { content, mark: Mark::default() };
        let id = OperationId::from("");
        let next = message(Content::Next(r#"{"data":1}"#.to_owned()));
        let body =
            [Parts::BEGIN, Parts::ALIVE, &Parts::message(&id, &next), &Parts::message(&id, &Message::complete())];
        assert_eq!(
            body.concat(),
            "\r\n--graphql\r\ncontent-type: application/json\r\n\r\n{}\r\n--graphql\r\ncontent-type: application/json\
             \r\n\r\n{\"payload\":{\"data\":1}}\r\n--graphql--\r\n"
        );
    }
}
