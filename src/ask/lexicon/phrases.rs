//! The phrases of a model: every way in which its things can be called.

use std::collections::HashMap;

use super::{Field, Known};
use crate::ask::Bound;
use crate::ask::words::{alike, is_stop_word, nearness, tokens};

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
    /// Its words as they are written: "active" is not quite "activity", though their stems are one.
    pub(crate) written: Vec<String>,
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
/// The same of a measure: "customers that are buying less" are customers before they are "buying customers".
const MEASURE_APART: f64 = 0.97;
/// Another form of a word.
const FORM: f64 = 0.95;
/// Another form of a word that stands for a condition: who complains is not yet one of those who are "complaining".
const CONDITION_FORM: f64 = 0.9;
/// A name that is said as a sentence: "the amount was paid".
const PASSIVE: f64 = 0.97;
/// What is less near than this is no slip.
const SLIP: f64 = 0.7;
/// How far apart they may be.
pub(super) const NEAR: usize = 7;
/// A word for about the same thing.
const ALIKE: f64 = 0.8;
/// Words that say whose something is: which of them, says who is spoken of.
const POSSESSIVES: &[&str] = &["its", "their", "our", "his", "her"];
/// A column that the model does not name.
const COLUMN: f64 = 0.72;

impl Phrase {
    /// How many words from a place on are the phrase, and how well they fit; nothing where they do not. "orders were sent back"
    /// are the "orders sent back"; "how late were milestones" does not ask for "late milestones", nor "deliveries were late" for
    /// the "delivery delay": what is said in a sentence is said in the words of the name.
    fn read(&self, asked: &AskedWords<'_>, from: usize) -> Option<(usize, f64)> {
        let (mut at, mut fit, mut in_sentence) = (from, 1.0_f64, false);
        let is_whole = self.weight > 0.85;
        for (place, known) in self.words.iter().enumerate() {
            let said = place > 0 && is_whole && is_auxiliary(asked.written.get(at)?) && asked.stems[at] != known;
            if said && asked.written.get(at + 1).is_some_and(|next| !next.ends_with('s')) {
                at += 1;
                fit = fit.min(PASSIVE);
                in_sentence = true;
            }
            let free = *asked.free.get(at)? && is_whole && self.others.is_empty() && !in_sentence;
            let near = word_fit(asked.stems[at], known, free) * asked.right[at];
            fit = fit.min(near * form_fit(self, place, asked, at));
            if fit < 0.6 {
                return None;
            }
            at += 1;
        }
        Some((at - from, fit))
    }

    /// "average sales volume": behind a mean, a whole name is said as it is, and its words do not stand apart.
    fn is_averaged(&self, stems: &[&str], head: usize) -> bool {
        let Some(start) = head.checked_sub(self.others.len() + 1) else { return false };
        is_average(stems[start]) && stems[start + 1..head].iter().zip(&self.others).all(|(said, known)| said == known)
    }
}

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
        let words = words_of(name);
        self.exact(name, known, weight);
        let bare: Vec<Word> = words.iter().filter(|word| !is_how(&word.stem)).cloned().collect();
        let Some(head) = bare.last().cloned() else { return };
        if bare.len() < words.len() {
            let averaged = words.iter().any(|word| is_average(&word.stem));
            self.push(bare.clone(), known, weight * if averaged { BARE_AVERAGE } else { BARE });
        }
        if bare.len() == 2 {
            self.push(vec![bare[1].clone(), Word::of(), bare[0].clone()], known, weight * 0.95);
        }
        if bare.len() > 1 {
            for word in bare.iter().filter(|word| !is_stop_word(&word.stem)) {
                let part = if word.stem == head.stem { PART + 0.05 } else { PART };
                self.push(vec![word.clone()], known, weight * part);
            }
        }
        if bare.len() > 2 {
            for (part, fit) in [(&bare[bare.len() - 2..], 0.75), (&bare[..2], 0.7)] {
                // "what was" of "what was delivered" is how half of all questions begin.
                let asks = ["what", "who", "which"].contains(&part[0].stem.as_str());
                if !(asks && is_stop_word(&part[1].stem)) {
                    self.push(part.to_vec(), known, weight * fit);
                }
            }
        }
        // "which team is the bottleneck": the words of "bottleneck team", apart.
        let others = words.iter().filter(|word| word.stem != head.stem && !is_joining(&word.stem));
        let others: Vec<String> = others.map(|word| word.stem.clone()).collect();
        let apart = words.iter().all(|word| !is_joining(&word.stem) || word.stem == "of" || word.stem == "the");
        if apart && !others.is_empty() && !is_stop_word(&head.stem) {
            let weight = weight * if matches!(known, Known::Measure(..)) { MEASURE_APART } else { APART };
            let (words, written) = (vec![head.stem], vec![head.written]);
            self.all.push(Phrase { words, known, weight, others, written });
        }
    }

    /// A name for rows: "number of" says what is done with them.
    fn rows(&mut self, name: &str, known: Known) {
        self.know(name);
        let words: Vec<Word> = words_of(name).into_iter().filter(|word| !is_how(&word.stem)).collect();
        self.push(words, known, 0.98);
    }

    /// Words for a condition: all of them, or turned around.
    fn adjective(&mut self, name: &str, known: Known, weight: f64) {
        let words = words_of(name);
        if words.len() == 2 {
            self.push(vec![words[1].clone(), Word::of(), words[0].clone()], known, weight * 0.95);
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
        self.push(words_of(name), known, weight);
    }

    fn push(&mut self, words: Vec<Word>, known: Known, weight: f64) {
        if words.is_empty() {
            return;
        }
        let (words, written): (Vec<String>, Vec<String>) =
            words.into_iter().map(|word| (word.stem, word.written)).unzip();
        let same = self.all.iter_mut().find(|phrase| {
            phrase.known == known && phrase.written == written && phrase.words == words && phrase.others.is_empty()
        });
        match same {
            Some(phrase) => phrase.weight = phrase.weight.max(weight),
            None => self.all.push(Phrase { words, known, weight, others: Vec::new(), written }),
        }
    }

    /// What must stand near to a word for it to be a name of something: the other words of each name of which it is the head.
    pub(super) fn apart(&self, known: Known, head: &str) -> impl Iterator<Item = &[String]> {
        let named = self.all.iter().filter(move |phrase| phrase.known == known && !phrase.others.is_empty());
        named
            .filter(move |phrase| phrase.words.iter().map(String::as_str).eq([head]))
            .map(|phrase| phrase.others.as_slice())
    }

    /// Whether a stem stands in a phrase, so that it is no slip.
    pub(crate) fn has_word(&self, word: &str) -> bool {
        self.all.iter().any(|phrase| phrase.words.iter().any(|known| known == word))
    }

    /// Whether a stem stands in the name of something by which others are judged.
    pub(crate) fn judges(&self, word: &str) -> bool {
        let judging = |known: &Known| matches!(known, Known::Measure(..) | Known::Segment(_) | Known::Score(_));
        self.all.iter().any(|phrase| judging(&phrase.known) && phrase.words.iter().any(|known| known == word))
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
    pub(crate) fn matching(&self, asked: &AskedWords<'_>, at: usize) -> Vec<(usize, Known, f64)> {
        let words = &asked.stems[at..];
        let near = &asked.stems[at.saturating_sub(NEAR)..(at + NEAR).min(asked.stems.len())];
        let mut found: Vec<(usize, Known, f64)> = Vec::new();
        for phrase in self.all.iter().filter(|phrase| phrase.words.len() <= words.len()) {
            let Some((length, fit)) = phrase.read(asked, at) else { continue };
            let complete = || {
                phrase.others.iter().all(|other| near.contains(&other.as_str()))
                    && !phrase.is_averaged(&asked.stems, at)
            };
            if phrase.others.is_empty() || (fit >= FORM && complete()) {
                found.push((length, phrase.known, fit * phrase.weight));
            }
        }
        found
    }
}

/// The words of a question, each with its stem, as names are looked for in them.
pub(crate) struct AskedWords<'a> {
    pub(crate) stems: Vec<&'a str>,
    /// As they are written, in lower case.
    pub(crate) written: Vec<&'a str>,
    /// How sure the spelling of each is.
    pub(crate) right: Vec<f64>,
    /// Whether each may stand for a word like it.
    pub(crate) free: Vec<bool>,
}

