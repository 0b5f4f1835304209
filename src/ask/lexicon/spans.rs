//! A question cut into spans of meaning: of all ways to read its words, the one that explains most of them best.

use std::collections::HashMap;

use chrono::NaiveDateTime;

use super::cues::cues;
use super::named::{Named, SHORTEST_SLIP, Written, named_at, quoted};
use super::phrases::{AskedWords, NEAR};
use super::{Cue, Field, Known, Meaning, Phrases};
use crate::ask::time::{TimeMeaning, TimeSpan, possible_times};
use crate::ask::values::Values;
use crate::ask::words::{Token, TokenKind, is_stop_word, nearness, number_word};

/// A piece of a question with what it means.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Span {
    /// Its first token.
    pub(crate) start: usize,
    /// The first token after it.
    pub(crate) end: usize,
    /// What it means.
    pub(crate) meaning: Meaning,
    /// What it may mean as well.
    pub(crate) others: Vec<Meaning>,
    /// As it is written.
    pub(crate) text: String,
    /// How well the words fit, 0 to 1.
    pub(crate) fit: f64,
}

/// A candidate: how many tokens it takes, and what it is worth.
#[derive(Clone, Debug)]
struct Candidate {
    length: usize,
    worth: f64,
    fit: f64,
    meaning: Meaning,
}

/// Longer readings explain more than the sum of their words.
const LONGER: f64 = 1.2;
/// What is less likely than the best by more than this is no alternative.
const ALTERNATIVE: f64 = 0.36;
/// What fits as well as this is called so.
const NAMED: f64 = 0.9;
/// Words that are values and things of the model keep both meanings where they fit about as well.
const OTHERS: f64 = 0.5;

/// Reads the tokens of a question.
pub(crate) fn spans(tokens: &[Token], phrases: &Phrases, values: &Values, as_of: NaiveDateTime) -> Vec<Span> {
    let mut candidates: Vec<Vec<Candidate>> = vec![Vec::new(); tokens.len()];
    let known: Vec<bool> = tokens.iter().map(|token| is_known(token, phrases)).collect();
    let slips: Vec<bool> =
        tokens.iter().zip(&known).map(|(token, known)| !known && token.kind == TokenKind::Word).collect();
    let free: Vec<bool> =
        tokens.iter().map(|token| token.kind == TokenKind::Word && !is_stop_word(&token.word)).collect();
    let written_stems: Vec<&str> = tokens.iter().map(|token| token.stem.as_str()).collect();
    let mut asked = AskedWords {
        stems: written_stems.clone(),
        written: tokens.iter().map(|token| token.word.as_str()).collect(),
        right: vec![1.; tokens.len()],
        free,
    };
    for (at, token) in tokens.iter().enumerate() {
        if slips[at]
            && token.word.len() >= SHORTEST_SLIP
            && values.count_with_word(&token.stem) == 0
            && let Some((stem, near)) = phrases.nearest(&token.word)
        {
            asked.stems[at] = stem;
            asked.right[at] = near;
        }
    }
    for span in possible_times(tokens, as_of) {
        if !is_a_name(&span, tokens, phrases, &asked) {
            candidates[span.start].push(candidate(span.end - span.start, 1.06, Meaning::Time(span.meaning)));
        }
    }
    let written = Written::of(tokens, values, &known);
    for (at, token) in tokens.iter().enumerate() {
        let mut things = phrases.matching(&asked, at);
        things.retain(|(length, ..)| !is_broken_down(tokens, phrases, &asked, at + length, *length));
        add_things(&mut candidates[at], things);
        add_cues(&mut candidates[at], &written_stems[at..], &slips[at..], token);
        match token.kind {
            TokenKind::Mark(_) => {}
            TokenKind::Quoted => add_values(&mut candidates[at], quoted(values, &token.text)),
            _ => add_values(&mut candidates[at], named_at(&written, values, at)),
        }
        candidates[at].push(alone(token));
    }
    let mut spans = best_way(tokens, &candidates);
    join_apart(&mut spans, tokens, phrases);
    spans
}

