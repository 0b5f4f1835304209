//! The arguments of a call: of its URL, of a form, or of JSON.

use std::collections::HashMap;

use axum::body::Bytes;
use axum::http::{HeaderMap, header};
use serde_json::Value;

use crate::sdk::simulator::bearer_token;

pub(super) struct Arguments(HashMap<String, String>);

impl Arguments {
    /// # Errors
    /// Slack's word for a body that it cannot read.
    pub(super) fn of(query: Option<&str>, headers: &HeaderMap, body: &Bytes) -> Result<Self, &'static str> {
        let mut all: HashMap<String, String> = pairs(query.unwrap_or_default().as_bytes());
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if content_type.starts_with("application/json") && !body.is_empty() {
            let json: Value = serde_json::from_slice(body).map_err(|_| "invalid_json")?;
            let object = json.as_object().ok_or("json_not_object")?;
            for (name, value) in object {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                all.insert(name.clone(), text);
            }
        } else {
            all.extend(pairs(body));
        }
        if let Some(token) = bearer_token(headers) {
            all.insert("token".to_owned(), token.to_owned());
        }
        Ok(Self(all))
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        matches!(self.text(name), Some("true" | "1"))
    }

    /// A number between 1 and `most`.
    ///
    /// # Errors
    /// Slack's word for one that is none, or too large.
    pub(super) fn limit(&self, name: &str, usual: usize, most: usize) -> Result<usize, &'static str> {
        let Some(text) = self.text(name) else { return Ok(usual) };
        match text.parse() {
            Ok(0) => Ok(usual),
            Ok(number) if number <= most => Ok(number),
            Ok(_) if most < 100 => Ok(most),
            _ => Err("invalid_limit"),
        }
    }
}

fn pairs(text: &[u8]) -> HashMap<String, String> {
    url::form_urlencoded::parse(text).map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}
