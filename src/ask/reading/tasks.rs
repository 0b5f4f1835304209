//! What the general words of a question make of it.

use super::parts::kinds;
use super::walk::{Walk, is_plural};
use super::{Aggregate, Change, FieldAsk, Filter, Group, MeasureAsk, Order, Rank, Task};
use crate::ask::lexicon::{Cue, Field, Meaning};

/// How many words on what "who" asks for may be named.
const NEAR: usize = 4;

/// No more than this come first.
const MOST_FIRST: f64 = 1_000.;

/// Fields whose values are people, by the words in their names.
const PEOPLE: &[&str] = &[
    "rep",
    "owner",
    "manager",
    "user",
    "employee",
    "analyst",
    "author",
    "assignee",
    "doctor",
    "physician",
    "person",
    "agent",
    "lead",
    "operator",
    "technician",
    "seller",
    "staff",
    "member",
    "salesperson",
    "representative",
    "nurse",
    "buyer",
    "cashier",
    "responsible",
    "contact",
    "sender",
    "advisor",
    "officer",
    "resource",
];
/// Fields whose values are places.
const PLACES: &[&str] = &[
    "location",
    "region",
    "country",
    "city",
    "site",
    "store",
    "place",
    "area",
    "warehouse",
    "branch",
    "plant",
    "state",
    "freezer",
    "room",
    "hospital",
    "clinic",
    "territory",
];

