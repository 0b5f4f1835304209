//! Asking: questions in plain English over the tables of a scenario, or over all of them.
//!
//! What a question is about is found here: the semantic model with its tables, the values that they hold, and what was
//! asked before. What it means is found out by `crate::ask`, and statements run behind the same gate and within the
//! same limits as those of [`queries`](super::queries).

mod binding;
pub mod conversations;
mod data;
mod model;
mod narrow;
mod per_tables;
mod settings;
mod state;
mod stored;
mod tables;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

pub use crate::ask::language_model::OpenModelError;
use binding::Binding;
use data::ViewerData;
pub use settings::AskSettings;
pub use state::Asking;
use stored::{plain, text_of, without_nul};

use super::{ServiceError, Services, Viewer, text, workflows};
use crate::ask::{self, Memory, Reply};
use crate::entity::ids::{AnswerId, ConversationId, DataSourceId};
use crate::entity::{answer, conversation, stored_time};
use crate::query::QueryOutput;

/// A question.
#[derive(Clone, Debug, Default)]
pub struct AskRequest {
    /// In plain English.
    pub question: String,
    /// The scenario that it is about; that of its conversation where it is absent, or else all tables.
    pub scenario_id: Option<String>,
    /// The conversation that it goes on with; it begins a new one where that is absent.
    pub conversation_id: Option<ConversationId>,
}

/// A question with its answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// `ans_…`
    pub id: AnswerId,
    /// The conversation in which it was asked.
    pub conversation_id: ConversationId,
    /// What was asked.
    pub question: String,
    /// How it was understood, in words.
    pub interpretation: String,
    /// How sure that is, 0 to 1.
    pub confidence: f64,
    /// Whether it is asked back instead of answered; the suggestions are readings to choose from then.
    pub needs_clarification: bool,
    /// The statement that was run.
    pub sql: Option<String>,
    /// Its rows.
    pub result: Option<QueryOutput>,
    /// A Vega-Lite specification without data; the rows of the result are its data.
    pub chart: Option<Value>,
    /// The answer in a sentence or a few, with what could not be taken into account.
    pub summary: String,
    /// The data sources that were read.
    pub sources: Vec<DataSourceId>,
    /// What could be asked next, or the readings to choose from.
    pub suggestions: Vec<String>,
    /// `planner`, or the language model's name.
    pub engine: String,
    /// When it was answered.
    pub at: DateTime<Utc>,
}

/// Answers a question, or asks back, and keeps that in a conversation.
///
/// # Errors
/// `BadInput` for a question that says nothing or is too long; `NotFound` for a scenario that is not there, and for a
/// conversation that is not, that is somebody else's, or about another scenario; `Conflict` where nothing was synced yet;
/// those of the statements that it takes.
pub async fn ask(services: &Services, viewer: &Viewer, request: AskRequest) -> Result<Answer, ServiceError> {
    let Replied { conversation, is_new, memory, row, result } = replied(services, viewer, request).await?;
    conversations::keep(services, &conversation, is_new, memory, row.clone()).await?;
    Ok(Answer { result, ..Answer::from(answer::Model { result: None, ..row }) })
}

/// The same without keeping anything: its ids name nothing. For workflows and validations, which keep what they need.
///
/// # Errors
/// As [`ask()`].
pub async fn ask_in_passing(services: &Services, viewer: &Viewer, request: AskRequest) -> Result<Answer, ServiceError> {
    let Replied { row, result, .. } = replied(services, viewer, request).await?;
    Ok(Answer { result, ..Answer::from(answer::Model { result: None, ..row }) })
}

/// A reply as it can be kept, and all of its rows.
struct Replied {
    conversation: conversation::Model,
    is_new: bool,
    memory: Memory,
    row: answer::Model,
    result: Option<QueryOutput>,
}

async fn replied(services: &Services, viewer: &Viewer, request: AskRequest) -> Result<Replied, ServiceError> {
    let settings = services.context.asking.settings();
    let question = text::required("question", &request.question, settings.question_characters)?;
    let before = match &request.conversation_id {
        Some(id) => Some(conversations::get(services, viewer, id).await?),
        None => None,
    };
    let scenario_id = scenario_of(request.scenario_id, before.as_ref())?;
    let binding = binding::of(services, viewer, scenario_id.as_deref()).await?;
    let reply = reply(services, viewer, &question, &binding, before.as_ref()).await?;
    let sources = sources_of(services, viewer, &binding, &reply).await?;
    let is_new = before.is_none();
    let conversation = before.unwrap_or_else(|| conversations::begun(viewer, scenario_id, &question));
    Ok(as_kept(settings, conversation, is_new, question, &sources, reply))
}

