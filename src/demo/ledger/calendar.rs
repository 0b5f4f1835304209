//! The months of the books, and days in them.

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};
use rand::RngExt;

use super::{Dice, MONTHS};

/// The first day of the books.
pub(super) fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 1, 1).unwrap_or_default()
}

/// The last one.
pub(super) fn last_day() -> NaiveDate {
    first_day() + Months::new(MONTHS) - Days::new(1)
}

/// The first days of all months.
pub(super) fn months() -> impl Iterator<Item = NaiveDate> {
    (0..MONTHS).map(|month| first_day() + Months::new(month))
}

/// The first day of a day's month.
pub(super) fn month_of(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// A working day of a month between two of its days.
pub(super) fn working_day(month: NaiveDate, between: std::ops::Range<u64>, dice: &mut Dice) -> NaiveDate {
    let last = month + Months::new(1) - Days::new(1);
    let day = (month + Days::new(dice.random_range(between))).min(last);
    match day.weekday() {
        Weekday::Sat if day.day() > 1 => day - Days::new(1),
        Weekday::Sun if day.day() > 2 => day - Days::new(2),
        Weekday::Sat => day + Days::new(2),
        Weekday::Sun => day + Days::new(1),
        _ => day,
    }
}
