//! What a left record says of the right side: its fields, and what its texts mention.

mod fields;
mod mentions;
mod phrases;

use std::borrow::Cow;

use super::index::{Index, Kind, Lead, Space};
use super::record::{Record, Rules};
use super::usage::Usage;

/// What is lost where a word is spelled differently by one slip.
const SLIP: f64 = 0.92;
/// Leads whose weight is so much below the best one's are not meant.
const NEXT_BEST: f64 = 0.08;

/// A record that speaks of more than this says little of any.
const MOST_SPANS: usize = 500;

/// One thing that was said, and whom it may mean.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Span {
    /// How it was said.
    pub(super) said: String,
    /// Whom it may mean: one or several records, each once.
    pub(super) candidates: Vec<Candidate>,
    /// Whether it was spelled differently.
    pub(super) is_slip: bool,
}

/// A record that may be meant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Candidate {
    pub(super) record: u32,
    pub(super) kind: Kind,
    pub(super) weight: f64,
}

/// Whom and how evidence is gathered.
pub(super) struct Gathering<'a> {
    pub(super) index: &'a Index,
    pub(super) usage: &'a Usage,
    pub(super) rules: &'a Rules,
    /// The record itself, where both sides are one table: it is not meant.
    pub(super) besides: Option<u32>,
}

impl Gathering<'_> {
    /// All that a record says.
    pub(super) fn of(&self, record: &Record) -> Vec<Span> {
        let mut spans = Vec::new();
        self.fields(record, &mut spans);
        for text in &record.texts {
            self.mentions(text, &mut spans);
        }
        spans.truncate(MOST_SPANS);
        spans
    }

    /// Where a form leads to, besides the record itself.
    fn leads<const N: usize>(&self, space: Space, parts: [&str; N]) -> Cow<'_, [Lead]> {
        let leads = self.index.leads(space, parts);
        let Some(oneself) = self.besides else { return Cow::Borrowed(leads) };
        leads.iter().filter(|lead| lead.record != oneself).copied().collect()
    }
}

impl Span {
    /// What leads say, by how well each fits: `fit` is 0 for one that does not. `None` where none does.
    fn of(said: &str, leads: &[Lead], is_slip: bool, fit: impl Fn(Kind) -> f64) -> Option<Self> {
        let slip = if is_slip { SLIP } else { 1.0 };
        let candidate = |lead: &Lead| Candidate {
            record: lead.record,
            kind: lead.kind,
            weight: lead.kind.weight() * fit(lead.kind) * slip,
        };
        let mut candidates: Vec<Candidate> = leads.iter().map(candidate).filter(|found| found.weight > 0.0).collect();
        let best = candidates.iter().map(|found| found.weight).fold(0.0, f64::max);
        candidates.retain(|found| found.weight > best - NEXT_BEST);
        (!candidates.is_empty()).then(|| Self { said: said.to_owned(), candidates, is_slip })
    }

    /// How much the best of its candidates says.
    pub(super) fn best(&self) -> f64 {
        self.candidates.iter().map(|found| found.weight).fold(0.0, f64::max)
    }
}
