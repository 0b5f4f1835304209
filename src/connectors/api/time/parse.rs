//! Python's `strptime`: the format becomes a pattern, and what it found becomes a moment.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use chrono::{Datelike, Duration, NaiveDate, NaiveTime};
use regex::{Regex, RegexBuilder};

use super::format::{DAYS, MONTHS};
use super::{Moment, TimeError};

/// A format, made ready to read by.
struct Pattern {
    regex: Regex,
    /// The directive that each group belongs to.
    directives: Vec<char>,
}

static KNOWN: LazyLock<Mutex<HashMap<String, Arc<Pattern>>>> = LazyLock::new(Mutex::default);

/// Reads a moment by a format of Python's; it has no zone unless the format asks for one.
///
/// # Errors
/// Where the text does not follow the format, or says what no calendar holds.
pub(in super::super) fn parse(text: &str, format: &str) -> Result<Moment, TimeError> {
    let mismatch = || TimeError::Mismatch { text: text.to_owned(), format: format.to_owned() };
    if let Some(moment) = plain(text, format) {
        return Ok(moment);
    }
    let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner).get(format).cloned();
    let pattern = match known {
        Some(pattern) => pattern,
        None => {
            let pattern = Arc::new(Pattern::new(format)?);
            KNOWN.lock().unwrap_or_else(PoisonError::into_inner).insert(format.to_owned(), Arc::clone(&pattern));
            pattern
        }
    };
    let found = pattern.regex.captures(text).ok_or_else(mismatch)?;
    let mut parts = Parts::default();
    for (index, directive) in pattern.directives.iter().enumerate() {
        let word = found.get(index + 1).map_or("", |group| group.as_str());
        parts.take(*directive, word).ok_or_else(mismatch)?;
    }
    parts.moment().ok_or_else(mismatch)
}

/// The formats of nearly all manifests, read without a pattern: `2024-01-31`, and with a time behind `T`.
fn plain(text: &str, format: &str) -> Option<Moment> {
    let end = match format {
        "%Y-%m-%d" => "",
        "%Y-%m-%dT%H:%M:%S" => "T",
        "%Y-%m-%dT%H:%M:%SZ" => "Z",
        "%Y-%m-%dT%H:%M:%S.%fZ" => ".Z",
        _ => return None,
    };
    let bytes = text.as_bytes();
    let number = |range: std::ops::Range<usize>| -> Option<u32> {
        bytes
            .get(range)?
            .iter()
            .try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u32::from(byte - b'0')))
    };
    let mark = |place: usize, mark: u8| (bytes.get(place) == Some(&mark)).then_some(());
    mark(4, b'-').and(mark(7, b'-'))?;
    let date = NaiveDate::from_ymd_opt(i32::try_from(number(0..4)?).ok()?, number(5..7)?, number(8..10)?)
        .filter(|date| date.year() > 0)?;
    if end.is_empty() {
        return (bytes.len() == 10).then(|| Moment { local: date.and_time(NaiveTime::MIN), offset: None });
    }
    mark(10, b'T').and(mark(13, b':')).and(mark(16, b':'))?;
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    let micro = match end {
        "T" => (bytes.len() == 19).then_some(0)?,
        "Z" => mark(19, b'Z').and((bytes.len() == 20).then_some(0))?,
        _ => {
            let digits = bytes.len().checked_sub(21).filter(|digits| (1..=6).contains(digits))?;
            mark(19, b'.').and(mark(20 + digits, b'Z'))?;
            number(20..20 + digits)? * 10_u32.pow(6 - u32::try_from(digits).ok()?)
        }
    };
    let time = NaiveTime::from_hms_micro_opt(hour, minute, second, micro)?;
    Some(Moment { local: date.and_time(time), offset: None })
}

