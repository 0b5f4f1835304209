//! Dates, moments and durations within templates, with the attributes and methods of Python's.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use chrono::{Datelike, NaiveDate, NaiveTime, Timelike};
use minijinja::value::{DynObject, Object, ObjectRepr};
use minijinja::{Error, ErrorKind, State};

use super::super::time::{Moment, Period, format};
use super::arguments::Arguments;
use super::error::{wrong_type, wrong_value};

type Engine = minijinja::Value;

/// Python's `datetime`.
#[derive(Debug)]
pub(super) struct Stamp(pub(super) Moment);

/// Python's `date`.
#[derive(Debug)]
pub(super) struct Day(pub(super) NaiveDate);

/// Python's `timedelta`, and a duration with months.
#[derive(Debug)]
pub(super) struct Gap(pub(super) Period);

pub(super) fn stamp(moment: Moment) -> Engine {
    Engine::from_object(Stamp(moment))
}

/// How a template writes a date, a moment or a duration; `None` where the value is none.
pub(super) fn moment_text(value: &Engine) -> Option<String> {
    if let Some(Stamp(moment)) = value.downcast_object_ref() {
        return Some(moment.isoformat(' '));
    }
    if let Some(Day(date)) = value.downcast_object_ref() {
        return Some(date_text(*date));
    }
    value.downcast_object_ref::<Gap>().map(|Gap(period)| period.text())
}

fn date_text(date: NaiveDate) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
}

fn at_midnight(date: NaiveDate) -> Moment {
    Moment { local: date.and_time(NaiveTime::MIN), offset: None }
}

impl Object for Stamp {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Engine) -> Option<Engine> {
        let time = self.0.local.time();
        Some(match key.as_str()? {
            "hour" => Engine::from(time.hour()),
            "minute" => Engine::from(time.minute()),
            "second" => Engine::from(time.second()),
            "microsecond" => Engine::from(self.0.microsecond()),
            other => return date_attribute(self.0.local.date(), other),
        })
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, args: &[Engine]) -> Result<Engine, Error> {
        let moment = self.0;
        Ok(match method {
            "strftime" => Engine::from(format(moment, format_of(args)?)),
            "isoformat" => {
                let arguments = Arguments::bind(args, &["sep", "timespec"])?;
                let between = arguments.text(0)?.and_then(|text| text.chars().next()).unwrap_or('T');
                let text = moment.isoformat_to(between, arguments.text(1)?.unwrap_or("auto"));
                Engine::from(text.ok_or_else(|| wrong_value("isoformat knows no such timespec"))?)
            }
            "timestamp" => Engine::from(moment.timestamp()),
            "date" => Engine::from_object(Day(moment.local.date())),
            "replace" => stamp(replaced(moment, args)?),
            "astimezone" => stamp(moment.in_utc()),
            "ctime" => Engine::from(format(moment, "%c")),
            other => date_method(moment.local.date(), other)?,
        })
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        other.downcast_ref::<Self>().map(|other| self.0.cmp(&other.0))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.isoformat(' '))
    }
}

impl Object for Day {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Engine) -> Option<Engine> {
        date_attribute(self.0, key.as_str()?)
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, args: &[Engine]) -> Result<Engine, Error> {
        Ok(match method {
            "strftime" => Engine::from(format(at_midnight(self.0), format_of(args)?)),
            "isoformat" => Engine::from(date_text(self.0)),
            "replace" => Engine::from_object(Self(replaced(at_midnight(self.0), args)?.local.date())),
            other => date_method(self.0, other)?,
        })
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        other.downcast_ref::<Self>().map(|other| self.0.cmp(&other.0))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&date_text(self.0))
    }
}

impl Object for Gap {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Engine) -> Option<Engine> {
        const DAY: i128 = 86_400_000_000;
        Some(match key.as_str()? {
            "days" => Engine::from(self.0.micros.div_euclid(DAY)),
            "seconds" => Engine::from(self.0.micros.rem_euclid(DAY) / 1_000_000),
            "microseconds" => Engine::from(self.0.micros.rem_euclid(1_000_000)),
            "months" if self.0.months != 0 => Engine::from(self.0.months % 12),
            "years" if self.0.months != 0 => Engine::from(self.0.months / 12),
            _ => return None,
        })
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, _: &[Engine]) -> Result<Engine, Error> {
        match method {
            "total_seconds" => Ok(Engine::from(self.0.total_seconds())),
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        other.downcast_ref::<Self>().map(|other| self.0.micros.cmp(&other.0.micros))
    }

    fn is_true(self: &Arc<Self>) -> bool {
        !self.0.is_zero()
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text())
    }
}

fn format_of(args: &[Engine]) -> Result<&str, Error> {
    args.first().and_then(Engine::as_str).ok_or_else(|| wrong_type("strftime takes a format"))
}

fn date_attribute(date: NaiveDate, name: &str) -> Option<Engine> {
    Some(match name {
        "year" => Engine::from(date.year()),
        "month" => Engine::from(date.month()),
        "day" => Engine::from(date.day()),
        _ => return None,
    })
}

fn date_method(date: NaiveDate, method: &str) -> Result<Engine, Error> {
    Ok(match method {
        "weekday" => Engine::from(date.weekday().num_days_from_monday()),
        "isoweekday" => Engine::from(date.weekday().number_from_monday()),
        "toordinal" => Engine::from(date.num_days_from_ce()),
        _ => return Err(Error::from(ErrorKind::UnknownMethod)),
    })
}

fn replaced(moment: Moment, args: &[Engine]) -> Result<Moment, Error> {
    let arguments =
        Arguments::bind(args, &["year", "month", "day", "hour", "minute", "second", "microsecond", "tzinfo"])?;
    let (date, time) = (moment.local.date(), moment.local.time());
    let part = |place: usize, now: u32| -> Result<u32, Error> {
        arguments.get(place).map_or(Ok(now), |value| u32::try_from(value.clone()))
    };
    let year = arguments.get(0).map_or(Ok(date.year()), |value| i32::try_from(value.clone()))?;
    let date = NaiveDate::from_ymd_opt(year, part(1, date.month())?, part(2, date.day())?);
    let time = NaiveTime::from_hms_micro_opt(
        part(3, time.hour())?,
        part(4, time.minute())?,
        part(5, time.second())?,
        part(6, moment.microsecond())?,
    );
    let local = date.zip(time).map(|(date, time)| date.and_time(time));
    let local = local.ok_or_else(|| wrong_value("a part of the date is out of its range"))?;
    let offset = if arguments.get(7).is_some_and(Engine::is_none) { None } else { moment.offset };
    Ok(Moment { local, offset })
}
