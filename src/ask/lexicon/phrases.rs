//! The phrases of a model: every way in which its things can be called.

use std::collections::HashMap;

use super::{Field, Known};
use crate::ask::Bound;
use crate::ask::words::{alike, is_stop_word, nearness, stems, tokens};

/// A phrase, and what it is a phrase for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Phrase {
    /// The stems of its words.
    pub(crate) words: Vec<String>,
    /// What it means.
    pub(crate) known: Known,
    /// How much it says: 1 for a name, less for a part of one.
    pub(crate) weight: f64,
    /// Words that must stand near to it.
    pub(crate) others: Vec<String>,
}

/// All phrases of a model.
#[derive(Clone, Debug, Default)]
pub(crate) struct Phrases {
    all: Vec<Phrase>,
    /// The words of the model as they are written, by their stems: slips are found in them, not in stems.
    written: HashMap<String, Vec<String>>,
}

/// A part of a name says less than the name.
const PART: f64 = 0.5;
/// A name without the words that every name may have ("total", "number").
const BARE: f64 = 0.92;
/// The same without "average", which makes it another number.
const BARE_AVERAGE: f64 = 0.7;
/// All words of a name, but not side by side.
const APART: f64 = 1.03;
/// What is less near than this is no slip.
const SLIP: f64 = 0.7;
/// How far apart they may be.
const NEAR: usize = 7;
/// A word for about the same thing.
const ALIKE: f64 = 0.8;
/// A column that the model does not name.
const COLUMN: f64 = 0.72;

impl Phrases {
    /// The phrases of a model, and of the columns of its tables.
    pub(crate) fn of(bound: &Bound) -> Self {
        let model = &bound.model;
        let mut phrases = Self::default();
        for (dataset, of) in model.datasets.iter().enumerate() {
            let known = Known::Dataset(dataset);
            phrases.name(&of.label, known, 1.);
            phrases.name(&of.name, known, 0.95);
            of.synonyms.iter().for_each(|name| phrases.name(name, known, 1.));
            for (dimension, of) in of.dimensions.iter().enumerate() {
                let known = Known::Field(Field::Dimension(dataset, dimension));
                phrases.name(&of.name, known, 1.);
                of.synonyms.iter().for_each(|name| phrases.name(name, known, 1.));
            }
            for (measure, of) in of.measures.iter().enumerate() {
                // What only counts the rows is the rows themselves, under one name more.
                let counts = of.expression.trim().eq_ignore_ascii_case("count(*)");
                if counts {
                    let names = std::iter::once(&of.label).chain(&of.synonyms);
                    names.for_each(|name| phrases.rows(name, Known::Dataset(dataset)));
                    continue;
                }
                let known = Known::Measure(dataset, measure);
                phrases.name(&of.label, known, 1.);
                phrases.name(&of.name, known, 0.97);
                of.synonyms.iter().for_each(|name| phrases.name(name, known, 1.));
            }
            if let Some(time) = &of.time {
                phrases.exact(time, Known::Field(Field::Time(dataset)), 0.9);
            }
            let Some(table) = bound.tables.get(dataset) else { continue };
            phrases.exact(&table.source, known, 0.97);
            for (column, (name, _)) in table.columns.iter().enumerate() {
                let named =
                    of.dimensions.iter().any(|dimension| dimension.name == *name) || of.time.as_ref() == Some(name);
                if !named && !name.starts_with('_') {
                    phrases.exact(name, Known::Field(Field::Column(dataset, column)), COLUMN);
                }
            }
        }
        for (entity, of) in model.entities.iter().enumerate() {
            let known = Known::Entity(entity);
            phrases.name(&of.name, known, 1.02);
            of.synonyms.iter().for_each(|name| phrases.name(name, known, 1.));
        }
        for (segment, of) in model.segments.iter().enumerate() {
            let known = Known::Segment(segment);
            phrases.adjective(&of.name, known, 1.05);
            of.synonyms.iter().for_each(|name| phrases.adjective(name, known, 1.05));
        }
        for (score, of) in model.scores.iter().enumerate() {
            let known = Known::Score(score);
            phrases.adjective(&of.name, known, 1.05);
            of.synonyms.iter().for_each(|name| phrases.adjective(name, known, 1.05));
        }
        phrases
    }