/// "who acquired the most clients", "which ward was missing the most nurses": what belongs to a name whose words stand apart has no
/// meaning of its own. A value is part of one where that is what both are called: "missing" may be an appointment that was missed.
fn join_apart(spans: &mut [Span], tokens: &[Token], phrases: &Phrases) {
    let stems = |span: &Span| tokens[span.start..span.end].iter().map(|token| token.stem.as_str()).collect::<Vec<_>>();
    let belongs = |at: usize| {
        let span = &spans[at];
        let open = matches!(span.meaning, Meaning::Unknown | Meaning::Cue(Cue::Missing));
        let valued = matches!(span.meaning, Meaning::Values(_));
        let own = span.things().unwrap_or_default();
        let [word] = stems(span)[..] else { return false };
        (open || valued)
            && spans.iter().enumerate().any(|(place, other)| {
                let [head] = stems(other)[..] else { return false };
                let near = &tokens[other.start.saturating_sub(NEAR)..(other.start + NEAR).min(tokens.len())];
                let said = |part: &String| near.iter().any(|token| token.stem == *part);
                let best = other.things().into_iter().flatten().map(|(_, fit)| *fit).fold(0., f64::max);
                let named = |(known, fit): &(Known, f64)| {
                    let both = *fit >= best && own.iter().any(|(of, fit)| of == known && *fit >= NAMED);
                    *fit >= NAMED
                        && (open || both)
                        && phrases
                            .apart(*known, head)
                            .any(|parts| parts.iter().any(|part| part == word) && parts.iter().all(said))
                };
                place != at
                    && span.start.abs_diff(other.start) <= NEAR
                    && matches!(other.meaning, Meaning::Known(_))
                    && other.things().is_some_and(|things| things.iter().any(named))
            })
    };
    let joined: Vec<usize> = (0..spans.len()).filter(|at| belongs(*at)).collect();
    for at in joined {
        spans[at].meaning = Meaning::Filler;
        spans[at].others.clear();
    }
}

/// "top projects by hours": where a model has a name for a word in the plural, that is meant, and no unit of time.
fn is_a_name(time: &TimeSpan, tokens: &[Token], phrases: &Phrases, asked: &AskedWords<'_>) -> bool {
    let unit = matches!(time.meaning, TimeMeaning::Unit(_) | TimeMeaning::Grain(_)) && time.end - time.start <= 2;
    let last = time.end - 1;
    unit && tokens[last].word.ends_with('s')
        && phrases.matching(asked, last).iter().any(|(length, _, fit)| *length == 1 && *fit > 0.9)
}

/// "deliveries that were late by material", where something is called "late by": what stands in front of a field is broken down
/// by it.
fn is_broken_down(tokens: &[Token], phrases: &Phrases, asked: &AskedWords<'_>, end: usize, length: usize) -> bool {
    let groups = |known: Known| matches!(known, Known::Field(_) | Known::Entity(_));
    length > 1
        && end < tokens.len()
        && tokens[end - 1].word == "by"
        && phrases.matching(asked, end).into_iter().any(|(_, known, fit)| fit > NAMED && groups(known))
}

fn candidate(length: usize, fit: f64, meaning: Meaning) -> Candidate {
    Candidate { length, worth: fit * (length as f64).powf(LONGER), fit: fit.min(1.), meaning }
}

/// What a token is where nothing else is known of it.
fn alone(token: &Token) -> Candidate {
    match token.kind {
        TokenKind::Number { value, percent } => candidate(1, 0.6, Meaning::Number(value, percent)),
        TokenKind::Quoted => candidate(1, 0.9, Meaning::Quoted(token.text.clone())),
        TokenKind::Mark(mark) => candidate(1, 0.1, Meaning::Mark(mark)),
        TokenKind::Word => match number_word(&token.word) {
            Some(number) => candidate(1, 0.55, Meaning::Number(number, false)),
            None if is_stop_word(&token.word) => candidate(1, 0.2, Meaning::Filler),
            None => candidate(1, 0., Meaning::Unknown),
        },
    }
}

fn is_known(token: &Token, phrases: &Phrases) -> bool {
    is_stop_word(&token.word)
        || cues().contains_key(&token.stem)
        || phrases.has_word(&token.stem)
        || number_word(&token.word).is_some()
}

fn add_cues(candidates: &mut Vec<Candidate>, words: &[&str], slips: &[bool], first: &Token) {
    let mut add = |phrases: &[(Vec<String>, Cue)], fit: f64| {
        for (phrase, cue) in phrases {
            let fits =
                phrase.len() <= words.len() && phrase.iter().zip(words).skip(1).all(|(known, word)| known == word);
            // "orders by region" are orders; "order by region" asks for an order.
            let noun = *cue == Cue::Rank && first.word.ends_with('s');
            // "except" and "exceptional" have one stem, and say quite different things.
            let other = match cue {
                Cue::Anomalies => first.word == "except",
                Cue::Not => first.word.starts_with("exceptional"),
                _ => false,
            };
            if fits && !noun && !other {
                candidates.push(candidate(phrase.len(), 0.93 * fit, Meaning::Cue(*cue)));
            }
        }
    };
    if let Some(phrases) = cues().get(words[0]) {
        add(phrases, 1.);
        return;
    }
    if !slips[0] || words[0].len() < 6 {
        return;
    }
    for (word, phrases) in cues() {
        let near = nearness(words[0], word);
        if near > 0.8 {
            add(phrases, near * 0.95);
        }
    }
}

