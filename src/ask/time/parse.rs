//! Times as people say them, found in the tokens of a question.

use chrono::{Datelike, NaiveDateTime};

use super::calendar::begin;
use super::{Cycle, Grain, Period, Recurring};
use crate::ask::words::{Token, TokenKind};

/// Where in a question a time stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TimeSpan {
    /// Its first token.
    pub(crate) start: usize,
    /// The first token after it.
    pub(crate) end: usize,
    /// What it means.
    pub(crate) meaning: TimeMeaning,
}

/// What a time in a question means.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TimeMeaning {
    /// From when until when.
    Period(Period),
    /// How fine: "per week".
    Grain(Grain),
    /// A unit that is named without more: "which month".
    Unit(Grain),
    /// Each with the one before: "month over month".
    Over(Grain),
    /// "by day of the week".
    Cycle(Cycle),
    /// "on weekends".
    Recurring(Recurring),
}

/// All times that words of a question can be: they may overlap.
pub(crate) fn possible_times(tokens: &[Token], as_of: NaiveDateTime) -> Vec<TimeSpan> {
    let clock = Clock { tokens, as_of };
    let at_each = (0..tokens.len()).filter_map(|start| {
        let (meaning, end) = clock.time_at(start)?;
        (end > start).then_some(TimeSpan { start, end, meaning })
    });
    at_each.collect()
}

/// The times in a question. They do not overlap.
#[cfg(test)]
fn time_spans(tokens: &[Token], as_of: NaiveDateTime) -> Vec<TimeSpan> {
    let clock = Clock { tokens, as_of };
    let mut spans = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match clock.time_at(at) {
            Some((meaning, end)) if end > at => {
                spans.push(TimeSpan { start: at, end, meaning });
                at = end;
            }
            _ => at += 1,
        }
    }
    spans
}

/// A question, and the day from which relative times are counted.
pub(super) struct Clock<'a> {
    pub(super) tokens: &'a [Token],
    pub(super) as_of: NaiveDateTime,
}

pub(super) type Found<T> = Option<(T, usize)>;

