//! The reference's macros: `now_utc()`, `day_delta(-7)`, `format_datetime(…)` and their like.

use std::cmp::Ordering;

use chrono::Utc;
use minijinja::{Environment, Error};
use uuid::Uuid;

use super::super::time::{Moment, Period, TimeError, format, format_by, parse, parse_by, parse_iso};
use super::arguments::{Arguments, Given};
use super::bridge::from_engine;
use super::error::{undefined, wrong_type, wrong_value};
use super::filters::plus_encoded;
use super::moments::{Day, Gap, Stamp, stamp};
use super::operators::{is_iterable, order};

type Engine = minijinja::Value;
type Answer = Result<Engine, Error>;

pub(super) fn add_to(environment: &mut Environment<'static>) {
    environment.add_function("now_utc", || stamp(Moment::now()));
    environment.add_function("today_utc", || Engine::from_object(Day(Utc::now().date_naive())));
    environment.add_function("today_with_timezone", |name: String| today_in(&name));
    environment.add_function("timestamp", |given: Given| timestamp(&Arguments::of(given, &["dt"])?));
    environment.add_function("max", |given: Given| extreme(&given.into_values(), Ordering::Greater));
    environment.add_function("min", |given: Given| extreme(&given.into_values(), Ordering::Less));
    environment.add_function("day_delta", |given: Given| day_delta(&Arguments::of(given, &["num_days", "format"])?));
    environment.add_function("duration", |given: Given| {
        let arguments = Arguments::of(given, &["datestring"])?;
        let text = arguments.required(0)?.as_str().ok_or_else(|| wrong_type("duration takes a text"))?;
        Period::parse(text).map(|period| Engine::from_object(Gap(period))).map_err(failed)
    });
    environment.add_function("str_to_datetime", |given: Given| {
        to_moment(Arguments::of(given, &["s"])?.required(0)?).map(stamp)
    });
    environment.add_function("format_datetime", |given: Given| {
        format_datetime(&Arguments::of(given, &["dt", "format", "input_format"])?)
    });
    environment.add_function("sanitize_url", |given: Given| {
        let arguments = Arguments::of(given, &["value"])?;
        arguments.required(0)?.as_str().map(plus_encoded).ok_or_else(|| wrong_type("sanitize_url takes a text"))
    });
    environment.add_function("camel_case_to_snake_case", |value: String| snake_case(&value));
    environment.add_function("generate_uuid", || Uuid::from_u128(rand::random()).as_hyphenated().to_string());
}

fn failed(error: TimeError) -> Error {
    wrong_value(error.to_string())
}

fn today_in(name: &str) -> Answer {
    let zone: chrono_tz::Tz = name.parse().map_err(|_| wrong_value(format!("{name} is no time zone")))?;
    Ok(Engine::from_object(Day(Utc::now().with_timezone(&zone).date_naive())))
}

/// Reads a text as ISO 8601, in UTC where it names no zone.
fn to_moment(value: &Engine) -> Result<Moment, Error> {
    if value.is_undefined() {
        return Err(undefined());
    }
    let text = value.as_str().ok_or_else(|| wrong_type("a date must be a text"))?;
    parse_iso(text).map(|moment| moment.or_utc().in_utc()).map_err(failed)
}

fn timestamp(arguments: &Arguments) -> Answer {
    let value = arguments.required(0)?;
    if let Ok(number) = i128::try_from(value.clone()) {
        return Ok(Engine::from(number));
    }
    if value.is_number() {
        let number = f64::try_from(value.clone())?;
        #[expect(clippy::cast_possible_truncation, reason = "as Python's int() does")]
        return Ok(Engine::from(number.trunc() as i128));
    }
    to_moment(value).map(|moment| Engine::from(moment.timestamp()))
}

fn extreme(given: &[Engine], wanted: Ordering) -> Answer {
    let candidates: Vec<Engine> = match given {
        [only] if only.is_undefined() => return Err(undefined()),
        [only] if is_iterable(only) => only.try_iter()?.collect(),
        [_] | [] => return Err(wrong_type("max and min take a list, or two values and more")),
        several => several.to_vec(),
    };
    let mut candidates = candidates.into_iter();
    let mut found = candidates.next().ok_or_else(|| wrong_value("max and min of an empty list"))?;
    for candidate in candidates {
        if order(&candidate, &found)? == Some(wanted) {
            found = candidate;
        }
    }
    Ok(found)
}

fn day_delta(arguments: &Arguments) -> Answer {
    const DAY_MICROS: f64 = 86_400_000_000.0;
    let days = arguments.required(0)?;
    let days = if days.is_number() || i128::try_from(days.clone()).is_ok() {
        f64::try_from(days.clone()).or_else(|_| i128::try_from(days.clone()).map(|days| days as f64))?
    } else {
        return Err(wrong_type("day_delta takes a number of days"));
    };
    let pattern = arguments.text(1)?.unwrap_or("%Y-%m-%dT%H:%M:%S.%f%z");
    #[expect(clippy::cast_possible_truncation, reason = "what does not fit is out of the calendar's range")]
    let period = Period::micros((days * DAY_MICROS).round() as i128);
    let moment = Moment::now().shifted(&period, 1).map_err(failed)?;
    Ok(Engine::from(format(moment, pattern)))
}

fn format_datetime(arguments: &Arguments) -> Answer {
    let value = arguments.required(0)?;
    let pattern = arguments.required(1)?;
    let pattern = pattern.as_str().ok_or_else(|| wrong_type("format_datetime takes a format"))?;
    let input = arguments.text(2)?.filter(|input| !input.is_empty());
    if let Some(Stamp(moment)) = value.downcast_object_ref() {
        return Ok(Engine::from(format(*moment, pattern)));
    }
    let is_integer = value.is_integer() || matches!(value.kind(), minijinja::value::ValueKind::Bool);
    let moment = if is_integer {
        parse_by(&from_engine(value), input.unwrap_or("%s")).map_err(failed)?
    } else {
        match (input, value.as_str()) {
            (Some(input), Some(text)) => parse(text, input).map_err(failed)?,
            (Some(_), None) if !value.is_undefined() => return Err(wrong_type("strptime takes a text")),
            _ => to_moment(value)?,
        }
    };
    Ok(Engine::from(format_by(moment.or_utc(), pattern)))
}

fn snake_case(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 4);
    for (place, character) in value.char_indices() {
        if place > 0 && character.is_ascii_uppercase() {
            out.push('_');
        }
        out.extend(character.to_lowercase());
    }
    out
}
