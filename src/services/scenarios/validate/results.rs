//! Whether answers agree with what is true in the scenario's world, check by check.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::StreamExt;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio_util::task::AbortOnDropHandle;

use super::super::Check;
use super::super::run::words_of;
use crate::demo::{Truth, World};
use crate::query::QueryError;
use crate::query::json::columns_to_rows;
use crate::scenario::{Pack, PackCheck, Rows};
use crate::services::asks::{self, AskRequest};
use crate::services::{ServiceError, Services, Viewer, queries, workflows};

/// Checks at once.
const AT_ONCE: usize = 4;

/// What is asked, as the detail of a check says it.
struct Asked {
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
    /// How a question was understood.
    reading: Option<String>,
}

/// Asks what the pack's checks ask, and compares. Each check is a task of its own, since to find out what a question means is
/// work.
pub(super) async fn compared(
    services: &Services,
    viewer: &Viewer,
    pack: &Arc<Pack>,
    size_factor: f64,
    ended: &Arc<AtomicUsize>,
) -> Result<Vec<Check>, ServiceError> {
    let truth = truth(pack, size_factor).await?;
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut tasks = Vec::new();
    for check in pack.checks.clone() {
        let (services, viewer, pack) = (services.clone(), viewer.clone(), Arc::clone(pack));
        let (truth, places, ended) = (Arc::clone(&truth), Arc::clone(&places), Arc::clone(ended));
        tasks.push(AbortOnDropHandle::new(tokio::spawn(async move {
            let _place = places.acquire().await;
            let found = one(&services, &viewer, &pack, &check, &truth).await;
            ended.fetch_add(1, Ordering::Relaxed);
            found
        })));
    }
    let mut checks = Vec::new();
    for task in tasks {
        let ended = task.await;
        checks.push(ended.map_err(|cause| ServiceError::Internal { what: "a check broke off", cause: cause.into() })??);
    }
    Ok(checks)
}

/// What is true in the world. It is made where it was not made yet, which takes a while.
async fn truth(pack: &Pack, size_factor: f64) -> Result<Arc<Truth>, ServiceError> {
    let world = World::named(Some(&pack.world), size_factor)
        .map_err(|error| ServiceError::Conflict { message: error.to_string(), hint: None })?;
    let made = tokio::task::spawn_blocking(move || world.truth()).await;
    let truth =
        made.map_err(|cause| ServiceError::Internal { what: "a demo world could not be made", cause: cause.into() })?;
    Ok(Arc::new(truth))
}

async fn one(
    services: &Services,
    viewer: &Viewer,
    pack: &Pack,
    check: &PackCheck,
    truth: &Truth,
) -> Result<Check, ServiceError> {
    let failed = |detail: String| Ok(Check::new(check.name.clone(), false, detail));
    let Some(fact) = truth.fact(&check.truth) else {
        return failed(format!("expected the fact {}, found none in the world {}", check.truth, pack.world));
    };
    let asked = match ask(services, viewer, pack, check).await {
        Ok(asked) => asked,
        Err(error @ (ServiceError::Database(_) | ServiceError::Internal { .. })) => return Err(error),
        Err(error) => return failed(format!("expected: {}; found: {}", fact.about, words_of(&error))),
    };
    let given = Rows { columns: &asked.columns, rows: &asked.rows };
    let compared = check.compare.compared(given, Rows::from(fact));
    let reading = asked.reading.map(|reading| format!(" (understood as: {reading})")).unwrap_or_default();
    let detail = format!("expected {}; found {}{reading}", compared.expected, compared.found);
    Ok(Check::new(check.name.clone(), compared.passed, detail))
}

async fn ask(services: &Services, viewer: &Viewer, pack: &Pack, check: &PackCheck) -> Result<Asked, ServiceError> {
    if let Some(sql) = &check.sql {
        let sql = workflows::filled(services, viewer, &pack.id, "sql", sql).await?;
        return all_rows(services, viewer, &sql).await;
    }
    let request = AskRequest {
        question: check.question.clone().unwrap_or_default(),
        scenario_id: Some(pack.id.clone()),
        conversation_id: None,
    };
    let answer = asks::ask_in_passing(services, viewer, request).await?;
    match (answer.result, answer.sql) {
        // An answer shows the first rows; whether it is right is told by all.
        (Some(output), Some(sql)) if output.truncated && !answer.needs_clarification => {
            Ok(Asked { reading: Some(answer.interpretation), ..all_rows(services, viewer, &sql).await? })
        }
        (Some(output), _) if !answer.needs_clarification => {
            let columns = output.columns.into_iter().map(|column| column.name).collect();
            Ok(Asked { columns, rows: output.rows, reading: Some(answer.interpretation) })
        }
        _ => Err(ServiceError::Conflict { message: format!("no answer, but: {}", answer.summary), hint: None }),
    }
}

/// A world a hundred times as large has more to compare than a page of rows.
async fn all_rows(services: &Services, viewer: &Viewer, sql: &str) -> Result<Asked, ServiceError> {
    let mut batches = queries::rows(services, viewer, sql).await?;
    let columns = batches.schema().fields().iter().map(|field| field.name().clone()).collect();
    let mut rows = Vec::new();
    while let Some(batch) = batches.next().await {
        rows.extend(columns_to_rows(&batch?).map_err(QueryError::from)?);
        tokio::task::consume_budget().await;
    }
    Ok(Asked { columns, rows, reading: None })
}
