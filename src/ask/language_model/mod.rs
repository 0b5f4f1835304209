//! A language model in the planner's place: any endpoint that speaks the OpenAI chat-completions API.
//!
//! It is told what the tables are and mean, and proposes one statement. That passes the same gate and limits as everybody's
//! SQL, is planned before it is run, and repaired once with the words of its error. Whatever goes wrong is an error here, so
//! that the built-in planner can answer instead. What comes from data or from earlier answers is given as JSON values and
//! named as data. Results are only sent where a setting allows it, and then the sentences that come back may hold no number
//! that is not in them.

mod error;
mod examples;
mod present;
mod prompt;
mod proposal;
mod wire;
mod wording;

use std::num::{NonZeroU32, NonZeroU64};
use std::time::Duration;

pub use error::{ModelError, OpenModelError};
pub use examples::Examples;
pub use prompt::Turn;
use proposal::Proposal;
use wire::Message;

use super::{Bound, Data, Memory, Reply};
use crate::query::{QueryError, QueryOutput};
use crate::sdk::http::{Authorisation, HttpClient, HttpOptions};
use crate::sdk::{ConnectorType, OpenContext, SecretString};

/// Rows of an answer.
const MOST_ROWS: u64 = 1_000;
/// Seconds for which a request may outlast the time of its question.
const SPARE_SECONDS: u64 = 5;
/// How often a statement may be proposed: once, and once more with the error of the first.
const PROPOSALS: usize = 2;

/// Which model is asked, and how.
#[derive(Clone, Debug)]
pub struct ModelOptions {
    /// The base URL of its API.
    pub url: String,
    /// Its name there.
    pub name: String,
    /// The key of the API.
    pub key: Option<SecretString>,
    /// Seconds for one question, all requests together.
    pub seconds: u64,
    /// Whether it may see rows of results.
    pub sees_results: bool,
}

/// A language model that can be asked. Its `Debug` shows no secret.
#[derive(Debug)]
pub struct LanguageModel {
    client: HttpClient,
    options: ModelOptions,
}

impl LanguageModel {
    /// Makes it ready; no I/O. It may be reached where connectors may.
    ///
    /// # Errors
    /// Where the URL or the key cannot be used.
    pub fn open(options: ModelOptions, context: &OpenContext) -> Result<Self, OpenModelError> {
        // Our own patience ends first, and says so.
        let seconds = NonZeroU64::new(options.seconds.saturating_add(SPARE_SECONDS));
        let limits = HttpOptions {
            idle_seconds: seconds,
            request_seconds: seconds,
            attempts: Some(NonZeroU32::MIN),
            // Whoever waits for it waits for an answer: the planner is quicker than its patience.
            wait_seconds: Some(0),
            ..HttpOptions::default()
        };
        let authorisation = options.key.clone().map_or_else(Authorisation::none, Authorisation::bearer);
        let client = HttpClient::builder(context, ConnectorType::Api, &options.url)
            .options(&limits)
            .authorisation(authorisation)
            .build()?;
        client.permitted()?;
        Ok(Self { client, options })
    }

    /// The model's name.
    pub fn name(&self) -> &str {
        &self.options.name
    }

    /// Answers a question, or asks back.
    ///
    /// # Errors
    /// Whatever keeps the model from it.
    pub async fn answer(
        &self,
        question: &str,
        bound: &Bound,
        examples: &Examples,
        data: &dyn Data,
        turns: &[Turn],
    ) -> Result<Reply, ModelError> {
        let seconds = self.options.seconds;
        let answering = self.answer_in_time(question, bound, examples, data, turns);
        let answered = tokio::time::timeout(Duration::from_secs(seconds), answering).await;
        answered.unwrap_or(Err(ModelError::TimedOut { seconds }))
    }

    async fn answer_in_time(
        &self,
        question: &str,
        bound: &Bound,
        examples: &Examples,
        data: &dyn Data,
        turns: &[Turn],
    ) -> Result<Reply, ModelError> {
        let mut messages = prompt::messages(question, bound, examples, turns);
        let mut failed: Option<QueryError> = None;
        for _ in 0..PROPOSALS {
            let text = self.said(&messages).await?;
            let proposal = Proposal::read(&text)?;
            let Some(sql) = proposal.sql() else {
                return proposal.question_back(self.name()).ok_or(ModelError::NoStatement);
            };
            match checked_rows(data, sql).await {
                Ok(result) => {
                    let words = self.words(question, &proposal, &result).await;
                    return Ok(self.reply(bound, proposal, result, words));
                }
                Err(error) if error.is_users_fault() => {
                    messages.push(Message::assistant(text));
                    messages.push(prompt::repair(&error));
                    failed = Some(error);
                }
                Err(error) => return Err(ModelError::Query { cause: error }),
            }
        }
        Err(ModelError::BadSql { cause: failed.ok_or(ModelError::NoStatement)? })
    }

    /// What the model says. Whoever is given our key may repeat it: such an answer is shown to nobody.
    async fn said(&self, messages: &[Message]) -> Result<String, ModelError> {
        let text = wire::complete(&self.client, &self.options.name, messages).await?;
        let key = self.options.key.as_ref().map(SecretString::expose).filter(|key| !key.is_empty());
        if key.is_some_and(|key| text.contains(key)) {
            return Err(ModelError::Indiscreet);
        }
        Ok(text)
    }

    /// The answer in sentences: the model's own, where it may see the rows and says nothing else than they do.
    async fn words(&self, question: &str, proposal: &Proposal, result: &QueryOutput) -> String {
        let own = present::summary(proposal.interpretation(), result);
        if !self.options.sees_results || result.rows.is_empty() {
            return own;
        }
        let messages = prompt::wording(question, proposal.interpretation(), result);
        match self.said(&messages).await {
            Ok(text) => wording::true_words(&text, question, result).unwrap_or(own),
            Err(_) => own,
        }
    }

    fn reply(&self, bound: &Bound, proposal: Proposal, result: QueryOutput, summary: String) -> Reply {
        let sql = proposal.sql().unwrap_or_default().to_owned();
        Reply {
            interpretation: proposal.interpretation().to_owned(),
            confidence: proposal.confidence(),
            needs_clarification: false,
            datasets: present::datasets(&sql, bound),
            chart: present::chart(proposal.chart(), &result),
            suggestions: proposal.suggestions(),
            sql: Some(sql),
            result: Some(result),
            summary,
            engine: self.options.name.clone(),
            // The planner's memory is of its own plans: what the model knows of earlier questions, it is told each time.
            memory: Memory::default(),
        }
    }
}

/// The rows of a statement that was planned first, so that what is wrong with it costs nothing.
async fn checked_rows(data: &dyn Data, sql: &str) -> Result<QueryOutput, QueryError> {
    if proposal::is_query(sql) {
        data.rows(&format!("EXPLAIN {sql}"), 1).await?;
    }
    data.rows(sql, MOST_ROWS).await
}
