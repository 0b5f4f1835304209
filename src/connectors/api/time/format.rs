//! Python's `strftime` on Linux, in the C locale.

use chrono::{Datelike, Timelike};

use super::Moment;
use super::moment::offset_text;

pub(super) const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Writes a moment by a format; what is no directive stays as it is.
pub(in super::super) fn format(moment: Moment, pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    while let Some(place) = rest.find('%') {
        out.push_str(&rest[..place]);
        rest = &rest[place + 1..];
        let unpadded = rest.starts_with('-') && rest.len() > 1;
        if unpadded {
            rest = &rest[1..];
        }
        let Some(directive) = rest.chars().next() else {
            out.push('%');
            break;
        };
        rest = &rest[directive.len_utf8()..];
        let written = directive_text(moment, directive);
        match written {
            Some(text) if unpadded => out.push_str(unpad(&text)),
            Some(text) => out.push_str(&text),
            None => {
                out.push('%');
                out.push_str(if unpadded { "-" } else { "" });
                out.push(directive);
            }
        }
    }
    out.push_str(rest);
    out
}

fn unpad(text: &str) -> &str {
    let bare = text.trim_start_matches(['0', ' ']);
    if bare.is_empty() { "0" } else { bare }
}

fn directive_text(moment: Moment, directive: char) -> Option<String> {
    let date = moment.local.date();
    let time = moment.local.time();
    let weekday = date.weekday().num_days_from_monday();
    let hour12 = match time.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    Some(match directive {
        'Y' => date.year().to_string(),
        'C' => format!("{:02}", date.year() / 100),
        'y' => format!("{:02}", date.year() % 100),
        'm' => format!("{:02}", date.month()),
        'd' => format!("{:02}", date.day()),
        'e' => format!("{:2}", date.day()),
        'H' => format!("{:02}", time.hour()),
        'k' => format!("{:2}", time.hour()),
        'I' => format!("{hour12:02}"),
        'l' => format!("{hour12:2}"),
        'M' => format!("{:02}", time.minute()),
        'S' => format!("{:02}", time.second()),
        'f' => format!("{:06}", moment.microsecond()),
        'p' => if time.hour() < 12 { "AM" } else { "PM" }.to_owned(),
        'P' => if time.hour() < 12 { "am" } else { "pm" }.to_owned(),
        'A' => DAYS[weekday as usize].to_owned(),
        'a' => DAYS[weekday as usize][..3].to_owned(),
        'B' => MONTHS[date.month0() as usize].to_owned(),
        'b' | 'h' => MONTHS[date.month0() as usize][..3].to_owned(),
        'j' => format!("{:03}", date.ordinal()),
        'u' => (weekday + 1).to_string(),
        'w' => ((weekday + 1) % 7).to_string(),
        'U' => format!("{:02}", (date.ordinal0() + 7 - (weekday + 1) % 7) / 7),
        'W' => format!("{:02}", (date.ordinal0() + 7 - weekday) / 7),
        'V' => format!("{:02}", date.iso_week().week()),
        'G' => date.iso_week().year().to_string(),
        'g' => format!("{:02}", date.iso_week().year() % 100),
        'z' => moment.offset.map(|offset| offset_text(offset, "")).unwrap_or_default(),
        'Z' => zone_name(moment),
        's' => moment.micros().div_euclid(1_000_000).to_string(),
        'D' | 'x' => format(moment, "%m/%d/%y"),
        'F' => format(moment, "%Y-%m-%d"),
        'T' | 'X' => format(moment, "%H:%M:%S"),
        'R' => format(moment, "%H:%M"),
        'r' => format(moment, "%I:%M:%S %p"),
        'c' => format(moment, "%a %b %e %H:%M:%S %Y"),
        'n' => "\n".to_owned(),
        't' => "\t".to_owned(),
        '%' => "%".to_owned(),
        _ => return None,
    })
}

pub(in super::super) fn zone_name(moment: Moment) -> String {
    match moment.offset {
        None => String::new(),
        Some(0) => "UTC".to_owned(),
        Some(offset) => format!("UTC{}", offset_text(offset, ":")),
    }
}
