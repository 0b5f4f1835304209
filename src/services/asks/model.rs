//! The language model in the planner's place, as long as it does what it should.

use tracing::warn;

use super::binding::Binding;
use super::conversations;
use super::data::ViewerData;
use crate::ask::Reply;
use crate::ask::language_model::{LanguageModel, Turn};
use crate::entity::conversation;
use crate::services::{ServiceError, Services, with_causes};

/// Earlier questions that the model is told.
const TURNS: u64 = 5;

/// The model's reply, or the words that say why the planner had to answer.
///
/// # Errors
/// Where our own database fails.
pub(super) async fn reply(
    services: &Services,
    model: &LanguageModel,
    question: &str,
    binding: &Binding,
    before: Option<&conversation::Model>,
    data: &ViewerData,
) -> Result<Result<Reply, String>, ServiceError> {
    let turns = match before {
        Some(before) => conversations::latest(services, before, TURNS).await?,
        None => Vec::new(),
    };
    let turns: Vec<Turn> = turns
        .into_iter()
        .map(|answer| Turn { question: answer.question, interpretation: answer.interpretation, sql: answer.sql })
        .collect();
    let examples = services.context.asking.examples(binding, data).await;
    match model.answer(question, &binding.bound, &examples, data, &turns).await {
        Ok(reply) => Ok(Ok(reply)),
        Err(error) => {
            warn!(model = model.name(), error = %with_causes(&error), "the planner answers in the language model's place");
            Ok(Err(format!(
                "(The language model {} could not answer: {error}. The built-in planner did.)",
                model.name()
            )))
        }
    }
}
