//! How questions are answered.

use std::num::NonZeroUsize;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use crate::sdk::SecretString;

/// How questions in plain English are answered.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AskSettings {
    /// The longest question, in characters. The built-in planner reads 2,000 at most.
    pub question_characters: usize,
    /// Rows of an answer that its conversation keeps. Who asks is given all; who reads the answer again, these.
    pub kept_rows: usize,
    /// Size of these rows, in KiB; fewer are kept where they are larger.
    pub kept_kib: usize,
    /// Answers that one conversation keeps; the oldest go.
    pub conversation_answers: u64,
    /// Conversations that one viewer keeps; the oldest go.
    pub conversations: u64,
    /// Indices of the values that tables hold, kept in memory: one for each scenario that is asked about, and one for all tables.
    pub cached_indices: usize,
    /// Base URL of an OpenAI-compatible API, for example `https://api.openai.com/v1`, whose language model takes the place of the
    /// built-in planner. It is told the names and columns of tables and what they mean; its SQL runs behind the same gate and
    /// within the same limits. Where it fails, the planner answers, and the answer says so.
    pub model_url: Option<String>,
    /// The model's name there.
    pub model: Option<String>,
    /// The key of that API. It is better given in the environment than in a file. It is never shown.
    #[serde(serialize_with = "hidden")]
    #[schemars(with = "Option<String>")]
    pub api_key: Option<SecretString>,
    /// Seconds that the model may take for a question, all its attempts together. The planner needs what is left of
    /// `graphql.timeout_seconds`.
    pub model_seconds: u64,
    /// Values of each dimension that the model is told, as examples; 0 tells none.
    pub model_values: usize,
    /// Whether the model is shown the first rows of a result, to put it into words. Otherwise no result leaves DataWeaver.
    pub model_sees_results: bool,
}

impl Default for AskSettings {
    fn default() -> Self {
        Self {
            question_characters: 2_000,
            kept_rows: 1_000,
            kept_kib: 512,
            conversation_answers: 200,
            conversations: 1_000,
            cached_indices: 16,
            model_url: None,
            model: None,
            api_key: None,
            model_seconds: 30,
            model_values: 5,
            model_sees_results: false,
        }
    }
}

impl AskSettings {
    /// See [`cached_indices`](Self::cached_indices); one at least.
    pub(super) fn cached(&self) -> NonZeroUsize {
        NonZeroUsize::new(self.cached_indices).unwrap_or(NonZeroUsize::MIN)
    }

    /// Size of the rows that are kept, in bytes.
    pub(super) fn kept_bytes(&self) -> usize {
        self.kept_kib.saturating_mul(1024)
    }
}

/// A secret is written nowhere.
fn hidden<S: Serializer>(_: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_none()
}
