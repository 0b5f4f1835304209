//! What happens in syncs, as it happens.

use std::pin::pin;

use futures::{Stream, StreamExt};

use super::get;
use crate::entity::ids::SyncLogId;
use crate::entity::sync_log;
use crate::events::{CursorError, EventCursor, EventFilter, FollowError, Followed};
use crate::services::{ServiceError, Services, Viewer};

/// Every fact after a cursor, then facts and gauges as they come; from now on without one.
///
/// # Errors
/// `BadInput` where `after` is no cursor, `CursorExpired` where events after it are gone, `CursorUnknown` where it is none of
/// this log.
pub async fn follow(
    services: &Services,
    filter: EventFilter,
    after: Option<&str>,
) -> Result<impl Stream<Item = Result<Followed, FollowError>> + Send + use<>, ServiceError> {
    let after = after.map(read_cursor).transpose()?;
    if let Some(after) = after {
        if let Some(oldest) = services.events().expired(after).await? {
            return Err(ServiceError::CursorExpired { oldest });
        }
        if let Some(oldest) = services.events().is_unknown(after).await? {
            return Err(ServiceError::CursorUnknown { oldest });
        }
    }
    Ok(services.events().subscribe(filter, after))
}

/// The place in the event log that a cursor names.
pub(in crate::services) fn read_cursor(text: &str) -> Result<EventCursor, ServiceError> {
    text.parse().map_err(|error: CursorError| ServiceError::bad_input("after", error.to_string()))
}

/// The sync as it ended, whichever process runs it.
///
/// # Errors
/// `NotFound`, and where the event log cannot be read.
pub async fn until_the_end(
    services: &Services,
    viewer: &Viewer,
    id: &SyncLogId,
) -> Result<sync_log::Model, ServiceError> {
    let filter = EventFilter::of_sync(viewer.workspace_id.clone(), id.clone());
    // The place in the log before the row is read, so that no change falls between the two.
    let before = services.events().newest().await?;
    let mut events = pin!(services.events().subscribe(filter, Some(before)));
    loop {
        let log = get(services, viewer, id).await?;
        if log.status.is_final() {
            return Ok(log);
        }
        // Its end is a fact of the whole sync.
        loop {
            let Some(followed) = events.next().await else { return Ok(log) };
            if followed?.event().is_some_and(|event| event.ends_sync()) {
                break;
            }
        }
    }
}
