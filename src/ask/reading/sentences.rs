//! Several sentences: "Which categories come back? Show returns by category".

use super::Reading;

impl Reading {
    /// Whether it asks for something by itself: what, and by what it is broken down.
    pub(in crate::ask) fn stands_alone(&self) -> bool {
        let thing = self.count || !self.measures.is_empty() || !self.nouns.is_empty();
        thing && !self.groups.is_empty() && self.unknown.is_empty()
    }

    /// Whether it tells nothing of which rows are meant, so that a sentence behind it that stands alone says the same anew.
    pub(in crate::ask) fn only_introduces(&self) -> bool {
        self.critical == 0
            && self.task.is_none()
            && !self.share
            && self.relations.is_empty()
            && self.filters.is_empty()
            && self.conditions.is_empty()
            && self.texts.is_empty()
            && self.segments.is_empty()
            && self.scores.is_empty()
            && self.periods.is_empty()
            && self.recurring.is_empty()
            && self.ahead.is_none()
            && self.rank.is_none()
            && self.limit.is_none()
            && self.change.is_none()
    }
}
