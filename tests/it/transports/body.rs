//! The body of an answer that stays open, as its bytes come.

use reqwest::Response;

use crate::harness::PATIENCE;

/// An answer of which the end is not waited for.
pub struct Body {
    response: Response,
    text: String,
}

impl Body {
    /// Of an answer that has begun.
    pub fn of(response: Response) -> Self {
        Self { response, text: String::new() }
    }

    /// What comes up to and with `end`.
    pub async fn up_to(&mut self, end: &str) -> String {
        loop {
            if let Some(place) = self.text.find(end) {
                let rest = self.text.split_off(place + end.len());
                return std::mem::replace(&mut self.text, rest);
            }
            let chunk = self.chunk().await;
            self.text += &chunk.unwrap_or_else(|| panic!("the body ends with {:?} before {end:?}", self.text));
        }
    }

    /// What comes until the body ends.
    pub async fn rest(mut self) -> String {
        while let Some(chunk) = self.chunk().await {
            self.text += &chunk;
        }
        self.text
    }

    async fn chunk(&mut self) -> Option<String> {
        let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await.expect("something comes");
        chunk.expect("the connection holds").map(|bytes| String::from_utf8(bytes.into()).expect("messages are text"))
    }
}
