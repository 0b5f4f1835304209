//! Follows a run to its end, whichever process runs it: a line for each step that begins or ends, or a JSON line for each
//! state; for quiet ones the last state alone.

use std::collections::HashMap;
use std::pin::pin;
use std::process::ExitCode;

use futures::StreamExt;
use serde_json::json;

use super::show::table_of_steps;
use crate::cli::Global;
use crate::cli::failure::Failed;
use crate::cli::interrupt::Interrupts;
use crate::cli::output::{Output, rows, whoever_reads};
use crate::cli::progress::eprint_line;
use crate::cli::session::Session;
use crate::cli::shapes;
use crate::entity::ids::WorkflowStepId;
use crate::entity::{workflow, workflow_step};
use crate::services::workflows::{self, WorkflowState};
use crate::vocabulary::{StepStatus, WorkflowStatus};

/// Waits for the end. Ctrl-C asks the run to stop; a second one stops waiting.
pub(super) async fn follow(
    session: &Session,
    row: &workflow::Model,
    global: &Global,
    output: &mut Output,
) -> anyhow::Result<ExitCode> {
    let mut states = pin!(workflows::follow(session.services(), &session.viewer, &row.id));
    let mut lines = Lines::new(!global.quiet && !output.is_json());
    let mut interrupts = Interrupts::new();
    let mut is_cancelling = false;
    let mut last = None;
    loop {
        tokio::select! {
            state = states.next() => {
                let Some(state) = state else { break };
                let state = state?;
                lines.tell(&state.steps);
                if output.is_json() && !global.quiet {
                    whoever_reads(output.json_line(&json!({ "workflow": shapes::workflow_state(&state) })))?;
                }
                last = Some(state);
            }
            () = interrupts.next() => {
                if is_cancelling {
                    return Err(Failed::new("left before the workflow ended")
                        .hint(format!("dataweaver workflows show {} tells where it stands", row.slug))
                        .into());
                }
                is_cancelling = true;
                lines.say("cancelling; press Ctrl-C again to leave at once");
                workflows::cancel(session.services(), &session.viewer, &row.id).await?;
            }
        }
    }
    match last {
        Some(state) => ended(&state, global, output),
        None => Err(Failed::new("the workflow cannot be followed any further").into()),
    }
}

/// Says how it ended; what failed is the exit status.
fn ended(state: &WorkflowState, global: &Global, output: &mut Output) -> anyhow::Result<ExitCode> {
    let row = &state.workflow;
    match (output.is_json(), global.quiet) {
        (true, true) => whoever_reads(output.json_line(&json!({ "workflow": shapes::workflow_state(state) })))?,
        (false, false) => whoever_reads(output.table(&table_of_steps(&state.steps)))?,
        // The last state was told as those before it.
        (true, false) | (false, true) => {}
    }
    if row.status == WorkflowStatus::Succeeded {
        return Ok(ExitCode::SUCCESS);
    }
    let reasons = state.steps.iter().filter(|step| step.status == StepStatus::Failed);
    let reasons = reasons.map(|step| format!("{}: {}", step.name, step.error_message.as_deref().unwrap_or("failed")));
    let failed = Failed::new(format!("the workflow {} ended as {}", row.name, row.status)).because(reasons);
    Err(failed.hint(format!("dataweaver workflows retry {} goes on from there", row.slug)).into())
}

/// A line on stderr for each step that begins or ends.
struct Lines {
    is_told: bool,
    told: HashMap<WorkflowStepId, StepStatus>,
}

impl Lines {
    fn new(is_told: bool) -> Self {
        Self { is_told, told: HashMap::new() }
    }

    fn say(&self, text: &str) {
        if self.is_told {
            eprint_line(text);
        }
    }

    fn tell(&mut self, steps: &[workflow_step::Model]) {
        for step in steps {
            let before = self.told.insert(step.id.clone(), step.status);
            let is_news = before.map_or(step.status == StepStatus::Running, |before| before != step.status);
            if is_news && step.status != StepStatus::Pending {
                self.say(&line(step));
            }
        }
    }
}

fn line(step: &workflow_step::Model) -> String {
    let name = &step.name;
    let took = step.started_at.zip(step.completed_at).map(|(from, to)| (to - from).as_seconds_f64());
    let took = took.map(|seconds| format!(" in {seconds:.1} s")).unwrap_or_default();
    match step.status {
        StepStatus::Running => format!("{name}: begins"),
        StepStatus::Succeeded => {
            let made =
                step.rows.and_then(|number| u64::try_from(number).ok()).map(|number| format!(", {}", rows(number)));
            format!("{name}: done{took}{}", made.unwrap_or_default())
        }
        StepStatus::Failed => format!("{name}: failed{took}"),
        StepStatus::Skipped => format!("{name}: skipped"),
        StepStatus::Cancelled => format!("{name}: cancelled"),
        StepStatus::Pending => format!("{name}: waits"),
    }
}
