//! What syncs did on a day, as the API shows it.

use async_graphql::SimpleObject;

use crate::graphql::scalars::BigInt;
use crate::services::syncs;

/// What the syncs did that ended on one day.
#[derive(SimpleObject)]
pub struct SyncDay {
    /// The day in the time zone that was asked for, for example `2026-11-27`.
    date: String,
    /// Syncs that ended, however.
    syncs: BigInt,
    /// Those of them that failed, or brought only a part.
    failed: BigInt,
    /// Rows read.
    records_processed: BigInt,
    /// Bytes read.
    bytes_processed: BigInt,
}

impl From<syncs::SyncDay> for SyncDay {
    fn from(day: syncs::SyncDay) -> Self {
        Self {
            date: day.date.to_string(),
            syncs: BigInt(day.syncs),
            failed: BigInt(day.failed),
            records_processed: BigInt(day.records),
            bytes_processed: BigInt(day.bytes),
        }
    }
}
