//! Time zones: by how much their clocks are ahead of UTC, and when.

use arrow::array::ArrayRef;
use arrow::array::cast::AsArray;
use arrow::compute::cast;
use arrow::datatypes::{DataType, IntervalMonthDayNano, IntervalMonthDayNanoType, IntervalUnit};
use chrono::{Datelike, MappedLocalTime, NaiveDate, NaiveDateTime, Offset, TimeZone};
use chrono_tz::{GapInfo, TZ_VARIANTS, Tz};
use datafusion::common::Result;

use super::refused;
use crate::query::suggest::near_names;

/// The last whole year of which the table of zones knows when clocks are changed.
const LAST_YEAR: i32 = 2099;

/// Clocks somewhere.
#[derive(Clone, Copy)]
pub(super) enum Zone {
    Named(Tz),
    /// Seconds ahead of UTC.
    Fixed(i64),
}

impl Zone {
    /// The zones that values stand for, which are names or intervals.
    pub(super) fn all(values: &ArrayRef) -> Result<Vec<Option<Self>>> {
        if let DataType::Interval(_) = values.data_type() {
            let intervals = cast(values, &DataType::Interval(IntervalUnit::MonthDayNano))?;
            let intervals = intervals.as_primitive::<IntervalMonthDayNanoType>();
            return intervals.iter().map(|interval| interval.map(Self::ahead_by).transpose()).collect();
        }
        let names = cast(values, &DataType::Utf8)?;
        let mut last: Option<(&str, Self)> = None;
        let mut zones = Vec::with_capacity(names.len());
        for name in names.as_string::<i32>() {
            let zone = match (name, last) {
                (None, _) => None,
                (Some(name), Some((same, zone))) if name == same => Some(zone),
                (Some(name), _) => Some(Self::named(name)?),
            };
            last = name.zip(zone).or(last);
            zones.push(zone);
        }
        Ok(zones)
    }

    fn named(name: &str) -> Result<Self> {
        if name.starts_with(['+', '-']) || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(refused(format!(
                "the time zone {name} may mean hours to the east or to the west: give a name such as 'Europe/Berlin', \
                 or an interval to the east such as INTERVAL '2 hours'"
            )));
        }
        if name.eq_ignore_ascii_case("z") {
            return Ok(Self::Named(Tz::UTC));
        }
        let known = || TZ_VARIANTS.iter().copied();
        let found = name.parse().ok().or_else(|| known().find(|zone| zone.name().eq_ignore_ascii_case(name)));
        found.map(Self::Named).ok_or_else(|| {
            let hint = match near_names(name, known().map(Tz::name)).as_slice() {
                [] => "names are such as Europe/Berlin".to_owned(),
                near => format!("did you mean {}", near.join(" or ")),
            };
            refused(format!("there is no time zone {name}, {hint}"))
        })
    }

    fn ahead_by(interval: IntervalMonthDayNano) -> Result<Self> {
        if interval.months != 0 || interval.days != 0 {
            return Err(refused("an interval that stands for a time zone has no months and no days".into()));
        }
        Ok(Self::Fixed(interval.nanoseconds / 1_000_000_000))
    }

    /// Seconds that the clocks are ahead of UTC at an instant.
    pub(super) fn ahead_at(self, instant: NaiveDateTime) -> i64 {
        match self {
            Self::Named(zone) => seconds(zone.offset_from_utc_datetime(&within_table(instant))),
            Self::Fixed(seconds) => seconds,
        }
    }

    /// Seconds that the clocks are ahead of UTC while they show a time.
    pub(super) fn ahead_while_showing(self, shown: NaiveDateTime) -> Option<i64> {
        let zone = match self {
            Self::Named(zone) => zone,
            Self::Fixed(seconds) => return Some(seconds),
        };
        let shown = within_table(shown);
        match zone.offset_from_local_datetime(&shown) {
            MappedLocalTime::Single(offset) | MappedLocalTime::Ambiguous(_, offset) => Some(seconds(offset)),
            MappedLocalTime::None => GapInfo::new(&shown, &zone)?.begin.map(|(_, before)| seconds(before)),
        }
    }
}

/// A time as it is in a year that the table of zones knows. Behind the end of the table its last rules hold for ever, and
/// they go by months and days of the week: any year with the same calendar does.
fn within_table(time: NaiveDateTime) -> NaiveDateTime {
    let calendar = |year| {
        let first = NaiveDate::from_yo_opt(year, 1)?.weekday();
        Some((first, NaiveDate::from_yo_opt(year, 366).is_some()))
    };
    if time.year() <= LAST_YEAR {
        return time;
    }
    // Each calendar comes once at least in 28 years.
    let alike = (LAST_YEAR - 27..=LAST_YEAR).find(|year| calendar(*year) == calendar(time.year()));
    alike.and_then(|year| time.with_year(year)).unwrap_or(time)
}

fn seconds(offset: impl Offset) -> i64 {
    offset.fix().local_minus_utc().into()
}
