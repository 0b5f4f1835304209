//! Slack's timestamps: seconds since 1970 with six digits behind the point, which also tell messages of a channel apart.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

/// A moment, to the microsecond.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Moment(i64);

impl Moment {
    /// Before every message.
    pub(super) const BEGINNING: Self = Self(0);

    /// From a text like `1700000000.000100`, or whole seconds.
    pub(super) fn of_text(text: &str) -> Option<Self> {
        let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if seconds.is_empty() || !is_number(seconds) || !is_number(fraction) || fraction.len() > 9 {
            return None;
        }
        let nanoseconds: i64 = format!("{fraction:0<9}").parse().ok()?;
        seconds.parse::<i64>().ok()?.checked_mul(1_000_000)?.checked_add(nanoseconds / 1000).map(Self)
    }

    /// From a text or a number of seconds.
    pub(super) fn of_json(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Self::of_text(text),
            Value::Number(number) => Self::of_text(&number.to_string()),
            _ => None,
        }
    }

    pub(super) fn of(moment: DateTime<Utc>) -> Self {
        Self(moment.timestamp_micros())
    }

    pub(super) fn microseconds(self) -> i64 {
        self.0
    }

    /// `None` far outside of what a calendar has.
    pub(super) fn to_utc(self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_micros(self.0)
    }

    /// Whole seconds since 1970, as methods of files take them.
    pub(super) fn seconds(self) -> String {
        (self.0 / 1_000_000).to_string()
    }

    /// So many seconds earlier, but not before the beginning.
    pub(super) fn before(self, seconds: u64) -> Self {
        let microseconds = i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000_000);
        Self(self.0.saturating_sub(microseconds).max(0))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::of_text(&text).ok_or_else(|| de::Error::custom("no timestamp of Slack"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_keep_every_digit() {
        for text in ["1700000000.000100", "1355517523.000005", "0.000000"] {
            assert_eq!(Moment::of_text(text).unwrap().to_string(), text);
        }
        assert_eq!(Moment::of_text("1700000000.5").unwrap().to_string(), "1700000000.500000");
        assert_eq!(Moment::of_json(&serde_json::json!(1_700_000_000)).unwrap().to_string(), "1700000000.000000");
        for nonsense in ["", ".5", "-1.0", "yesterday", "1.2.3", "99999999999999999999"] {
            assert_eq!(Moment::of_text(nonsense), None, "{nonsense}");
        }
    }
}
