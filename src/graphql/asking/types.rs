//! Answers and conversations as the API shows them.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};
use futures::future::try_join_all;
use serde_json::Value;

use crate::entity::conversation;
use crate::graphql::context::ContextExt;
use crate::graphql::in_place::InPlace;
use crate::graphql::loaders::{AnswersCount, AnswersOf};
use crate::graphql::paging::{Connection, Listed, empty_page, list_cost, page_request};
use crate::graphql::queries::QueryResult;
use crate::graphql::scalars::DateTime;
use crate::graphql::sources::DataSource;
use crate::services::asks;
use crate::services::page::cursor;

/// An answer as the API shows it.
pub type Answer = InPlace<AnswerParts>;

/// An answer, which many requests may share.
#[derive(Clone)]
pub struct AnswerParts(Arc<asks::Answer>);

/// A question with its answer.
#[Object(name = "Answer")]
impl AnswerParts {
    /// `ans_…`
    async fn id(&self) -> ID {
        self.0.id.as_str().into()
    }

    /// `cnv_…`; give it with the next question, and that may refer to this one.
    async fn conversation_id(&self) -> ID {
        self.0.conversation_id.as_str().into()
    }

    /// What was asked.
    async fn question(&self) -> &str {
        &self.0.question
    }

    /// How the question was understood, in words.
    async fn interpretation(&self) -> &str {
        &self.0.interpretation
    }

    /// How sure that is, 0 to 1.
    async fn confidence(&self) -> f64 {
        self.0.confidence
    }

    /// True when it asks back instead of answering; `suggestions` then hold readings to choose from.
    async fn needs_clarification(&self) -> bool {
        self.0.needs_clarification
    }

    /// The statement that was run.
    async fn sql(&self) -> Option<&str> {
        self.0.sql.as_deref()
    }

    /// Its rows. Of an answer that is read again, the first ones: as many as `ask.kept_rows` and `ask.kept_kib` let be kept.
    async fn result(&self) -> Option<QueryResult> {
        self.0.result.clone().map(QueryResult::from)
    }

    /// Vega-Lite specification without data; the rows of `result` are its data.
    async fn chart(&self) -> Option<&Value> {
        self.0.chart.as_ref()
    }

    /// The answer in a sentence or a few, with the numbers in it. It ends with what could not be taken into account: tables
    /// that were never synced, or a language model that failed, so that the built-in planner answered.
    async fn summary(&self) -> &str {
        &self.0.summary
    }

    /// The data sources that were read, without those that are gone. `lastUpdated` says how fresh they are.
    #[graphql(complexity = "1 + child_complexity")]
    async fn sources(&self, ctx: &Context<'_>) -> Result<Vec<DataSource>> {
        let loaders = ctx.loaders()?;
        let found = try_join_all(self.0.sources.iter().map(|id| loaders.load(id.clone()))).await?;
        Ok(found.into_iter().flatten().map(DataSource::of).collect())
    }

    /// What could be asked next, or the readings to choose from.
    async fn suggestions(&self) -> &[String] {
        &self.0.suggestions
    }

    /// `planner`, or the language model's name.
    async fn engine(&self) -> &str {
        &self.0.engine
    }

    /// When it was answered.
    async fn at(&self) -> DateTime {
        self.0.at.into()
    }
}

impl Answer {
    /// Of an answer.
    pub(in crate::graphql) fn of(answer: impl Into<Arc<asks::Answer>>) -> Self {
        Self(AnswerParts(answer.into()))
    }
}

impl Listed for AnswerParts {
    fn cursor(&self) -> String {
        cursor(self.0.id.as_str())
    }
}

/// A conversation as the API shows it.
pub type Conversation = InPlace<ConversationRow>;

/// A conversation's row.
#[derive(Clone)]
pub struct ConversationRow(Arc<conversation::Model>);

/// Questions of one viewer that follow each other. Nobody else sees them.
#[Object(name = "Conversation")]
impl ConversationRow {
    /// `cnv_…`
    async fn id(&self) -> ID {
        self.0.id.as_str().into()
    }

    /// Its first question.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// The scenario that it is about; null where it is about all tables.
    async fn scenario_id(&self) -> Option<ID> {
        self.0.scenario_id.as_deref().map(ID::from)
    }

    /// Its answers, the oldest first. It keeps as many as `ask.conversation_answers` allows.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn answers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many; 50 unless given, at most 500.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many.")] last: Option<i32>,
        #[graphql(desc = "Ahead of this cursor.")] before: Option<String>,
    ) -> Result<Connection<Answer>> {
        let (loaders, id) = (ctx.loaders()?.clone(), self.0.id.clone());
        let window = page_request(first, after, last, before).window()?;
        let page = loaders.load(AnswersOf(id.clone(), window)).await?.unwrap_or_else(empty_page);
        Ok(Connection::new(page, Answer::of, move || {
            let (loaders, key) = (loaders.clone(), AnswersCount(id.clone()));
            Box::pin(async move { loaders.load(key).await.map(Option::unwrap_or_default) })
        }))
    }

    /// When it began.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When something was last asked.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }
}

impl Conversation {
    /// The conversation of a row.
    pub(in crate::graphql) fn of(row: impl Into<Arc<conversation::Model>>) -> Self {
        Self(ConversationRow(row.into()))
    }
}

impl Listed for ConversationRow {
    fn cursor(&self) -> String {
        cursor(self.0.id.as_str())
    }
}
