//! How time is cut: "per week", "monthly", "which day", "on weekends".

use super::calendar::weekday_named;
use super::parse::{Clock, Found, TimeMeaning};
use super::{Cycle, Grain, Recurring};
use crate::ask::words::number_word;

impl Clock<'_> {
    /// "per week", "monthly", "month over month", "by day of the week".
    pub(super) fn cut_at(&self, at: usize) -> Found<TimeMeaning> {
        let cut =
            matches!(self.word(at), "per" | "by" | "each" | "every" | "over" | "for" | "a" | "across" | "of" | "with");
        let inner = match (self.word(at), self.word(at + 1)) {
            ("for" | "by" | "per" | "in" | "of", "each" | "every" | "the") => at + 2,
            _ if cut => at + 1,
            _ => at,
        };
        let cycle = match (self.word(inner), self.word(inner + 1), self.word(inner + 2), self.word(inner + 3)) {
            ("day" | "days", "of", "the", "week") => Some((Cycle::Weekday, inner + 4)),
            ("hour" | "hours" | "time", "of", "the", "day") => Some((Cycle::HourOfDay, inner + 4)),
            ("month" | "months", "of", "the", "year") => Some((Cycle::MonthOfYear, inner + 4)),
            ("day" | "days", "of", "week", _) => Some((Cycle::Weekday, inner + 3)),
            ("hour" | "hours" | "time", "of", "day", _) => Some((Cycle::HourOfDay, inner + 3)),
            ("month", "of", "year", _) => Some((Cycle::MonthOfYear, inner + 3)),
            ("weekday" | "weekdays", ..)
                if cut || matches!(self.word(at.wrapping_sub(1)), "which" | "what" | "busiest") =>
            {
                Some((Cycle::Weekday, inner + 1))
            }
            _ => None,
        };
        if let Some((cycle, end)) = cycle {
            return Some((TimeMeaning::Cycle(cycle), end));
        }
        let over = match self.word(at) {
            "mom" => Some(Grain::Month),
            "yoy" => Some(Grain::Year),
            "qoq" => Some(Grain::Quarter),
            "wow" => Some(Grain::Week),
            _ => None,
        };
        if let Some(grain) = over {
            return Some((TimeMeaning::Over(grain), at + 1));
        }
        if let (Some(grain), "over" | "on" | "to" | "by" | "after" | "for", Some(again)) =
            (Grain::named(self.word(at)), self.word(at + 1), Grain::named(self.word(at + 2)))
            && grain == again
        {
            let by = matches!(self.word(at + 1), "by" | "after" | "for");
            return Some((if by { TimeMeaning::Grain(grain) } else { TimeMeaning::Over(grain) }, at + 3));
        }
        let adjective = matches!(
            self.word(at),
            "daily" | "weekly" | "monthly" | "quarterly" | "yearly" | "annual" | "annually" | "hourly"
        );
        if adjective {
            return Grain::named(self.word(at)).map(|grain| (TimeMeaning::Grain(grain), at + 1));
        }
        let spread = matches!(self.word(at), "per" | "by" | "each" | "every" | "across")
            || (self.word(at) == "a" && at > 0 && self.word(at + 2).is_empty())
            || (matches!(self.word(at), "for" | "in" | "of") && matches!(self.word(at + 1), "each" | "every"))
            || (self.word(at) == "over" && self.word(at + 1) == "the" && self.word(at + 2).ends_with('s'));
        let inner = if self.word(at) == "over" { at + 2 } else { inner };
        let inner = if self.word(inner) == "calendar" { inner + 1 } else { inner };
        let of_a_year = self.word(inner + 1) == "of" && self.year_at(inner + 2).is_some();
        let followed = matches!(self.word(inner + 1), "of" | "ago" | "end") && !of_a_year && !self.of_a_name(inner + 1);
        match Grain::named(self.word(inner)) {
            Some(grain) if spread && inner > at && !followed => Some((TimeMeaning::Grain(grain), inner + 1)),
            _ => None,
        }
    }

    /// "expenses per month of Engineering": whose they are, and not of which time a month is.
    fn of_a_name(&self, at: usize) -> bool {
        let named = self.tokens.get(at + 1).is_some_and(|token| token.capital);
        self.word(at) == "of" && named && self.plain_at(at + 1).is_none()
    }

    /// "which month", "the busiest day": a unit alone.
    pub(super) fn unit_at(&self, at: usize) -> Found<TimeMeaning> {
        let word = self.word(at);
        if matches!(word, "days" | "hours" | "weeks" | "months" | "years" | "date" | "dates") && !self.asked(at) {
            return None;
        }
        if at > 0 && (self.tokens[at - 1].number().is_some() || number_word(self.word(at - 1)).is_some()) {
            return None;
        }
        Grain::named(word).filter(|_| self.asked(at)).map(|grain| (TimeMeaning::Unit(grain), at + 1))
    }

    /// Whether a unit is what is asked for: "which month", "in what year", "the best three months".
    pub(super) fn asked(&self, at: usize) -> bool {
        let before = |back: usize| if at >= back { self.word(at - back) } else { "" };
        let ranks = |word: &str| {
            matches!(
                word,
                "which"
                    | "what"
                    | "best"
                    | "worst"
                    | "top"
                    | "busiest"
                    | "strongest"
                    | "weakest"
                    | "slowest"
                    | "quietest"
                    | "peak"
            ) || (word.len() > 4 && word.ends_with("est"))
        };
        let follows = matches!(self.word(at + 1), "with" | "had" | "when" | "was") && at <= 2;
        let sorted = matches!(before(1), "the") && matches!(before(2), "rank" | "sort" | "compare" | "order")
            || matches!(before(1), "rank" | "sort" | "compare");
        follows
            || sorted
            || ranks(before(1))
            || (ranks(before(2))
                && at >= 1
                && self.tokens[at - 1].number().or_else(|| number_word(before(1))).is_some())
    }

    /// "on weekends", "on Mondays", "at night".
    pub(super) fn recurring_at(&self, at: usize) -> Found<Recurring> {
        let start = if matches!(self.word(at), "on" | "at" | "in" | "during" | "over" | "every") { at + 1 } else { at };
        let inner = self.after_the(start);
        let made = |cycle: Cycle, parts: Vec<u32>, end: usize| {
            let words = self.words(at, end);
            Some((Recurring { cycle, parts, words }, end))
        };
        match self.word(inner) {
            "weekends" => return made(Cycle::Weekday, vec![0, 6], inner + 1),
            "weekend" if start > at => return made(Cycle::Weekday, vec![0, 6], inner + 1),
            "weekdays" | "workdays" if start > at => return made(Cycle::Weekday, vec![1, 2, 3, 4, 5], inner + 1),
            "mornings" | "morning" if start > at => return made(Cycle::HourOfDay, (6..12).collect(), inner + 1),
            "afternoons" | "afternoon" if start > at => return made(Cycle::HourOfDay, (12..18).collect(), inner + 1),
            "evenings" | "evening" if start > at => return made(Cycle::HourOfDay, (18..23).collect(), inner + 1),
            "nights" | "night" if start > at => {
                return made(Cycle::HourOfDay, vec![22, 23, 0, 1, 2, 3, 4, 5], inner + 1);
            }
            _ => {}
        }
        weekday_named(self.word(inner))
            .filter(|_| start > at || self.word(inner).ends_with("days"))
            .and_then(|weekday| made(Cycle::Weekday, vec![weekday], inner + 1))
    }
}
