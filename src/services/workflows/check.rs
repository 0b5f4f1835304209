//! A workflow that somebody gives, checked before anything of it is stored: its steps, what they are told, how they depend
//! on each other, and what they name.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::config::StepConfig;
use super::names::Names;
use super::parts;
use super::placeholders::Statement;
use crate::scenario::{StepTemplate, WorkflowTemplate};
use crate::services::{ServiceError, Services, Viewer, text};
use crate::vocabulary::StepKind;

/// The most steps of a workflow.
const MOST_STEPS: usize = 200;

/// A step that makes sense.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PlannedStep {
    pub(super) name: String,
    pub(super) kind: StepKind,
    /// What must have succeeded before it: what it says, and what makes the things that it names.
    pub(super) depends_on: Vec<String>,
    pub(super) config: Value,
}

/// A step on its way.
struct Draft<'a> {
    /// Its path in what somebody gave.
    field: String,
    name: String,
    given: &'a StepTemplate,
    value: Value,
    config: StepConfig,
    statements: Vec<(String, Statement)>,
}

/// Checks the steps of a template.
///
/// # Errors
/// `BadInput` with the path of what is wrong.
pub(super) async fn steps(
    services: &Services,
    viewer: &Viewer,
    template: &WorkflowTemplate,
    scenario_id: Option<&str>,
    slug: &str,
) -> Result<Vec<PlannedStep>, ServiceError> {
    if template.steps.is_empty() {
        return Err(ServiceError::bad_input("steps", "must not be empty: a workflow has at least one"));
    }
    if template.steps.len() > MOST_STEPS {
        return Err(ServiceError::bad_input("steps", format!("must not be more than {MOST_STEPS}")));
    }
    let drafts: Vec<Draft<'_>> =
        template.steps.iter().enumerate().map(|(place, step)| draft(place, step)).collect::<Result<_, _>>()?;
    refuse_namesakes(&drafts)?;
    let names = Names::of(services, viewer, scenario_id, slug, tables(&drafts)?).await?;
    let mut planned = Vec::with_capacity(drafts.len());
    for step in &drafts {
        check_questions(services, step)?;
        check_statements(services, step, &names).await?;
        planned.push(PlannedStep {
            name: step.name.clone(),
            kind: step.given.kind,
            depends_on: dependencies(step, &drafts, &names)?,
            config: step.value.clone(),
        });
    }
    refuse_circle(&planned)?;
    Ok(planned)
}

fn draft(place: usize, given: &StepTemplate) -> Result<Draft<'_>, ServiceError> {
    let field = format!("steps.{place}");
    let name = text::required(&format!("{field}.name"), &given.name, text::LONGEST_NAME)?;
    let value = Value::Object(given.config.clone().into_iter().collect());
    let of_config = format!("{field}.config");
    text::check_json(&of_config, &value)?;
    let config = StepConfig::read(given.kind, &value, &of_config)?;
    let statements = parts::statements(&config, &of_config)?;
    Ok(Draft { field, name, given, value, config, statements })
}

