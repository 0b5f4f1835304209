//! `dataweaver ask`: questions in plain English, answered from what was synced.
//!
//! Exit status: 0 where every question was answered, 1 where one was asked back or failed, 2 for wrong usage. With `--json`,
//! `needsClarification` tells the first two apart.

use std::io::{self, BufRead};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use console::style;
use serde_json::{Value, json};

use super::ask_chart;
use super::failure::error_document;
use super::interrupt::LeavesAtOnce;
use super::output::{Output, printable, rows};
use super::query;
use super::session::Session;
use crate::config::Config;
use crate::entity::data_source;
use crate::entity::ids::ConversationId;
use crate::query::{QueryOutput, format_table};
use crate::services::asks::{self, Answer, AskRequest};
use crate::services::{ServiceError, batch};

/// Rows of an answer that are shown as a table.
const ROWS: usize = 20;

/// `ask`
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(super) struct Ask {
    /// The question
    #[arg(required_unless_present = "stdin", conflicts_with = "stdin")]
    question: Option<String>,
    /// The scenario that it is about [default: that of the conversation, or else all tables]
    #[arg(long, value_name = "SCENARIO")]
    scenario: Option<String>,
    /// Go on with this conversation, so that the question may refer to the one before
    #[arg(long, value_name = "ID")]
    conversation: Option<ConversationId>,
    /// Show the SQL, too
    #[arg(long)]
    sql: bool,
    /// Read questions from stdin, one a line; empty lines and those that begin with # are left out
    #[arg(long)]
    stdin: bool,
    /// With --stdin: each question goes on with the conversation of the one before
    #[arg(long, requires = "stdin", conflicts_with = "question")]
    follow_up: bool,
}

const AFTER: &str = "Exit status: 0 answered, 1 failed or asked back, 2 wrong usage.";

