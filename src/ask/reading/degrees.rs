//! Degrees: "most overloaded" is no condition, but an order by what the segment is measured by.

use super::walk::Walk;
use super::{MeasureAsk, Order, Rank};
use crate::ask::lexicon::{Cue, Meaning};
use crate::ask::{Model, Segment};

impl Walk<'_> {
    /// "most potent", "overloaded most", "missed its target the most": an order by the segment's measure, where a word of degree
    /// stands beside it. Gives whether it is one.
    pub(super) fn ranks_by(&mut self, segment: usize, at: usize) -> bool {
        let bound = self.bound;
        let of = &bound.model.segments[segment];
        let before = self.before_meant(at).filter(|place| self.is_degree(*place));
        let behind = Some(self.next_meant(at + 1)).filter(|place| self.is_degree(*place) && self.ends_there(*place));
        let Some(place) = before.or(behind) else { return false };
        let Some(ask) = measured_by(&bound.model, of, self.spans[at].text.clone()) else { return false };
        let least = self.spans[place].cue() == Some(Cue::Bottom);
        let small = of.lowest || of.is.as_deref().is_some_and(|is| is.trim_start().starts_with('<'));
        let order = if least == small { Order::Descending } else { Order::Ascending };
        self.used[place] |= place > at;
        self.reading.rank = Some(Rank { order, limit: self.reading.limit });
        self.reading.measures.push(ask);
        self.ahead.most = false;
        true
    }

    fn is_degree(&self, at: usize) -> bool {
        let ranks = matches!(self.spans.get(at).and_then(|span| span.cue()), Some(Cue::Top | Cue::Bottom));
        ranks && matches!(self.word(at).as_str(), "most" | "the most" | "least" | "the least")
    }

    /// Whether nothing stands behind a word of degree that it could belong to.
    fn ends_there(&self, at: usize) -> bool {
        let next = self.spans.get(self.next_meant(at + 1));
        next.is_none_or(|span| span.things().is_none() && !matches!(span.meaning, Meaning::Unknown))
    }
}

/// What a segment is measured by; nothing for one that tells of a change.
fn measured_by(model: &Model, segment: &Segment, words: String) -> Option<MeasureAsk> {
    if segment.change.is_some() {
        return None;
    }
    let (dataset, measure) = segment.measure.split_once('.')?;
    let dataset = model.datasets.iter().position(|of| of.name == dataset)?;
    let (candidates, rows_of) = match measure {
        "count" => (Vec::new(), vec![(dataset, 1.)]),
        measure => {
            let measure = model.datasets[dataset].measures.iter().position(|of| of.name == measure)?;
            (vec![(dataset, measure, 1.)], Vec::new())
        }
    };
    Some(MeasureAsk { candidates, fields: Vec::new(), rows_of, aggregate: None, words })
}
