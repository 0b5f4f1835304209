//! Times by their names: "March 2025", "Q2", "summer", "3 March".

use chrono::{Datelike, NaiveDate, NaiveTime};

use super::calendar::{day, month_named, months_from, season, written_date};
use super::parse::{Clock, Found};
use super::{Grain, Period};
use crate::ask::words::{Token, TokenKind};

impl Clock<'_> {
    pub(super) fn year_at(&self, at: usize) -> Found<i32> {
        let token = self.tokens.get(at)?;
        let written = token.text.len() == 4 && token.text.bytes().all(|byte| byte.is_ascii_digit());
        // "over 2000" and "2000 euros" are amounts, and "over 2025" is that year, where the data reach so far.
        let before = if at > 0 { self.word(at - 1) } else { "" };
        let far = token.number().is_none_or(|year| (year - f64::from(self.as_of.year())).abs() > 3.);
        let compared = matches!(
            before,
            "than"
                | "above"
                | "under"
                | "below"
                | "least"
                | "most"
                | "exactly"
                | "exceed"
                | "exceeds"
                | "top"
                | ">"
                | "<"
                | ">="
                | "<="
                | "="
                | "first"
        ) || (before == "over" && far);
        let amount =
            matches!(self.word(at + 1), "euros" | "eur" | "dollars" | "usd" | "hours" | "days" | "h" | "minutes");
        // "2025 units by machine" are those of that year, where the data reach so far.
        let counted = matches!(self.word(at + 1), "units" | "pieces") && far;
        let year = token.number().filter(|_| written && !compared && !counted && !amount)?;
        (1800. ..2100.).contains(&year).then_some((year as i32, at + 1))
    }

    pub(super) fn has_year(&self, start: usize, end: usize) -> bool {
        (start..end).any(|place| self.year_at(place).is_some() || self.word(place) == "year")
    }

    /// The year that follows a month or quarter: "2025", "of 2025", "last year"; or the latest in which it has begun.
    pub(super) fn year_after(&self, at: usize, month: u32) -> (i32, usize) {
        let skip = if matches!(self.word(at), "of" | "in" | "," | "'" | "-") { at + 1 } else { at };
        if let Some((year, end)) = self.year_at(skip) {
            return (year, end);
        }
        let inner = self.after_the(skip);
        if self.word(inner + 1) == "year" {
            match self.word(inner) {
                "last" | "previous" => return (self.as_of.year() - 1, inner + 2),
                "this" | "current" => return (self.as_of.year(), inner + 2),
                _ => {}
            }
        }
        let begun = month <= self.as_of.month();
        (if begun { self.as_of.year() } else { self.as_of.year() - 1 }, at)
    }

    /// A month, a quarter, a half, a year, a season or a day, by its name.
    pub(super) fn named_at(&self, at: usize) -> Found<Period> {
        let word = self.word(at);
        let words = |end: usize| self.words(at, end);
        if let Some(period) =
            self.tokens.get(at).filter(|token| token.kind == TokenKind::Word).and_then(|_| written_date(word, word))
        {
            return Some((period, at + 1));
        }
        if let Some((year, after)) = self.year_at(at) {
            if let Some((month, count, end)) = self.part_at(after) {
                return months_from(year, month, count, &words(end)).map(|period| (period, end));
            }
            return months_from(year, 1, 12, &words(after)).map(|period| (period, after));
        }
        if word == "year"
            && let Some((year, end)) = self.year_at(at + 1)
        {
            return months_from(year, 1, 12, &words(end)).map(|period| (period, end));
        }
        if let Some((month, count, end)) = self.part_at(at) {
            let (year, end) = self.year_after(end, month);
            return months_from(year, month, count, &words(end)).map(|period| (period, end));
        }
        if let Some((first, _)) = season(word) {
            let certain = word != "fall" && word != "spring"
                || matches!(self.word(at.wrapping_sub(1)), "in" | "during" | "last" | "this" | "the");
            if certain {
                let (year, end) = self.year_after(at + 1, first);
                return months_from(year, first, 3, &words(end)).map(|period| (period, end));
            }
        }
        self.day_at(at).or_else(|| self.month_at(at))
    }

    /// "Q2", "second quarter", "first half", "H1": its first month and how many it has.
    pub(super) fn part_at(&self, at: usize) -> Option<(u32, u32, usize)> {
        let word = self.word(at);
        let digit = |prefix: char| word.strip_prefix(prefix).and_then(|rest| rest.parse::<u32>().ok());
        if let Some(quarter) = digit('q').filter(|quarter| (1..=4).contains(quarter)) {
            return Some((quarter * 3 - 2, 3, at + 1));
        }
        if let Some(half) = digit('h').filter(|half| (1..=2).contains(half)) {
            return Some((half * 6 - 5, 6, at + 1));
        }
        if word == "quarter"
            && let Some(quarter) = self.tokens.get(at + 1).and_then(Token::number).filter(|n| (1. ..=4.).contains(n))
        {
            return Some((quarter as u32 * 3 - 2, 3, at + 2));
        }
        let ordinal = match word {
            "first" | "1st" => 1,
            "second" | "2nd" => 2,
            "third" | "3rd" => 3,
            "fourth" | "4th" | "final" => 4,
            _ => return None,
        };
        match self.word(at + 1) {
            "quarter" => Some((ordinal * 3 - 2, 3, at + 2)),
            "half" if ordinal <= 2 => Some((ordinal * 6 - 5, 6, at + 2)),
            _ => None,
        }
    }

    pub(super) fn month_word(&self, at: usize) -> Option<u32> {
        let word = self.word(at);
        let month = month_named(word)?;
        let doubtful = matches!(word, "may" | "march" | "mar" | "jan" | "dec" | "sep");
        let before = if at > 0 { self.word(at - 1) } else { "" };
        let led = matches!(
            before,
            "in" | "since"
                | "of"
                | "until"
                | "till"
                | "from"
                | "by"
                | "during"
                | "for"
                | "before"
                | "after"
                | "and"
                | "to"
                | "between"
                | "vs"
                | "versus"
                | "last"
                | "this"
                | "through"
                | "on"
                | "with"
                | "than"
                | "or"
                | "-"
                | ","
                | "against"
                | "early"
                | "late"
                | "mid"
        );
        let dated = self.year_at(at + 1).is_some()
            || (matches!(self.word(at + 1), "last" | "this") && self.word(at + 2) == "year")
            || self.tokens.get(at + 1).is_some_and(|token| token.number().is_some())
            || (at > 0 && ordinal(before).is_some());
        let led_for_may = led && self.tokens.get(at).is_some_and(|token| token.capital);
        let certain = !doubtful || dated || led_for_may || (led && (word != "may" || before == "in"));
        certain.then_some(month)
    }

    pub(super) fn month_at(&self, at: usize) -> Found<Period> {
        let month = self.month_word(at)?;
        let (year, end) = self.year_after(at + 1, month);
        months_from(year, month, 1, &self.words(at, end)).map(|period| (period, end))
    }

    /// "3 March 2025", "March 3rd", "the 3rd of March".
    pub(super) fn day_at(&self, at: usize) -> Found<Period> {
        let number = |place: usize| ordinal(self.word(place)).filter(|day| (1..=31).contains(day));
        let (month, date, after) = if let Some(date) = number(at) {
            let inner = if self.word(at + 1) == "of" { at + 2 } else { at + 1 };
            (month_named(self.word(inner))?, date, inner + 1)
        } else {
            let month = month_named(self.word(at))?;
            let inner = self.after_the(at + 1);
            let date = number(inner)?;
            if Grain::named(self.word(inner + 1)).is_some() {
                return None;
            }
            (month, date, inner + 1)
        };
        let (year, end) = self.year_after(after, month);
        let date = NaiveDate::from_ymd_opt(year, month, date)?;
        let late = self.year_after(after, month).1 == after && date.and_time(NaiveTime::MIN) > self.as_of;
        let date = if late { NaiveDate::from_ymd_opt(year - 1, month, date.day())? } else { date };
        Some((day(date, &self.words(at, end)), end))
    }
}

/// `3`, `3rd`, `21st`.
fn ordinal(word: &str) -> Option<u32> {
    let digits = word.trim_end_matches(|character: char| character.is_ascii_lowercase());
    let ending = &word[digits.len()..];
    matches!(ending, "" | "st" | "nd" | "rd" | "th").then(|| digits.parse().ok()).flatten()
}
