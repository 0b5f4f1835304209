//! Times that are counted from the day of the data: "last quarter", "two months ago", "year to date".

use chrono::{NaiveDateTime, TimeDelta};

use super::calendar::begin;
use super::parse::{Clock, Found};
use super::{Grain, Period};
use crate::ask::words::number_word;

impl Clock<'_> {
    pub(super) fn relative_at(&self, at: usize) -> Found<Period> {
        let today = begin(Grain::Day, self.as_of);
        let unit = |grain: Grain, by: i64, end: usize| {
            (Period::unit(grain, grain.shift(begin(grain, self.as_of), by), &self.words(at, end)), end)
        };
        match self.word(at) {
            "today" => return Some(unit(Grain::Day, 0, at + 1)),
            "yesterday" => return Some(unit(Grain::Day, -1, at + 1)),
            "ytd" => return Some(self.to_date(Grain::Year, at, at + 1)),
            "qtd" => return Some(self.to_date(Grain::Quarter, at, at + 1)),
            "mtd" => return Some(self.to_date(Grain::Month, at, at + 1)),
            "tomorrow" => {
                let (period, end) = unit(Grain::Day, 1, at + 1);
                return Some((Period { ahead: true, ..period }, end));
            }
            _ => {}
        }
        let unit_word = |place: usize| {
            Grain::named(self.word(place))
                .filter(|_| !self.word(place).ends_with("ly") && !self.word(place).starts_with("date"))
        };
        if let (Some(grain), "to", "date") = (unit_word(at), self.word(at + 1), self.word(at + 2)) {
            return Some(self.to_date(grain, at, at + 3));
        }
        if let Some((count, end)) = self.count_at(at)
            && let Some(grain) = unit_word(end)
        {
            match self.word(end + 1) {
                "ago" | "back" | "earlier" => return Some(unit(grain, -i64::from(count), end + 2)),
                "ahead" => return Some((self.ahead(Grain::Day.shift(today, 1), grain, count, at, end + 2), end + 2)),
                _ => {}
            }
        }
        let inner = at + 1;
        let inner =
            if matches!(self.word(inner), "full" | "complete" | "calendar" | "whole") { inner + 1 } else { inner };
        match self.word(at) {
            "last" | "past" | "previous" | "prior" | "recent" | "preceding" | "trailing" | "latest" => {
                if let Some((count, end)) = self.count_at(inner) {
                    let end = if matches!(self.word(end), "full" | "complete" | "calendar" | "whole") {
                        end + 1
                    } else {
                        end
                    };
                    let grain = unit_word(end)?;
                    return Some(self.rolling(grain, count, at, end + 1));
                }
                if let Some(grain) = unit_word(inner) {
                    let end = inner + 1;
                    if let Some(found) = self.last_part_of(grain, at, end) {
                        return Some(found);
                    }
                    if self.word(end).ends_with("est") || self.word(end) == "of" && matches!(self.word(end + 1), "data")
                    {
                        return None;
                    }
                    let over = at >= 2
                        && self.word(at - 1) == "the"
                        && matches!(self.word(at - 2), "over" | "within" | "during" | "in" | "for");
                    let rolls = matches!(self.word(at), "past" | "trailing")
                        || (over && grain != Grain::Quarter && self.word(at) == "last" && inner == at + 1);
                    return Some(if rolls { self.rolling(grain, 1, at, end) } else { unit(grain, -1, end) });
                }
                self.named_before(inner, at)
            }
            "this" | "current" | "running" => {
                let grain = unit_word(inner)?;
                Some(unit(grain, 0, inner + 1))
            }
            "next" | "coming" | "upcoming" | "following" => {
                let (count, end) = self.count_at(inner).unwrap_or((1, inner));
                let grain = unit_word(end)?;
                let from = if count == 1 && end == inner {
                    grain.shift(begin(grain, self.as_of), 1)
                } else {
                    Grain::Day.shift(today, 1)
                };
                Some((self.ahead(from, grain, count, at, end + 1), end + 1))
            }
            _ => None,
        }
    }

    /// "the last quarter of 2025".
    fn last_part_of(&self, grain: Grain, at: usize, end: usize) -> Found<Period> {
        let (whole, after) =
            self.named_at(self.after_the(end + 1)).filter(|_| self.word(end) == "of" && grain < Grain::Year)?;
        let until = whole.until?;
        let period = Period::span(Some(grain.shift(until, -1)), Some(until), &self.words(at, after));
        Some((period.of(grain, 1), after))
    }

    pub(super) fn ahead(&self, from: NaiveDateTime, grain: Grain, count: u32, at: usize, end: usize) -> Period {
        let until = grain.shift(from, i64::from(count));
        let period = Period::span(Some(from), Some(until), &self.words(at, end)).of(grain, count);
        Period { ahead: true, ..period }
    }

    pub(super) fn to_date(&self, grain: Grain, at: usize, end: usize) -> (Period, usize) {
        let from = begin(grain, self.as_of);
        (Period::span(Some(from), Some(self.tomorrow()), &self.words(at, end)), end)
    }

    /// So many units that end with the day of the data.
    pub(super) fn rolling(&self, grain: Grain, count: u32, at: usize, end: usize) -> (Period, usize) {
        let until = if grain == Grain::Hour { self.as_of + TimeDelta::seconds(1) } else { self.tomorrow() };
        let from = grain.shift(until, -i64::from(count));
        (Period::span(Some(from), Some(until), &self.words(at, end)).of(grain, count), end)
    }

    /// "last March", "last summer": the one before the day of the data.
    pub(super) fn named_before(&self, at: usize, start: usize) -> Found<Period> {
        let (mut period, end) = self.named_at(at)?;
        if self.has_year(at, end) {
            return None;
        }
        if period.until.is_some_and(|until| until > self.tomorrow()) {
            period.from = period.from.map(|from| Grain::Year.shift(from, -1));
            period.until = period.until.map(|until| Grain::Year.shift(until, -1));
        }
        period.words = self.words(start, end);
        Some((period, end))
    }

    pub(super) fn count_at(&self, at: usize) -> Found<u32> {
        let token = self.tokens.get(at)?;
        let number = token.number().or_else(|| number_word(&token.word));
        if self.word(at) == "few" || self.word(at) == "couple" {
            let of = usize::from(self.word(at + 1) == "of");
            return Some((if self.word(at) == "few" { 3 } else { 2 }, at + 1 + of));
        }
        number.filter(|count| *count >= 1. && *count < 1000. && count.fract() == 0.).map(|count| (count as u32, at + 1))
    }
}
