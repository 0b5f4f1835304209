//! Where units of time begin.

use chrono::{Datelike, Month, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};

use super::{Grain, Period};

/// The first moment of the unit that a moment lies in.
pub(crate) fn begin(grain: Grain, moment: NaiveDateTime) -> NaiveDateTime {
    let day = moment.date();
    let first = |year: i32, month: u32| NaiveDate::from_ymd_opt(year, month, 1).unwrap_or(day);
    let day = match grain {
        Grain::Hour => return day.and_time(NaiveTime::MIN) + TimeDelta::hours(i64::from(moment.hour())),
        Grain::Day => day,
        Grain::Week => day - TimeDelta::days(i64::from(day.weekday().num_days_from_monday())),
        Grain::Month => first(day.year(), day.month()),
        Grain::Quarter => first(day.year(), (day.month0() / 3) * 3 + 1),
        Grain::Year => first(day.year(), 1),
    };
    day.and_time(NaiveTime::MIN)
}

/// The days of a week, from Sunday on, as SQL counts them.
pub(crate) const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The month of that name, from 1 on.
pub(super) fn month_named(word: &str) -> Option<u32> {
    let word = if word == "sept" { "sep" } else { word };
    word.parse().ok().map(|month: Month| month.number_from_month())
}

/// The weekday of that name, from Sunday (0) on.
pub(super) fn weekday_named(word: &str) -> Option<u32> {
    let word = word.strip_suffix('s').filter(|short| short.ends_with("day")).unwrap_or(word);
    WEEKDAYS.iter().position(|day| day.eq_ignore_ascii_case(word)).and_then(|place| u32::try_from(place).ok())
}

/// The months of a season, and what its months are called together.
pub(crate) fn season(word: &str) -> Option<(u32, &'static [u32])> {
    Some(match word {
        "spring" => (3, &[3, 4, 5]),
        "summer" => (6, &[6, 7, 8]),
        "autumn" | "fall" => (9, &[9, 10, 11]),
        "winter" => (12, &[12, 1, 2]),
        _ => return None,
    })
}

/// Months from the first of one on.
pub(super) fn months_from(year: i32, month: u32, count: u32, words: &str) -> Option<Period> {
    let from = NaiveDate::from_ymd_opt(year, month, 1)?.and_time(NaiveTime::MIN);
    let until = Grain::Month.shift(from, i64::from(count));
    let grain = match count {
        12 => Grain::Year,
        3 => Grain::Quarter,
        _ => Grain::Month,
    };
    let of = if grain == Grain::Month { count } else { 1 };
    Some(Period::span(Some(from), Some(until), words).of(grain, of))
}

/// One day.
pub(super) fn day(date: NaiveDate, words: &str) -> Period {
    Period::unit(Grain::Day, date.and_time(NaiveTime::MIN), words)
}

/// `2025-04-03`, `2025-04`, `3/4/2025` (the month first only where it cannot be the day), `03.04.2025`.
pub(super) fn written_date(word: &str, words: &str) -> Option<Period> {
    let word = word.split('t').next().unwrap_or(word);
    let parts: Vec<&str> = word.split(['-', '/', '.']).collect();
    let number = |place: usize| parts.get(place).and_then(|part| part.parse::<u32>().ok());
    let year_first = parts.first().is_some_and(|part| part.len() == 4);
    match (parts.len(), year_first) {
        (3, true) => {
            let date = NaiveDate::from_ymd_opt(i32::try_from(number(0)?).ok()?, number(1)?, number(2)?)?;
            Some(day(date, words))
        }
        (3, false) if parts[2].len() == 4 => {
            let year = i32::try_from(number(2)?).ok()?;
            let usual = NaiveDate::from_ymd_opt(year, number(1)?, number(0)?);
            let date = usual.or_else(|| NaiveDate::from_ymd_opt(year, number(0)?, number(1)?))?;
            Some(day(date, words))
        }
        (2, true) if parts[1].len() <= 2 => months_from(i32::try_from(number(0)?).ok()?, number(1)?, 1, words),
        _ => None,
    }
}