impl Pattern {
    fn new(format: &str) -> Result<Self, TimeError> {
        let mut source = String::from("^");
        let mut directives = Vec::new();
        let mut characters = format.chars().peekable();
        while let Some(character) = characters.next() {
            if character.is_whitespace() {
                while characters.peek().is_some_and(|next| next.is_whitespace()) {
                    characters.next();
                }
                source.push_str(r"\s+");
            } else if character == '%' {
                let directive = characters.next().unwrap_or('%');
                add(directive, format, &mut source, &mut directives)?;
            } else {
                source.push_str(&regex::escape(&character.to_string()));
            }
        }
        source.push('$');
        let unknown = |_| TimeError::Directive { directive: "%".to_owned(), format: format.to_owned() };
        let regex = RegexBuilder::new(&source).case_insensitive(true).build().map_err(unknown)?;
        Ok(Self { regex, directives })
    }
}

fn add(directive: char, format: &str, source: &mut String, directives: &mut Vec<char>) -> Result<(), TimeError> {
    let names = |names: &[&str], length: usize| {
        let all: Vec<&str> = names.iter().map(|name| &name[..length.min(name.len())]).collect();
        all.join("|")
    };
    let group = match directive {
        '%' => {
            source.push('%');
            return Ok(());
        }
        'c' | 'x' | 'X' => {
            let whole = match directive {
                'c' => "%a %b %d %H:%M:%S %Y",
                'x' => "%m/%d/%y",
                _ => "%H:%M:%S",
            };
            let mut characters = whole.chars();
            while let Some(character) = characters.next() {
                match character {
                    '%' => add(characters.next().unwrap_or('%'), format, source, directives)?,
                    ' ' => source.push_str(r"\s+"),
                    other => source.push(other),
                }
            }
            return Ok(());
        }
        'd' => r"3[0-1]|[1-2]\d|0[1-9]|[1-9]| [1-9]".to_owned(),
        'f' => r"[0-9]{1,6}".to_owned(),
        'H' => r"2[0-3]|[0-1]\d|\d".to_owned(),
        'I' => r"1[0-2]|0[1-9]|[1-9]".to_owned(),
        'G' | 'Y' => r"\d\d\d\d".to_owned(),
        'j' => r"36[0-6]|3[0-5]\d|[1-2]\d\d|0[1-9]\d|00[1-9]|[1-9]\d|0[1-9]|[1-9]".to_owned(),
        'm' => r"1[0-2]|0[1-9]|[1-9]".to_owned(),
        'M' => r"[0-5]\d|\d".to_owned(),
        'S' => r"6[0-1]|[0-5]\d|\d".to_owned(),
        'U' | 'W' => r"5[0-3]|[0-4]\d|\d".to_owned(),
        'w' => r"[0-6]".to_owned(),
        'u' => r"[1-7]".to_owned(),
        'V' => r"5[0-3]|0[1-9]|[1-4]\d|\d".to_owned(),
        'y' => r"\d\d".to_owned(),
        'z' => r"[+-]\d\d:?[0-5]\d(?::?[0-5]\d(?:\.\d{1,6})?)?|Z".to_owned(),
        'A' => names(&DAYS, 9),
        'a' => names(&DAYS, 3),
        'B' => names(&MONTHS, 9),
        'b' => names(&MONTHS, 3),
        'p' => "am|pm".to_owned(),
        'Z' => "utc|gmt".to_owned(),
        other => return Err(TimeError::Directive { directive: other.to_string(), format: format.to_owned() }),
    };
    source.push('(');
    source.push_str(&group);
    source.push(')');
    directives.push(directive);
    Ok(())
}

/// What was found so far.
#[derive(Default)]
struct Parts {
    year: Option<i32>,
    iso_year: Option<i32>,
    iso_week: Option<u32>,
    month: Option<u32>,
    day: Option<u32>,
    ordinal: Option<u32>,
    /// From Monday, 0 to 6.
    weekday: Option<u32>,
    /// The week of the year, and whether it starts on Sunday.
    week: Option<(u32, bool)>,
    hour: u32,
    hour12: Option<u32>,
    afternoon: Option<bool>,
    minute: u32,
    second: u32,
    micro: u32,
    offset: Option<i32>,
}