impl Clock<'_> {
    pub(super) fn word(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| if token.kind == TokenKind::Quoted { "" } else { token.word.as_str() })
    }

    pub(super) fn words(&self, start: usize, end: usize) -> String {
        self.tokens[start..end.min(self.tokens.len())]
            .iter()
            .map(|token| token.text.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    }

    pub(super) fn after_the(&self, at: usize) -> usize {
        if matches!(self.word(at), "the" | "a" | "an") { at + 1 } else { at }
    }

    pub(super) fn time_at(&self, at: usize) -> Found<TimeMeaning> {
        self.cut_at(at)
            .or_else(|| self.recurring_at(at).map(|(recurring, end)| (TimeMeaning::Recurring(recurring), end)))
            .or_else(|| self.bounded_at(at).map(|(period, end)| (TimeMeaning::Period(period), end)))
            .or_else(|| self.plain_at(at).map(|(period, end)| (TimeMeaning::Period(period), end)))
            .or_else(|| self.unit_at(at))
    }

    /// "since March", "before 2025", "between 3 March and 5 April", "from May to July".
    pub(super) fn bounded_at(&self, at: usize) -> Found<Period> {
        let phrase = |from: Option<NaiveDateTime>, until: Option<NaiveDateTime>, end: usize| {
            (Period::span(from, until, &self.words(at, end)), end)
        };
        match self.word(at) {
            "between" | "from" => {
                let (first, then) = self.plain_at(self.after_the(at + 1))?;
                if !matches!(self.word(then), "and" | "to" | "until" | "till" | "through" | "thru" | "-" | "up") {
                    let open = self.word(at) == "from" && matches!(self.word(then), "on" | "onwards" | "onward");
                    if open {
                        return Some(phrase(first.from, None, then + 1));
                    }
                    return (self.word(at) == "from").then_some((first, then));
                }
                let then = if self.word(then) == "up" { then + 1 } else { then };
                if matches!(self.word(then + 1), "now" | "today") {
                    return Some(phrase(first.from, Some(self.tomorrow()), then + 2));
                }
                let (last, end) = self.plain_at(self.after_the(then + 1))?;
                let from = self.first_of(&first, &last, at, then, end);
                Some(phrase(from, last.until, end))
            }
            "since" | "starting" | "beginning" => {
                let skip = if self.word(at) == "since" { 1 } else { 2 };
                let (period, end) = self.plain_at(self.after_the(at + skip))?;
                Some(phrase(period.from, None, end))
            }
            "after" | "following" => {
                let (period, end) = self.plain_at(self.after_the(at + 1))?;
                Some(phrase(period.until, None, end))
            }
            "before" | "prior" | "preceding" => {
                let skip = if self.word(at + 1) == "to" { 2 } else { 1 };
                let (period, end) = self.plain_at(self.after_the(at + skip))?;
                Some(phrase(None, period.from, end))
            }
            "until" | "till" | "through" | "by" => {
                let inner = self.after_the(at + 1);
                let inner = if self.word(inner) == "end" && self.word(inner + 1) == "of" { inner + 2 } else { inner };
                let (period, end) = self.plain_at(inner)?;
                Some(phrase(None, period.until, end))
            }
            "up" if self.word(at + 1) == "to" || self.word(at + 1) == "until" => {
                let (period, end) = self.plain_at(self.after_the(at + 2))?;
                Some(phrase(None, period.until, end))
            }
            "in" | "during" | "on" | "for" | "within" | "over" | "throughout" | "of" => {
                let inner = self.after_the(at + 1);
                let (period, end) = self.plain_at(inner)?;
                Some((period, end))
            }
            // "October to December 2025", without a word before it.
            _ => {
                let (first, then) = self.named_at(self.after_the(at))?;
                let to = matches!(self.word(then), "to" | "until" | "till" | "through" | "thru" | "-");
                let (last, end) = self.named_at(self.after_the(then + 1)).filter(|_| to)?;
                Some(phrase(self.first_of(&first, &last, at, then, end), last.until, end))
            }
        }
    }

    /// Where a range begins whose ends are named: the year of its end counts for both, and it may go over the end of a year.
    fn first_of(&self, first: &Period, last: &Period, at: usize, then: usize, end: usize) -> Option<NaiveDateTime> {
        let (from, to) = (first.from?, last.from?);
        let named = matches!(first.grain, Some(Grain::Month | Grain::Day | Grain::Quarter));
        if named && !self.has_year(at, then) && self.has_year(then, end) {
            let moved = from.with_year(to.year()).unwrap_or(from);
            return Some(if moved > to { Grain::Year.shift(moved, -1) } else { moved });
        }
        Some(if from > to { Grain::Year.shift(from, -1) } else { from })
    }

    pub(super) fn tomorrow(&self) -> NaiveDateTime {
        Grain::Day.shift(begin(Grain::Day, self.as_of), 1)
    }

    /// A period without a word before it.
    pub(super) fn plain_at(&self, at: usize) -> Found<Period> {
        let at = self.after_the(at);
        self.relative_at(at).or_else(|| self.named_at(at))
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::ask::words::tokens;

    fn as_of() -> NaiveDateTime {
        NaiveDate::from_ymd_opt(2025, 11, 20).unwrap().and_hms_opt(15, 30, 0).unwrap()
    }

    fn dates(text: &str) -> String {
        let found = time_spans(&tokens(text), as_of());
        let words = found.into_iter().map(|span| match span.meaning {
            TimeMeaning::Period(period) => format!("{}{}", if period.ahead { "ahead " } else { "" }, period.dates()),
            TimeMeaning::Grain(grain) => format!("per {}", grain.word()),
            TimeMeaning::Unit(grain) => format!("which {}", grain.word()),
            TimeMeaning::Over(grain) => format!("over {}", grain.word()),
            TimeMeaning::Cycle(cycle) => cycle.word().to_owned(),
            TimeMeaning::Recurring(recurring) => format!("{:?}", recurring.parts),
        });
        words.collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn periods_are_counted_from_the_day_of_the_data() {
        for (text, expected) in [
            ("revenue last quarter", "2025-07-01 to 2025-09-30"),
            ("in the last quarter", "2025-07-01 to 2025-09-30"),
            ("orders last month", "2025-10-01 to 2025-10-31"),
            ("in the past 6 weeks", "2025-10-10 to 2025-11-20"),
            ("over the last 3 months", "2025-08-21 to 2025-11-20"),
            ("yesterday", "2025-11-19"),
            ("this year", "2025-01-01 to 2025-12-31"),
            ("year to date", "2025-01-01 to 2025-11-20"),
            ("last week", "2025-11-10 to 2025-11-16"),
            ("two months ago", "2025-09-01 to 2025-09-30"),
            ("forecast for the next three months", "ahead 2025-11-21 to 2026-02-20"),
            ("next month", "ahead 2025-12-01 to 2025-12-31"),
        ] {
            assert_eq!(dates(text), expected, "{text}");
        }
    }

    #[test]
    fn names_of_times_are_understood() {
        for (text, expected) in [
            ("in Q2 2025", "2025-04-01 to 2025-06-30"),
            ("the second quarter of 2024", "2024-04-01 to 2024-06-30"),
            ("since March", "from 2025-03-01 on"),
            ("in December", "2024-12-01 to 2024-12-31"),
            ("in may 2024", "2024-05-01 to 2024-05-31"),
            ("between 3 March and 5 April", "2025-03-03 to 2025-04-05"),
            ("from January to March 2024", "2024-01-01 to 2024-03-31"),
            ("2024 vs 2025", "2024-01-01 to 2024-12-31; 2025-01-01 to 2025-12-31"),
            ("March last year", "2024-03-01 to 2024-03-31"),
            ("before 2025", "until 2024-12-31"),
            ("on 2025-02-03", "2025-02-03"),
            ("in summer", "2025-06-01 to 2025-08-31"),
            ("first half of 2025", "2025-01-01 to 2025-06-30"),
        ] {
            assert_eq!(dates(text), expected, "{text}");
        }
    }

    #[test]
    fn how_fine_is_understood() {
        for (text, expected) in [
            ("revenue per week", "per week"),
            ("monthly revenue", "per month"),
            ("revenue by quarter in 2025", "per quarter; 2025-01-01 to 2025-12-31"),
            ("week over week growth", "over week"),
            ("which month had the most", "which month"),
            ("tickets by day of the week", "day of the week"),
            ("sales on weekends", "[0, 6]"),
            ("you may ask who can march", ""),
            ("longer than 30 days", ""),
            ("mean expenses per month of Engineering", "per month"),
            ("cost per hour of downtime", ""),
        ] {
            assert_eq!(dates(text), expected, "{text}");
        }
    }
}
