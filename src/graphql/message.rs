//! One message of an operation to whoever asked for it, ready to be sent.

use async_graphql::{Response, ServerError};

use super::Mark;

/// One message of an operation. Connections that send the same one share it.
#[derive(Debug, PartialEq, Eq)]
pub struct Message {
    /// What it says.
    pub content: Content,
    /// What its transport has to know of it.
    pub mark: Mark,
}

/// What a message says.
#[derive(Debug, PartialEq, Eq)]
pub enum Content {
    /// A result, as JSON.
    Next(String),
    /// The operation was refused: its errors, a list, as JSON. Nothing follows.
    Refusal(String),
    /// It has come to its end. Nothing follows.
    Complete,
}

impl Message {
    /// The end of an operation.
    pub fn complete() -> Self {
        Self { content: Content::Complete, mark: Mark::default() }
    }

    /// The refusal of an operation.
    pub fn refusal(errors: &[ServerError]) -> Self {
        Self { content: Content::Refusal(json(&errors)), mark: Mark::default() }
    }

    /// A result.
    pub(super) fn next(response: &Response, mark: Mark) -> Self {
        Self { content: Content::Next(json(response)), mark }
    }

    /// Whether nothing follows.
    pub fn is_last(&self) -> bool {
        !matches!(self.content, Content::Next(_))
    }

    /// Its size in bytes, without what a transport puts around it.
    pub fn size(&self) -> usize {
        match &self.content {
            Content::Next(json) | Content::Refusal(json) => json.len(),
            Content::Complete => 0,
        }
    }
}

fn json(message: &impl serde::Serialize) -> String {
    serde_json::to_string(message).expect("an answer has text keys only")
}