impl Walk<'_> {
    pub(super) fn cue(&mut self, cue: Cue, at: usize) {
        self.meant(at);
        if let Some(order) = order(cue) {
            self.rank_cue(cue, order, at);
            return;
        }
        if let Some(aggregate) = aggregate(cue) {
            self.ahead.aggregate = Some(aggregate);
            return;
        }
        if let Some(task) = task(cue) {
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
            Cue::Count if self.counts_time(at) => {
                self.ahead.grouping = false;
                self.ahead.how_long = true;
            }
            Cue::Count | Cue::HowOften => {
                self.ahead.grouping = false;
                self.reading.count = true;
                self.ahead.counting = true;
                self.ahead.most |= self.ahead.ranking;
            }
            Cue::Share => self.reading.share = true,
            Cue::Ratio => self.reading.ratio = true,
            Cue::Growth => self.reading.change = Some(Change::Up),
            Cue::Decline => self.reading.change = Some(Change::Down),
            Cue::By => {
                self.ahead.grouping = true;
                self.ahead.within = !self.says_per_unit(at);
                self.reading.per |=
                    matches!(self.word(at).as_str(), "per" | "for each" | "each" | "every" | "for every");
            }
            Cue::And | Cue::Or => self.go_on_grouping(at),
            Cue::Before => {
                self.reading.before = true;
                self.reading.year_before |= self.word(at).contains("year");
            }
            Cue::Why => self.reading.why = true,
            Cue::Which => self.ahead.asked = true,
            Cue::Who => self.people(PEOPLE, at),
            Cue::Where => self.people(PLACES, at),
            Cue::Everybody => self.people(PEOPLE, at),
            Cue::When => self.reading.when = true,
            Cue::Not => self.ahead.not = true,
            Cue::Without => self.ahead.without = true,
            Cue::With => self.ahead.with = true,
            Cue::Missing => self.missing(at),
            Cue::Newest | Cue::Oldest => {
                let order = if cue == Cue::Newest { Order::Descending } else { Order::Ascending };
                self.reading.by_time = Some(order);
                self.take_limit(at);
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
            }
            _ => {}
        }
    }

    /// "revenue per customer": how much there is for each, which is a figure of its own and no group to rank within.
    fn says_per_unit(&self, at: usize) -> bool {
        let measure = |place: usize| {
            kinds(&self.spans[place]).is_some_and(|kinds| kinds.measure_fit() > kinds.noun_fit().max(kinds.field_fit()))
        };
        self.word(at) == "per" && self.before_meant(at).is_some_and(measure)
    }

    /// "how many days": a duration, where no thing of the model is called so.
    fn counts_time(&self, at: usize) -> bool {
        let unit = matches!(self.word(at + 1).as_str(), "days" | "hours" | "minutes" | "weeks" | "seconds");
        unit && self.spans.get(at + 1).is_some_and(|span| matches!(span.meaning, Meaning::Filler))
    }

    pub(super) fn rank_cue(&mut self, cue: Cue, order: Order, at: usize) {
        let text = self.word(at);
        self.ahead.ranking = true;
        self.ahead.most = matches!(text.as_str(), "most" | "the most" | "fewest" | "least" | "the least")
            || text.contains("number of")
            || text.contains("amount of")
            || (matches!(cue, Cue::Top | Cue::Bottom) && text.contains("common"));
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
            let not = self.ahead.not;
            let candidates = kinds.fields.iter().map(|(field, fit)| (*field, String::new(), *fit)).collect();
            let words = span.text.clone();
            self.reading.fields.retain(|field| field.words != words);
            self.used[place] = true;
            self.reading.filters.push(Filter { candidates, not, missing: true, words });
            return;
        }
        let text = self.spans[at].text.clone();
        self.reading.unknown.push(text);
    }

    /// "who" and "where" ask for a field that holds people or places, unless another thing is named right after it.
    pub(super) fn people(&mut self, words: &[&str], at: usize) {
        let next = self.next_meant(at + 1);
        let whose = self.word(at) == "whose";
        // "who are the top 10 customers": what is asked for is named a few words on.
        let named = !whose
            && self.spans.iter().skip(at + 1).take(NEAR).find_map(kinds).is_some_and(|kinds| {
                kinds.entity_fit().max(kinds.field_fit()) >= kinds.measure_fit().max(kinds.dataset_fit())
                    && kinds.entity_fit().max(kinds.field_fit()) > 0.7
            });
        if named {
            self.ahead.asked = true;
            return;
        }
        let mut candidates = Vec::new();
        for (dataset, of) in self.bound.model.datasets.iter().enumerate() {
            for (dimension, of) in of.dimensions.iter().enumerate() {
                let names = std::iter::once(&of.name).chain(&of.synonyms);
                let mut parts = names.flat_map(|name| name.split(['_', ' ', '-']));
                if let Some(rank) = parts.find_map(|part| words.iter().position(|word| *word == part.to_lowercase())) {
                    candidates.push((Field::Dimension(dataset, dimension), 0.8 - 0.01 * rank as f64));
                }
            }
        }
        if words == PEOPLE {
            for (entity, of) in self.bound.model.entities.iter().enumerate() {
                let named = std::iter::once(&of.name).chain(&of.synonyms).any(|name| {
                    words.contains(&name.as_str()) || matches!(name.as_str(), "customer" | "patient" | "client")
                });
                if named {
                    candidates.push((Field::Entity(entity, 0), 0.72));
                }
            }
        }
        if !candidates.is_empty() {
            self.ahead.plural.get_or_insert(self.word(next) == "are");
            let words = self.spans[at].text.to_lowercase();
            self.reading.groups.push(Group::Field(FieldAsk { candidates, words }));
        }
    }

    /// "how long": a measure in days or hours.
    pub(super) fn durations(&mut self) {
        const TIMES: &[&str] = &["h", "hour", "hours", "d", "day", "days", "min", "minutes", "s", "seconds", "weeks"];
        let mut candidates = Vec::new();
        for (dataset, of) in self.bound.model.datasets.iter().enumerate() {
            for (measure, of) in of.measures.iter().enumerate() {
                if of.unit.as_deref().is_some_and(|unit| TIMES.contains(&unit.to_lowercase().as_str())) {
                    candidates.push((dataset, measure, 0.75));
                }
            }
        }
        if !candidates.is_empty() {
            let ask = MeasureAsk {
                candidates,
                fields: Vec::new(),
                rows_of: Vec::new(),
                aggregate: None,
                words: "how long".to_owned(),
            };
            self.reading.measures.push(ask);
        }
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
