//! A date with its time of day, to the microsecond, in a known zone or in none.

use std::cmp::Ordering;

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveDateTime, Timelike, Utc};

use super::{Period, TimeError};

/// Python's `datetime`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Moment {
    /// What the clock on the wall says.
    pub(in super::super) local: NaiveDateTime,
    /// Seconds east of Greenwich; `None` where the zone is not known.
    pub(in super::super) offset: Option<i32>,
}

impl Moment {
    pub(in super::super) fn utc(local: NaiveDateTime) -> Self {
        Self { local, offset: Some(0) }
    }

    pub(in super::super) fn now() -> Self {
        let now = Utc::now().naive_utc();
        let micros = now.and_utc().timestamp_subsec_micros();
        Self::utc(now.with_nanosecond(micros * 1000).unwrap_or(now))
    }

    /// The instant in UTC; a moment of no zone is taken for one of UTC.
    pub(in super::super) fn instant(self) -> NaiveDateTime {
        self.local.checked_sub_signed(Duration::seconds(i64::from(self.offset.unwrap_or(0)))).unwrap_or(self.local)
    }

    /// The same instant on the clock of UTC.
    pub(in super::super) fn in_utc(self) -> Self {
        Self::utc(self.instant())
    }

    /// Where the zone is not known, UTC.
    pub(in super::super) fn or_utc(self) -> Self {
        Self { offset: Some(self.offset.unwrap_or(0)), ..self }
    }

    pub(in super::super) fn from_micros(micros: i128) -> Result<Self, TimeError> {
        let micros = i64::try_from(micros).map_err(|_| TimeError::Range)?;
        let instant = DateTime::from_timestamp_micros(micros).ok_or(TimeError::Range)?;
        Self::utc(instant.naive_utc()).checked()
    }

    /// Microseconds since 1970.
    pub(in super::super) fn micros(self) -> i64 {
        self.instant().and_utc().timestamp_micros()
    }

    /// Python's `timestamp()`.
    #[expect(clippy::cast_precision_loss, reason = "as the reference counts, in a float")]
    pub(in super::super) fn timestamp(self) -> f64 {
        let micros = self.micros();
        let (seconds, rest) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
        // Python divides the whole of the microseconds, which rounds once.
        if rest == 0 { seconds as f64 } else { micros as f64 / 1e6 }
    }

    pub(in super::super) fn microsecond(self) -> u32 {
        self.local.nanosecond() / 1000
    }

    fn checked(self) -> Result<Self, TimeError> {
        if (1..=9999).contains(&self.local.year()) { Ok(self) } else { Err(TimeError::Range) }
    }

    /// Later by `sign` times the period; the day is kept within its month.
    pub(in super::super) fn shifted(self, period: &Period, sign: i32) -> Result<Self, TimeError> {
        let months = i64::from(sign) * period.months;
        let mut local = self.local;
        if months != 0 {
            let month = i64::from(local.year()) * 12 + i64::from(local.month0()) + months;
            let year = i32::try_from(month.div_euclid(12)).map_err(|_| TimeError::Range)?;
            let month = u32::try_from(month.rem_euclid(12)).map_err(|_| TimeError::Range)? + 1;
            let day = local.day().min(days_of_month(year, month));
            let date = NaiveDate::from_ymd_opt(year, month, day).ok_or(TimeError::Range)?;
            local = date.and_time(local.time());
        }
        let micros = i64::try_from(i128::from(sign) * period.micros).map_err(|_| TimeError::Range)?;
        let local = local.checked_add_signed(Duration::microseconds(micros)).ok_or(TimeError::Range)?;
        Self { local, ..self }.checked()
    }

    /// The time between, as Python's subtraction gives it.
    pub(in super::super) fn since(self, other: Self) -> Period {
        Period::micros(i128::from(self.micros()) - i128::from(other.micros()))
    }

    /// Python's `isoformat()` with this between date and time.
    pub(in super::super) fn isoformat(self, between: char) -> String {
        self.isoformat_to(between, "auto").unwrap_or_default()
    }

    /// The same down to hours, minutes, seconds or less; `None` where there is no such step.
    pub(in super::super) fn isoformat_to(self, between: char, step: &str) -> Option<String> {
        let date = self.local.date();
        let time = self.local.time();
        let micros = self.microsecond();
        let (hour, minute, second) = (time.hour(), time.minute(), time.second());
        let clock = match step {
            "hours" => format!("{hour:02}"),
            "minutes" => format!("{hour:02}:{minute:02}"),
            "milliseconds" => format!("{hour:02}:{minute:02}:{second:02}.{:03}", micros / 1000),
            "auto" | "seconds" if step == "seconds" || micros == 0 => format!("{hour:02}:{minute:02}:{second:02}"),
            "auto" | "microseconds" => format!("{hour:02}:{minute:02}:{second:02}.{micros:06}"),
            _ => return None,
        };
        let offset = self.offset.map(|offset| offset_text(offset, ":")).unwrap_or_default();
        Some(format!("{:04}-{:02}-{:02}{between}{clock}{offset}", date.year(), date.month(), date.day()))
    }
}

/// `+02:00`, with this between hours and minutes; seconds only where there are any.
pub(in super::super) fn offset_text(offset: i32, between: &str) -> String {
    let sign = if offset < 0 { '-' } else { '+' };
    let (hours, minutes, seconds) = (offset.abs() / 3600, offset.abs() / 60 % 60, offset.abs() % 60);
    let rest = if seconds == 0 { String::new() } else { format!("{between}{seconds:02}") };
    format!("{sign}{hours:02}{between}{minutes:02}{rest}")
}

pub(in super::super) fn days_of_month(year: i32, month: u32) -> u32 {
    let next =
        if month == 12 { NaiveDate::from_ymd_opt(year + 1, 1, 1) } else { NaiveDate::from_ymd_opt(year, month + 1, 1) };
    next.and_then(|next| next.pred_opt()).map_or(31, |last| last.day())
}

impl PartialOrd for Moment {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Moment {
    fn cmp(&self, other: &Self) -> Ordering {
        self.instant().cmp(&other.instant())
    }
}
