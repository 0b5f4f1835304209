//! What happens in syncs, as it happens.

use futures::Stream;

use crate::events::{CursorError, EventCursor, EventFilter, FollowError, Followed};
use crate::services::{ServiceError, Services};

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
