//! A server that speaks the OpenAI chat-completions API, as far as a language model behind it would, and says what it is told to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

/// What the model says next.
#[derive(Clone, Debug)]
pub enum Says {
    /// This text; `{key}` in it stands for the key that was sent.
    Text(String),
    /// A completion as it is.
    Completion(Value),
    /// A status with a body; `{key}` in it stands for the key that was sent.
    Status(u16, String),
    /// The header that asks for a pause, too.
    SlowDown,
    /// The text, after so long.
    Late(Duration, String),
}

impl Says {
    /// A statement, and how the question was understood.
    pub fn sql(sql: &str) -> Self {
        Self::Text(json!({ "sql": sql, "interpretation": "what the model made of it" }).to_string())
    }
}

/// A request that came in.
#[derive(Clone, Debug)]
pub struct Heard {
    pub authorization: Option<String>,
    pub body: Value,
}

impl Heard {
    /// The document of the last message that holds one.
    pub fn document(&self) -> Value {
        let messages = self.body["messages"].as_array().expect("messages");
        let user = messages.iter().rev().find(|message| message["role"] == "user").expect("a message of the user");
        serde_json::from_str(user["content"].as_str().expect("text")).expect("it is one JSON document")
    }
}

#[derive(Default)]
struct Script {
    says: Mutex<VecDeque<Says>>,
    heard: Mutex<Vec<Heard>>,
}

/// The running server; it ends with this value.
pub struct ModelServer {
    url: String,
    script: Arc<Script>,
    server: JoinHandle<()>,
}

impl ModelServer {
    /// One that says this, request by request, and afterwards that it has nothing to say.
    pub async fn saying(says: impl IntoIterator<Item = Says>) -> Self {
        let script = Arc::new(Script { says: Mutex::new(says.into_iter().collect()), heard: Mutex::default() });
        let router = Router::new().route("/v1/chat/completions", post(complete)).with_state(Arc::clone(&script));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/v1", listener.local_addr().expect("it is bound"));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Self { url, script, server }
    }

    /// The base URL of the API.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What it says from now on.
    pub fn say(&self, says: impl IntoIterator<Item = Says>) {
        *self.script.says.lock().unwrap() = says.into_iter().collect();
    }

    /// What it was asked since this was last looked at.
    pub fn heard(&self) -> Vec<Heard> {
        std::mem::take(&mut *self.script.heard.lock().unwrap())
    }
}

impl Drop for ModelServer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn complete(State(script): State<Arc<Script>>, headers: HeaderMap, body: Bytes) -> Response {
    let authorization = headers.get(header::AUTHORIZATION).map(|value| value.to_str().expect("text").to_owned());
    let body: Value = serde_json::from_slice(&body).expect("a request is JSON");
    assert_eq!(body["stream"], false, "{body}");
    script.heard.lock().unwrap().push(Heard { authorization: authorization.clone(), body });
    let says = script.says.lock().unwrap().pop_front();
    let key = authorization.unwrap_or_default();
    match says {
        None => (StatusCode::NOT_FOUND, "nothing to say").into_response(),
        Some(Says::Text(text)) => completion(&text.replace("{key}", &key)),
        Some(Says::Completion(value)) => axum::Json(value).into_response(),
        Some(Says::Status(status, text)) => {
            (StatusCode::from_u16(status).expect("a status"), text.replace("{key}", &key)).into_response()
        }
        Some(Says::SlowDown) => {
            (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "600")], "slow down").into_response()
        }
        Some(Says::Late(pause, text)) => {
            tokio::time::sleep(pause).await;
            completion(&text)
        }
    }
}

fn completion(text: &str) -> Response {
    let message = json!({ "role": "assistant", "content": text, "refusal": null });
    let choice = json!({ "index": 0, "message": message, "finish_reason": "stop" });
    axum::Json(json!({ "id": "chatcmpl-1", "object": "chat.completion", "choices": [choice] })).into_response()
}
