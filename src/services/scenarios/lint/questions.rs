//! The questions of a pack, put to the planner over the tables in memory.

use super::bench::{Bench, in_brackets};
use crate::ask::{self, Bound, Reply, Values};
use crate::scenario::Pack;
use crate::services::ServiceError;

/// A question of a pack.
pub(super) struct Question {
    path: String,
    words: String,
    /// The column that its answer must have, and where the pack says so.
    column: Option<(String, String)>,
}

impl Question {
    /// One at a path, as a workflow has it.
    pub(super) fn new(path: impl AsRef<str>, words: impl Into<String>) -> Self {
        Self { path: in_brackets(path.as_ref()), words: words.into(), column: None }
    }
}

/// The questions that stand in the pack beside its workflow.
pub(super) fn of(pack: &Pack) -> Vec<Question> {
    let samples = pack.sample_questions.iter().enumerate();
    let samples = samples.map(|(place, words)| Question::new(format!("sample_questions[{place}]"), words));
    let checks = pack.checks.iter().enumerate().filter_map(|(place, check)| {
        let path = format!("checks[{place}].compare.column");
        let column = check.compare.column().map(|column| (path, column.to_owned()));
        Some(Question { column, ..Question::new(format!("checks[{place}].question"), check.question.as_ref()?) })
    });
    samples.chain(checks).collect()
}

/// Asks them all, each by itself. What the planner cannot read, it asks back; a pack is to ask nothing of the kind.
pub(super) async fn ask(bench: &mut Bench, bound: &Bound, questions: &[Question]) -> Result<(), ServiceError> {
    let values = Values::read(bound, &*bench).await;
    for question in questions {
        match ask::answer(&question.words, bound, &*bench, None, &values).await {
            Ok(reply) if reply.needs_clarification => bench.problem(&question.path, asked_back(&reply)),
            Ok(reply) => {
                if let (Some((path, column)), Some(result)) = (&question.column, &reply.result) {
                    let columns: Vec<String> = result.columns.iter().map(|column| column.name.clone()).collect();
                    bench.needs_answer(path, &columns, column);
                }
            }
            Err(ask::AskError::Query(error)) => bench.failed(&question.path, error)?,
            Err(error) => bench.problem(&question.path, error.to_string()),
        }
    }
    Ok(())
}

fn asked_back(reply: &Reply) -> String {
    let why = format!("would be asked back. {}", reply.interpretation);
    match reply.suggestions.as_slice() {
        [] => why,
        suggestions => format!("{why} Understood would be: {}", suggestions.join("; ")),
    }
}
