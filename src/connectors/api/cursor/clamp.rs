//! Windows that start and end with days, weeks or months.

use chrono::{Datelike, Duration, NaiveDate, NaiveTime};

use super::super::time::Moment;

#[derive(Clone, Copy, Debug)]
pub(super) enum Clamp {
    Day,
    /// Weeks that start on this day, counted from Monday as 0.
    Week(u32),
    Month,
}

impl Clamp {
    /// The start of the next span, or of this one where `up` is not set; a start stays where it is.
    pub(super) fn apply(self, moment: Moment, up: bool) -> Moment {
        let date = moment.local.date();
        let midnight = Moment { local: date.and_time(NaiveTime::MIN), ..moment };
        let shifted = |days: i64| {
            let local = midnight.local.checked_add_signed(Duration::days(days)).unwrap_or(midnight.local);
            Moment { local, ..midnight }
        };
        match self {
            Self::Day => shifted(i64::from(up && midnight != moment)),
            Self::Month if date.day() == 1 => midnight,
            Self::Month => {
                let (year, month) = match (up, date.month()) {
                    (false, month) => (date.year(), month),
                    (true, 12) => (date.year() + 1, 1),
                    (true, month) => (date.year(), month + 1),
                };
                let first = NaiveDate::from_ymd_opt(year, month, 1).unwrap_or(date);
                Moment { local: first.and_time(NaiveTime::MIN), ..midnight }
            }
            Self::Week(starts) => {
                let weekday = i64::from(date.weekday().num_days_from_monday());
                let starts = i64::from(starts);
                let to_next = if weekday > starts { 7 - (weekday - starts) } else { starts - weekday };
                shifted(if up || to_next == 0 { to_next } else { to_next - 7 })
            }
        }
    }
}