impl Ask {
    pub(super) async fn run(self, config: Config, output: &mut Output) -> anyhow::Result<ExitCode> {
        let session = Session::open(config).await?;
        let asked = {
            let _leaves_at_once = LeavesAtOnce::new();
            self.ask(&session, output).await
        };
        session.close().await;
        Ok(if asked? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Whether all was answered.
    async fn ask(self, session: &Session, output: &mut Output) -> anyhow::Result<bool> {
        let Some(question) = &self.question else { return self.ask_each(session, output).await };
        let request = AskRequest {
            question: question.clone(),
            scenario_id: self.scenario.clone(),
            conversation_id: self.conversation.clone(),
        };
        let answer = asks::ask(session.services(), &session.viewer, request).await?;
        let sources = sources(session, &answer).await?;
        match output.is_json() {
            true => output.document(&document(&answer, &sources))?,
            false => self.show(&answer, &sources, output)?,
        }
        Ok(!answer.needs_clarification)
    }

    /// Asks the questions of stdin. One that fails is told in its place, and the others are asked all the same.
    async fn ask_each(&self, session: &Session, output: &mut Output) -> anyhow::Result<bool> {
        let mut conversation_id = self.conversation.clone();
        let mut all_answered = true;
        for line in io::stdin().lock().lines() {
            let line = line.context("the questions cannot be read from stdin")?;
            let question = line.trim();
            if question.is_empty() || question.starts_with('#') {
                continue;
            }
            let request = AskRequest {
                question: question.to_owned(),
                scenario_id: self.scenario.clone(),
                conversation_id: conversation_id.clone(),
            };
            let asked = asks::ask(session.services(), &session.viewer, request).await;
            all_answered &= asked.as_ref().is_ok_and(|answer| !answer.needs_clarification);
            match asked {
                Ok(answer) => {
                    self.tell(session, &answer, output).await?;
                    if self.follow_up {
                        conversation_id = Some(answer.conversation_id);
                    }
                }
                Err(error) => tell_failure(question, error, output)?,
            }
        }
        Ok(all_answered)
    }

    async fn tell(&self, session: &Session, answer: &Answer, output: &mut Output) -> anyhow::Result<()> {
        let sources = sources(session, answer).await?;
        if output.is_json() {
            return output.json_line(&document(answer, &sources));
        }
        output.line(style(printable(&answer.question)).bold())?;
        self.show(answer, &sources, output)?;
        output.line("")
    }

    /// The answer for a person: how it was understood, what it is, from where, and what could be asked next.
    fn show(&self, answer: &Answer, sources: &[data_source::Model], output: &mut Output) -> anyhow::Result<()> {
        if !answer.interpretation.is_empty() {
            output.long_line(&style(printable(&answer.interpretation)).dim().to_string(), 0)?;
        }
        for paragraph in answer.summary.lines() {
            output.long_line(&printable(paragraph), 0)?;
        }
        if let Some(result) = answer.result.as_ref().filter(|result| !result.rows.is_empty()) {
            show_rows(answer, result, output)?;
        }
        if let (true, Some(sql)) = (self.sql, &answer.sql) {
            output.line("")?;
            for line in sql.lines() {
                output.line(style(format!("  {}", printable(line))).dim())?;
            }
        }
        if !sources.is_empty() {
            output.line("")?;
            output.long_line(&format!("From {}", sources.iter().map(freshness).collect::<Vec<_>>().join(", ")), 2)?;
        }
        if !answer.suggestions.is_empty() {
            output.line("")?;
            output.line(if answer.needs_clarification { "Did you mean" } else { "Ask next" })?;
            for suggestion in &answer.suggestions {
                output.long_line(&format!("  {}", printable(suggestion)), 4)?;
            }
        }
        output.line(style(format!("(conversation {}, by {})", answer.conversation_id, answer.engine)).dim())
    }
}

/// A small table, and a chart drawn in text where one helps.
fn show_rows(answer: &Answer, result: &QueryOutput, output: &mut Output) -> anyhow::Result<()> {
    let is_one_value = result.rows.len() == 1 && result.columns.len() == 1;
    if is_one_value {
        return Ok(());
    }
    output.line("")?;
    if let Some(chart) = ask_chart::drawn(answer.chart.as_ref(), result) {
        output.line(chart)?;
        output.line("")?;
    }
    let few = QueryOutput { rows: result.rows.iter().take(ROWS).cloned().collect(), ..result.clone() };
    output.line(format_table(&few))?;
    let number = result.rows.len() as u64;
    if result.rows.len() > ROWS || result.truncated {
        let more = if result.truncated { "more than " } else { "" };
        output.line(format!("({more}{}; --json gives them all)", rows(number)))?;
    }
    Ok(())
}

/// `Sales Report (2 h ago)`
fn freshness(source: &data_source::Model) -> String {
    let name = printable(&source.name);
    let Some(at) = source.last_updated else { return name };
    let minutes = (chrono::Utc::now() - at).num_minutes().max(0);
    let ago = match minutes {
        0 => "just now".to_owned(),
        1..=119 => format!("{minutes} min ago"),
        120..=2_879 => format!("{} h ago", minutes / 60),
        _ => format!("{} days ago", minutes / 1_440),
    };
    format!("{name} ({ago})")
}

/// The data sources of an answer that are still there, in its order.
async fn sources(session: &Session, answer: &Answer) -> Result<Vec<data_source::Model>, ServiceError> {
    let workspace = &session.viewer.workspace_id;
    let mut found = batch::data_sources(session.services(), workspace, &answer.sources).await?;
    Ok(answer.sources.iter().filter_map(|id| found.remove(id)).collect())
}

/// The answer as the API gives it.
fn document(answer: &Answer, sources: &[data_source::Model]) -> Value {
    let source = |source: &data_source::Model| json!({ "id": source.id, "name": source.name, "rowCount": source.row_count, "lastUpdated": source.last_updated });
    json!({
        "id": answer.id,
        "conversationId": answer.conversation_id,
        "question": answer.question,
        "interpretation": answer.interpretation,
        "confidence": answer.confidence,
        "needsClarification": answer.needs_clarification,
        "sql": answer.sql,
        "result": answer.result.as_ref().map(query::document),
        "chart": answer.chart,
        "summary": answer.summary,
        "sources": sources.iter().map(source).collect::<Vec<_>>(),
        "suggestions": answer.suggestions,
        "engine": answer.engine,
        "at": answer.at,
    })
}

fn tell_failure(question: &str, error: ServiceError, output: &mut Output) -> anyhow::Result<()> {
    let error = anyhow::Error::from(error);
    if output.is_json() {
        let mut told = error_document(&error);
        told["question"] = json!(question);
        return output.json_line(&told);
    }
    output.line(style(printable(question)).bold())?;
    output.long_line(&format!("{} {}", style("error:").red(), printable(&format!("{error:#}"))), 2)?;
    output.line("")
}