/// A word of a name.
#[derive(Clone, Debug)]
struct Word {
    stem: String,
    written: String,
}

impl Word {
    fn of() -> Self {
        Self { stem: "of".to_owned(), written: "of".to_owned() }
    }
}

fn words_of(name: &str) -> Vec<Word> {
    tokens(name).into_iter().map(|token| Word { stem: token.stem, written: token.word }).collect()
}

/// How near the form of a word is to the one in a name. A word that carries no meaning of its own ("placed") is none of a name's
/// that has its stem ("place").
fn form_fit(phrase: &Phrase, place: usize, asked: &AskedWords<'_>, at: usize) -> f64 {
    let (stem, word) = (asked.stems[at], asked.written[at]);
    let known = phrase.written[place].as_str();
    // A slip, or a word for about the same thing, has no form to be compared.
    if asked.right[at] < 1. || stem != phrase.words[place] || same_form(word, known) {
        return 1.;
    }
    match phrase.known {
        _ if is_stop_word(word) => 0.,
        // "measurements by" sample type are not "measured by" somebody.
        _ if phrase.words.len() > 1 && phrase.words.last().is_some_and(|last| last == "by") => 0.,
        Known::Segment(_) | Known::Score(_) => CONDITION_FORM,
        _ => FORM,
    }
}

/// Whether two words differ by no more than a plural or a possessive.
fn same_form(one: &str, other: &str) -> bool {
    fn bare(word: &str) -> &str {
        let word = word.trim_end_matches(['\'', '\u{2019}']);
        let word = word.strip_suffix("'s").or_else(|| word.strip_suffix("\u{2019}s")).unwrap_or(word);
        word.strip_suffix("ies")
            .or_else(|| word.strip_suffix("es"))
            .or_else(|| word.strip_suffix(['s', 'y', 'e']))
            .unwrap_or(word)
    }
    one == other || bare(one) == bare(other)
}

fn word_fit(written: &str, known: &str, free: bool) -> f64 {
    match () {
        () if written == known => 1.,
        // "missed its target" is "missed their target".
        () if POSSESSIVES.contains(&written) && POSSESSIVES.contains(&known) => 1.,
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

/// Words that make a sentence of a name.
fn is_auxiliary(word: &str) -> bool {
    ["is", "are", "was", "were", "be", "been"].contains(&word)
}

/// Words that join others.
fn is_joining(word: &str) -> bool {
    ["of", "the", "per", "a", "an", "in", "for", "to", "and", "by", "on", "with", "from", "at"].contains(&word)
}
