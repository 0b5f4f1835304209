//! What is left of a reading when all its words are known: what was said twice goes, and what was left open is settled.

use super::walk::{SINGLE, Walk};
use super::{Group, MeasureAsk, Order, Rank, Reading, Task};
use crate::ask::lexicon::{Cue, Meaning, Span};
use crate::ask::time::Grain;
use crate::ask::words::is_stop_word;

/// Words of order that say how often something is done.
const OFTEN: &[&str] = &["most often", "most frequently"];
/// How many come first where the question says "top" of several, without a number.
const USUAL_TOP: u64 = 10;

impl Walk<'_> {
    /// "units per hour that we make": a verb that may be a measure is none beside another one.
    fn drop_verbs(&mut self) {
        // "planned versus spent": the one beside the other.
        let mut beside: Vec<String> = Vec::new();
        for pair in self.spans.windows(2) {
            if pair[0].cue() == Some(Cue::Compare) {
                beside.push(pair[1].text.clone());
            }
        }
        self.drop_beside_others(|ask| {
            !beside.contains(&ask.words) && ask.words.split(' ').all(|word| is_stop_word(&word.to_lowercase()))
        });
    }

    /// Measures of a kind go where there are others.
    fn drop_beside_others(&mut self, is_it: impl Fn(&MeasureAsk) -> bool) {
        if self.reading.measures.iter().any(|ask| !is_it(ask)) {
            self.reading.measures.retain(|ask| !is_it(ask));
        }
    }

    /// "who" and "where" ask for people and places only where nothing else says what is asked for.
    fn drop_open_groups(&mut self) {
        let open = |group: &Group| matches!(group, Group::Field(ask) if matches!(ask.words.as_str(), "who" | "whose" | "whom" | "who is" | "who are" | "where" | "where is" | "where are"));
        // "who am I": nothing is asked of what the data tell.
        let alone = self.reading.meant == self.reading.groups.len() && self.reading.groups.iter().all(open);
        if alone {
            self.reading.groups.clear();
        }
        let other = self.reading.groups.iter().any(|group| !open(group) && !matches!(group, Group::Time(_)));
        let judged = !self.reading.segments.is_empty() || !self.reading.scores.is_empty();
        let named = self.reading.rank.is_some() && !self.reading.fields.is_empty();
        if other || judged || named {
            self.reading.groups.retain(|group| !open(group));
        }
    }

    /// "does satisfaction drop when complaints rise": two measures that change together.
    fn go_together(&mut self) {
        let joined = self
            .spans
            .iter()
            .any(|span| matches!(span.text.to_lowercase().as_str(), "when" | "if" | "as" | "whenever" | "while"));
        let reading = &mut self.reading;
        if joined && reading.change.is_some() && reading.measures.len() == 2 && reading.groups.is_empty() {
            reading.task = Some(Task::Correlate);
            reading.change = None;
            reading.when = false;
        }
    }

    /// An order within groups takes an order, and something that is put into it: "revenue by region, the highest first" has none.
    fn keep_within(&mut self) {
        let reading = &mut self.reading;
        let limited = reading.rank.is_some_and(|rank| rank.limit.is_some());
        let ranked = !reading.nouns.is_empty()
            || !reading.fields.is_empty()
            || reading.groups.iter().any(|group| !reading.within.contains(group));
        if limited && ranked {
            let groups = &reading.groups;
            reading.within.retain(|group| groups.contains(group));
        } else {
            reading.within.clear();
        }
    }

    /// "outstanding loan amount", "how much did we earn in fees": of two measures for one thing, the one that says more.
    fn drop_said_twice(&mut self) {
        const VERBS: &str = "earn earned spend spent pay paid cost costs sell sold take taken charge charged lose lost make made buy bought";
        // "sell", "we sell".
        let is_verb = |ask: &MeasureAsk| {
            let words = ask.words.to_lowercase();
            let (before, last) = words.rsplit_once(' ').unwrap_or(("", words.as_str()));
            VERBS.split(' ').any(|verb| verb == last)
                && before.split(' ').all(|word| word.is_empty() || is_stop_word(word))
        };
        // "how many products do we sell": products are counted.
        let counted = !self.reading.nouns.is_empty() || self.reading.distinct;
        if self.reading.count && counted && self.reading.rank.is_none() {
            self.reading.measures.retain(|ask| !is_verb(ask));
        }
        // "compare spend and revenue": one is beside the other.
        if self.reading.task != Some(Task::Compare) {
            self.drop_beside_others(is_verb);
        }
        let mut at = 1;
        while at < self.reading.measures.len() {
            let (one, other) = (&self.reading.measures[at - 1], &self.reading.measures[at]);
            let together = self.spans.windows(2).any(|pair| pair[0].text == one.words && pair[1].text == other.words);
            let of_one = |ask: &MeasureAsk| ask.candidates.iter().map(|(dataset, ..)| *dataset).next();
            if together && of_one(one).is_some() && of_one(one) == of_one(other) {
                self.reading.measures.remove(at);
            } else {
                at += 1;
            }
        }
    }

    /// "when do admissions peak": the month with the most of them.
    fn tell_peak(&mut self) {
        let peaks =
            self.spans.iter().any(|span| matches!(span.text.to_lowercase().as_str(), "peak" | "peaks" | "peaked"));
        if !peaks || !self.reading.when {
            return;
        }
        self.reading.when = false;
        self.ahead.aggregate = None;
        self.reading.rank = Some(Rank { order: Order::Descending, limit: Some(1) });
        if !self.reading.groups.iter().any(|group| matches!(group, Group::Time(_) | Group::Cycle(_))) {
            self.reading.groups.push(Group::Time(Grain::Month));
        }
    }

    /// "what went up the most, in percent": that is how a change is told, and no share.
    fn tell_change_in_percent(&mut self) {
        let shares = self.spans.iter().filter(|span| span.cue() == Some(Cue::Share));
        let only_unit = shares.into_iter().all(|span| {
            matches!(span.text.to_lowercase().as_str(), "percent" | "in percent" | "as percentage" | "as a percentage")
        });
        if self.reading.change.is_some() && only_unit {
            self.reading.share = false;
        }
    }

    /// "what article do customers send back the most": the rows that were spoken of last are counted, and not listed.
    fn count_what_is_most(&mut self) {
        const MOST: &[&str] = &["most", "the most", "most often", "most frequently", "least", "the least"];
        let says_nothing = |span: &&Span| matches!(span.meaning, Meaning::Filler | Meaning::Mark(_) | Meaning::Time(_));
        let last = self.spans.iter().rev().find(|span| !says_nothing(span));
        let ends = last.is_some_and(|span| MOST.contains(&span.text.to_lowercase().as_str()));
        // "which lot fails most": how often it does.
        let last_but_one = self.spans.iter().rev().filter(|span| !says_nothing(span)).nth(1);
        let by_value = ends && last_but_one.is_some_and(|span| matches!(span.meaning, Meaning::Values(_)));
        let often = |span: &Span| OFTEN.contains(&span.text.to_lowercase().as_str());
        let counted = by_value || self.spans.iter().any(often);
        let reading = &mut self.reading;
        if reading.rank.is_none() || reading.count || !reading.measures.is_empty() {
            return;
        }
        if counted && reading.nouns.is_empty() && !reading.groups.is_empty() {
            reading.count = true;
            return;
        }
        if !ends || reading.nouns.len() < 2 {
            return;
        }
        // An entity is who does it, or what it is done with.
        let Some(noun) = reading.nouns.pop_if(|noun| noun.entities.is_empty() && !noun.datasets.is_empty()) else {
            return;
        };
        let ask = MeasureAsk {
            candidates: Vec::new(),
            fields: Vec::new(),
            rows_of: noun.datasets,
            aggregate: None,
            words: noun.words,
        };
        reading.measures.push(ask);
    }

    pub(super) fn finish(mut self) -> Reading {
        self.keep_negation();
        let plural = self.ahead.plural;
        let limit = self.reading.limit;
        let by_said =
            self.reading.groups.iter().any(|group| !matches!(group, Group::Time(_))) && self.later_group().is_some();
        if let Some(rank) = &mut self.reading.rank {
            let all = self.ahead.all;
            rank.limit = limit.or(match plural {
                _ if all => None,
                Some(true) => Some(USUAL_TOP),
                Some(false) => Some(1),
                None if by_said => None,
                None => Some(1),
            });
        }
        // "how many runs had a scrap rate above 10 %": the runs are counted, and the rate only judges them.
        let counted = self.reading.count && !self.reading.nouns.is_empty() && self.reading.rank.is_none();
        if self.reading.measures.is_empty() && !counted {
            self.reading.measures = std::mem::take(&mut self.condition_measures);
        }
        let asks_how_long =
            |span: &Span| span.cue() == Some(Cue::HowLong) || span.text.eq_ignore_ascii_case("how long");
        let how_long = self.ahead.how_long || self.spans.iter().any(asks_how_long);
        if how_long {
            self.prefer_durations();
        }
        self.tell_peak();
        if let Some(aggregate) = self.ahead.aggregate {
            for measure in self.reading.measures.iter_mut().rev().take(1) {
                measure.aggregate.get_or_insert(aggregate);
            }
        }
        self.tell_change_in_percent();
        self.count_what_is_most();
        self.go_together();
        self.drop_open_groups();
        self.drop_verbs();
        self.drop_said_twice();
        self.keep_within();
        self.settle_sides();
        self.settle_each();
        self.keep_comparatives();
        self.keep_currency();
        self.tell_standings();
        self.reading.aggregate = self.ahead.aggregate;
        self.reading.how_much = self.ahead.how_much;
        let is_single = |span: &Span| SINGLE.contains(&span.text.to_lowercase().as_str());
        self.reading.single = self.spans.iter().any(is_single);
        let meant = self.reading.meant.max(1) as f64;
        self.reading.fit /= meant;
        self.reading
    }
}
