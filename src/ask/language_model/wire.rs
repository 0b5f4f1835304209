//! The chat-completions API, as far as it is used: messages there, one text back.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::ModelError;
use crate::sdk::http::HttpClient;

/// The largest answer, in bytes.
const MOST_BYTES: u64 = 1024 * 1024;

/// One message of a conversation with the model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Message {
    role: &'static str,
    content: String,
}

impl Message {
    pub(super) fn system(content: impl Into<String>) -> Self {
        Self { role: "system", content: content.into() }
    }

    pub(super) fn user(content: impl Into<String>) -> Self {
        Self { role: "user", content: content.into() }
    }

    pub(super) fn assistant(content: impl Into<String>) -> Self {
        Self { role: "assistant", content: content.into() }
    }
}

#[derive(Deserialize)]
struct Completion {
    #[serde(default)]
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    message: Said,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Said {
    content: Option<String>,
    refusal: Option<String>,
}

/// What the model says to these messages.
pub(super) async fn complete(client: &HttpClient, model: &str, messages: &[Message]) -> Result<String, ModelError> {
    let body = json!({
        "model": model,
        "messages": messages,
        "stream": false,
        "response_format": { "type": "json_object" },
    });
    let response = client.post("chat/completions").json(&body).limit_bytes(MOST_BYTES).send().await?;
    let completion: Completion = response.json()?;
    let choice = completion.choices.into_iter().next().ok_or(ModelError::BrokenOff { reason: "it is empty" })?;
    match choice.finish_reason.as_deref() {
        Some("length") => return Err(ModelError::BrokenOff { reason: "it is too long" }),
        Some("content_filter") => return Err(ModelError::Declined),
        _ => {}
    }
    if choice.message.refusal.is_some_and(|words| !words.is_empty()) {
        return Err(ModelError::Declined);
    }
    let text = choice.message.content.filter(|text| !text.trim().is_empty());
    text.ok_or(ModelError::BrokenOff { reason: "it is empty" })
}
