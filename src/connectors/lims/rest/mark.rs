//! When a record was changed, as the LIMS says it.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::columns::instant;
use crate::sdk::rows::whole_number;
use crate::sdk::{days_before, seconds_before};

/// Changes are dated before they are found: so many seconds are looked back.
const MARGIN_SECONDS: u64 = 60;
/// Numbers from here on are milliseconds: as seconds they would lie beyond the year 5000.
const FIRST_MILLISECONDS: i64 = 100_000_000_000;

/// When a record was changed. Those of one column are of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Mark {
    /// Seconds or milliseconds since 1970.
    Number(i64),
    Day(NaiveDate),
    Instant(DateTime<Utc>),
}

impl Mark {
    pub(super) fn of(value: &Value) -> Option<Self> {
        if let Some(instant) = instant(value) {
            return Some(Self::Instant(instant));
        }
        if let Some(day) = value.as_str().and_then(|text| text.parse().ok()) {
            return Some(Self::Day(day));
        }
        whole_number(value).map(Self::Number)
    }

    /// As it is asked for.
    pub(super) fn text(self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Day(day) => day.to_string(),
            Self::Instant(instant) => instant.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        }
    }

    /// The earlier of it and a moment.
    pub(super) fn no_later_than(self, moment: DateTime<Utc>) -> Self {
        match self {
            Self::Number(number) if number >= FIRST_MILLISECONDS => Self::Number(number.min(moment.timestamp_millis())),
            Self::Number(number) => Self::Number(number.min(moment.timestamp())),
            Self::Day(day) => Self::Day(day.min(moment.date_naive())),
            Self::Instant(instant) => Self::Instant(instant.min(moment)),
        }
    }

    /// Back in time by a look-back, and by what is dated before it is found; by a day, where no more than days are told.
    pub(super) fn back(self, seconds: u64) -> Self {
        let seconds = seconds.saturating_add(MARGIN_SECONDS);
        let whole = i64::try_from(seconds).unwrap_or(i64::MAX);
        match self {
            Self::Number(number) if number >= FIRST_MILLISECONDS => {
                Self::Number(number.saturating_sub(whole.saturating_mul(1_000)))
            }
            Self::Number(number) => Self::Number(number.saturating_sub(whole)),
            Self::Day(day) => Self::Day(days_before(day, seconds.div_ceil(86_400))),
            Self::Instant(instant) => Self::Instant(seconds_before(instant, seconds)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn changes_are_asked_for_as_they_are_told() {
        let back = |value: Value, seconds: u64| Mark::of(&value).unwrap().back(seconds).text();
        assert_eq!(back(json!("2025-03-01T08:00:00.5+01:00"), 0), "2025-03-01T06:59:00.500Z");
        assert_eq!(back(json!("2025-03-01"), 0), "2025-02-28");
        assert_eq!(back(json!("2025-03-02"), 90_000), "2025-02-28");
        assert_eq!(back(json!(1_740_816_000), 40), "1740815900");
        assert_eq!(back(json!("1740816000000"), 0), "1740815940000");
        assert_eq!(Mark::of(&json!("yesterday")), None);
        let moment = "2025-03-01T07:00:00Z".parse().unwrap();
        let capped = |value: Value| Mark::of(&value).unwrap().no_later_than(moment).text();
        assert_eq!(capped(json!("2025-03-01T09:00:00+01:00")), "2025-03-01T07:00:00Z");
        assert_eq!(capped(json!("2025-03-02")), "2025-03-01");
        assert_eq!(capped(json!(1_840_816_000_000_u64)), "1740812400000");
        assert_eq!(capped(json!(17)), "17");
        assert!(Mark::of(&json!("2025-03-02")) > Mark::of(&json!("2025-03-01")));
    }
}
