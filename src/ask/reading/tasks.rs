//! What the general words of a question make of it.

use super::parts::kinds;
use super::people::{PEOPLE, PLACES};
use super::walk::{Walk, is_plural};
use super::{Aggregate, Change, Filter, Group, Order, Rank, Relation, Standing, Task};
use crate::ask::lexicon::{Cue, Meaning, Span};
use crate::ask::time::Grain;

/// No more than this come first.
const MOST_FIRST: f64 = 1_000.;

/// Words of order that say how large something is.
const SIZES: &[&str] =
    &["largest", "biggest", "greatest", "highest", "longest", "heaviest", "smallest", "lowest", "shortest"];
/// Words that lead to what is measured, and not to what it is broken down by.
const MEASURING: &[&str] = &["measured in", "in terms of"];
/// Words of order that say how long something takes.
const DURATIONS: &[&str] = &["slowest", "fastest", "quickest", "longest", "shortest"];

impl Walk<'_> {
    pub(super) fn cue(&mut self, cue: Cue, at: usize) {
        self.meant(at);
        if let Some(order) = order(cue) {
            self.rank_cue(cue, order, at);
            return;
        }
        // "do more visits mean more sales".
        if cue == Cue::Average && self.by_degrees && matches!(self.word(at).as_str(), "mean" | "means") {
            return;
        }
        // "by category, I mean the dear ones".
        if cue == Cue::Average && self.word(at) == "mean" && at > 0 && self.word(at - 1) == "i" {
            return;
        }
        if let Some(aggregate) = aggregate(cue) {
            // "overall" takes all rows, and says nothing of how they become one number.
            if !matches!(self.word(at).as_str(), "overall" | "altogether" | "in all" | "all in all") {
                self.ahead.aggregate = Some(aggregate);
            }
            return;
        }
        // "how many samples are linked to results": those that have some.
        if cue == Cue::Correlate && self.reading.count {
            self.ahead.with = true;
            return;
        }
        if let Some(task) = task(cue) {
            // "compare hotels and clubs over time": the course of each.
            let trend = cue == Cue::Trend && !self.word(at).starts_with("how ha");
            self.reading.over_time |= trend;
            // "how has … changed" is a course; a word that says more takes its place.
            if self.reading.task.is_none() || self.reading.task == Some(Task::Trend) || cue == Cue::Duplicates {
                self.reading.task = Some(task);
            }
            return;
        }
        match cue {
            Cue::Rank => {
                self.ahead.all = true;
                self.reading.rank.get_or_insert(Rank { order: Order::Ranked, limit: None });
                let next = self.next_meant(at + 1);
                self.ahead.grouping =
                    self.word(at).ends_with("by") || self.word(at).ends_with("of") || self.word(at).ends_with("to");
                self.ahead.ranking = self.word(next) != "by" && !self.ahead.grouping;
            }
            Cue::Wise => {
                let fields = std::mem::take(&mut self.reading.fields);
                self.reading.groups.extend(fields.into_iter().map(Group::Field));
            }
            Cue::HowMuch => self.ahead.how_much = true,
            Cue::HowOften if !self.reading.measures.is_empty() => {}
            // "the average amount of invoices": how high they are, and not how many.
            Cue::Count if self.ahead.aggregate.is_some() && self.word(at).starts_with("amount") => {
                self.ahead.how_much = true;
            }
            Cue::Count if self.counts_time(at) => {
                self.ahead.grouping = false;
                self.ahead.how_long = true;
            }
            Cue::Count | Cue::HowOften => {
                self.ahead.grouping = false;
                self.reading.how_often |= cue == Cue::HowOften;
                // "which departments have how many entries": the entries of each.
                if self.ahead.asked_for && self.word(at) == "how many" && self.reading.groups.is_empty() {
                    self.reading.groups.extend(self.reading.nouns.pop().map(Group::Entity));
                }
                self.reading.count = true;
                self.ahead.counting = true;
                self.ahead.most |= self.ahead.ranking;
            }
            Cue::Share => {
                self.reading.share = true;
                self.reading.share_of = self.reading.measures.len() == 1;
            }
            Cue::Ratio => self.reading.ratio = true,
            Cue::Growth if self.gains(at) => {}
            // "year over year growth": how much, and not only of what grows.
            Cue::Growth if self.reading.change == Some(Change::Any) && self.word(at).contains("growth") => {}
            Cue::Growth => self.reading.change = Some(Change::Up),
            Cue::Decline => self.reading.change = Some(Change::Down),
            Cue::By if self.only_announces(at) => {}
            Cue::By if self.lists_every(at) => self.reading.list = true,
            Cue::By => {
                self.ahead.grouping = true;
                self.ahead.per_unit = self.says_per_unit(at);
                self.ahead.per = self.word(at) == "per";
                self.ahead.within = !self.ahead.per_unit;
                self.ahead.outer = self.word(at).starts_with("within");
                let ordered = self.reading.rank.is_some() || self.reading.task == Some(Task::Compare);
                // "sold the most, measured in revenue".
                self.ahead.measured = MEASURING.contains(&self.word(at).as_str());
                self.ahead.measuring = self.ahead.measured || (ordered && self.word(at).ends_with("by"));
                self.drop_said_again(at);
                self.reading.per |= matches!(
                    self.word(at).as_str(),
                    "per"
                        | "for each"
                        | "each"
                        | "every"
                        | "for every"
                        | "over all"
                        | "across all"
                        | "across the"
                        | "for all"
                );
            }
            Cue::And | Cue::Or => self.go_on_grouping(at),
            Cue::Before => {
                self.reading.before = true;
                self.reading.year_before |= self.word(at).contains("year");
            }
            Cue::Why => self.reading.why = true,
            Cue::Which => self.ahead.asked = true,
            // "invoices whose amount differs": what follows belongs to what was named.
            Cue::Who | Cue::Where
                if matches!(self.word(at).as_str(), "whose" | "where") && self.names_something(at) =>
            {
                self.ahead.with = true;
                self.lists_what_was_named();
            }
            // "customers who ordered": what they did, and nobody else.
            Cue::Who if self.word(at) == "who" && at > 0 && self.spans[at - 1].things().is_some() => {
                self.ahead.with = true;
            }
            Cue::Who => self.people(PEOPLE, at),
            Cue::Where => self.people(PLACES, at),
            Cue::Everybody => self.people(PEOPLE, at),
            Cue::When => {
                self.reading.when = true;
                if self.word(at).ends_with("day") {
                    self.reading.groups.push(Group::Time(Grain::Day));
                }
            }
            Cue::Not => self.ahead.not = true,
            Cue::Without if self.word(at).starts_with("nothing") => self.has_none(),
            Cue::Without => self.ahead.without = true,
            // "correlate sales with interactions": the one beside the other.
            Cue::With if self.reading.task == Some(Task::Correlate) => {}
            Cue::With => self.ahead.with = true,
            Cue::Missing => self.missing(at),
            Cue::Newest | Cue::Oldest => {
                let order = if cue == Cue::Newest { Order::Descending } else { Order::Ascending };
                self.reading.by_time = Some(order);
                self.take_limit(at);
            }
            // A bound of which it is not known what it bounds: without it this would be another question.
            Cue::More | Cue::AtLeast | Cue::Less | Cue::AtMost
                if self.word(at).ends_with("than") && !self.reading.than =>
            {
                self.reading.critical += 1;
                self.reading.unknown.push(self.spans[at].text.clone());
            }
            Cue::List => self.reading.list = true,
            Cue::Distinct => self.reading.distinct = true,
            Cue::Cumulative => self.reading.cumulative = true,
            Cue::Active | Cue::Valuable => {
                let ranked = self.word(at).starts_with("most") || self.ahead.ranking;
                if ranked {
                    self.rank_cue(cue, Order::Descending, at);
                    self.ahead.ranking = false;
                    let next = self.next_meant(at + 1);
                    self.ahead.plural = self.spans.get(next).map(|span| is_plural(&span.text)).or(self.ahead.plural);
                }
                self.reading.count |= cue == Cue::Active && ranked;
                // "regular customers", "what did the tests cost": of nobody knows what measure.
                if !ranked {
                    self.reading.critical += 1;
                    self.reading.unknown.push(self.spans[at].text.clone());
                }
            }
            _ => {}
        }
    }

    /// "which customers ordered nothing": there must be none of what was spoken of last.
    fn has_none(&mut self) {
        if self.reading.nouns.len() > 1
            && let Some(noun) = self.reading.nouns.pop()
        {
            self.reading.relations.push(Relation { noun, absent: true });
        }
    }

    /// "break projects down by team": the first words only announce the others.
    fn only_announces(&self, at: usize) -> bool {
        let word = self.word(at);
        let announces = ["break", "split", "slice", "divide"].iter().any(|verb| word.starts_with(verb));
        let complete = ["by", "per", "into", "among", "across", "over", "of"].iter().any(|end| word.ends_with(end));
        announces && !complete && self.spans[at + 1..].iter().any(|span| span.cue() == Some(Cue::By))
    }

    /// "list every project with …": rows, and no groups.
    fn lists_every(&self, at: usize) -> bool {
        if !matches!(self.word(at).as_str(), "each" | "every" | "for all") {
            return false;
        }
        let before = self.spans[..at].iter().filter(|span| !matches!(span.meaning, Meaning::Filler));
        let only_lists = before.map(Span::cue).all(|cue| matches!(cue, Some(Cue::List | Cue::Which)));
        let with = self.spans.get(at + 2).is_some_and(|span| {
            matches!(span.cue(), Some(Cue::With | Cue::Without | Cue::Who | Cue::Not | Cue::Missing))
                || matches!(
                    span.text.to_lowercase().as_str(),
                    "that" | "which" | "where" | "whose" | "who" | "from" | "of"
                )
        });
        only_lists && with
    }

    /// "machine by machine": once is enough.
    fn drop_said_again(&mut self, at: usize) {
        let (Some(before), Some(after)) = (at.checked_sub(1), self.spans.get(at + 1)) else { return };
        let words = self.spans[before].text.clone();
        if words.eq_ignore_ascii_case(&after.text) {
            self.reading.nouns.retain(|noun| noun.words != words);
            self.reading.fields.retain(|field| field.words != words);
        }
    }

    /// "revenue per customer": how much there is for each, which is a figure of its own and no group to rank within.
    fn says_per_unit(&self, at: usize) -> bool {
        let measure = |place: usize| {
            kinds(&self.spans[place]).is_some_and(|kinds| kinds.measure_fit() > kinds.noun_fit().max(kinds.field_fit()))
        };
        self.word(at) == "per" && self.before_meant(at).is_some_and(measure)
    }

    pub(super) fn rank_cue(&mut self, cue: Cue, order: Order, at: usize) {
        let text = self.word(at);
        self.ahead.ranking = true;
        self.ahead.most = matches!(text.as_str(), "most" | "the most" | "fewest" | "least" | "the least")
            || text.contains("number of")
            || text.contains("amount of")
            || (matches!(cue, Cue::Top | Cue::Bottom) && text.contains("common"));
        self.ahead.sized = SIZES.contains(&text.trim_start_matches("the "));
        self.reading.of_time |= DURATIONS.contains(&text.as_str());
        self.shares_of_first(at);
        let limit = self.take_limit(at);
        // "the worst first": all of them, in that order.
        let next = self.next_meant(at + 1);
        if self.word(next) == "first" {
            self.used[next] = true;
            self.ahead.ranking = false;
            self.ahead.all = true;
        }
        self.reading.rank = Some(Rank { order, limit });
    }

    /// "what share of revenue comes from the top 10 customers", "how much of our revenue depends on them": the share and of what it
    /// is are named before the order, and a verb or "from" stands between.
    fn shares_of_first(&mut self, at: usize) {
        let how_much = (0..at).find(|place| self.spans[*place].cue() == Some(Cue::HowMuch));
        let part = how_much.is_some_and(|place| self.word(place + 1).split(' ').next() == Some("of"));
        let asks = self.reading.share && self.spans.iter().any(|span| span.cue() == Some(Cue::Which));
        let leads = |place: usize| {
            let word = self.word(place);
            matches!(word.rsplit(' ').next(), Some("from" | "on" | "by" | "to"))
        };
        if (asks || part) && self.reading.measures.len() == 1 && (1..at).rev().take(3).any(leads) {
            self.reading.share = true;
            self.reading.share_of_first = true;
        }
    }

    /// The number beside a word of order: "top 5", "5 best".
    pub(super) fn take_limit(&mut self, at: usize) -> Option<u64> {
        let next = self.next_meant(at + 1);
        if let Some(Meaning::Number(number, false)) = self.spans.get(next).map(|span| &span.meaning)
            && !self.used[next]
            && *number >= 1.
            && number.fract() == 0.
        {
            self.used[next] = true;
            self.reading.limit = Some(number.min(MOST_FIRST) as u64);
        }
        self.reading.limit
    }

    /// "missing email", "email is missing".
    pub(super) fn missing(&mut self, at: usize) {
        for place in [self.next_meant(at + 1)].into_iter().chain(self.before_meant(at)) {
            let Some(span) = self.spans.get(place).filter(|_| !self.used[place]) else { continue };
            let Some(kinds) =
                kinds(span).filter(|kinds| kinds.field_fit() > 0.5 && kinds.field_fit() >= kinds.noun_fit())
            else {
                continue;
            };
            let not = std::mem::take(&mut self.ahead.not);
            let candidates = kinds.fields.iter().map(|(field, fit)| (*field, String::new(), *fit)).collect();
            let words = span.text.clone();
            self.reading.fields.retain(|field| field.words != words);
            self.used[place] = true;
            self.reading.filters.push(Filter { candidates, not, missing: true, words, standing: Standing::default() });
            return;
        }
        let text = self.spans[at].text.clone();
        self.reading.unknown.push(text);
    }
}

