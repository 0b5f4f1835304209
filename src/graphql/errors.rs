//! Errors: the one place where a failure becomes a code and public words.
//!
//! Resolvers use plain `?`. What a service refused is found here by its type; whatever else failed inside is logged,
//! once, and told only as `INTERNAL`. This works on the finished response and not as a schema extension: an extension,
//! whatever it does, makes async-graphql wrap every single field.

use std::sync::Arc;

use async_graphql::{ErrorExtensionValues, Response, ScalarType, ServerError, Value};
use tracing::error;

use super::context::RequestId;
use super::scalars::DateTime;
use crate::sdk::with_causes;
use crate::services::ServiceError;

/// Gives every error of a response its code and its public words.
pub(super) fn publish(response: &mut Response, request_id: Option<&RequestId>) {
    for error in &mut response.errors {
        let internal = std::mem::replace(error, ServerError::new(String::new(), None));
        *error = public(internal, request_id);
    }
}

/// Where an error carries the id of its request.
const REQUEST_ID: &str = "requestId";

/// Whether an error of a response that was published names a request.
pub(super) fn names_request(response: &Response) -> bool {
    response.errors.iter().any(|error| request_named(error).is_some())
}

/// A published response that names another request, as the answer to this one: it shared the other's execution. The log says
/// so, that whoever looks for either finds the failure.
pub(super) fn for_request(response: &Response, id: &RequestId) -> Response {
    let mut own = Response::new(response.data.clone());
    own.extensions.clone_from(&response.extensions);
    own.errors.clone_from(&response.errors);
    for error in &mut own.errors {
        let Some(other) = request_named(error).filter(|other| *other != &*id.0).map(str::to_owned) else { continue };
        error!(request.id = &*id.0, path = ?error.path, "a request failed inside, with request {other}: it asked the same");
        if let Some(extensions) = &mut error.extensions {
            extensions.set(REQUEST_ID, &*id.0);
        }
    }
    own
}

fn request_named(error: &ServerError) -> Option<&str> {
    match error.extensions.as_ref()?.get(REQUEST_ID)? {
        Value::String(id) => Some(id),
        _ => None,
    }
}

/// The error of a request that never came to be executed.
pub fn refusal(error: &ServiceError) -> ServerError {
    let mut refused = ServerError::new(error.public_message(), None);
    refused.extensions = Some(extensions(error));
    refused
}

fn public(error: ServerError, request_id: Option<&RequestId>) -> ServerError {
    let ServerError { message, source, locations, path, extensions } = error;
    let service_error = source.as_deref().and_then(service_error);
    let (message, mut extensions) = match (service_error, extensions) {
        (Some(error), _) => (error.public_message(), self::extensions(error)),
        (None, Some(extensions)) if extensions.get("code").is_some() => (message, extensions),
        (None, _) if source.is_none() => with_code(message, "BAD_USER_INPUT"),
        (None, _) => with_code("something went wrong inside DataWeaver; the server's log says more", "INTERNAL"),
    };
    if extensions.get("code") == Some(&Value::from("INTERNAL")) {
        let id = request_id.map_or("", |id| &id.0);
        let told = service_error.map_or_else(|| "of an unexpected kind".to_owned(), |error| with_causes(error));
        error!(request.id = id, path = ?path, error = told, "a request failed inside");
        if !id.is_empty() {
            extensions.set(REQUEST_ID, id);
        }
    }
    ServerError { message, source: None, locations, path, extensions: Some(extensions) }
}

fn service_error(source: &(dyn std::any::Any + Send + Sync)) -> Option<&ServiceError> {
    source.downcast_ref::<ServiceError>().or_else(|| source.downcast_ref::<Arc<ServiceError>>().map(AsRef::as_ref))
}

fn extensions(error: &ServiceError) -> ErrorExtensionValues {
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", error.code());
    if let Some(field) = error.field() {
        extensions.set("field", field);
    }
    if let Some(place) = error.place() {
        extensions.set("line", place.line);
        extensions.set("column", place.column);
    }
    if let Some(hint) = error.hint() {
        extensions.set("hint", hint);
    }
    if let Some(time) = error.updated_at() {
        extensions.set("updatedAt", ScalarType::to_value(&DateTime(time)));
    }
    if let Some(seconds) = error.retry_after_seconds() {
        extensions.set("retryAfter", seconds);
    }
    if let Some(cursor) = error.oldest_cursor() {
        extensions.set("oldestCursor", cursor);
    }
    extensions
}

fn with_code(message: impl Into<String>, code: &str) -> (String, ErrorExtensionValues) {
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", code);
    (message.into(), extensions)
}
