//! The words that say what is to be done with the data, whatever the data are.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};

use crate::ask::words::stems;

/// What such a word asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Cue {
    /// "how many", "the number of".
    Count,
    /// "how much".
    HowMuch,
    /// "how long", "how fast".
    HowLong,
    /// "how often".
    HowOften,
    /// "total".
    Total,
    /// "average".
    Average,
    /// "median".
    Median,
    /// "maximum".
    Maximum,
    /// "minimum".
    Minimum,
    /// "standard deviation".
    Deviation,
    /// "share", "percentage".
    Share,
    /// "ratio".
    Ratio,
    /// "grow", "increase".
    Growth,
    /// "decline", "fall".
    Decline,
    /// "by", "per", "for each".
    By,
    /// "top", "highest", "most".
    Top,
    /// "bottom", "lowest", "fewest".
    Bottom,
    /// "ranked", "sorted by": all, in their order.
    Rank,
    /// "region-wise": what stands before it is grouped by.
    Wise,
    /// "best": which way that is, the measure says.
    Best,
    /// "worst".
    Worst,
    /// "trend", "over time".
    Trend,
    /// "compare", "versus".
    Compare,
    /// "compared to the previous": a period with the one before.
    Before,
    /// "correlation", "affect".
    Correlate,
    /// "distribution".
    Distribution,
    /// "anomalies", "unusual".
    Anomalies,
    /// "forecast", "predict".
    Forecast,
    /// "duplicates".
    Duplicates,
    /// "why".
    Why,
    /// "which", "what".
    Which,
    /// "who".
    Who,
    /// "where".
    Where,
    /// "everybody": people, each by themselves.
    Everybody,
    /// "when".
    When,
    /// "not", "except".
    Not,
    /// "without", "never": rows that are missing.
    Without,
    /// "with", "who have": rows that are there.
    With,
    /// "more than".
    More,
    /// "at least".
    AtLeast,
    /// "less than".
    Less,
    /// "at most".
    AtMost,
    /// "exactly".
    Exactly,
    /// "between", with numbers.
    Between,
    /// "or more", behind a number.
    OrMore,
    /// "or less", behind a number.
    OrLess,
    /// "mentioning", "containing".
    Mentions,
    /// "missing", "empty".
    Missing,
    /// "are there any".
    Any,
    /// "tell me about", "everything about".
    Profile,
    /// "newest".
    Newest,
    /// "oldest".
    Oldest,
    /// "list", "show": rows rather than figures.
    List,
    /// "different", "distinct", "unique".
    Distinct,
    /// "data sources", "tables", "columns".
    Sources,
    /// "columns".
    Columns,
    /// "last synced", "fresh".
    Freshness,
    /// "rows".
    RowCount,
    /// "and".
    And,
    /// "or".
    Or,
    /// "only", "just".
    Only,
    /// "the same".
    Same,
    /// "what about", "how about".
    WhatAbout,
    /// "them", "those", "it".
    Pronoun,
    /// "instead".
    Instead,
    /// "active", "frequent": much of what it does.
    Active,
    /// "valuable", "profitable": much of what it brings.
    Valuable,
    /// "help", "what can I ask".
    Help,
    /// "cumulative", "running total".
    Cumulative,
    /// "difference between".
    Difference,
}

impl Cue {
    /// Whether it puts things into an order.
    pub(crate) fn ranks(self) -> bool {
        matches!(self, Self::Top | Self::Bottom | Self::Best | Self::Worst | Self::Valuable | Self::Active)
    }
}

/// The phrases of each cue; the file says more.
const PHRASES: &str = include_str!("cues.txt");

/// The stems of a phrase, and what it asks for.
pub(super) type Phrase = (Vec<String>, Cue);

/// All phrases, by their first stems.
pub(super) fn cues() -> &'static HashMap<String, Vec<Phrase>> {
    static CUES: OnceLock<HashMap<String, Vec<Phrase>>> = OnceLock::new();
    CUES.get_or_init(|| {
        let mut cues: HashMap<String, Vec<Phrase>> = HashMap::new();
        for (cue, phrase) in written() {
            let words = if phrase == "&" { vec![phrase.to_owned()] } else { stems(phrase) };
            if let Some(first) = words.first().cloned() {
                cues.entry(first).or_default().push((words, cue));
            }
        }
        cues
    })
}

/// Whether a stem is a cue by itself that only says how words hang together: such a word alone is no name.
pub(super) fn is_function_word(stem: &str) -> bool {
    let phrases = cues().get(stem).into_iter().flatten();
    phrases.filter(|(words, _)| words.len() == 1).any(|(_, cue)| {
        matches!(
            cue,
            Cue::By
                | Cue::And
                | Cue::Or
                | Cue::Not
                | Cue::Without
                | Cue::With
                | Cue::Which
                | Cue::Who
                | Cue::Where
                | Cue::When
                | Cue::Count
                | Cue::More
                | Cue::Less
                | Cue::Between
                | Cue::Pronoun
                | Cue::Only
                | Cue::Mentions
                | Cue::Any
                | Cue::Same
                | Cue::Top
                | Cue::Bottom
                | Cue::Compare
                | Cue::Total
                | Cue::Average
                | Cue::Share
        )
    })
}

fn written() -> impl Iterator<Item = (Cue, &'static str)> {
    let mut current = None;
    let lines = PHRASES.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    lines.flat_map(move |line| {
        let phrases = match line.split_once(':') {
            Some((name, phrases)) => {
                let name: StrDeserializer<'_, Error> = name.into_deserializer();
                current = Cue::deserialize(name).ok();
                phrases
            }
            None => line,
        };
        let cue = current;
        let phrases = phrases.split(',').map(str::trim).filter(|phrase| !phrase.is_empty());
        phrases.filter_map(move |phrase| Some((cue?, phrase))).collect::<Vec<_>>()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_phrases_names_a_cue() {
        let names = PHRASES
            .lines()
            .filter_map(|line| line.split_once(':').map(|(name, _)| name))
            .filter(|name| !name.starts_with('#'));
        for name in names {
            let name: StrDeserializer<'_, Error> = name.into_deserializer();
            assert!(Cue::deserialize(name).is_ok(), "{name:?}");
        }
        assert!(written().any(|(cue, phrase)| cue == Cue::Count && phrase == "how many"));
    }
}
