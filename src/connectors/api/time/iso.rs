//! ISO 8601 dates as `dateutil`'s strict reader takes them.

use chrono::{Datelike, Duration, NaiveDate, NaiveDateTime, NaiveTime};

use super::{Moment, TimeError};

/// Reads a date, with or without a time and a zone.
///
/// # Errors
/// Where the text is no such date.
pub(in super::super) fn parse_iso(text: &str) -> Result<Moment, TimeError> {
    read(text).ok_or_else(|| TimeError::Iso { text: text.to_owned() })
}

fn read(text: &str) -> Option<Moment> {
    if !text.is_ascii() {
        return None;
    }
    let (date, rest) = date(text)?;
    (date.year() > 0).then_some(())?;
    if rest.is_empty() {
        return Some(Moment { local: date.and_time(NaiveTime::MIN), offset: None });
    }
    // Any one character may stand between date and time.
    let (time, next_day, offset) = time(&rest[1..])?;
    let date = if next_day { date.succ_opt()? } else { date };
    Some(Moment { local: NaiveDateTime::new(date, time), offset })
}

fn digits(text: &str, count: usize) -> Option<u32> {
    let word = text.get(..count)?;
    word.bytes().all(|byte| byte.is_ascii_digit()).then(|| word.parse().ok())?
}

fn date(text: &str) -> Option<(NaiveDate, &str)> {
    common_date(text).or_else(|| uncommon_date(text))
}

fn common_date(text: &str) -> Option<(NaiveDate, &str)> {
    let year = i32::try_from(digits(text, 4)?).ok()?;
    let rest = &text[4..];
    if rest.is_empty() {
        return Some((NaiveDate::from_ymd_opt(year, 1, 1)?, rest));
    }
    let dashed = rest.starts_with('-');
    let rest = if dashed { &rest[1..] } else { rest };
    let month = digits(rest, 2)?;
    let rest = &rest[2..];
    if rest.is_empty() {
        // `YYYYMM` would be read as a date of two years' digits.
        return dashed.then(|| NaiveDate::from_ymd_opt(year, month, 1).map(|date| (date, rest)))?;
    }
    let rest = if dashed { rest.strip_prefix('-')? } else { rest };
    let day = digits(rest, 2)?;
    Some((NaiveDate::from_ymd_opt(year, month, day)?, &rest[2..]))
}

/// Weeks (`2024-W05-1`) and days of the year (`2024-032`).
fn uncommon_date(text: &str) -> Option<(NaiveDate, &str)> {
    let year = i32::try_from(digits(text, 4)?).ok()?;
    let dashed = text[4..].starts_with('-');
    let rest = &text[4 + usize::from(dashed)..];
    if let Some(rest) = rest.strip_prefix('W') {
        let week = digits(rest, 2)?;
        let mut rest = &rest[2..];
        let mut day = 1;
        if !rest.is_empty() {
            if dashed {
                rest = rest.strip_prefix('-')?;
            }
            day = digits(rest, 1)?;
            rest = &rest[1..];
        }
        if !(1..=53).contains(&week) || !(1..=7).contains(&day) {
            return None;
        }
        let fourth = NaiveDate::from_ymd_opt(year, 1, 4)?;
        let first_monday = fourth - Duration::days(i64::from(fourth.weekday().num_days_from_monday()));
        return Some((first_monday + Duration::days(i64::from((week - 1) * 7 + day - 1)), rest));
    }
    let ordinal = digits(rest, 3)?;
    Some((NaiveDate::from_yo_opt(year, ordinal)?, &rest[3..]))
}

/// The time, whether it is the midnight that ends the day, and the zone.
fn time(text: &str) -> Option<(NaiveTime, bool, Option<i32>)> {
    let zone = text.find(['+', '-', 'Z', 'z']).unwrap_or(text.len());
    let (clock, zone) = text.split_at(zone);
    let offset = if zone.is_empty() { None } else { Some(offset(zone)?) };
    let (clock, fraction) = match clock.find(['.', ',']) {
        Some(point) => (&clock[..point], Some(&clock[point + 1..])),
        None => (clock, None),
    };
    let colons = clock.contains(':');
    let mut parts = [0_u32; 3];
    let mut rest = clock;
    let mut count = 0;
    while !rest.is_empty() {
        if count == 3 {
            return None;
        }
        if count > 0 && colons {
            rest = rest.strip_prefix(':')?;
        }
        parts[count] = digits(rest, 2)?;
        rest = &rest[2..];
        count += 1;
    }
    if count == 0 || (fraction.is_some() && count < 3) {
        return None;
    }
    let micro = match fraction {
        Some(fraction) if !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit()) => {
            let kept = &fraction[..fraction.len().min(6)];
            kept.parse::<u32>().ok()? * 10_u32.pow(6 - u32::try_from(kept.len()).ok()?)
        }
        Some(_) => return None,
        None => 0,
    };
    let [hour, minute, second] = parts;
    if hour == 24 {
        return (minute == 0 && second == 0 && micro == 0).then_some((NaiveTime::MIN, true, offset));
    }
    Some((NaiveTime::from_hms_micro_opt(hour, minute, second, micro)?, false, offset))
}

fn offset(zone: &str) -> Option<i32> {
    if matches!(zone, "Z" | "z") {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let rest = &zone[1..];
    let hours = digits(rest, 2)?;
    let minutes = match rest.len() {
        2 => 0,
        4 => digits(&rest[2..], 2)?,
        5 => digits(rest[2..].strip_prefix(':')?, 2)?,
        _ => return None,
    };
    (hours < 24 && minutes < 60)
        .then(|| i32::try_from(hours * 3600 + minutes * 60).ok().map(|seconds| sign * seconds))?
}
