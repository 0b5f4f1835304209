//! Python's `+`, `-`, `%`, `~` and comparisons, for numbers, texts, lists, dates and durations.

use std::cmp::Ordering;

use chrono::Duration;
use minijinja::formatting::{FormatStyle, format};
use minijinja::value::ValueKind;
use minijinja::{Environment, Error};

use super::super::time::{Moment, Period, TimeError};
use super::super::value::{Value, compare_numbers};
use super::bridge::{from_engine, text};
use super::error::{undefined, wrong_type, wrong_value};
use super::moments::{Day, Gap, Stamp, stamp};

type Engine = minijinja::Value;

pub(super) fn add_to(environment: &mut Environment<'static>) {
    environment.add_function("_add", |left: Engine, right: Engine| add(&left, &right));
    environment.add_function("_sub", |left: Engine, right: Engine| subtract(&left, &right));
    environment.add_function("_rem", |left: Engine, right: Engine| remainder(&left, &right));
    environment.add_function("_concat", |left: Engine, right: Engine| text(&left) + &text(&right));
    environment.add_function("_lt", |left: Engine, right: Engine| {
        order(&left, &right).map(|order| order == Some(Ordering::Less))
    });
    environment.add_function("_lte", |left: Engine, right: Engine| {
        order(&left, &right).map(|order| matches!(order, Some(Ordering::Less | Ordering::Equal)))
    });
    environment.add_function("_gt", |left: Engine, right: Engine| {
        order(&left, &right).map(|order| order == Some(Ordering::Greater))
    });
    environment.add_function("_gte", |left: Engine, right: Engine| {
        order(&left, &right).map(|order| matches!(order, Some(Ordering::Greater | Ordering::Equal)))
    });
}

fn known(values: [&Engine; 2]) -> Result<(), Error> {
    if values.iter().any(|value| value.is_undefined()) { Err(undefined()) } else { Ok(()) }
}

fn unsupported(sign: &str) -> Error {
    wrong_type(format!("unsupported types for {sign}"))
}

fn out_of_range(error: TimeError) -> Error {
    wrong_value(error.to_string())
}

/// A date in a template.
enum Temporal {
    Moment(Moment),
    Day(chrono::NaiveDate),
    Gap(Period),
}

fn temporal(value: &Engine) -> Option<Temporal> {
    if let Some(Stamp(moment)) = value.downcast_object_ref() {
        return Some(Temporal::Moment(*moment));
    }
    if let Some(Day(date)) = value.downcast_object_ref() {
        return Some(Temporal::Day(*date));
    }
    value.downcast_object_ref().map(|Gap(period)| Temporal::Gap(*period))
}

fn add(left: &Engine, right: &Engine) -> Result<Engine, Error> {
    known([left, right])?;
    match (temporal(left), temporal(right)) {
        (None, None) => add_plain(left, right),
        (Some(Temporal::Moment(moment)), Some(Temporal::Gap(gap)))
        | (Some(Temporal::Gap(gap)), Some(Temporal::Moment(moment))) => {
            moment.shifted(&gap, 1).map(stamp).map_err(out_of_range)
        }
        (Some(Temporal::Day(date)), Some(Temporal::Gap(gap)))
        | (Some(Temporal::Gap(gap)), Some(Temporal::Day(date))) => shifted_day(date, &gap, 1),
        (Some(Temporal::Gap(left)), Some(Temporal::Gap(right))) => Ok(Engine::from_object(Gap(left.plus(&right)))),
        _ => Err(unsupported("+")),
    }
}

fn add_plain(left: &Engine, right: &Engine) -> Result<Engine, Error> {
    match (from_engine(left), from_engine(right)) {
        (Value::Str(left), Value::Str(right)) => Ok(Engine::from(format!("{left}{right}"))),
        (Value::List(left), Value::List(right)) => {
            Ok(super::to_engine(&Value::list(left.iter().chain(right.iter()).cloned().collect())))
        }
        (Value::Tuple(left), Value::Tuple(right)) => {
            Ok(super::to_engine(&Value::Tuple(left.iter().chain(right.iter()).cloned().collect::<Vec<_>>().into())))
        }
        (left, right) => arithmetic(&left, &right, "+", i128::checked_add, |left, right| left + right),
    }
}

fn arithmetic(
    left: &Value,
    right: &Value,
    sign: &str,
    of_integers: fn(i128, i128) -> Option<i128>,
    of_floats: fn(f64, f64) -> f64,
) -> Result<Engine, Error> {
    if let (Some(left), Some(right)) = (left.as_int(), right.as_int()) {
        let sum = of_integers(left, right).ok_or_else(|| wrong_value("a number is too large"))?;
        return Ok(i64::try_from(sum).map_or_else(|_| Engine::from(sum), Engine::from));
    }
    match (as_float(left), as_float(right)) {
        (Some(left), Some(right)) => Ok(Engine::from(of_floats(left, right))),
        _ => Err(unsupported(sign)),
    }
}

