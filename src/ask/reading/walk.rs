//! The walk through the spans of a question, from left to right, which gives each its part.

use super::parts::kinds;
use super::tasks::{aggregate, order};
use super::{Aggregate, Change, Filter, Group, MeasureAsk, Reading, Standing, Task, TextSearch};
use crate::ask::Bound;
use crate::ask::lexicon::{Cue, Field, Meaning, Span, is_superlative};
use crate::ask::time::{Grain, TimeMeaning};
use crate::ask::values::Values;
use crate::ask::words::{is_stop_word, number_word};

/// Words behind a word of order that say that single rows are put into it.
pub(super) const SINGLE: &[&str] = &["single", "individual"];

/// A walk through a question.
pub(super) struct Walk<'a> {
    pub(super) spans: &'a [Span],
    pub(super) bound: &'a Bound,
    pub(super) values: &'a Values,
    /// Spans that have their part already.
    pub(super) used: Vec<bool>,
    pub(super) reading: Reading,
    /// Whether it is asked if more of one goes with more or less of another: "do more visits mean more sales".
    pub(super) by_degrees: bool,
    /// Measures that only a condition names.
    pub(super) condition_measures: Vec<MeasureAsk>,
    pub(super) ahead: Ahead,
}

/// What the words so far make of the next one.
#[derive(Clone, Debug, Default)]
pub(super) struct Ahead {
    pub(super) grouping: bool,
    /// Whether what is ranked so far is ranked within each of what is grouped by next.
    pub(super) within: bool,
    /// Whether what is grouped by next comes before all other groups.
    pub(super) outer: bool,
    /// Whether what follows may be a measure of what is ranked or compared: "by".
    pub(super) measuring: bool,
    /// "in terms of": what follows is measured, and nothing that it is broken down by.
    pub(super) measured: bool,
    /// Whether a measure "per" what follows is asked for.
    pub(super) per_unit: bool,
    /// Whether "per" stands in front of what is grouped by next.
    pub(super) per: bool,
    /// Whether what is spoken of was asked for: "which customers".
    pub(super) asked_for: bool,
    pub(super) grouped: bool,
    pub(super) not: bool,
    pub(super) without: bool,
    pub(super) with: bool,
    pub(super) counting: bool,
    pub(super) asked: bool,
    pub(super) ranking: bool,
    /// Whether what is ranked next is ranked by how large each of it is: "largest".
    pub(super) sized: bool,
    /// Whether all that is ranked is wanted, not the first few.
    pub(super) all: bool,
    /// "how much": a number is asked for, not rows.
    pub(super) how_much: bool,
    /// "how long", "how many days": a duration is asked for.
    pub(super) how_long: bool,
    /// "most", "highest number of": rows are counted.
    pub(super) most: bool,
    pub(super) aggregate: Option<Aggregate>,
    /// Whether what is ranked or asked for is in the plural.
    pub(super) plural: Option<bool>,
}

/// Reads the spans of a question.
pub(crate) fn read(spans: &[Span], bound: &Bound, values: &Values) -> Reading {
    let mut walk = Walk {
        spans,
        bound,
        values,
        used: vec![false; spans.len()],
        by_degrees: false,
        reading: Reading::default(),
        condition_measures: Vec::new(),
        ahead: Ahead::default(),
    };
    walk.read_degrees();
    walk.read_texts();
    walk.read_named_values();
    walk.read_conditions();
    for at in 0..spans.len() {
        if !walk.used[at] {
            walk.step(at);
        }
    }
    walk.finish()
}

