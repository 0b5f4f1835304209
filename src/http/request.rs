//! What a client asks for: the shape of a GraphQL request in a body, in a URL or in a message.

use std::collections::HashMap;

use async_graphql::{Request, Variables};
use axum::extract::rejection::BytesRejection;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use bytes::Bytes;
use serde_json::{Map, Value};

use super::refusal::Refusal;

/// A request's body, where it is said to be JSON, and is.
pub(super) fn json_body(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Value, Refusal> {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let media_type = content_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    if media_type != "application/json" && !(media_type.starts_with("application/") && media_type.ends_with("+json")) {
        let message = "the body has to be JSON: send Content-Type: application/json";
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "BAD_USER_INPUT", message));
    }
    let body = body.map_err(|error| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let message = "the body is larger than server.body_limit_bytes allows";
            Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "LIMIT_EXCEEDED", message)
        }
        _ => Refusal::bad_request("the body could not be read to its end"),
    })?;
    serde_json::from_slice(&body).map_err(|error| Refusal::bad_request(format!("the body is not JSON: {error}")))
}

/// The parameters of a URL in the shape of a body.
pub(super) fn body_of(parameters: HashMap<String, String>) -> Result<Value, Refusal> {
    let mut body = Map::new();
    for (key, text) in parameters {
        let value = match key.as_str() {
            "variables" | "extensions" if !text.is_empty() => serde_json::from_str(&text)
                .map_err(|error| Refusal::bad_request(format!("{key} in the URL is not JSON: {error}")))?,
            "variables" | "extensions" => Value::Null,
            _ => Value::String(text),
        };
        body.insert(key, value);
    }
    Ok(Value::Object(body))
}

/// The operation that a body asks for.
///
/// # Errors
/// A sentence that says what is wrong with its shape.
pub(super) fn request_of(body: Value) -> Result<Request, &'static str> {
    let mut body = match body {
        Value::Object(body) => body,
        Value::Array(_) => return Err("several operations in one request are not taken"),
        _ => return Err("the body has to be an object with a query"),
    };
    let Some(Value::String(query)) = body.remove("query") else {
        return Err("query is missing, or is not a text");
    };
    let mut request = Request::new(query);
    request.operation_name = match body.remove("operationName") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) if name.is_empty() => None,
        Some(Value::String(name)) => Some(name),
        Some(_) => return Err("operationName has to be a text"),
    };
    match body.remove("variables") {
        None | Some(Value::Null) => {}
        Some(variables @ Value::Object(_)) => request.variables = Variables::from_json(variables),
        Some(_) => return Err("variables has to be an object"),
    }
    match body.remove("extensions") {
        None | Some(Value::Null | Value::Object(_)) => Ok(request),
        Some(_) => Err("extensions has to be an object"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_of_another_shape_is_refused() {
        assert!(request_of(serde_json::json!({ "query": "{ a }", "variables": {} })).is_ok());
        for body in [
            serde_json::json!([]),
            serde_json::json!("query"),
            serde_json::json!({}),
            serde_json::json!({ "query": 1 }),
            serde_json::json!({ "query": "{ a }", "variables": "{}" }),
            serde_json::json!({ "query": "{ a }", "operationName": 1 }),
            serde_json::json!({ "query": "{ a }", "extensions": [] }),
        ] {
            assert!(request_of(body.clone()).is_err(), "{body}");
        }
    }
}
