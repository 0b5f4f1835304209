//! What steps do, one file a kind.

pub(super) mod analyse;
pub(super) mod extract;
pub(super) mod link;
pub(super) mod output;
pub(super) mod transform;

use super::run::Job;
use crate::services::ServiceError;

/// Work that is dropped when the step is to stop.
async fn stoppable<T>(job: &Job, work: impl Future<Output = Result<T, ServiceError>>) -> Result<T, ServiceError> {
    tokio::select! {
        done = work => done,
        () = job.stop.cancelled() => Err(stopped()),
    }
}

/// What work ends with that was stopped; nobody is told.
fn stopped() -> ServiceError {
    ServiceError::Conflict { message: "the step was stopped".to_owned(), hint: None }
}