impl Walk<'_> {
    pub(super) fn word(&self, at: usize) -> String {
        self.spans.get(at).map(|span| span.text.to_lowercase()).unwrap_or_default()
    }

    pub(super) fn text(&self, start: usize, end: usize) -> String {
        let texts = self.spans[start..end.min(self.spans.len())].iter().map(|span| span.text.as_str());
        texts.collect::<Vec<_>>().join(" ")
    }

    /// The next span from `at` on that carries meaning.
    pub(super) fn next_meant(&self, at: usize) -> usize {
        (at..self.spans.len())
            .find(|place| !matches!(self.spans[*place].meaning, Meaning::Filler))
            .unwrap_or(self.spans.len())
    }

    pub(super) fn before_meant(&self, at: usize) -> Option<usize> {
        (0..at).rev().find(|place| !matches!(self.spans[*place].meaning, Meaning::Filler))
    }

    /// An aggregate that stands before a measure: "average".
    pub(super) fn aggregate_before(&self, at: usize) -> Option<Aggregate> {
        self.before_meant(at).and_then(|place| self.spans[place].cue()).and_then(aggregate)
    }

    pub(super) fn step(&mut self, at: usize) {
        if self.expects(at) {
            return;
        }
        match self.spans[at].meaning.clone() {
            Meaning::Filler => {}
            Meaning::Mark(mark) => self.mark(mark, at),
            Meaning::Time(time) => {
                self.reading.says_when |= self.says_when(at);
                let before = self.reading.groups.len();
                // "average monthly revenue", and not "monthly average revenue".
                let averaged = !self.word(at).contains(' ') && self.ahead.aggregate == Some(Aggregate::Average);
                let per = averaged || self.ahead.per || self.word(at).starts_with("per ");
                let is_grain = matches!(time, TimeMeaning::Grain(_) | TimeMeaning::Unit(_));
                self.time(time);
                if per && is_grain {
                    self.reading.per_of.extend_from_slice(&self.reading.groups[before..]);
                    self.ahead.per = false;
                }
            }
            Meaning::Cue(cue) => self.cue(cue, at),
            Meaning::Number(number, _) => self.number_alone(number, at),
            Meaning::Quoted(text) => {
                let not = std::mem::take(&mut self.ahead.not) | std::mem::take(&mut self.ahead.without);
                self.reading.texts.push(TextSearch { words: vec![text], not });
                self.meant(at);
            }
            // A common word that is also a value counts as one only beside its field; a word that is little like one is none.
            Meaning::Values(values) if values.iter().all(|(_, _, fit)| *fit < 0.5) => {
                if !self.says_nothing(at) {
                    self.unknown(at);
                }
            }
            Meaning::Values(values) => match self.duration_at(at).filter(|_| self.ahead.how_long) {
                Some(duration) => {
                    self.meant(at);
                    self.reading.measures.push(duration);
                }
                None => self.value(&values, at),
            },
            Meaning::Known(_) => {
                let Some(kinds) = kinds(&self.spans[at]) else { return };
                // "by how many days were they late", though they may be among those who are "late".
                if let Some(duration) = self.duration_at(at).filter(|_| self.ahead.how_long && kinds.is_condition()) {
                    self.meant(at);
                    self.reading.measures.push(duration);
                    return;
                }
                if let Some(values) = self.listed_values(at).filter(|_| !self.ahead.grouping) {
                    self.value(&values, at);
                    return;
                }
                match self.ranks_instead(&kinds, at) {
                    Some(cue) => self.cue(cue, at),
                    None => self.known(&kinds, at),
                }
            }
            Meaning::Unknown => self.unknown(at),
        }
    }

    pub(super) fn meant(&mut self, at: usize) {
        self.reading.fit += self.spans[at].fit;
        self.reading.meant += 1;
    }

    /// Whether all words of a span are common ones or numbers.
    fn says_nothing(&self, at: usize) -> bool {
        let common = |word: &str| {
            is_stop_word(word) || number_word(word).is_some() || word.chars().all(|letter| letter.is_ascii_digit())
        };
        self.word(at).split(' ').all(common)
    }

    /// A word that was not understood: without it this would be another question, but for the few that say nothing of what rows are
    /// meant. It matters all the more where something is to be named.
    pub(super) fn unknown(&mut self, at: usize) {
        const LEADING: &[&str] = &["in", "from", "for", "of", "by", "at", "with", "per", "about", "on", "to"];
        let text = self.spans[at].text.clone();
        // "by region and quarter".
        if self.ahead.grouped
            && self.before_meant(at).is_some_and(|place| self.spans[place].cue() == Some(Cue::And))
            && let Some(grain) = Grain::named(&text.to_lowercase())
        {
            self.reading.groups.push(Group::Time(grain));
            return;
        }
        let led = at > 0 && LEADING.contains(&self.word(at - 1).as_str());
        let name = at > 0 && text.starts_with(|first: char| first.is_uppercase() || first.is_ascii_digit());
        // "the fullest", "most frobnicated": an order by nobody knows what.
        let ordered = self.before_meant(at).is_some_and(|place| self.spans[place].cue().and_then(order).is_some());
        let ahead = std::mem::take(&mut self.ahead.grouping)
            || self.ahead.asked
            || self.ahead.counting
            || self.ahead.not
            || self.ahead.without;
        // "the biggest single expense": which one of the rows.
        if ordered && SINGLE.contains(&self.word(at).as_str()) {
            return;
        }
        // "how long since", "since when": without it this would be another question.
        let since = self.word(at) == "since";
        let matters = led || name || ahead || ordered || since || is_superlative(&text);
        self.reading.critical += usize::from(matters);
        self.ahead.asked = false;
        self.ahead.counting = false;
        self.ahead.not = false;
        self.ahead.without = false;
        if matters || !self.is_harmless(at) {
            self.reading.unknown.push(text);
        }
    }

    pub(super) fn mark(&mut self, mark: char, at: usize) {
        match mark {
            ',' | '+' | '/' | '&' => self.go_on_grouping(at),
            '.' | ';' | '?' | '!' => {
                self.keep_negation();
                let Ahead { plural, all, aggregate, how_much, how_long, .. } = self.ahead.clone();
                self.ahead = Ahead { plural, all, aggregate, how_much, how_long, ..Ahead::default() };
            }
            '%' => self.reading.share = true,
            _ => {}
        }
    }

    /// "by region and product": what follows is grouped by, too.
    pub(super) fn go_on_grouping(&mut self, at: usize) {
        if !self.ahead.grouped {
            return;
        }
        // "by client and year", where a unit of time alone is a common word.
        if let Some(grain) = self.unit_behind(at) {
            self.used[at + 1] = true;
            self.reading.groups.push(Group::Time(grain));
            return;
        }
        let next = self.next_meant(at + 1);
        let Some(span) = self.spans.get(next) else { return };
        let grouped = match &span.meaning {
            Meaning::Known(_) => {
                kinds(span).is_some_and(|kinds| kinds.field_fit().max(kinds.entity_fit()) >= kinds.measure_fit())
            }
            Meaning::Time(TimeMeaning::Unit(_) | TimeMeaning::Grain(_)) => true,
            _ => false,
        };
        self.ahead.grouping = grouped;
    }

    /// A unit of time that stands right behind a place as a common word.
    fn unit_behind(&self, at: usize) -> Option<Grain> {
        let span = self.spans.get(at + 1).filter(|span| matches!(span.meaning, Meaning::Filler))?;
        let word = span.text.to_lowercase();
        let singular = !word.ends_with('s');
        Grain::named(&word).filter(|_| singular)
    }

    /// "in 2024", and not "with 2024".
    fn says_when(&self, at: usize) -> bool {
        const LEADING: &[&str] = &["in", "during", "for", "within", "throughout", "over", "on"];
        let own = self.word(at);
        let before = at.checked_sub(1).map(|before| self.word(before)).unwrap_or_default();
        let leading = [own.split(' ').next(), before.rsplit(' ').next()];
        leading.into_iter().flatten().any(|word| LEADING.contains(&word))
    }

    pub(super) fn time(&mut self, time: TimeMeaning) {
        self.reading.fit += 1.;
        self.reading.meant += 1;
        let grouping = std::mem::take(&mut self.ahead.grouping);
        let before = self.reading.groups.len();
        let within = std::mem::take(&mut self.ahead.within) && grouping;
        match time {
            TimeMeaning::Period(period) if period.ahead => {
                self.reading.task.get_or_insert(Task::Forecast);
                self.reading.ahead = Some(period);
            }
            TimeMeaning::Period(period) => {
                let earlier =
                    self.reading.periods.iter().any(|known| known.from == period.from && known.until == period.until);
                if !earlier {
                    self.reading.periods.push(period);
                }
            }
            TimeMeaning::Grain(grain) => {
                self.reading.groups.push(Group::Time(grain));
                self.ahead.grouped = true;
            }
            TimeMeaning::Unit(grain) => {
                self.reading.groups.push(Group::Time(grain));
                self.ahead.grouped = grouping;
                self.ahead.plural.get_or_insert(false);
                self.ahead.asked = false;
            }
            TimeMeaning::Over(grain) => {
                self.reading.groups.push(Group::Time(grain));
                self.reading.change.get_or_insert(Change::Any);
            }
            TimeMeaning::Cycle(cycle) => self.reading.groups.push(Group::Cycle(cycle)),
            TimeMeaning::Recurring(recurring) => self.reading.recurring.push(recurring),
        }
        if within {
            self.reading.within.extend_from_slice(&self.reading.groups[before..]);
        }
    }

    pub(super) fn number_alone(&mut self, number: f64, at: usize) {
        let next = self.next_meant(at + 1);
        let ranks = self
            .spans
            .get(next)
            .and_then(Span::cue)
            .is_some_and(|cue| order(cue).is_some() || matches!(cue, Cue::Newest | Cue::Oldest));
        let noun =
            self.spans.get(next).and_then(kinds).is_some_and(|kinds| kinds.noun_fit().max(kinds.field_fit()) > 0.);
        let counted = number >= 1. && number.fract() == 0. && number <= 1_000.;
        let unit = self.spans.get(at + 1).and_then(|span| crate::ask::time::Grain::named(&span.text.to_lowercase()));
        let forecast = self.spans.iter().any(|span| span.cue() == Some(crate::ask::lexicon::Cue::Forecast));
        if let (Some(grain), true, true) = (unit, counted, forecast) {
            self.reading.ahead = Some(crate::ask::time::Period::ahead_of(grain, number as u32));
            return;
        }
        let limits = noun && self.may_be_limited(at);
        if counted && (ranks || limits || self.ahead.ranking || self.may_rank(next)) {
            self.reading.limit = Some(number as u64);
        } else if !(number - 1.).abs().le(&f64::EPSILON) {
            // A number that is left out makes another question of it.
            let text = self.spans[at].text.clone();
            self.reading.critical += 1;
            self.reading.unknown.push(text);
        }
    }

    /// Whether a number in front of a thing may say how many are wanted: of what is put into an order, or listed. "The two companies"
    /// and "per 100 orders" do not.
    fn may_be_limited(&self, at: usize) -> bool {
        let before = self.before_meant(at).map(|place| &self.spans[place]);
        let per = before.is_some_and(|span| span.cue() == Some(Cue::By));
        let ordered = |(place, span): (usize, &Span)| {
            let cue = span.cue();
            cue.is_some_and(|cue| order(cue).is_some() || matches!(cue, Cue::Newest | Cue::Oldest | Cue::Rank))
                || self.may_rank(place)
        };
        let listed = before.is_none_or(|span| matches!(span.cue(), Some(Cue::List | Cue::Which)));
        !per && (listed || self.reading.list || self.spans.iter().enumerate().any(ordered))
    }

    pub(super) fn value(&mut self, values: &[(Field, String, f64)], at: usize) {
        if self.ahead.grouping
            && let Some(kinds) = kinds(&self.spans[at])
            && kinds.field_fit().max(kinds.entity_fit()) > 0.7
        {
            self.known(&kinds, at);
            return;
        }
        self.meant(at);
        self.filter(values, at);
    }

    /// What rows must have, or must not where a negation stands before it.
    pub(super) fn filter(&mut self, values: &[(Field, String, f64)], at: usize) {
        self.ahead.grouping = false;
        let not = std::mem::take(&mut self.ahead.not) || std::mem::take(&mut self.ahead.without);
        self.ahead.not = not && self.continues(at);
        self.ahead.asked = false;
        let words = self.spans[at].text.clone();
        let standing = Standing::default();
        self.reading.filters.push(Filter { candidates: values.to_vec(), not, missing: false, words, standing });
    }

    /// "not EMEA or APAC": the next value belongs to the same negation.
    pub(super) fn continues(&self, at: usize) -> bool {
        let next = self.next_meant(at + 1);
        let joined = self
            .spans
            .get(next)
            .is_some_and(|span| matches!(span.cue(), Some(Cue::And | Cue::Or)) || span.meaning == Meaning::Mark(','));
        let after = self.next_meant(next + 1);
        joined && self.spans.get(after).is_some_and(|span| matches!(span.meaning, Meaning::Values(_)))
    }
}

/// Whether a word is written in the plural, or what several words name: "clients who joined".
pub(in crate::ask) fn is_plural(text: &str) -> bool {
    let text = [" who ", " that "].iter().find_map(|joining| text.split_once(joining)).map_or(text, |(named, _)| named);
    let word = text.rsplit(' ').next().unwrap_or(text).to_lowercase();
    (word.ends_with('s') && !word.ends_with("ss") && !word.ends_with("us") && !word.ends_with("is")) || word == "people"
}
