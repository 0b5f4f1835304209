//! Conditions on numbers: "more than 10 orders", "revenue above 1 million", "spending over budget".

use super::parts::{Kinds, kinds};
use super::walk::Walk;
use super::{Change, Condition, MeasureAsk, Operand, Operator, Standing};
use crate::ask::lexicon::{Cue, Field, Meaning, Span};
use crate::ask::time::{TimeMeaning, minutes};

/// Words behind a number that say in what it is counted.
const UNITS: &[&str] = &[
    "day", "days", "hour", "hours", "minute", "minutes", "week", "weeks", "month", "months", "year", "years", "euro",
    "euros", "eur", "dollar", "dollars", "usd", "gbp", "pounds", "percent", "%", "points", "pieces", "units", "kg",
    "g", "mg", "ml", "l", "mm", "cm", "degrees", "celsius", "times", "people", "kwh", "chf", "pct", "bucks", "seconds",
];

/// Words that say how often, as numbers.
const TIMES: &[(&str, f64)] = &[("once", 1.), ("twice", 2.)];

/// Words for more or less of something, which are no bound alone.
const DEGREES: &[&str] = &["more", "less", "fewer", "higher", "lower"];

impl Walk<'_> {
    /// "do more visits mean more sales", "does more maintenance mean less downtime": whether two things go together.
    pub(super) fn read_degrees(&mut self) {
        let asks = matches!(self.word(0).split(' ').next(), Some("do" | "does" | "did"));
        let degrees = (0..self.spans.len()).filter(|at| DEGREES.contains(&self.word(*at).as_str())).count();
        let bounded = self
            .spans
            .iter()
            .any(|span| matches!(span.meaning, Meaning::Number(..)) || span.text.to_lowercase().ends_with("than"));
        if asks && degrees >= 2 && !bounded {
            self.by_degrees = true;
            self.reading.task = Some(super::Task::Correlate);
        }
    }

    /// Reads all conditions on numbers, and marks their spans as used.
    pub(super) fn read_conditions(&mut self) {
        let correlates = self.by_degrees || self.spans.iter().any(|span| span.cue() == Some(Cue::Correlate));
        for at in 0..self.spans.len() {
            // "do more visits lead to more revenue": how the two go together, and no bound of either.
            if self.used[at] || (correlates && DEGREES.contains(&self.word(at).as_str())) {
                continue;
            }
            let Some(operator) = operator(&self.spans[at]) else {
                self.read_number_first(at);
                continue;
            };
            let next = self.next_meant(at + 1);
            if let Some((with, after)) = self.operand(operator, next).or_else(|| self.one_unit(at + 1)) {
                let operator = if matches!(with, Operand::Range(..)) { Operator::Between } else { operator };
                let of = self.measured(at, after);
                self.condition((at, after), of, operator, with);
            } else if let Some(measure) = self
                .measure_at(next)
                .filter(|_| !matches!(operator, Operator::Between | Operator::Equal) && self.may_bound_by_measure(at))
            {
                // "spending above budget": two measures beside each other.
                let of = self.measured(at, next + 1);
                if of.is_some() {
                    self.condition((at, next + 1), of, operator, Operand::Measure(measure));
                }
            } else if matches!(
                self.spans.get(next).map(|span| &span.meaning),
                Some(Meaning::Time(TimeMeaning::Period(_)))
            ) && matches!(operator, Operator::More | Operator::Less)
                && self.word(at).ends_with("than")
            {
                // "worse than last year".
                self.used[at] = true;
                self.reading.than = true;
                self.reading.change = Some(if operator == Operator::More { Change::Up } else { Change::Down });
            } else if self.spans.get(next).and_then(Span::cue) == Some(Cue::Average) {
                let follows = self.next_meant(next + 1);
                let of = self.measure_at(follows).or_else(|| self.measured_before(at));
                let end = if self.measure_at(follows).is_some() { follows + 1 } else { next + 1 };
                self.condition((at, end), of, operator, Operand::Average);
            }
        }
    }

    /// "10 or more orders".
    fn read_number_first(&mut self, at: usize) {
        let Some((number, after)) = self.number(at) else { return };
        let operator = match self.spans.get(after).and_then(Span::cue) {
            Some(Cue::OrMore) => Operator::AtLeast,
            Some(Cue::OrLess) => Operator::AtMost,
            _ => return,
        };
        let of = self.measured(at, after + 1);
        self.condition((at, after + 1), of, operator, Operand::Number(number));
    }

    /// What stands between two places is a condition.
    fn condition(&mut self, (start, end): (usize, usize), of: Option<MeasureAsk>, operator: Operator, with: Operand) {
        let words = self.text(start, end);
        let of = if says_how_often(&words) { of.map(|ask| self.rows_measured(ask)) } else { of };
        let near = if of.is_none() { self.noun_before(start) } else { None };
        (start..end.min(self.used.len())).for_each(|place| self.used[place] = true);
        let standing = Standing::default();
        self.reading.conditions.push(Condition { of, near, operator, with, words, standing });
    }

    /// How often there is something to be measured: its rows are counted, where it is no count itself.
    fn rows_measured(&self, ask: MeasureAsk) -> MeasureAsk {
        let best = ask.candidates.iter().max_by(|one, other| one.2.total_cmp(&other.2));
        let counts = best.is_some_and(|(dataset, measure, _)| {
            self.bound.model.datasets[*dataset].measures[*measure].expression.to_lowercase().starts_with("count(")
        });
        if counts {
            return ask;
        }
        let mut rows_of = ask.rows_of;
        for (dataset, _, fit) in &ask.candidates {
            if rows_of.iter().all(|(known, _)| known != dataset) {
                rows_of.push((*dataset, *fit));
            }
        }
        MeasureAsk { candidates: Vec::new(), rows_of, ..ask }
    }

    fn operand(&self, operator: Operator, at: usize) -> Option<(Operand, usize)> {
        let (number, after) = self.number(at)?;
        if operator != Operator::Between {
            return Some((Operand::Number(number), after));
        }
        let joined = matches!(self.spans.get(after).and_then(Span::cue), Some(Cue::And)) || self.word(after) == "to";
        let (last, end) = self.number(after + 1).filter(|_| joined)?;
        Some((Operand::Range(number.min(last), number.max(last)), end))
    }

    /// "more than a week", "over half an hour": one of a unit of time, or half of one, and where it goes on behind it.
    fn one_unit(&self, start: usize) -> Option<(Operand, usize)> {
        (start + 1..=start + 4).find_map(|end| {
            let said = self.text(start, end).to_lowercase();
            let (article, unit) = said.rsplit_once(' ')?;
            let one = matches!(article, "a" | "an" | "one" | "half a" | "half an" | "half of a" | "half of an");
            let number = if article.starts_with("half") { 0.5 } else { 1. };
            (one && minutes(unit).is_some()).then_some((Operand::Number(number), end))
        })
    }

    /// A number with its factor and unit, and where it goes on after them.
    fn number(&self, at: usize) -> Option<(f64, usize)> {
        if let Some((_, number)) = TIMES.iter().find(|(word, _)| *word == self.word(at)) {
            return Some((*number, at + 1));
        }
        let Meaning::Number(mut number, percent) = self.spans.get(at)?.meaning else { return None };
        let mut after = at + 1;
        while let Some(Meaning::Number(factor, _)) = self.spans.get(after).map(|span| &span.meaning) {
            if *factor < 100. {
                break;
            }
            number *= factor;
            after += 1;
        }
        if UNITS.contains(&self.word(after).as_str()) {
            after += 1;
        }
        // Models hold shares as numbers up to 100 or up to 1: the planner looks at the unit.
        let _is_share = percent;
        Some((number, after))
    }

    /// What a condition is about: what follows its number, or else what stands before it.
    fn measured(&mut self, at: usize, after: usize) -> Option<MeasureAsk> {
        self.measured_behind(after).or_else(|| self.measured_before(at))
    }

    /// "more than 15 active customers": what is counted, behind values and conditions that it has.
    fn measured_behind(&mut self, after: usize) -> Option<MeasureAsk> {
        let mut next = self.next_meant(after);
        // What stands right behind the number, and not "over 500 in EMEA".
        if next == after {
            let thing = |at: usize| self.spans.get(at).is_some_and(|span| span.things().is_some());
            while self.describes(next) && thing(next + 1) {
                next += 1;
            }
        }
        let ended = (after..next).any(|place| matches!(self.spans[place].meaning, Meaning::Mark(_)));
        let span = self.spans.get(next).filter(|_| !ended && !self.used[next])?;
        let kinds = kinds(span).filter(counts)?;
        self.used[next] = true;
        let words = span.text.clone();
        Some(if kinds.measure_fit() > kinds.dataset_fit() {
            kinds.measure(None, &words)
        } else {
            rows_of(&kinds, &words)
        })
    }

    /// Whether a span tells of what stands right behind it: a value, or a segment.
    fn describes(&self, at: usize) -> bool {
        self.spans.get(at).is_some_and(|span| match span.meaning {
            Meaning::Values(_) => span.things().is_none(),
            _ => kinds(span).is_some_and(|kinds| kinds.is_condition()),
        })
    }

    fn measured_before(&mut self, at: usize) -> Option<MeasureAsk> {
        for place in (0..at).rev() {
            let span = &self.spans[place];
            if let Some(Cue::HowLong) = span.cue() {
                break;
            }
            let Some(kinds) = kinds(span) else { continue };
            if kinds.measure_fit() > 0. && kinds.measure_fit() + 0.2 >= kinds.entity_fit() {
                let aggregate = self.aggregate_before(place);
                // A noun of its own stays a noun: "orders over 500".
                if kinds.dataset_fit() < kinds.measure_fit() && !self.used[place] && place + 3 >= at {
                    self.used[place] = true;
                    self.condition_measures.push(kinds.measure(aggregate, &span.text));
                }
                return Some(kinds.measure(aggregate, &span.text));
            }
            // A text is no number.
            let numeric: Vec<(Field, f64)> =
                kinds.fields.iter().copied().filter(|(field, _)| !self.is_text(*field)).collect();
            if kinds.field_fit() > kinds.noun_fit() && !numeric.is_empty() {
                self.used[place] = true;
                return Some(MeasureAsk {
                    candidates: Vec::new(),
                    fields: numeric,
                    rows_of: Vec::new(),
                    aggregate: None,
                    words: span.text.clone(),
                });
            }
            if kinds.noun_fit() > 0. {
                break;
            }
        }
        None
    }

    /// What is spoken of right in front of a place.
    fn noun_before(&self, at: usize) -> Option<super::Noun> {
        let things = (0..at).rev().find_map(|place| Some((place, kinds(&self.spans[place])?)));
        let (place, kinds) = things.filter(|(place, _)| place + 4 > at)?;
        (kinds.noun_fit() > 0.7).then(|| kinds.noun(&self.spans[place].text))
    }

    fn measure_at(&self, at: usize) -> Option<MeasureAsk> {
        let span = self.spans.get(at).filter(|_| !self.used[at])?;
        let kinds = kinds(span)?;
        (kinds.measure_fit() > 0.).then(|| kinds.measure(None, &span.text))
    }
}

