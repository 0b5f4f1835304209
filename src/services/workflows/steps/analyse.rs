//! ANALYSE: asks a question in plain English and keeps the answer in the step.

use super::stoppable;
use crate::services::asks::{self, Answer, AskRequest};
use crate::services::workflows::config::Analyse;
use crate::services::workflows::kept::KeptAnswer;
use crate::services::workflows::run::{Job, Made};
use crate::services::{ServiceError, text};

/// Asks the question.
pub(in crate::services::workflows) async fn run(job: &Job, analyse: &Analyse) -> Result<Made, ServiceError> {
    let answer = stoppable(job, answer(job, &analyse.question)).await?;
    let rows = answer.result.as_ref().map(|result| result.rows.len());
    let kept = KeptAnswer::of(answer, job.services.context.workflows.settings().answer_rows);
    let result = serde_json::to_value(kept)
        .map_err(|cause| ServiceError::Internal { what: "an answer could not be kept", cause: cause.into() })?;
    text::check_json("answer", &result)?;
    Ok(Made { rows: rows.and_then(|rows| i64::try_from(rows).ok()), result: Some(result) })
}

/// The answer to a question about what the workflow is about.
///
/// # Errors
/// Also where it is asked back: nobody is here who could choose a reading.
pub(super) async fn answer(job: &Job, question: &str) -> Result<Answer, ServiceError> {
    let request = AskRequest {
        question: question.to_owned(),
        scenario_id: job.workflow.scenario_id.clone(),
        conversation_id: None,
    };
    // Nobody goes on with it.
    let answer = asks::ask_in_passing(&job.services, &job.viewer, request).await?;
    if answer.needs_clarification {
        let hint = (!answer.suggestions.is_empty()).then(|| format!("did you mean: {}", answer.suggestions.join("; ")));
        let message = format!("the question {question:?} is not clear: {}", answer.summary);
        return Err(ServiceError::BadInput { field: "question".to_owned(), message, hint });
    }
    Ok(answer)
}
