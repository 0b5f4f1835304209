//! How a token endpoint says that a refresh token is not good any more, and what is told then.

use super::super::failure::{Blame, Failure};
use super::super::http::Answer;
use super::super::manifest::Node;
use super::super::time::as_int;
use super::super::value::{from_python_slice, text};

#[derive(Debug)]
pub(super) struct Rejection {
    statuses: Vec<u16>,
    key: String,
    values: Vec<String>,
}

impl Rejection {
    pub(super) fn build(node: &Node) -> Self {
        let given = |node: &Node| {
            let statuses: Vec<u16> = node
                .list("refresh_token_error_status_codes")
                .iter()
                .filter_map(|code| as_int(&code.value()).and_then(|code| u16::try_from(code).ok()))
                .collect();
            let key = node.text("refresh_token_error_key").unwrap_or_default();
            let values: Vec<String> =
                node.list("refresh_token_error_values").iter().filter_map(Node::as_text).collect();
            (!statuses.is_empty() || !key.is_empty() || !values.is_empty()).then_some(Self { statuses, key, values })
        };
        given(node).or_else(|| node.get("refresh_token_updater").and_then(given)).unwrap_or_else(|| Self {
            statuses: vec![400],
            key: "error".to_owned(),
            values: vec!["invalid_grant".to_owned(), "invalid_permissions".to_owned()],
        })
    }

    pub(super) fn failure(&self, answer: &Answer) -> Failure {
        let word = from_python_slice(&answer.body).and_then(|body| body.get(&self.key).map(text)).unwrap_or_default();
        let is_rejected = self.statuses.contains(&answer.status) && self.values.contains(&word);
        let (message, blame) = if is_rejected {
            let words = "Refresh token was rejected by the OAuth provider (invalid, expired, or already used). Re-authenticate \
                         this source's credentials in its connection settings.";
            (words.to_owned(), Blame::Config)
        } else {
            (format!("the OAuth token endpoint answered with status {}", answer.status), Blame::System)
        };
        Failure::Answer { message, status: Some(answer.status), blame }
    }
}
