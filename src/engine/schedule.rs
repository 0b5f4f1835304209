//! When a schedule fires next, and what becomes of a firing that nobody was there for.

use std::str::FromStr;

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use croner::Cron;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Firings are spread over so many seconds, so that a hundred hourly connectors do not start in one instant.
const SPREAD_SECONDS: u64 = 30;

/// A firing that is later than this was missed: schedules are looked at every second, as long as a process runs syncs.
const MISSED_AFTER: Duration = Duration::minutes(1);

/// What becomes of a firing that was missed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MissedFirings {
    /// One sync makes up for it, and for all others that were missed with it.
    #[default]
    RunOnce,
    /// None does: the next firing comes in its time.
    Skip,
}

/// Whether a firing that was due then was missed.
pub fn is_missed(due: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now - due > MISSED_AFTER
}

/// The first firing of a cron expression (five fields, in the time zone) after `after`, with a jitter that is the same
/// for the same `id`. `None` where it never fires again. Missed firings are not caught up one by one: whoever asks
/// late gets the next one from then.
///
/// # Errors
/// A sentence where the expression or the zone cannot be read.
pub fn next_fire(cron: &str, timezone: &str, after: DateTime<Utc>, id: &str) -> Result<Option<DateTime<Utc>>, String> {
    if cron.split_whitespace().count() != 5 {
        return Err(format!("{cron:?} must have five fields: minute hour day month weekday, for example 0 6 * * 1-5"));
    }
    let parsed = Cron::from_str(cron).map_err(|error| format!("{cron:?} is no cron expression: {error}"))?;
    let zone: Tz = timezone.parse().map_err(|_| format!("{timezone} is no IANA time zone"))?;
    let jitter = id.bytes().fold(0u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte))) % SPREAD_SECONDS;
    let jitter = Duration::seconds(i64::try_from(jitter).unwrap_or(0));
    let local = (after - jitter).with_timezone(&zone);
    match parsed.find_next_occurrence(&local, false) {
        Ok(next) => Ok(Some(next.with_timezone(&Utc) + jitter)),
        Err(_) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_fires_in_its_time_zone_with_the_same_jitter() {
        let after = "2026-03-28T12:00:00Z".parse().unwrap();
        let first = next_fire("30 6 * * *", "Europe/Berlin", after, "con_a").unwrap().unwrap();
        // On the 29th Berlin changes to summer time: 6:30 there is 4:30 UTC.
        assert_eq!(first.format("%Y-%m-%dT%H:%M").to_string(), "2026-03-29T04:30");
        assert_eq!(next_fire("30 6 * * *", "Europe/Berlin", after, "con_a").unwrap(), Some(first));
        let second = next_fire("30 6 * * *", "Europe/Berlin", first, "con_a").unwrap().unwrap();
        assert_eq!((second - first).num_hours(), 24);
    }

    #[test]
    fn nonsense_is_refused_in_words() {
        assert!(next_fire("* * * * * *", "UTC", Utc::now(), "x").unwrap_err().contains("five fields"));
        assert!(next_fire("99 * * * *", "UTC", Utc::now(), "x").is_err());
        assert!(next_fire("0 0 * * *", "Mars/Olympus", Utc::now(), "x").is_err());
    }
}