    /// A name with its parts and turns: "completion rate" is also "rate of completion".
    fn name(&mut self, name: &str, known: Known, weight: f64) {
        let words = stems(name);
        self.exact(name, known, weight);
        let bare: Vec<String> = words.iter().filter(|word| !is_how(word)).cloned().collect();
        let Some(head) = bare.last().cloned() else { return };
        if bare.len() < words.len() {
            let averaged = words.iter().any(|word| is_average(word));
            self.push(bare.clone(), known, weight * if averaged { BARE_AVERAGE } else { BARE });
        }
        if bare.len() == 2 {
            self.push(vec![bare[1].clone(), "of".to_owned(), bare[0].clone()], known, weight * 0.95);
        }
        if bare.len() > 1 {
            for word in bare.iter().filter(|word| !is_stop_word(word)) {
                self.push(vec![word.clone()], known, weight * if *word == head { PART + 0.05 } else { PART });
            }
        }
        if bare.len() > 2 {
            self.push(bare[bare.len() - 2..].to_vec(), known, weight * 0.75);
            self.push(bare[..2].to_vec(), known, weight * 0.7);
        }
        // "which team is the bottleneck": the words of "bottleneck team", apart.
        let others: Vec<String> = words.iter().filter(|word| **word != head && !is_joining(word)).cloned().collect();
        let apart = words.iter().all(|word| !is_joining(word) || word == "of" || word == "the");
        if apart && !others.is_empty() && !is_stop_word(&head) {
            self.all.push(Phrase { words: vec![head], known, weight: weight * APART, others });
        }
    }

    /// A name for rows: "number of" says what is done with them.
    fn rows(&mut self, name: &str, known: Known) {
        self.know(name);
        let words: Vec<String> = stems(name).into_iter().filter(|word| !is_how(word)).collect();
        self.push(words, known, 0.98);
    }

    /// Words for a condition: all of them, or turned around.
    fn adjective(&mut self, name: &str, known: Known, weight: f64) {
        let words = stems(name);
        if words.len() == 2 {
            self.push(vec![words[1].clone(), "of".to_owned(), words[0].clone()], known, weight * 0.95);
        }
        self.exact(name, known, weight);
    }

    /// Keeps the words of a name as they are written.
    fn know(&mut self, name: &str) {
        for token in tokens(name) {
            let words = self.written.entry(token.stem).or_default();
            if !words.contains(&token.word) {
                words.push(token.word);
            }
        }
    }

    fn exact(&mut self, name: &str, known: Known, weight: f64) {
        self.know(name);
        self.push(stems(name), known, weight);
    }

    fn push(&mut self, words: Vec<String>, known: Known, weight: f64) {
        if words.is_empty() {
            return;
        }
        let same = self
            .all
            .iter_mut()
            .find(|phrase| phrase.known == known && phrase.words == words && phrase.others.is_empty());
        match same {
            Some(phrase) => phrase.weight = phrase.weight.max(weight),
            None => self.all.push(Phrase { words, known, weight, others: Vec::new() }),
        }
    }

    /// Whether a stem stands in a phrase, so that it is no slip.
    pub(crate) fn has_word(&self, word: &str) -> bool {
        self.all.iter().any(|phrase| phrase.words.iter().any(|known| known == word))
    }

    /// The stem of the word of the model that a word is most likely a slip of, and how near it is.
    pub(crate) fn nearest(&self, word: &str) -> Option<(&str, f64)> {
        let mut best: Option<(&str, f64)> = None;
        for (stem, written) in &self.written {
            for known in written {
                let near = nearness(word, known).max(nearness(word, &format!("{known}s")));
                let nearer =
                    best.is_none_or(|(other, before)| near > before || (near == before && stem.as_str() < other));
                if near >= SLIP && nearer {
                    best = Some((stem, near));
                }
            }
        }
        best
    }

    /// How well the words from a place on fit to phrases: how many words each takes, what it means, and how well it fits.
    /// `right` says of each word how sure its spelling is, `free` whether it may stand for a word like it.
    pub(crate) fn matching(&self, all: &[&str], at: usize, right: &[f64], free: &[bool]) -> Vec<(usize, Known, f64)> {
        let words = &all[at..];
        let near = &all[at.saturating_sub(NEAR)..(at + NEAR).min(all.len())];
        let mut found: Vec<(usize, Known, f64)> = Vec::new();
        for phrase in self.all.iter().filter(|phrase| phrase.words.len() <= words.len()) {
            let mut fit = 1.0_f64;
            for (place, known) in phrase.words.iter().enumerate() {
                let free = free[at + place] && phrase.weight > 0.85 && phrase.others.is_empty();
                fit = fit.min(word_fit(words[place], known, free) * right[at + place]);
                if fit < 0.6 {
                    break;
                }
            }
            let complete = || phrase.others.iter().all(|other| near.contains(&other.as_str()));
            if fit >= 0.6 && (phrase.others.is_empty() || (fit > 0.99 && complete())) {
                found.push((phrase.words.len(), phrase.known, fit * phrase.weight));
            }
        }
        found
    }
}

fn word_fit(written: &str, known: &str, free: bool) -> f64 {
    match () {
        () if written == known => 1.,
        () if free && alike(written, known) => ALIKE,
        () => 0.,
    }
}

/// Words of names that say how, not what.
fn is_how(word: &str) -> bool {
    is_joining(word)
        || is_average(word)
        || ["total", "number", "count", "sum", "overal", "overall", "all"].contains(&word)
}

fn is_average(word: &str) -> bool {
    ["averag", "average", "mean", "median"].contains(&word)
}

/// Words that join others.
fn is_joining(word: &str) -> bool {
    ["of", "the", "per", "a", "an", "in", "for", "to", "and", "by", "on", "with", "from", "at"].contains(&word)
}
