//! Answers: what was asked, how it was understood, and what came out.

use sea_orm::entity::prelude::*;

use super::ids::{AnswerId, ConversationId, WorkspaceId};
use super::scope::scoped_by_workspace;

/// A question of a conversation with its answer.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "answers")]
pub struct Model {
    /// `ans_…`
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AnswerId,
    /// The tenant it belongs to.
    pub workspace_id: WorkspaceId,
    /// The conversation in which it was asked.
    pub conversation_id: ConversationId,
    /// What was asked.
    pub question: String,
    /// How it was understood, in words.
    pub interpretation: String,
    /// How sure that is, 0 to 1.
    pub confidence: f64,
    /// Whether it was asked back instead of answered.
    pub needs_clarification: bool,
    /// The statement that was run.
    pub sql: Option<String>,
    /// Its first rows with their columns, as the text of a JSON document: so every value stays as it was.
    pub result: Option<String>,
    /// A Vega-Lite specification without data.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub chart: Option<Json>,
    /// The answer in a sentence or a few.
    pub summary: String,
    /// The ids of the data sources that were read: a list.
    #[sea_orm(column_type = "JsonBinary")]
    pub sources: Json,
    /// What could be asked next, or the readings to choose from: a list.
    #[sea_orm(column_type = "JsonBinary")]
    pub suggestions: Json,
    /// `planner`, or the language model's name.
    pub engine: String,
    /// When it was answered.
    pub created_at: DateTimeUtc,
    /// The conversation in which it was asked.
    #[sea_orm(belongs_to, from = "conversation_id", to = "id")]
    pub conversation: BelongsTo<super::conversation::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

scoped_by_workspace!(AnswerId);
