//! What is put into an order: the thing, and by what.

use super::parts::Kinds;
use super::walk::Walk;
use super::{Group, MeasureAsk, Order, Rank};
use crate::ask::lexicon::{Cue, Field};

impl Walk<'_> {
    /// "the 10 best customers" ranks them, though "best" may also be a segment; "the best customers that buy less" does not.
    pub(super) fn ranks_instead(&self, kinds: &Kinds, at: usize) -> Option<Cue> {
        let segment = kinds.is_condition().then_some(kinds.segment()).flatten()?;
        let cue = self.spans[at].other_cue(Cue::ranks)?;
        // "valuable customers" are those of the segment; "the most valuable" ones are put into an order.
        let most = self.word(at).starts_with("most") || self.ahead.ranking;
        if matches!(cue, Cue::Valuable | Cue::Active) && !most {
            return None;
        }
        let others = self.spans.iter().enumerate().filter(|(place, _)| *place != at);
        let another = others
            .filter_map(|(_, span)| super::parts::kinds(span))
            .any(|other| other.is_condition() && other.segment().is_some_and(|(place, _)| place != segment.0));
        (!another).then_some(cue)
    }

    pub(super) fn ranked(&mut self, kinds: &Kinds, words: &str, plural: bool, most: bool) {
        let noun = kinds.noun_fit();
        if kinds.measure_fit() > 0. && kinds.measure_fit() + 0.02 >= noun.max(kinds.field_fit()) {
            // "where are the beds most full": the order is by what stands behind its word.
            let ask = kinds.measure(self.ahead.aggregate.take(), words);
            self.reading.measures.insert(0, ask);
        } else if most
            && kinds.dataset_fit() > 0.
            && kinds.dataset_fit() >= kinds.field_fit()
            && !self.reading_has_subject_only(kinds)
        {
            self.reading.measures.push(kinds.rows(words));
        } else if kinds.field_fit() > noun {
            self.ahead.plural = Some(plural);
            self.reading.groups.push(Group::Field(kinds.field(words)));
        } else {
            self.ahead.plural = Some(plural);
            self.speak_of(kinds, words);
        }
    }

    /// "who worked on the most projects": projects are counted, and what stands in front of "the most" only tells by whose rows.
    pub(super) fn counts_what_is_done(&mut self, kinds: &Kinds, at: usize) -> bool {
        let verb = self.before_meant(at).and_then(|rank| self.before_meant(rank)).map(|place| &self.spans[place]);
        // "completed the most projects": those that are.
        let verb =
            verb.filter(|verb| (verb.text.ends_with("ed") || verb.text.ends_with("ing")) && verb.values().is_none());
        let Some(verb) = verb.map(|verb| verb.text.clone()) else { return false };
        let named = kinds.dataset_fit();
        let rows = named > 0.9 && named + 1e-9 >= kinds.measure_fit().max(kinds.field_fit());
        let Some(done) = self.reading.measures.pop_if(|ask| rows && ask.words == verb) else { return false };
        let of_verb = |field: Field| match field {
            Field::Dimension(of, _) | Field::Column(of, _) => {
                done.candidates.iter().any(|(dataset, ..)| *dataset == of)
            }
            Field::Entity(..) | Field::Time(_) => false,
        };
        for group in &mut self.reading.groups {
            let Group::Field(ask) = group else { continue };
            if ask.candidates.iter().any(|(field, _)| of_verb(*field)) {
                ask.candidates.retain(|(field, _)| of_verb(*field));
            }
        }
        self.reading.measures.push(MeasureAsk {
            candidates: Vec::new(),
            fields: Vec::new(),
            rows_of: kinds.datasets.clone(),
            aggregate: None,
            words: self.spans[at].text.clone(),
        });
        true
    }

    /// A measure that is called by its extreme: "takes longest", "most potent".
    pub(super) fn rank_in_words(&mut self, words: &str) {
        const LARGE: &[&str] =
            &["longest", "highest", "largest", "biggest", "slowest", "worst", "most often", "heaviest", "riskiest"];
        const SMALL: &[&str] = &["shortest", "lowest", "smallest", "fewest"];
        if self.reading.rank.is_some() {
            return;
        }
        let lower = words.to_lowercase();
        let has = |known: &[&str]| known.iter().any(|word| lower.split(' ').any(|part| part == *word));
        let quality = lower.split(' ').any(|word| {
            (word.len() > 5
                && word.ends_with("est")
                && !["interest", "request", "harvest", "invest", "latest"].contains(&word))
                || word == "most"
                || word == "best"
        });
        let worst = lower.contains("underperform") || lower.split(' ').any(|word| word == "least" || word == "weakest");
        let order = match () {
            () if has(LARGE) => Order::Descending,
            () if has(SMALL) => Order::Ascending,
            () if worst => Order::Worst,
            () if quality => Order::Best,
            () => return,
        };
        self.reading.rank = Some(Rank { order, limit: self.reading.limit });
    }

    /// "most customers churned"? No: with nothing ranked yet, "the most customers" still counts them by what was asked.
    pub(super) fn reading_has_subject_only(&self, kinds: &Kinds) -> bool {
        self.reading.groups.is_empty()
            && self.reading.nouns.is_empty()
            && kinds.entity_fit() > 0.
            && self.later_group().is_none()
    }

    pub(super) fn later_group(&self) -> Option<usize> {
        (0..self.spans.len()).find(|place| self.spans[*place].cue() == Some(Cue::By))
    }
}
