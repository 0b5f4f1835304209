//! What syncs did on each of the last days.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, SimpleExpr};
use sea_orm::{ColumnTrait, FromQueryResult, QueryFilter, QuerySelect};

use crate::entity::sync_log::{Column, Entity};
use crate::services::{ServiceError, Services, Viewer, text};
use crate::vocabulary::SyncStatus;

/// The most days that can be asked for.
pub const MOST_DAYS: i32 = 366;

/// What the syncs did that ended on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncDay {
    /// The day, in the time zone that was asked for.
    pub date: NaiveDate,
    /// Syncs that ended, however.
    pub syncs: i64,
    /// Those of them that failed, or brought only a part.
    pub failed: i64,
    /// Rows read.
    pub records: i64,
    /// Bytes read.
    pub bytes: i64,
}

#[derive(FromQueryResult)]
struct Sums {
    place: i64,
    syncs: i64,
    failed: i64,
    records: i64,
    bytes: i64,
}

/// The last so many days up to today, the oldest first; a day without syncs is there with zeros.
///
/// # Errors
/// `BadInput` for a number of days that is not 1 to 366, and for an unknown time zone.
pub async fn days(
    services: &Services,
    viewer: &Viewer,
    number: i32,
    timezone: &str,
) -> Result<Vec<SyncDay>, ServiceError> {
    if !(1..=MOST_DAYS).contains(&number) {
        return Err(ServiceError::bad_input("days", format!("must be 1 to {MOST_DAYS}, not {number}")));
    }
    let zone = text::zone("timezone", timezone)?;
    let today = Utc::now().with_timezone(&zone).date_naive();
    let dates: Vec<NaiveDate> =
        (0..number.unsigned_abs()).rev().filter_map(|ago| today.checked_sub_days(Days::new(ago.into()))).collect();
    let begin = |date: &NaiveDate| beginning(*date, zone);
    let Some(first) = dates.first().map(begin) else { return Ok(Vec::new()) };
    let sums = Entity::in_workspace(&viewer.workspace_id)
        .filter(Column::CompletedAt.gte(first))
        .select_only()
        .column_as(bigint(place(dates.iter().map(begin))), "place")
        .column_as(Column::Id.count(), "syncs")
        .column_as(sum(failed()), "failed")
        .column_as(sum(Expr::col(Column::RecordsProcessed)), "records")
        .column_as(sum(Expr::col(Column::BytesProcessed)), "bytes")
        .group_by(Expr::col("place"))
        .into_model::<Sums>()
        .all(services.db())
        .await?;
    let days = dates.into_iter().zip(0..).map(|(date, place)| {
        let of_day = sums.iter().find(|sums| sums.place == place);
        let of = |figure: fn(&Sums) -> i64| of_day.map_or(0, figure);
        SyncDay {
            date,
            syncs: of(|day| day.syncs),
            failed: of(|day| day.failed),
            records: of(|day| day.records),
            bytes: of(|day| day.bytes),
        }
    });
    Ok(days.collect())
}

/// When a day begins: an hour later where its midnight is left out.
fn beginning(date: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let midnight = date.and_time(NaiveTime::MIN);
    let local = zone.from_local_datetime(&midnight).earliest();
    let local = local.or_else(|| zone.from_local_datetime(&(midnight + TimeDelta::hours(1))).earliest());
    local.map_or_else(|| midnight.and_utc(), |local| local.with_timezone(&Utc))
}

/// The place of the day on which a sync ended, counted from 0, by when the days begin: -1 is before the first.
fn place(begins: impl Iterator<Item = DateTime<Utc>>) -> CaseStatement {
    let (case, last) = begins.zip(-1..).fold((CaseStatement::new(), -1), |(case, _), (begin, place)| {
        (case.case(Column::CompletedAt.lt(begin), place), place + 1)
    });
    case.finally(last)
}

fn failed() -> CaseStatement {
    let failed = Column::Status.is_in([SyncStatus::Failed, SyncStatus::Partial]);
    CaseStatement::new().case(failed, 1).finally(0)
}

/// PostgreSQL sums bigint to numeric.
fn sum(what: impl Into<SimpleExpr>) -> SimpleExpr {
    bigint(what.into().sum())
}

fn bigint(what: impl ExprTrait) -> SimpleExpr {
    what.cast_as("bigint")
}
