//! What a step of a template names, for whoever looks it through without making a workflow of it.

use serde_json::Value;

use super::config::StepConfig;
use super::placeholders::Statement;
use crate::scenario::StepTemplate;
use crate::services::ServiceError;
use crate::services::links::LinkConfig;

/// What a step names.
pub(in crate::services) struct StepParts {
    /// The table that it makes of the rows of its statement.
    pub(in crate::services) table: Option<String>,
    /// The statements that it runs, each with its path.
    pub(in crate::services) statements: Vec<(String, Statement)>,
    /// The questions that it asks, each with its path.
    pub(in crate::services) questions: Vec<(String, String)>,
    /// The tables that it links.
    pub(in crate::services) link: Option<LinkConfig>,
}

/// What a step names; `field` is its path in what somebody gave.
///
/// # Errors
/// With the path of what makes no sense.
pub(in crate::services) fn parts(step: &StepTemplate, field: &str) -> Result<StepParts, ServiceError> {
    let of_config = format!("{field}.config");
    let value = Value::Object(step.config.clone().into_iter().collect());
    let config = StepConfig::read(step.kind, &value, &of_config)?;
    let statements = statements(&config, &of_config)?;
    let questions = config.questions().into_iter();
    let questions = questions.map(|(path, question)| (format!("{of_config}.{path}"), question.to_owned())).collect();
    let (table, link) = match config {
        StepConfig::Transform(transform) => (Some(transform.table), None),
        StepConfig::Link(link) => (None, Some(*link)),
        _ => (None, None),
    };
    Ok(StepParts { table, statements, questions, link })
}

/// The statements of a step, each with its path; `field` is that of its settings.
///
/// # Errors
/// Where a placeholder is none.
pub(super) fn statements(config: &StepConfig, field: &str) -> Result<Vec<(String, Statement)>, ServiceError> {
    let statements = config.statements().into_iter().map(|(path, sql)| {
        let path = format!("{field}.{path}");
        Statement::read(&path, sql).map(|statement| (path, statement))
    });
    statements.collect()
}
