//! `dataweaver demo SCENARIO`: sets it up, which validates it, and asks its questions.

use console::style;
use serde_json::{Value, json};

use crate::cli::interrupt::LeavesAtOnce;
use crate::cli::output::{Output, printable};
use crate::cli::progress::Progress;
use crate::cli::scenarios::{self as shapes, watch};
use crate::cli::session::Session;
use crate::cli::{Global, query};
use crate::query::{QueryOutput, format_table};
use crate::services::asks::{self, Answer, AskRequest};
use crate::services::scenarios::{self, Scenario};

/// Rows of an answer that are shown.
const ROWS: usize = 5;

/// Sets a scenario up and asks it.
pub(super) async fn show(
    session: &Session,
    id: &str,
    size_factor: Option<f64>,
    global: &Global,
    output: &mut Output,
) -> anyhow::Result<()> {
    let scenario = scenarios::set_up(session.services(), &session.viewer, id, size_factor).await?;
    let progress = Progress::of(global, false);
    progress.say(&format!("{} {}", style("▸").cyan().for_stderr(), printable(scenario.name())));
    let ended = watch(session, id, progress).await?;
    let seconds = ended.seconds;
    let scenario = ended.into_result()?;
    let _leaves_at_once = LeavesAtOnce::new();
    let answers = ask(session, &scenario, output).await?;
    if output.is_json() {
        let scenario = shapes::document(&scenario);
        output.document(&json!({ "scenario": scenario, "seconds": seconds, "answers": answers }))?;
    }
    Ok(())
}

/// Asks the questions that the scenario answers; as JSON, gives the answers.
async fn ask(session: &Session, scenario: &Scenario, output: &mut Output) -> anyhow::Result<Vec<Value>> {
    let questions = scenario.pack.as_ref().map(|pack| pack.sample_questions.as_slice()).unwrap_or_default();
    let mut answers = Vec::new();
    for question in questions {
        let request =
            AskRequest { question: question.clone(), scenario_id: Some(scenario.id.clone()), conversation_id: None };
        let answer = asks::ask_in_passing(session.services(), &session.viewer, request).await?;
        if output.is_json() {
            answers.push(document(&answer));
        } else {
            tell(&answer, output)?;
        }
    }
    Ok(answers)
}

/// The question, how it was understood, what the answer is, and its first rows.
fn tell(answer: &Answer, output: &mut Output) -> anyhow::Result<()> {
    output.line(format!("\n{}", style(printable(&answer.question)).bold()))?;
    output.long_line(&style(printable(&answer.interpretation)).dim().to_string(), 0)?;
    for paragraph in answer.summary.lines() {
        output.long_line(&printable(paragraph), 0)?;
    }
    let Some(result) = answer.result.as_ref().filter(|result| result.rows.len() > 1) else { return Ok(()) };
    let few = QueryOutput { rows: result.rows.iter().take(ROWS).cloned().collect(), ..result.clone() };
    output.line("")?;
    output.line(format_table(&few))
}

fn document(answer: &Answer) -> Value {
    json!({
        "question": answer.question,
        "interpretation": answer.interpretation,
        "confidence": answer.confidence,
        "needsClarification": answer.needs_clarification,
        "sql": answer.sql,
        "result": answer.result.as_ref().map(query::document),
        "summary": answer.summary,
        "engine": answer.engine,
    })
}