fn refuse_namesakes(drafts: &[Draft<'_>]) -> Result<(), ServiceError> {
    let mut seen = BTreeSet::new();
    match drafts.iter().find(|step| !seen.insert(step.name.as_str())) {
        Some(step) => Err(ServiceError::bad_input(
            format!("{}.name", step.field),
            format!("another step is called {}, too", step.name),
        )),
        None => Ok(()),
    }
}

/// The tables that the steps make, each with its step.
fn tables(drafts: &[Draft<'_>]) -> Result<BTreeMap<String, String>, ServiceError> {
    let mut tables = BTreeMap::new();
    for step in drafts {
        let StepConfig::Transform(transform) = &step.config else { continue };
        if let Some(other) = tables.insert(transform.table.clone(), step.name.clone()) {
            let message = format!("step {other} makes a table {}, too", transform.table);
            return Err(ServiceError::bad_input(format!("{}.config.table", step.field), message));
        }
    }
    Ok(tables)
}

/// Whether its questions can be asked: they say something, and are not too long.
fn check_questions(services: &Services, step: &Draft<'_>) -> Result<(), ServiceError> {
    let longest = services.context.asking.settings().question_characters;
    step.config.questions().into_iter().try_for_each(|(path, question)| {
        text::required(&format!("{}.config.{path}", step.field), question, longest).map(drop)
    })
}

/// Whether its statements only read, and what they name is there.
async fn check_statements(services: &Services, step: &Draft<'_>, names: &Names) -> Result<(), ServiceError> {
    for (path, statement) in &step.statements {
        let sql = statement.filled(
            |name| names.source(path, name).map(|source| source.table_name.clone()),
            |name| names.reference(path, name),
        )?;
        services.query.check(&sql).await.map_err(|error| match error.is_users_fault() || error.is_limit() {
            true => ServiceError::bad_input(path.as_str(), error.to_string()),
            false => error.into(),
        })?;
    }
    let of_config = format!("{}.config", step.field);
    for name in step.config.sources() {
        names.source(&of_config, name)?;
    }
    for name in step.config.references() {
        names.reference(&of_config, name)?;
    }
    Ok(())
}

/// What must have succeeded before a step: what it says, the makers of the tables that it names, the extraction of the data
/// sources that it names, and the steps whose answers it shows.
fn dependencies(step: &Draft<'_>, drafts: &[Draft<'_>], names: &Names) -> Result<Vec<String>, ServiceError> {
    let mut all: Vec<&str> = Vec::new();
    for (place, name) in step.given.depends_on.iter().enumerate() {
        let name = name.trim();
        let field = format!("{}.dependsOn.{place}", step.field);
        if !drafts.iter().any(|other| other.name == name) {
            let known: Vec<_> = drafts.iter().map(|other| other.name.as_str()).collect();
            return Err(ServiceError::bad_input(
                field,
                format!("there is no step {name} (known: {})", known.join(", ")),
            ));
        }
        all.push(name);
    }
    for (path, name) in step.config.steps() {
        let is_asked = |other: &&Draft<'_>| other.name == name && other.given.kind == StepKind::Analyse;
        let Some(other) = drafts.iter().find(is_asked) else {
            let field = format!("{}.config.{path}", step.field);
            return Err(ServiceError::bad_input(field, format!("there is no ANALYSE step {name}")));
        };
        all.push(&other.name);
    }
    let statements = || step.statements.iter().map(|(_, statement)| statement);
    let references = statements().flat_map(Statement::references).chain(step.config.references());
    all.extend(references.filter_map(|table| names.maker(table)));
    if step.given.kind != StepKind::Extract {
        let read: Vec<&str> = statements().flat_map(Statement::sources).chain(step.config.sources()).collect();
        for other in drafts.iter().filter(|other| other.given.kind == StepKind::Extract) {
            let mut extracted = BTreeSet::new();
            for name in other.config.sources() {
                extracted.insert(&names.source(&other.field, name)?.id);
            }
            for name in &read {
                if extracted.contains(&names.source(&step.field, name)?.id) {
                    all.push(&other.name);
                }
            }
        }
    }
    let mut once = BTreeSet::new();
    Ok(all.into_iter().filter(|name| once.insert(*name)).map(str::to_owned).collect())
}

/// Refuses steps that wait for each other.
fn refuse_circle(steps: &[PlannedStep]) -> Result<(), ServiceError> {
    let by_name: HashMap<&str, &PlannedStep> = steps.iter().map(|step| (step.name.as_str(), step)).collect();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    loop {
        let before = done.len();
        for step in steps {
            if step.depends_on.iter().all(|name| done.contains(name.as_str())) {
                done.insert(&step.name);
            }
        }
        if done.len() == steps.len() {
            return Ok(());
        }
        if done.len() == before {
            break;
        }
    }
    // Whoever is left waits for somebody who is left: going back far enough leads round the circle.
    let left = |name: &str| by_name[name].depends_on.iter().map(String::as_str).find(|name| !done.contains(name));
    let mut way: Vec<&str> =
        steps.iter().map(|step| step.name.as_str()).filter(|name| !done.contains(name)).take(1).collect();
    while let Some(next) = way.last().and_then(|name| left(name)) {
        let seen = way.iter().position(|name| *name == next);
        way.push(next);
        if let Some(start) = seen {
            way.drain(..start);
            break;
        }
    }
    Err(ServiceError::bad_input("steps", format!("wait for each other: {}", way.join(" after "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(name: &str, depends_on: &[&str]) -> PlannedStep {
        PlannedStep {
            name: name.to_owned(),
            kind: StepKind::Analyse,
            depends_on: depends_on.iter().map(|name| (*name).to_owned()).collect(),
            config: Value::Null,
        }
    }

    #[test]
    fn steps_that_wait_for_each_other_are_named_in_their_circle() {
        assert!(refuse_circle(&[step("a", &["b"]), step("b", &["c"]), step("c", &[])]).is_ok());
        let error =
            refuse_circle(&[step("a", &["b"]), step("b", &["c"]), step("c", &["b"]), step("d", &[])]).unwrap_err();
        assert_eq!(error.to_string(), "steps: wait for each other: b after c after b");
        let error = refuse_circle(&[step("a", &["a"])]).unwrap_err();
        assert_eq!(error.to_string(), "steps: wait for each other: a after a");
    }
}
