//! Runs a LINK step: reads both tables, decides, and puts a new set of links in the place of the step's last one.

use std::sync::Arc;

use futures::TryStreamExt;

use super::config::{LinkConfig, LinkTable};
use super::read::records;
use super::store::NewSet;
use crate::entity::workflow_step;
use crate::link::{Course, Decision, Linker, Record, Rules};
use crate::services::{ServiceError, Services, Viewer};

/// Links the records of two tables and gives how many links there are. Readers have the step's last links until all new ones
/// are there; where it fails or is dropped, they keep them.
///
/// The records of the right table are held in memory, those of the left one are not.
///
/// # Errors
/// Those of reading the tables and of our own database.
pub async fn run(
    services: &Services,
    viewer: &Viewer,
    step: &workflow_step::Model,
    config: &LinkConfig,
    left: &LinkTable,
    right: &LinkTable,
) -> Result<u64, ServiceError> {
    let same_table = left.table_name == right.table_name && config.left.key == config.right.key;
    let rules = Rules { minimum_score: config.minimum_score, region: config.region.clone(), same_table };
    let mut known = Vec::new();
    let mut batches = records(services, viewer, &config.right, right).await?;
    while let Some(batch) = batches.try_next().await? {
        known.extend(batch);
    }
    let mut linker = apart(move || Linker::new(known, rules)).await?;
    if !config.left.text.0.is_empty() {
        linker = heard(services, viewer, config, left, linker).await?;
    }

    let linker = Arc::new(linker);
    let mut set = NewSet::begin(services, viewer, step, left, right).await?;
    let mut course = Course::default();
    let mut batches = records(services, viewer, &config.left, left).await?;
    while let Some(batch) = batches.try_next().await? {
        let linker = Arc::clone(&linker);
        let (decisions, gone_on) = apart(move || decided(&linker, &batch, course)).await?;
        course = gone_on;
        set.add(decisions).await?;
    }
    set.add(apart(move || course.finish(linker.rules())).await?).await?;
    set.finish().await
}

/// A linker that has heard how the left records write.
async fn heard(
    services: &Services,
    viewer: &Viewer,
    config: &LinkConfig,
    left: &LinkTable,
    mut linker: Linker,
) -> Result<Linker, ServiceError> {
    let mut batches = records(services, viewer, &config.left, left).await?;
    while let Some(batch) = batches.try_next().await? {
        linker = apart(move || {
            for record in &batch {
                linker.hear(record);
            }
            linker
        })
        .await?;
    }
    Ok(linker)
}

fn decided(linker: &Linker, batch: &[Record], mut course: Course) -> (Vec<Decision>, Course) {
    let mut decisions = Vec::new();
    for record in batch {
        decisions.extend(course.go_on(record, linker.decide(record), linker.rules()));
    }
    (decisions, course)
}

/// Computes where it does not hold up those who wait for input and output.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ServiceError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|cause| ServiceError::Internal { what: "linking broke off", cause: cause.into() })
}
