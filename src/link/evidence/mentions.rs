//! What a text mentions: addresses, domains, telephone numbers and identifiers, and then the phrases between them.

use std::sync::LazyLock;

use regex::Regex;

use super::{Gathering, Span};
use crate::link::index::{Kind, Space};
use crate::link::keys::{Id, addresses, domain, is_cue, phones};
use crate::link::words::Words;

/// Words that an identifier is made of at most: `CUST-2024-EU-0042`.
const MOST_ID_WORDS: usize = 4;
/// Of a longer text, as much is read as tells of whom it speaks.
const READ_BYTES: usize = 100_000;

static DOMAIN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:https?://)?(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}(?:/[^\s|>]*)?")
        .expect("the pattern is right")
});
static HANDLE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:^|[\s(<])@([A-Za-z][A-Za-z0-9._-]+)").expect("the pattern is right"));

/// A text, while it is gone through.
pub(super) struct Reading<'a> {
    pub(super) text: &'a str,
    pub(super) words: Words,
    /// The words that have been understood already.
    taken: Vec<bool>,
}

impl Gathering<'_> {
    /// What a text mentions.
    pub(super) fn mentions(&self, text: &str, spans: &mut Vec<Span>) {
        let text = &text[..text.floor_char_boundary(READ_BYTES)];
        let words = Words::of(text);
        let mut reading = Reading { text, taken: vec![false; words.len()], words };
        for address in addresses(text) {
            self.address(&address, spans);
            reading.take(address.from, address.to);
        }
        if text.contains('.') {
            for found in DOMAIN.find_iter(text) {
                if reading.is_free(found.start(), found.end())
                    && let Some(domain) = domain(found.as_str())
                {
                    let said = self.domain(found.as_str(), &domain);
                    // "end.Then" is no domain; it is free for phrases where nobody has it.
                    if said.is_some() {
                        reading.take(found.start(), found.end());
                    }
                    spans.extend(said);
                }
            }
        }
        if text.contains('@') {
            for found in HANDLE.captures_iter(text).filter_map(|captures| captures.get(1)) {
                let handle = found.as_str().trim_end_matches(['.', '-', '_']);
                // Whoever is called by an @ is one of those who write there, not everybody with such a mailbox.
                let own = |kind: Kind| if kind == Kind::Handle { 1.0 } else { 0.0 };
                let folded: String = Words::of(handle).iter().collect();
                let span = Span::of(handle, &self.leads(Space::Handle, [folded.as_str()]), false, own);
                if span.is_some() {
                    reading.take(found.start(), found.end());
                }
                spans.extend(span);
            }
        }
        if self.index.has_phones() {
            for phone in phones(text, self.rules.region.as_deref()) {
                let span = self.phone(&text[phone.from..phone.to], &phone);
                if span.is_some() {
                    reading.take(phone.from, phone.to);
                }
                spans.extend(span);
            }
        }
        if self.index.has_ids() {
            self.ids(&mut reading, spans);
        }
        self.phrases(&reading, spans);
    }

    fn ids(&self, reading: &mut Reading<'_>, spans: &mut Vec<Span>) {
        for from in 0..reading.words.len() {
            let most = MOST_ID_WORDS.min(reading.words.len() - from);
            for length in (1..=most).rev() {
                let to = from + length;
                let is_one = (from + 1..to).all(|place| reading.words.word(place).is_near);
                let joined = reading.words.joined(from, to);
                if !is_one || !Id::is_telling(joined) || reading.is_taken(from, to) {
                    continue;
                }
                if Id::is_bare(joined) && !self.is_announced(reading, from) {
                    continue;
                }
                let Some(key) = Id::of(joined) else { continue };
                if let Some(span) = self.id(reading.said(from, to), &key) {
                    spans.push(span);
                    reading.taken[from..to].fill(true);
                    break;
                }
            }
        }
    }

    /// Whether what stands before a bare number says that it identifies something.
    fn is_announced(&self, reading: &Reading<'_>, place: usize) -> bool {
        reading.words.word(place).is_numbered
            || (1..=2).any(|back| place >= back && is_cue(reading.words.get(place - back)))
    }
}

impl Reading<'_> {
    /// The words between two bytes of the text are understood.
    fn take(&mut self, from: usize, to: usize) {
        self.taken[self.words.between(from, to)].fill(true);
    }

    /// Whether none of the words between two bytes is understood yet.
    fn is_free(&self, from: usize, to: usize) -> bool {
        !self.taken[self.words.between(from, to)].contains(&true)
    }

    /// Whether one of these words is understood.
    pub(super) fn is_taken(&self, from: usize, to: usize) -> bool {
        self.taken[from..to].contains(&true)
    }

    /// These words as they stand in the text.
    pub(super) fn said(&self, from: usize, to: usize) -> &str {
        &self.text[self.words.word(from).from..self.words.word(to - 1).to]
    }
}
