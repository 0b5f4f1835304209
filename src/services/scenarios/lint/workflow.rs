//! The workflow of a pack, run over the tables in memory: its statements in the order of its steps, each TRANSFORM making its
//! table. Records are not linked and files not written.

use std::collections::HashSet;

use arrow::error::ArrowError;

use super::bench::{Bench, NewTable, in_brackets};
use super::questions::Question;
use super::shelf::Rows;
use crate::query::QueryError;
use crate::scenario::{PackCheck, WorkflowTemplate};
use crate::services::links::LinkConfig;
use crate::services::workflows::{self, Shape, Statement, StepParts};
use crate::services::{ServiceError, slugs};

/// Runs the statements of a workflow, where connectors have the schemas that are taken, and gives the questions that it asks.
pub(super) async fn run(
    bench: &mut Bench,
    template: &WorkflowTemplate,
    taken: &[String],
) -> Result<Vec<Question>, ServiceError> {
    let schema = slugs::unique(&template.name, taken);
    let mut questions = Vec::new();
    for place in in_order(template) {
        let at = format!("workflow.steps[{place}]");
        let parts = match workflows::parts(&template.steps[place], &at) {
            Ok(parts) => parts,
            Err(error) => {
                bench.refused(error)?;
                continue;
            }
        };
        run_step(bench, &schema, &parts).await?;
        if let Some(link) = &parts.link {
            check_link(bench, &at, link);
        }
        questions.extend(parts.questions.into_iter().map(|(path, words)| Question::new(path, words)));
    }
    Ok(questions)
}

/// The places of the steps, each after those that it depends on.
fn in_order(template: &WorkflowTemplate) -> Vec<usize> {
    let (mut order, mut done) = (Vec::new(), HashSet::new());
    loop {
        let before = order.len();
        for (place, step) in template.steps.iter().enumerate() {
            let is_next = !done.contains(step.name.as_str())
                && step.depends_on.iter().all(|needed| done.contains(needed.as_str()));
            if is_next {
                done.insert(step.name.as_str());
                order.push(place);
            }
        }
        // What is left waits for each other, which no pack does that can be read.
        if order.len() == before {
            return order;
        }
    }
}

async fn run_step(bench: &mut Bench, schema: &str, parts: &StepParts) -> Result<(), ServiceError> {
    for (path, statement) in &parts.statements {
        let path = in_brackets(path);
        let Some(rows) = bench.tried(&path, statement).await? else { continue };
        let Some(name) = &parts.table else { continue };
        let shape = Shape::of(&rows.schema);
        let fitted = rows.batches.iter().map(|batch| shape.fitted(batch)).collect::<Result<Vec<_>, ArrowError>>();
        match fitted {
            Ok(batches) => {
                let table = NewTable { called: name, schema, name, columns: &shape.columns };
                bench.add_made(table, Rows { schema: shape.schema.clone(), batches });
            }
            Err(error) => bench.failed(&path, QueryError::from(error))?,
        }
    }
    Ok(())
}

/// Whether the columns are there that a LINK step goes by.
fn check_link(bench: &mut Bench, at: &str, link: &LinkConfig) {
    for (which, side) in [("left", &link.left), ("right", &link.right)] {
        let table = bench.table(side.source.as_deref(), side.reference.as_deref()).cloned();
        let Some(table) = table else { continue };
        for (key, column) in side.named() {
            bench.needs_column(format!("{at}.config.{which}.{key}"), &table, column);
        }
    }
}

/// Runs the statements of the pack's checks.
pub(super) async fn run_checks(bench: &mut Bench, checks: &[PackCheck]) -> Result<(), ServiceError> {
    for (place, check) in checks.iter().enumerate() {
        let Some(sql) = &check.sql else { continue };
        let path = format!("checks[{place}].sql");
        let statement = match Statement::read(&path, sql) {
            Ok(statement) => statement,
            Err(error) => {
                bench.refused(error)?;
                continue;
            }
        };
        if let (Some(rows), Some(column)) = (bench.tried(&path, &statement).await?, check.compare.column()) {
            bench.needs_answer(&format!("checks[{place}].compare.column"), &rows.columns(), column);
        }
    }
    Ok(())
}