/// The scenario of a question: a conversation stays with its own.
fn scenario_of(wanted: Option<String>, before: Option<&conversation::Model>) -> Result<Option<String>, ServiceError> {
    match (wanted, before) {
        (wanted, None) => Ok(wanted),
        (None, Some(before)) => Ok(before.scenario_id.clone()),
        (Some(wanted), Some(before)) if before.scenario_id.as_ref() == Some(&wanted) => Ok(Some(wanted)),
        (Some(wanted), Some(before)) => Err(ServiceError::NotFound {
            kind: "conversation about this scenario with the id",
            id: before.id.to_string(),
            hint: Some(format!("leave conversationId out to begin one about {wanted}")),
        }),
    }
}

async fn reply(
    services: &Services,
    viewer: &Viewer,
    question: &str,
    binding: &Binding,
    before: Option<&conversation::Model>,
) -> Result<Reply, ServiceError> {
    let data = ViewerData { services: services.clone(), viewer: viewer.clone() };
    let mut notes = Vec::new();
    if let Some(model) = services.context.asking.model() {
        match model::reply(services, model, question, binding, before, &data).await? {
            Ok(reply) => return Ok(with_notes(reply, binding, notes)),
            Err(note) => notes.push(note),
        }
    }
    let values = services.context.asking.values(binding, &data).await;
    let memory = before.and_then(conversations::memory);
    let reply = ask::answer(question, &binding.bound, &data, memory.as_ref(), &values).await?;
    Ok(with_notes(reply, binding, notes))
}

/// The reply, whose summary also says what could not be taken into account.
fn with_notes(mut reply: Reply, binding: &Binding, mut notes: Vec<String>) -> Reply {
    if !binding.left_out.is_empty() {
        notes.push(format!("Not taken into account: {}.", binding.left_out.join(", ")));
    }
    for note in notes {
        if !reply.summary.is_empty() {
            reply.summary.push(' ');
        }
        reply.summary.push_str(&note);
    }
    reply
}

/// The data sources that a reply was read from: those that its tables are, and those that workflows made its tables of.
async fn sources_of(
    services: &Services,
    viewer: &Viewer,
    binding: &Binding,
    reply: &Reply,
) -> Result<Vec<String>, ServiceError> {
    let read = || reply.datasets.iter().filter_map(|place| binding.bound.tables.get(*place));
    let origins = match read().any(|table| table.source_id.is_none()) {
        true => Some(workflows::origins(services, viewer).await?),
        false => None,
    };
    let mut sources: Vec<String> = Vec::new();
    for table in read() {
        let made_of = origins.as_ref().filter(|_| table.source_id.is_none());
        let made_of = made_of.into_iter().flat_map(|origins| origins.of(&table.name)).map(|id| id.to_string());
        for id in table.source_id.iter().cloned().chain(made_of) {
            if !sources.contains(&id) {
                sources.push(id);
            }
        }
    }
    Ok(sources)
}

/// What is kept of a reply, beside all of its rows.
fn as_kept(
    settings: &AskSettings,
    conversation: conversation::Model,
    is_new: bool,
    question: String,
    sources: &[String],
    reply: Reply,
) -> Replied {
    let kept = |result: &QueryOutput| text_of(result, settings.kept_rows, settings.kept_bytes());
    let row = answer::Model {
        id: AnswerId::generate(),
        workspace_id: conversation.workspace_id.clone(),
        conversation_id: conversation.id.clone(),
        question,
        interpretation: plain(reply.interpretation),
        confidence: if reply.confidence.is_finite() { reply.confidence.clamp(0.0, 1.0) } else { 0.0 },
        needs_clarification: reply.needs_clarification,
        sql: reply.sql.map(plain),
        result: reply.result.as_ref().and_then(kept),
        chart: reply.chart.map(without_nul),
        summary: plain(reply.summary),
        sources: json!(sources),
        suggestions: without_nul(json!(reply.suggestions)),
        engine: plain(reply.engine),
        created_at: stored_time(Utc::now()),
    };
    Replied { conversation, is_new, memory: reply.memory, row, result: reply.result }
}