fn as_float(value: &Value) -> Option<f64> {
    match value {
        Value::Float(number) => Some(*number),
        #[expect(clippy::cast_precision_loss, reason = "as Python mixes integers and floats")]
        other => other.as_int().map(|number| number as f64),
    }
}

fn subtract(left: &Engine, right: &Engine) -> Result<Engine, Error> {
    known([left, right])?;
    match (temporal(left), temporal(right)) {
        (None, None) => {
            arithmetic(&from_engine(left), &from_engine(right), "-", i128::checked_sub, |left, right| left - right)
        }
        (Some(Temporal::Moment(moment)), Some(Temporal::Gap(gap))) => {
            moment.shifted(&gap, -1).map(stamp).map_err(out_of_range)
        }
        (Some(Temporal::Day(date)), Some(Temporal::Gap(gap))) => shifted_day(date, &gap, -1),
        (Some(Temporal::Moment(left)), Some(Temporal::Moment(right))) => {
            if left.offset.is_some() != right.offset.is_some() {
                return Err(wrong_type("can't subtract offset-naive and offset-aware datetimes"));
            }
            Ok(Engine::from_object(Gap(left.since(right))))
        }
        (Some(Temporal::Day(left)), Some(Temporal::Day(right))) => {
            Ok(Engine::from_object(Gap(Period::seconds((left - right).num_seconds()))))
        }
        (Some(Temporal::Gap(left)), Some(Temporal::Gap(right))) => {
            Ok(Engine::from_object(Gap(left.plus(&right.negated()))))
        }
        _ => Err(unsupported("-")),
    }
}

/// A date moves by whole days only.
fn shifted_day(date: chrono::NaiveDate, gap: &Period, sign: i32) -> Result<Engine, Error> {
    const DAY: i128 = 86_400_000_000;
    let months = Period { months: gap.months, micros: 0 };
    let moment = Moment { local: date.and_time(chrono::NaiveTime::MIN), offset: None };
    let date = moment.shifted(&months, sign).map_err(out_of_range)?.local.date();
    let days = i64::try_from((gap.micros * i128::from(sign)).div_euclid(DAY)).unwrap_or(i64::MAX);
    let shifted = Duration::try_days(days).and_then(|days| date.checked_add_signed(days));
    shifted.map(|date| Engine::from_object(Day(date))).ok_or_else(|| out_of_range(TimeError::Range))
}

fn remainder(left: &Engine, right: &Engine) -> Result<Engine, Error> {
    known([left, right])?;
    if let Some(pattern) = left.as_str() {
        let arguments: Vec<Engine> = if right.is_tuple() { right.try_iter()?.collect() } else { vec![right.clone()] };
        return format(FormatStyle::Printf, pattern, &arguments).map(Engine::from);
    }
    let (left, right) = (from_engine(left), from_engine(right));
    if !right.is_truthy() && compare_numbers(&right, &Value::Int(0)).is_some() {
        return Err(wrong_value("division by zero"));
    }
    arithmetic(&left, &right, "%", floor_remainder, |left, right| left - right * (left / right).floor())
}

fn floor_remainder(left: i128, right: i128) -> Option<i128> {
    let rest = left.checked_rem(right)?;
    Some(if rest != 0 && (rest < 0) != (right < 0) { rest + right } else { rest })
}

/// Which of two is greater; `None` where a number is none.
///
/// # Errors
/// Where they cannot be compared, as in Python.
pub(super) fn order(left: &Engine, right: &Engine) -> Result<Option<Ordering>, Error> {
    known([left, right])?;
    match (temporal(left), temporal(right)) {
        (Some(Temporal::Moment(left)), Some(Temporal::Moment(right))) => {
            if left.offset.is_some() != right.offset.is_some() {
                return Err(wrong_type("can't compare offset-naive and offset-aware datetimes"));
            }
            Ok(Some(left.cmp(&right)))
        }
        (Some(Temporal::Day(left)), Some(Temporal::Day(right))) => Ok(Some(left.cmp(&right))),
        (Some(Temporal::Gap(left)), Some(Temporal::Gap(right))) => Ok(Some(left.micros.cmp(&right.micros))),
        (None, None) => order_plain(&from_engine(left), &from_engine(right)),
        _ => Err(unsupported("a comparison")),
    }
}

fn order_plain(left: &Value, right: &Value) -> Result<Option<Ordering>, Error> {
    match (left, right) {
        (Value::Str(left), Value::Str(right)) => Ok(Some(left.as_str().cmp(right.as_str()))),
        (Value::List(left), Value::List(right)) | (Value::Tuple(left), Value::Tuple(right)) => {
            for (left, right) in left.iter().zip(right.iter()) {
                if left != right {
                    return order_plain(left, right);
                }
            }
            Ok(Some(left.len().cmp(&right.len())))
        }
        _ if as_float(left).is_some() && as_float(right).is_some() => Ok(compare_numbers(left, right)),
        _ => Err(unsupported("a comparison")),
    }
}

/// Whether a value is a list, a text or another thing to go through.
pub(super) fn is_iterable(value: &Engine) -> bool {
    matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable | ValueKind::Map | ValueKind::String)
}
