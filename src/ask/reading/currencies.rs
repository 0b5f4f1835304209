//! Currencies: what is held in one is not told in another.

use super::walk::Walk;

/// Words for each currency, as measures have it for their unit.
const CURRENCIES: &[(&str, &[&str])] = &[
    ("EUR", &["eur", "euro", "euros", "\u{20ac}"]),
    ("USD", &["usd", "dollar", "dollars", "bucks"]),
    ("GBP", &["gbp", "pound", "pounds", "sterling"]),
    ("CHF", &["chf", "franc", "francs"]),
];

impl Walk<'_> {
    /// "spending in dollars", where it is in euros.
    pub(super) fn keep_currency(&mut self) {
        let measures = self.bound.model.datasets.iter().flat_map(|dataset| &dataset.measures);
        let held: Vec<&str> = measures.filter_map(|measure| measure.unit.as_deref()).filter_map(currency).collect();
        if held.is_empty() {
            return;
        }
        let other = |word: &str| currency(word).is_some_and(|currency| !held.contains(&currency));
        let said = self.spans.iter().filter(|span| span.things().is_none() && span.values().is_none());
        let words = said.flat_map(|span| span.text.split(' ')).filter(|word| other(word));
        let words: Vec<String> = words.map(str::to_owned).collect();
        self.reading.critical += words.len();
        self.reading.unknown.extend(words);
    }
}

/// The currency that a word is.
fn currency(word: &str) -> Option<&'static str> {
    let word = word.to_lowercase();
    let known =
        CURRENCIES.iter().find(|(code, words)| code.eq_ignore_ascii_case(&word) || words.contains(&word.as_str()));
    known.map(|(code, _)| *code)
}
