//! A report: what its sections show, asked and looked up one after the other.

use super::chart;
use super::html::{self, Document};
use crate::query::count;
use crate::sdk::counted;
use crate::services::workflows::config::{Output, Section, Shown};
use crate::services::workflows::find;
use crate::services::workflows::kept::{KeptAnswer, KeptRows};
use crate::services::workflows::run::Job;
use crate::services::workflows::steps::analyse;
use crate::services::{ServiceError, queries};
use crate::vocabulary::StepStatus;

/// What a section shows.
pub(super) struct Part {
    /// Its heading.
    pub(super) title: String,
    /// What it says in words.
    pub(super) sentence: String,
    /// Its rows, the first of them.
    pub(super) rows: Option<KeptRows>,
    /// How its rows are drawn, where somebody said so: a Vega-Lite specification.
    pub(super) chart: Option<serde_json::Value>,
}

/// The report as one document.
pub(super) async fn made(job: &Job, output: &Output) -> Result<String, ServiceError> {
    let title = output.title.clone().unwrap_or_else(|| job.workflow.name.clone());
    let mut document = Document::begin(&title, &job.workflow.name, job.workflow.description.as_deref());
    for section in output.sections.iter().flatten() {
        let part = part(job, section).await?;
        let drawing = part.rows.as_ref().and_then(|rows| chart::drawn(&part.title, rows, part.chart.as_ref()));
        document.section(&part, drawing.as_deref());
    }
    Ok(document.end())
}

async fn part(job: &Job, section: &Section) -> Result<Part, ServiceError> {
    let settings = job.services.context.workflows.settings();
    let most = settings.report_rows;
    let answered = |answer: KeptAnswer| {
        let mut rows = answer.result;
        if let Some(rows) = &mut rows {
            rows.cut(usize::try_from(most).unwrap_or(usize::MAX));
        }
        Part { title: section.title.clone(), sentence: answer.summary, rows, chart: answer.chart }
    };
    match section.shown() {
        Some(Shown::Question(question)) => {
            let answer = analyse::answer(job, question).await?;
            Ok(answered(KeptAnswer::of(answer, most)))
        }
        Some(Shown::Step(step)) => Ok(answered(kept_by(job, step).await?)),
        Some(Shown::Sql(sql)) => {
            let sql = job.filled(sql).await?;
            let limit = i32::try_from(most).unwrap_or(i32::MAX);
            let output = queries::sql(&job.services, &job.viewer, &sql, limit, 0).await?;
            let rows = KeptRows::of(output, most);
            let sentence = sentence(&rows);
            Ok(Part { title: section.title.clone(), sentence, rows: Some(rows), chart: None })
        }
        None => Err(ServiceError::bad_input("config.sections", "each takes one of question, sql and step")),
    }
}

/// The answer that a step keeps.
async fn kept_by(job: &Job, step: &str) -> Result<KeptAnswer, ServiceError> {
    let steps = find::steps(&job.services, &job.workflow.id).await?;
    let found = steps.into_iter().find(|other| other.name == step && other.status == StepStatus::Succeeded);
    let kept = found.and_then(|step| serde_json::from_value(step.result?).ok());
    kept.ok_or_else(|| ServiceError::bad_input("config.sections", format!("step {step} keeps no answer")))
}

fn sentence(rows: &KeptRows) -> String {
    let number = rows.rows.len() as u64;
    match (number, rows.truncated) {
        (0, _) => "There are no rows.".to_owned(),
        (_, true) => format!("The first {} rows.", count(number)),
        (1, false) => match (rows.rows.first().map(Vec::as_slice), rows.columns.as_slice()) {
            (Some([value]), [column]) => format!("{}: {}.", column.name, html::text_of(value)),
            _ => "1 row.".to_owned(),
        },
        (_, false) => format!("{}.", counted(number, "row", "rows")),
    }
}
