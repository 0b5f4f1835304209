//! Times in a question: periods, counted from the day on which the data end, and how fine "per week" cuts them.

mod calendar;
mod cuts;
mod named;
mod parse;
mod relative;
mod units;

use chrono::{Months, NaiveDate, NaiveDateTime, TimeDelta};
use serde::{Deserialize, Serialize};

pub(super) use calendar::{WEEKDAYS, begin};
pub(super) use parse::{TimeMeaning, TimeSpan, possible_times};
pub(super) use units::{is_of_time, minutes};

/// How fine time is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A week, from Monday on.
    Week,
    /// A month.
    Month,
    /// A quarter of a year.
    Quarter,
    /// A year.
    Year,
}

/// A part of time that comes again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cycle {
    /// The days of the week.
    Weekday,
    /// The hours of the day.
    HourOfDay,
    /// The months of the year.
    MonthOfYear,
}

/// Days of the week, hours or months that alone count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recurring {
    /// Of which cycle.
    pub cycle: Cycle,
    /// Which of its parts: weekdays from Sunday (0) on, hours from 0 on, months from 1 on.
    pub parts: Vec<u32>,
    /// In words: "on weekends".
    pub words: String,
}

/// From when until when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Period {
    /// The first moment; none where it is open.
    pub from: Option<NaiveDateTime>,
    /// The first moment after it; none where it is open.
    pub until: Option<NaiveDateTime>,
    /// In the words of the question: "last quarter".
    pub words: String,
    /// What it is one or several of, where it is.
    pub grain: Option<Grain>,
    /// How many of them.
    pub count: u32,
    /// Whether it lies ahead: how far a forecast goes.
    pub ahead: bool,
}

impl Grain {
    /// What it is called, as in "per month".
    pub fn word(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    /// The grain of that name.
    pub(super) fn named(word: &str) -> Option<Self> {
        Some(match word {
            "hour" | "hours" | "hourly" => Self::Hour,
            "day" | "days" | "daily" | "date" | "dates" => Self::Day,
            "week" | "weeks" | "weekly" => Self::Week,
            "month" | "months" | "monthly" => Self::Month,
            "quarter" | "quarters" | "quarterly" => Self::Quarter,
            "year" | "years" | "yearly" | "annual" | "annually" => Self::Year,
            _ => return None,
        })
    }

    /// So many of them later, or earlier where it is negative.
    pub fn shift(self, moment: NaiveDateTime, by: i64) -> NaiveDateTime {
        let months = |each: i64| {
            let months = Months::new(u32::try_from((by * each).unsigned_abs()).unwrap_or(u32::MAX));
            let moved = if by < 0 { moment.checked_sub_months(months) } else { moment.checked_add_months(months) };
            moved.unwrap_or(moment)
        };
        let time = |each: TimeDelta| {
            let by = i32::try_from(by).unwrap_or(i32::MAX);
            each.checked_mul(by).and_then(|by| moment.checked_add_signed(by)).unwrap_or(moment)
        };
        match self {
            Self::Hour => time(TimeDelta::hours(1)),
            Self::Day => time(TimeDelta::days(1)),
            Self::Week => time(TimeDelta::days(7)),
            Self::Month => months(1),
            Self::Quarter => months(3),
            Self::Year => months(12),
        }
    }

    /// About how many days it has.
    pub(super) fn days(self) -> f64 {
        match self {
            Self::Hour => 1. / 24.,
            Self::Day => 1.,
            Self::Week => 7.,
            Self::Month => 30.4,
            Self::Quarter => 91.3,
            Self::Year => 365.25,
        }
    }

    /// The grain that shows so many days well.
    pub(super) fn fitting(days: f64) -> Self {
        match days {
            ..3. => Self::Hour,
            ..45. => Self::Day,
            ..200. => Self::Week,
            ..3_000. => Self::Month,
            _ => Self::Year,
        }
    }
}

impl Cycle {
    /// What it is called.
    pub fn word(self) -> &'static str {
        match self {
            Self::Weekday => "day of the week",
            Self::HourOfDay => "hour of the day",
            Self::MonthOfYear => "month of the year",
        }
    }
}

impl Period {
    /// The calendar unit that a moment lies in.
    pub(super) fn unit(grain: Grain, moment: NaiveDateTime, words: &str) -> Self {
        let from = begin(grain, moment);
        Self::span(Some(from), Some(grain.shift(from, 1)), words).of(grain, 1)
    }

    /// From one moment until another.
    pub(super) fn span(from: Option<NaiveDateTime>, until: Option<NaiveDateTime>, words: &str) -> Self {
        Self { from, until, words: words.to_owned(), grain: None, count: 0, ahead: false }
    }

    /// So far ahead, without a date.
    pub(super) fn ahead_of(grain: Grain, count: u32) -> Self {
        let period = Self::span(None, None, &format!("the next {count} {}s", grain.word())).of(grain, count);
        Self { ahead: true, ..period }
    }

    pub(super) fn of(self, grain: Grain, count: u32) -> Self {
        Self { grain: Some(grain), count, ..self }
    }

    /// The period of the same length just before it.
    pub(super) fn before(&self) -> Option<Self> {
        let (from, until) = (self.from?, self.until?);
        let earlier = match self.grain {
            Some(grain) if self.count > 0 => grain.shift(from, -i64::from(self.count)),
            _ => from - (until - from),
        };
        Some(Self::span(Some(earlier), Some(from), &format!("the period before {}", self.words)))
    }

    /// The same a year earlier.
    pub(super) fn year_before(&self) -> Option<Self> {
        let back = |moment: NaiveDateTime| Grain::Year.shift(moment, -1);
        let words = format!("{} a year earlier", self.words);
        Some(Self::span(Some(back(self.from?)), Some(back(self.until?)), &words))
    }

    /// In dates: "2025-04-01 to 2025-06-30".
    pub fn dates(&self) -> String {
        let day = |moment: NaiveDateTime| {
            let midnight = moment.time() == NaiveDate::MIN.and_time(chrono::NaiveTime::MIN).time();
            if midnight { moment.format("%Y-%m-%d").to_string() } else { moment.format("%Y-%m-%d %H:%M").to_string() }
        };
        let last = |until: NaiveDateTime| {
            let midnight = until.time() == chrono::NaiveTime::MIN;
            if midnight { day(until - TimeDelta::days(1)) } else { day(until) }
        };
        match (self.from, self.until) {
            (Some(from), Some(until)) if day(from) == last(until) => day(from),
            (Some(from), Some(until)) => format!("{} to {}", day(from), last(until)),
            (Some(from), None) => format!("from {} on", day(from)),
            (None, Some(until)) => format!("until {}", last(until)),
            (None, None) => "all time".to_owned(),
        }
    }
}
