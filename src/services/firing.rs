//! When a schedule that somebody gives fires first.

use chrono::{DateTime, Utc};

use super::{ServiceError, text};
use crate::engine::next_fire;

/// The first firing of a schedule; none without a schedule. `field` is the schedule's path in what somebody gave.
pub(super) fn first(
    field: &str,
    schedule: Option<&str>,
    timezone: &str,
    id: &str,
) -> Result<Option<DateTime<Utc>>, ServiceError> {
    text::zone("timezone", timezone)?;
    let Some(schedule) = schedule else { return Ok(None) };
    let first =
        next_fire(schedule, timezone, Utc::now(), id).map_err(|message| ServiceError::bad_input(field, message))?;
    if first.is_none() {
        let message = format!("{schedule:?} never fires: there is no such day");
        return Err(ServiceError::bad_input(field, message));
    }
    Ok(first)
}
