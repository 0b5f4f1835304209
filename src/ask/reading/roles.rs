//! The part of a thing of the model, by the words around it: a measure, a group, what the question is about.

use super::parts::Kinds;
use super::walk::{Walk, is_plural};
use super::{Aggregate, Condition, Filter, Group, MeasureAsk, Noun, Operand, Operator, Relation, Standing};
use crate::ask::lexicon::{Cue, Field, Meaning};
use crate::ask::sql::kind_of;

impl Walk<'_> {
    /// "how fast is revenue growing", "which regions are growing": where nobody is spoken of who may be "growing" as the segment has
    /// it, what else is spoken of grows.
    fn changes_instead(&self, kinds: &Kinds, at: usize) -> Option<Cue> {
        let (segment, _) = kinds.segment()?;
        let cue = self.spans[at].other_cue(|cue| matches!(cue, Cue::Growth | Cue::Decline))?;
        let model = &self.bound.model;
        let of_segment = |entity: usize| model.entities[entity].name == model.segments[segment].entity;
        let others = self.spans.iter().enumerate().filter(|(place, _)| *place != at);
        let others: Vec<Kinds> = others.filter_map(|(_, span)| super::parts::kinds(span)).collect();
        let spoken = others.iter().any(|other| {
            other.is_condition() || other.entities.iter().any(|(entity, fit)| *fit > 0.7 && of_segment(*entity))
        });
        let grows = others.iter().any(|other| other.measure_fit().max(other.field_fit()).max(other.entity_fit()) > 0.9);
        (grows && !spoken).then_some(cue)
    }

    /// Where a segment has the name of a value of what is spoken of, the value is meant: "late projects" have that status.
    pub(super) fn own_values(&self, at: usize) -> Option<Vec<(Field, String, f64)>> {
        let kinds = self
            .spans
            .iter()
            .enumerate()
            .filter(|(place, _)| *place != at)
            .filter_map(|(_, span)| super::parts::kinds(span));
        let mut spoken: Vec<usize> = Vec::new();
        for kinds in kinds {
            let entities = kinds.entities.iter().filter(|(_, fit)| *fit > 0.9);
            let entities = entities.filter_map(|(entity, _)| self.rows_of_entity(*entity));
            spoken.extend(entities);
            spoken.extend(kinds.datasets.iter().filter(|(_, fit)| *fit > 0.9).map(|(dataset, _)| *dataset));
        }
        let values = self.spans[at].values()?.iter();
        let own: Vec<(Field, String, f64)> = values
            .filter(|(field, _, fit)| {
                *fit > 0.9 && matches!(field, Field::Dimension(dataset, _) if spoken.contains(dataset))
            })
            .cloned()
            .collect();
        (!own.is_empty()).then_some(own)
    }

    /// The dataset that has one row for each entity.
    pub(super) fn rows_of_entity(&self, entity: usize) -> Option<usize> {
        let model = &self.bound.model;
        model.datasets.iter().position(|dataset| dataset.name == model.entities[entity].dataset)
    }

    /// Whether a span is a word of order, though it may be a segment.
    pub(super) fn may_rank(&self, at: usize) -> bool {
        self.spans.get(at).is_some_and(|span| span.other_cue(Cue::ranks).is_some())
    }

    pub(super) fn known(&mut self, kinds: &Kinds, at: usize) {
        // "how long since the last order": the time that has passed, though a column may be called so.
        if self.word(at) == "since" && self.asks_how_long() {
            self.unknown(at);
            return;
        }
        self.meant(at);
        let words = self.spans[at].text.clone();
        let plural = is_plural(&words);
        let ahead = self.ahead.clone();
        // "what share of projects is completed": what is said of them, where a mean is nothing to take a share of.
        if self.reading.share
            && (self.is_mean(kinds) || self.is_said_of(at))
            && let Some(values) = self.own_values(at)
        {
            self.filter(&values, at);
            return;
        }
        if let Some(values) = self.negated_values(kinds, at) {
            self.filter(&values, at);
            return;
        }
        if ahead.without || ahead.not {
            self.ahead.without = false;
            self.ahead.not = false;
            self.negated(kinds, &words, ahead.without);
            return;
        }
        if kinds.is_condition()
            && let Some(cue) = self.changes_instead(kinds, at)
        {
            self.cue(cue, at);
            return;
        }
        if kinds.is_condition()
            && let Some(values) = self.own_values(at)
        {
            self.filter(&values, at);
            return;
        }
        if kinds.is_condition() {
            match (kinds.segment(), kinds.score()) {
                (Some((segment, fit)), score) if score.is_none_or(|(_, of_score)| fit > of_score) => {
                    let is_order = self.ranks_by(segment, at);
                    if !is_order {
                        self.reading.segments.push((segment, false));
                    }
                }
                (_, Some((score, _))) => self.reading.scores.push(score),
                _ => {}
            }
            return;
        }
        let thing = kinds.field_fit().max(kinds.entity_fit());
        if self.owns_group(kinds, at) {
            return;
        }
        if ahead.grouping {
            self.ahead.grouping = false;
            self.ahead.within = false;
            self.ahead.per_unit = false;
            self.ahead.per = false;
            if self.begins_a_name(kinds, at) {
                self.ahead.grouping = true;
                self.ahead.within = ahead.within;
                self.ahead.per = ahead.per;
                return;
            }
            self.ahead.grouped = true;
            let measure = kinds.measure_fit();
            if ahead.measuring && measure > 0.9 && measure + 0.02 >= thing.max(kinds.noun_fit()) {
                self.reading.measures.push(kinds.measure(ahead.aggregate, &words));
            } else if plural
                && ahead.measuring
                && (self.counts_instead(kinds, thing) || (ahead.measured && kinds.dataset_fit() > 0.9))
            {
                // "rank advisers by clients": by how many there are.
                self.reading.measures.push(kinds.rows(&words));
            } else if ahead.per && self.is_per_own_row(kinds) {
                self.ahead.grouped = false;
                if let Some(ask) = self.reading.measures.last_mut() {
                    ask.aggregate.get_or_insert(Aggregate::Average);
                }
            } else if thing > 0. && thing + 0.2 >= measure {
                let before = self.reading.groups.len();
                self.group(kinds, &words);
                // "quarterly expenses per department": both are what it is broken down by.
                let timed = self.reading.groups[..before].iter().any(|group| matches!(group, Group::Time(_)));
                if ahead.per_unit && !timed && !self.is_listed(at) && kinds.entity_fit() >= kinds.field_fit() {
                    self.reading.per_each = self.reading.groups.last().cloned();
                }
                let added = self.reading.groups.split_off(before);
                if ahead.within {
                    self.reading.within.extend_from_slice(&added);
                }
                if ahead.per {
                    self.reading.per_of.extend_from_slice(&added);
                }
                // "by category within each department": the departments come first.
                let place = if ahead.outer { 0 } else { before };
                self.reading.groups.splice(place..place, added);
            } else if self.is_the_whole(kinds, at) {
                self.ahead.grouped = false;
            } else if self.is_per_row(kinds) {
                // "sales amount per order", where each row is an order: their mean.
                if let Some(ask) = self.reading.measures.last_mut() {
                    ask.aggregate.get_or_insert(Aggregate::Average);
                }
            } else if measure > 0. && measure + 0.2 >= kinds.noun_fit() {
                self.divides(ahead.per);
                self.reading.measures.push(kinds.measure(ahead.aggregate, &words));
            } else if self.is_of_entities(kinds) {
                self.reading.groups.push(Group::Entity(kinds.noun(&words)));
            } else {
                self.divides(ahead.per);
                self.reading.measures.push(kinds.rows(&words));
            }
            return;
        }
        if ahead.counting {
            self.ahead.counting = false;
            let ranked = self.reading.rank.is_some() && !self.reading.nouns.is_empty();
            if ranked && kinds.measure_fit() > 0.9 && kinds.measure_fit() >= kinds.noun_fit().max(kinds.field_fit()) {
                self.reading.count = false;
                self.reading.measures.push(kinds.measure(None, &words));
            } else if ranked && kinds.dataset_fit() > 0.9 && kinds.dataset_fit() + 0.05 >= kinds.field_fit() {
                // "the top product by number of remarks": the products are ranked, and the remarks counted.
                self.reading.count = false;
                self.reading.measures.push(kinds.rows(&words));
            } else if kinds.noun_fit() > 0. && kinds.noun_fit() + 0.05 >= kinds.measure_fit().max(kinds.field_fit()) {
                self.speak_of(kinds, &words);
                self.skip_own_column(kinds, at);
            } else if kinds.measure_fit() >= kinds.field_fit() {
                self.reading.measures.push(kinds.measure(None, &words));
            } else {
                self.reading.distinct = true;
                self.reading.fields.push(kinds.field(&words));
            }
            return;
        }
        if ahead.ranking {
            self.ahead.ranking = false;
            if ahead.most && self.counts_what_is_done(kinds, at) {
                return;
            }
            self.ranked(kinds, &words, plural, ahead.most);
            if ahead.sized && !plural {
                self.reading.sized = self.reading.nouns.last().filter(|noun| noun.words == words).cloned();
            }
            return;
        }
        if let Some(aggregate) = ahead.aggregate {
            if self.begins_a_measure(kinds, at) {
                // "the mean milestone delay": of the delay.
                self.speak_of(kinds, &words);
                return;
            }
            self.ahead.aggregate = None;
            self.aggregated(kinds, &words, aggregate);
            return;
        }
        if (ahead.asked || self.reading.list) && self.lists_values(kinds, at) {
            self.ahead.asked = false;
            self.reading.list = true;
            self.reading.nouns.push(Noun::of_rows(&kinds.measures, words));
            return;
        }
        if ahead.asked {
            self.ahead.asked = false;
            if thing.max(kinds.noun_fit()) + 0.1 >= kinds.measure_fit() {
                self.ahead.plural.get_or_insert(plural);
                self.ahead.asked_for = true;
                if kinds.field_fit() > kinds.noun_fit() {
                    self.reading.groups.push(Group::Field(kinds.field(&words)));
                } else {
                    self.speak_of(kinds, &words);
                }
                return;
            }
        }
        if self.does_it(kinds, at) {
            self.speak_of(kinds, &words);
            return;
        }
        self.plainly(kinds, &words, ahead.with);
    }

    /// "maintenance cost per run hour": what follows "per" is a number itself, by which the measure before is divided.
    fn divides(&mut self, per: bool) {
        let Some(ask) = self.reading.measures.last_mut().filter(|_| per) else { return };
        // "average expenses per invoice": all of them, divided.
        ask.aggregate = ask.aggregate.filter(|aggregate| *aggregate != Aggregate::Average);
        self.reading.ratio = true;
    }

    /// Whether rows are what is ranked by: they are called so, too, where others are put into the order and nothing is measured yet.
    fn counts_instead(&self, kinds: &Kinds, thing: f64) -> bool {
        let reading = &self.reading;
        let ranked = reading.rank.is_some() && reading.measures.is_empty() && !reading.groups.is_empty();
        kinds.dataset_fit() >= thing.max(0.9)
            || (ranked && kinds.dataset_fit() > 0.9 && kinds.dataset_fit() + 0.05 >= thing)
    }

    /// Whether something else is named along with it: "per department and category".
    fn is_listed(&self, at: usize) -> bool {
        let next = self.spans.get(self.next_meant(at + 1));
        next.is_some_and(|span| span.cue() == Some(Cue::And) || span.meaning == Meaning::Mark(','))
    }

    pub(super) fn speak_of(&mut self, kinds: &Kinds, words: &str) {
        self.reading.noun_first |= self.reading.nouns.is_empty() && self.reading.measures.is_empty();
        self.reading.nouns.push(kinds.noun(words));
    }

    /// Whether a dataset that it may mean has one row for each entity.
    fn is_of_entities(&self, kinds: &Kinds) -> bool {
        kinds.datasets.iter().any(|(dataset, _)| self.is_of_entity(*dataset))
    }

    /// Whether a dataset has one row for each entity of a kind.
    pub(super) fn is_of_entity(&self, dataset: usize) -> bool {
        let model = &self.bound.model;
        model.entities.iter().any(|entity| entity.dataset == model.datasets[dataset].name)
    }

    /// Whether a measure that it may mean is a sum or a count, so that there can be none of it.
    pub(super) fn adds_up(&self, kinds: &Kinds) -> bool {
        let best = kinds.measures.iter().max_by(|one, other| one.2.total_cmp(&other.2));
        best.is_some_and(|(dataset, measure, _)| {
            let expression = self.bound.model.datasets[*dataset].measures[*measure].expression.to_lowercase();
            expression.starts_with("sum(") || expression.starts_with("count(")
        })
    }

    /// Whether it is a measure more than anything else, and a mean.
    fn is_mean(&self, kinds: &Kinds) -> bool {
        let best = kinds.measures.iter().max_by(|one, other| one.2.total_cmp(&other.2));
        kinds.measure_fit() >= kinds.noun_fit().max(kinds.field_fit())
            && best
                .is_some_and(|(dataset, measure, _)| self.bound.model.datasets[*dataset].measures[*measure].is_mean())
    }

    pub(super) fn is_boolean(&self, field: Field) -> bool {
        match field {
            Field::Dimension(dataset, dimension) => {
                self.values
                    .facts(dataset)
                    .and_then(|facts| facts.types.get(dimension))
                    .is_some_and(|kind| kind == "Boolean")
                    || self.bound.tables.get(dataset).is_some_and(|table| {
                        let name = &self.bound.model.datasets[dataset].dimensions[dimension].name;
                        table.columns.iter().any(|(column, kind)| column == name && kind == "boolean")
                    })
            }
            Field::Column(dataset, column) => self
                .bound
                .tables
                .get(dataset)
                .and_then(|table| table.columns.get(column))
                .is_some_and(|(_, kind)| kind == "boolean"),
            Field::Entity(..) | Field::Time(_) => false,
        }
    }

    /// The type of a field, where it is a column of its table.
    pub(super) fn kind_of(&self, field: Field) -> Option<&str> {
        match field {
            Field::Dimension(dataset, dimension) => {
                let of = &self.bound.model.datasets[dataset].dimensions[dimension];
                kind_of(self.bound.tables.get(dataset)?, of.expression.as_ref().unwrap_or(&of.name))
            }
            Field::Column(dataset, column) => {
                self.bound.tables.get(dataset)?.columns.get(column).map(|(_, kind)| kind.as_str())
            }
            Field::Entity(..) | Field::Time(_) => None,
        }
    }

    /// Whether a field is a column of texts.
    pub(super) fn is_text(&self, field: Field) -> bool {
        self.kind_of(field) == Some("text")
    }

    pub(super) fn group(&mut self, kinds: &Kinds, words: &str) {
        let group = if kinds.entity_fit() >= kinds.field_fit() {
            Group::Entity(kinds.noun(words))
        } else {
            Group::Field(kinds.field(words))
        };
        if !self.reading.groups.contains(&group) {
            self.reading.groups.push(group);
        }
    }

    pub(super) fn aggregated(&mut self, kinds: &Kinds, words: &str, aggregate: Aggregate) {
        if kinds.measure_fit() > 0. && kinds.measure_fit() + 0.05 >= kinds.noun_fit() {
            self.reading.measures.push(kinds.measure(Some(aggregate), words));
        } else if kinds.field_fit() > kinds.noun_fit() {
            let ask = MeasureAsk {
                candidates: Vec::new(),
                fields: kinds.fields.clone(),
                rows_of: Vec::new(),
                aggregate: Some(aggregate),
                words: words.to_owned(),
            };
            self.reading.measures.push(ask);
        } else if aggregate == Aggregate::Total {
            self.reading.count = true;
            self.speak_of(kinds, words);
        } else if self.ahead.how_much {
            // "how high are invoices on average": of what they are measured by.
            self.ahead.aggregate = Some(aggregate);
            self.speak_of(kinds, words);
        } else {
            let mut rows = kinds.rows(words);
            rows.aggregate = Some(aggregate);
            if rows.rows_of.is_empty() {
                self.speak_of(kinds, words);
            } else {
                self.reading.measures.push(rows);
            }
        }
    }

    pub(super) fn plainly(&mut self, kinds: &Kinds, words: &str, with: bool) {
        let noun = kinds.noun_fit();
        let measure = kinds.measure_fit();
        let listed = self.reading.list && noun >= measure;
        let judged = with && !self.reading.nouns.is_empty() && self.reading.rank.is_none() && !self.ahead.ranking;
        self.ahead.with = false;
        if judged && measure > 0. && measure > noun.max(kinds.field_fit()) + 0.03 && self.reading.groups.is_empty() {
            // "projects with overdue milestones": those that have any.
            let of = Some(kinds.measure(None, words));
            self.reading.conditions.push(Condition {
                of,
                near: None,
                operator: Operator::More,
                with: Operand::Number(0.),
                words: words.to_owned(),
                standing: Standing::default(),
            });
            return;
        }
        if judged
            && self.reading.count
            && kinds.field_fit() > noun.max(measure)
            && !kinds.fields.iter().any(|(field, _)| self.is_boolean(*field))
        {
            let candidates = kinds.fields.iter().map(|(field, fit)| (*field, String::new(), *fit)).collect();
            let (words, standing) = (words.to_owned(), Standing::default());
            self.reading.filters.push(Filter { candidates, not: true, missing: true, words, standing });
            return;
        }
        let measure = if self.ahead.how_much && measure > 0. { measure + 0.3 } else { measure };
        if measure > 0. && measure + 0.03 >= noun && measure + 0.05 >= kinds.field_fit() && !listed {
            self.rank_in_words(words);
            self.reading.measures.push(kinds.measure(None, words));
        } else if kinds.field_fit() > noun {
            let boolean: Vec<(Field, f64)> =
                kinds.fields.iter().copied().filter(|(field, _)| self.is_boolean(*field)).collect();
            if boolean.is_empty() {
                self.reading.fields.push(kinds.field(words));
            } else {
                // "late projects": a yes-or-no column as an adjective.
                let candidates = boolean.into_iter().map(|(field, fit)| (field, "true".to_owned(), fit)).collect();
                let (words, standing) = (words.to_owned(), Standing::default());
                self.reading.filters.push(Filter { candidates, not: false, missing: false, words, standing });
            }
        } else if with && !self.reading.nouns.is_empty() && kinds.dataset_fit() > 0. {
            self.reading.relations.push(Relation { noun: kinds.noun(words), absent: false });
        } else {
            self.speak_of(kinds, words);
        }
    }
}