impl Parts {
    fn take(&mut self, directive: char, word: &str) -> Option<()> {
        let number = || word.trim().parse::<u32>().ok();
        let named = |names: &[&str]| {
            let place = names.iter().position(|name| name[..word.len().min(name.len())].eq_ignore_ascii_case(word))?;
            u32::try_from(place).ok()
        };
        match directive {
            'Y' => self.year = Some(word.parse().ok()?),
            'y' => {
                let year: i32 = word.parse().ok()?;
                self.year = Some(if year <= 68 { 2000 + year } else { 1900 + year });
            }
            'G' => self.iso_year = Some(word.parse().ok()?),
            'V' => self.iso_week = Some(number()?),
            'm' => self.month = Some(number()?),
            'B' | 'b' => self.month = Some(named(&MONTHS)? + 1),
            'd' => self.day = Some(number()?),
            'j' => self.ordinal = Some(number()?),
            'A' | 'a' => self.weekday = Some(named(&DAYS)?),
            'w' => self.weekday = Some((number()? + 6) % 7),
            'u' => self.weekday = Some(number()? - 1),
            'U' => self.week = Some((number()?, true)),
            'W' => self.week = Some((number()?, false)),
            'H' => self.hour = number()?,
            'I' => self.hour12 = Some(number()?),
            'p' => self.afternoon = Some(word.eq_ignore_ascii_case("pm")),
            'M' => self.minute = number()?,
            'S' => self.second = number()?,
            'f' => self.micro = number()? * 10_u32.pow(6 - u32::try_from(word.len()).ok()?),
            'z' => self.offset = Some(offset(word)?),
            _ => {}
        }
        Some(())
    }

    fn moment(self) -> Option<Moment> {
        let hour = match (self.hour12, self.afternoon) {
            (Some(hour), Some(true)) => hour % 12 + 12,
            (Some(hour), Some(false)) => hour % 12,
            (Some(hour), None) => hour,
            (None, _) => self.hour,
        };
        let time = NaiveTime::from_hms_micro_opt(hour, self.minute, self.second, self.micro)?;
        let date = self.date()?;
        (date.year() > 0).then_some(Moment { local: date.and_time(time), offset: self.offset })
    }

    fn date(&self) -> Option<NaiveDate> {
        if let (Some(year), Some(week)) = (self.iso_year, self.iso_week) {
            let weekday = chrono::Weekday::try_from(u8::try_from(self.weekday?).ok()?).ok()?;
            return NaiveDate::from_isoywd_opt(year, week, weekday);
        }
        let year = self.year.unwrap_or(1900);
        if let Some(ordinal) = self.ordinal {
            let first = NaiveDate::from_ymd_opt(year, 1, 1)?;
            return first.checked_add_signed(Duration::days(i64::from(ordinal) - 1));
        }
        if let (Some((week, starts_sunday)), Some(weekday), Some(year), None) =
            (self.week, self.weekday, self.year, self.day)
        {
            return week_date(year, week, weekday, starts_sunday);
        }
        NaiveDate::from_ymd_opt(year, self.month.unwrap_or(1), self.day.unwrap_or(1))
    }
}

fn week_date(year: i32, week: u32, weekday: u32, starts_sunday: bool) -> Option<NaiveDate> {
    let first = NaiveDate::from_ymd_opt(year, 1, 1)?;
    let first_weekday = first.weekday().num_days_from_monday();
    let (first_weekday, weekday) =
        if starts_sunday { ((first_weekday + 1) % 7, (weekday + 1) % 7) } else { (first_weekday, weekday) };
    let week_zero = (7 - first_weekday) % 7;
    let days = if week == 0 {
        i64::from(weekday) - i64::from(first_weekday)
    } else {
        i64::from(week_zero) + 7 * (i64::from(week) - 1) + i64::from(weekday)
    };
    first.checked_add_signed(Duration::days(days))
}

/// Seconds east of Greenwich, of `+02:00`, `-0130` or `Z`.
pub(super) fn offset(word: &str) -> Option<i32> {
    if word.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let digits: String = word[1..].split('.').next()?.chars().filter(char::is_ascii_digit).collect();
    let part = |range: std::ops::Range<usize>| digits.get(range).map_or(Some(0), |part| part.parse::<i32>().ok());
    let seconds = part(0..2)? * 3600 + part(2..4)? * 60 + part(4..6)?;
    Some(if word.starts_with('-') { -seconds } else { seconds })
}