/// Whether rows of it can be counted, or it is a number itself.
fn counts(kinds: &Kinds) -> bool {
    !kinds.is_condition()
        && kinds.dataset_fit().max(kinds.measure_fit()).max(kinds.entity_fit()) > kinds.field_fit() - 0.05
}

/// "more than 3 times", "at least twice".
fn says_how_often(words: &str) -> bool {
    let last = words.rsplit(' ').next().unwrap_or_default().to_lowercase();
    last == "times" || TIMES.iter().any(|(word, _)| *word == last)
}

fn rows_of(kinds: &Kinds, words: &str) -> MeasureAsk {
    let mut rows = kinds.rows(words);
    if rows.rows_of.is_empty() && rows.candidates.is_empty() {
        rows.fields = kinds.entities.iter().map(|(entity, fit)| (Field::Entity(*entity, 1), *fit)).collect();
    }
    rows
}

fn operator(span: &Span) -> Option<Operator> {
    Some(match span.meaning {
        Meaning::Cue(Cue::More) | Meaning::Mark('>') => Operator::More,
        Meaning::Cue(Cue::AtLeast) | Meaning::Mark('g') => Operator::AtLeast,
        Meaning::Cue(Cue::Less) | Meaning::Mark('<') => Operator::Less,
        Meaning::Cue(Cue::AtMost) | Meaning::Mark('l') => Operator::AtMost,
        Meaning::Cue(Cue::Exactly) | Meaning::Mark('=') => Operator::Equal,
        Meaning::Mark('n') => Operator::Unequal,
        Meaning::Cue(Cue::Between) => Operator::Between,
        _ => return None,
    })
}