/// Things of the model: for each length, all that fit about as well as the best.
fn add_things(candidates: &mut Vec<Candidate>, found: Vec<(usize, Known, f64)>) {
    let mut by_length: HashMap<usize, Vec<(Known, f64)>> = HashMap::new();
    for (length, known, fit) in found {
        let of_length = by_length.entry(length).or_default();
        match of_length.iter_mut().find(|(other, _)| *other == known) {
            Some((_, best)) => *best = best.max(fit),
            None => of_length.push((known, fit)),
        }
    }
    for (length, mut things) in by_length {
        things.sort_by(|one, other| other.1.total_cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        let best = things[0].1;
        things.retain(|(_, fit)| *fit > best - ALTERNATIVE);
        candidates.push(candidate(length, best, Meaning::Known(things)));
    }
}

/// Values: whole names, or else parts of names where there are no more of them than can be told apart.
fn add_values(candidates: &mut Vec<Candidate>, named: Vec<Named>) {
    let mut by_length: HashMap<usize, Vec<Named>> = HashMap::new();
    for named in named {
        by_length.entry(named.tokens).or_default().push(named);
    }
    for (length, mut named) in by_length {
        named.sort_by(|one, other| other.fit.total_cmp(&one.fit));
        let best = named[0].fit;
        let whole = named[0].whole;
        let mut values: Vec<(Field, String, f64)> = Vec::new();
        for named in named.into_iter().filter(|named| named.fit > best - 0.12 && named.whole == whole) {
            for (field, text) in named.values {
                if !values.iter().any(|(known, same, _)| *known == field && *same == text) {
                    values.push((field, text, named.fit));
                }
            }
        }
        candidates.push(candidate(length, best * 0.98, Meaning::Values(values)));
    }
}

/// The way through the question that is worth most.
fn best_way(tokens: &[Token], candidates: &[Vec<Candidate>]) -> Vec<Span> {
    let count = tokens.len();
    let mut worth = vec![f64::NEG_INFINITY; count + 1];
    let mut chosen: Vec<Option<(usize, usize)>> = vec![None; count + 1];
    worth[0] = 0.;
    for at in 0..count {
        for (which, candidate) in candidates[at].iter().enumerate() {
            let end = at + candidate.length;
            let total = worth[at] + candidate.worth;
            if end <= count && total > worth[end] + 1e-9 {
                worth[end] = total;
                chosen[end] = Some((at, which));
            }
        }
    }
    let mut spans = Vec::new();
    let mut end = count;
    while let Some((start, which)) = chosen[end] {
        let candidate = &candidates[start][which];
        let text = tokens[start..end].iter().map(|token| token.text.as_str()).collect::<Vec<_>>().join(" ");
        let others = others(which, &candidates[start]);
        spans.push(Span { start, end, meaning: candidate.meaning.clone(), others, text, fit: candidate.fit });
        end = start;
        if end == 0 {
            break;
        }
    }
    spans.reverse();
    spans
}

/// What else the same words can mean: a value may have the name of a thing.
fn others(chosen: usize, all: &[Candidate]) -> Vec<Meaning> {
    let best = &all[chosen];
    let same = all.iter().enumerate().filter(|(which, other)| {
        *which != chosen && other.length == best.length && best.fit - other.fit < OTHERS && other.fit > 0.4
    });
    same.map(|(_, other)| other.meaning.clone()).collect()
}

impl Span {
    /// The things of the model that it can mean, the likelier meaning first.
    pub(crate) fn things(&self) -> Option<&[(Known, f64)]> {
        std::iter::once(&self.meaning).chain(&self.others).find_map(|meaning| match meaning {
            Meaning::Known(things) => Some(things.as_slice()),
            _ => None,
        })
    }

    /// The values that it can mean.
    pub(crate) fn values(&self) -> Option<&[(Field, String, f64)]> {
        std::iter::once(&self.meaning).chain(&self.others).find_map(|meaning| match meaning {
            Meaning::Values(values) => Some(values.as_slice()),
            _ => None,
        })
    }

    /// The general word of a kind that it may be as well.
    pub(crate) fn other_cue(&self, is_it: impl Fn(Cue) -> bool) -> Option<Cue> {
        self.others.iter().find_map(|meaning| match meaning {
            Meaning::Cue(cue) if is_it(*cue) => Some(*cue),
            _ => None,
        })
    }

    /// The general word that it is first of all.
    pub(crate) fn cue(&self) -> Option<Cue> {
        match self.meaning {
            Meaning::Cue(cue) => Some(cue),
            _ => None,
        }
    }
}