pub(super) fn aggregate(cue: Cue) -> Option<Aggregate> {
    Some(match cue {
        Cue::Total => Aggregate::Total,
        Cue::Average => Aggregate::Average,
        Cue::Median => Aggregate::Median,
        Cue::Maximum => Aggregate::Maximum,
        Cue::Minimum => Aggregate::Minimum,
        Cue::Deviation => Aggregate::Deviation,
        _ => return None,
    })
}

pub(super) fn order(cue: Cue) -> Option<Order> {
    Some(match cue {
        Cue::Top => Order::Descending,
        Cue::Bottom => Order::Ascending,
        Cue::Best => Order::Best,
        Cue::Worst => Order::Worst,
        _ => return None,
    })
}

fn task(cue: Cue) -> Option<Task> {
    Some(match cue {
        Cue::Trend => Task::Trend,
        Cue::Compare | Cue::Difference => Task::Compare,
        Cue::Correlate => Task::Correlate,
        Cue::Distribution => Task::Distribution,
        Cue::Anomalies => Task::Anomalies,
        Cue::Forecast => Task::Forecast,
        Cue::Duplicates => Task::Duplicates,
        Cue::Profile => Task::Profile,
        Cue::Sources => Task::Sources,
        Cue::Columns => Task::Columns,
        Cue::Freshness => Task::Freshness,
        Cue::RowCount => Task::Rows,
        Cue::Help => Task::Help,
        _ => return None,
    })
}
