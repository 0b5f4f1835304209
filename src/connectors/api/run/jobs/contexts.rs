//! What the templates of a job's requests can look at.

use super::super::super::failure::Failure;
use super::super::super::http::Answer;
use super::super::super::slice::Slice;
use super::super::super::value::{Map, Value, from_python_slice};

/// What the API answered when the job was asked for.
pub(super) const CREATION: &str = "creation_response";
/// What it answered when the job was done.
pub(super) const POLLING: &str = "polling_response";

/// A slice that templates find more in.
pub(super) fn with<const N: usize>(slice: &Slice, more: [(&str, Value); N]) -> Slice {
    let mut whole = slice.clone();
    for (name, value) in more {
        whole.extra.insert(name, value);
    }
    whole
}

/// An answer's body, with its headers and what was asked for.
pub(super) fn context(answer: &Answer) -> Result<Value, Failure> {
    let body = from_python_slice(&answer.body);
    let Some(Value::Map(body)) = body else {
        return Err(Failure::Data("what is said of a job must be a JSON object".to_owned()));
    };
    let mut context = Map::clone(&body);
    if !context.contains("headers") {
        let mut headers = Map::with_capacity(2 * answer.headers.keys_len());
        for (name, value) in &answer.headers {
            let value = Value::from(String::from_utf8_lossy(value.as_bytes()).into_owned());
            headers.insert(titled(name.as_str()), value.clone());
            headers.insert(name.as_str(), value);
        }
        context.insert("headers", Value::map(headers));
    }
    if !context.contains("request") {
        context.insert("request", Value::map(Map::from_iter([("url", Value::str(&answer.url))])));
    }
    Ok(Value::map(context))
}

/// A header's name as APIs document it: `Content-Type`.
fn titled(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}
