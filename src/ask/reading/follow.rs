//! Follow-up questions: what is said anew takes the place of what was said before, and the rest stays.

use super::{Filter, Group, Rank, Reading};
use crate::ask::lexicon::{Cue, Field, Meaning, Span};

/// The reading of a question that may follow on another, and whether it does.
///
/// `last` is an entity that the last answer was about.
pub(crate) fn follow_up(
    reading: Reading,
    spans: &[Span],
    before: Option<&Reading>,
    last: Option<&Filter>,
) -> (Reading, bool) {
    let Some(before) = before else { return (reading, false) };
    let opening = spans.iter().find(|span| !matches!(span.meaning, Meaning::Filler));
    let opens = opening.and_then(Span::cue).is_some_and(|cue| {
        matches!(
            cue,
            Cue::And
                | Cue::WhatAbout
                | Cue::Only
                | Cue::Same
                | Cue::Instead
                | Cue::By
                | Cue::Not
                | Cue::Compare
                | Cue::Or
        )
    });
    let opens = opens || matches!(opening.map(|span| &span.meaning), Some(Meaning::Time(_)));
    let refers = spans.iter().any(|span| matches!(span.cue(), Some(Cue::Pronoun | Cue::Same | Cue::Instead)));
    let names_figure = !reading.measures.is_empty() || !reading.scores.is_empty() || reading.count;
    let names_thing = names_figure || !reading.nouns.is_empty() || !reading.relations.is_empty();
    let alone = !names_thing;
    // A pronoun stands for the last entity; the rest of such a question is its own.
    if names_thing && refers && !opens {
        let known = last.or_else(|| before.filters.iter().find(|filter| is_entity(filter)));
        let own = reading.filters.iter().any(is_entity);
        if let Some(known) = known.filter(|_| !own) {
            let mut reading = reading;
            reading.filters.push(known.clone());
            return (reading, true);
        }
    }
    let complete =
        names_figure && (!reading.groups.is_empty() || !reading.filters.is_empty() || !reading.nouns.is_empty());
    let bare_why = reading.why && alone;
    let follows = (opens && !(complete && !refers && !opens_with_and(spans)))
        || (alone && (refers || is_fragment(&reading) || bare_why));
    if !follows {
        return (reading, false);
    }
    (merged(before.clone(), reading, spans), true)
}

fn opens_with_and(spans: &[Span]) -> bool {
    spans.first().and_then(Span::cue).is_some_and(|cue| matches!(cue, Cue::And | Cue::WhatAbout | Cue::Same))
}

fn is_entity(filter: &Filter) -> bool {
    filter.candidates.iter().any(|(field, _, _)| matches!(field, Field::Entity(..)))
}

/// Whether it changes something without being a question of its own.
fn is_fragment(reading: &Reading) -> bool {
    reading.task.is_none_or(|task| {
        matches!(
            task,
            super::Task::Trend
                | super::Task::Compare
                | super::Task::Forecast
                | super::Task::Anomalies
                | super::Task::Distribution
        )
    }) && (!reading.groups.is_empty()
        || !reading.filters.is_empty()
        || !reading.periods.is_empty()
        || reading.rank.is_some()
        || reading.limit.is_some()
        || reading.share
        || reading.before
        || reading.year_before
        || reading.task.is_some()
        || !reading.segments.is_empty()
        || !reading.conditions.is_empty()
        || !reading.texts.is_empty())
}

fn merged(mut whole: Reading, new: Reading, spans: &[Span]) -> Reading {
    let adds = spans.iter().any(|span| {
        let text = span.text.to_lowercase();
        text.contains("break")
            || text.contains("split")
            || text.contains("drill")
            || text == "also"
            || text.contains("as well")
    });
    if !new.measures.is_empty() {
        whole.measures = new.measures;
        whole.count = false;
        // What only the old measure needed goes with it.
        whole.scores.clear();
    }
    if !new.nouns.is_empty() {
        if new.count || whole.count || whole.measures.is_empty() {
            whole.nouns = new.nouns;
        } else {
            whole.nouns.extend(new.nouns);
        }
    }
    whole.count |= new.count;
    if !new.groups.is_empty() {
        if !adds {
            let time_only = new.groups.iter().all(|group| matches!(group, Group::Time(_)));
            whole.groups.retain(|group| matches!(group, Group::Time(_)) != time_only && time_only);
        }
        for group in new.groups {
            if !whole.groups.contains(&group) {
                whole.groups.push(group);
            }
        }
        if let Some(rank) = &mut whole.rank
            && new.rank.is_none()
            && rank.limit == Some(1)
        {
            rank.limit = None;
        }
    }
    let compares = new.task == Some(super::Task::Compare);
    whole.within = new.within.into_iter().chain(whole.within).filter(|group| whole.groups.contains(group)).collect();
    let told_anew = |known: &Filter, filter: &Filter| {
        known.not == filter.not
            && known.candidates.iter().any(|(field, ..)| filter.candidates.iter().any(|(of, ..)| of == field))
    };
    if !new.filters.is_empty() {
        whole.each = new.each || (compares && whole.each);
    }
    if !compares {
        whole.filters.retain(|known| !new.filters.iter().any(|filter| told_anew(known, filter)));
    }
    for filter in new.filters {
        match whole.filters.iter().rposition(|known| told_anew(known, &filter)) {
            // "compare that with APAC": the one beside the other, as "EMEA and APAC" are.
            Some(before) => whole.filters.insert(before + 1, filter),
            None => whole.filters.push(filter),
        }
    }
    whole.when |= new.when;
    whole.expected = new.expected.or(whole.expected);
    for ask in new.fields {
        if !whole.fields.contains(&ask) {
            whole.fields.push(ask);
        }
    }
    if !new.periods.is_empty() {
        whole.says_when = new.says_when;
        whole.periods = if compares { whole.periods.into_iter().chain(new.periods).collect() } else { new.periods };
    }
    if !new.recurring.is_empty() {
        whole.recurring = new.recurring;
    }
    whole.conditions.extend(new.conditions);
    whole.texts.extend(new.texts);
    whole.segments.extend(new.segments);
    whole.relations.extend(new.relations);
    if !new.scores.is_empty() {
        whole.scores = new.scores;
    }
    if new.rank.is_some() {
        whole.rank = new.rank;
        whole.limit = new.limit;
    } else if let Some(limit) = new.limit {
        whole.limit = Some(limit);
        if let Some(rank) = &mut whole.rank {
            *rank = Rank { limit: Some(limit), ..*rank };
        }
    }
    if new.by_time.is_some() {
        whole.by_time = new.by_time;
    }
    if new.task.is_some() {
        whole.task = new.task;
    }
    if new.ahead.is_some() {
        whole.ahead = new.ahead;
    }
    whole.change = new.change.or(whole.change);
    whole.share |= new.share;
    whole.before |= new.before;
    whole.year_before |= new.year_before;
    whole.why |= new.why;
    whole.list |= new.list;
    whole.cumulative |= new.cumulative;
    whole.over_time |= new.over_time;
    whole.unlike = new.unlike.or(whole.unlike);
    whole.unknown = new.unknown;
    whole.critical = new.critical;
    let meant = whole.meant + new.meant;
    if meant > 0 {
        whole.fit = (whole.fit * whole.meant as f64 + new.fit * new.meant as f64) / meant as f64;
    }
    whole.meant = meant;
    whole
}
