//! What is new: both providers date changes by the day.

use chrono::{NaiveDate, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::sdk::{ConnectorError, Plan, ReadRequest, days_before};

/// Providers date changes in their own zone, and find them a while later: news are looked for from so many days before the
/// last read began.
const MARGIN_DAYS: u64 = 2;

/// What a read has to do: the next one looks for changes since the day on which this one began.
///
/// # Errors
/// As [`Plan::of`].
pub(super) fn plan<P>(request: &ReadRequest, query: &str) -> Result<Plan<P, NaiveDate>, ConnectorError>
where
    P: Serialize + DeserializeOwned,
{
    let mut plan: Plan<P, NaiveDate> = Plan::of(request, query, back)?;
    if request.resume.is_none() {
        plan.bookmark.next = Some(Utc::now().date_naive());
    }
    Ok(plan)
}

fn back(from: NaiveDate, seconds: u64) -> NaiveDate {
    days_before(from, seconds.div_ceil(86_400).saturating_add(MARGIN_DAYS))
}
