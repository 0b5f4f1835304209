//! Where a read of a channel stands. Slack gives the newest messages first, so that what is left is a list of stretches of
//! time, each read from its end to its beginning.

use serde::{Deserialize, Serialize};

use super::super::moment::Moment;
/// What is done, and what is left.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Place {
    /// The newest moment that was heard of: the next sync begins there.
    pub(super) newest: Moment,
    /// What is still to be read, the newest stretch first.
    pub(super) left: Vec<Stretch>,
}

/// Messages between two moments, both exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Stretch {
    pub(super) oldest: Moment,
    /// None for the present.
    pub(super) latest: Option<Moment>,
    /// Threads whose last answer is older have been read before.
    pub(super) answered_since: Moment,
}

impl Place {
    /// The beginning of a whole read.
    pub(super) fn whole() -> Self {
        let everything = Stretch { oldest: Moment::BEGINNING, latest: None, answered_since: Moment::BEGINNING };
        Self { newest: Moment::BEGINNING, left: vec![everything] }
    }

    /// The beginning of a read of what is new since a sync that ended here, and of what is looked at again. What that sync
    /// left unread comes after it.
    pub(super) fn news(self, lookback_seconds: u64, thread_lookback_seconds: u64) -> Self {
        let gap = self.left.first().copied();
        if self.newest == Moment::BEGINNING || gap.is_some_and(|gap| gap.latest.is_none()) {
            return Self::whole();
        }
        let back = self.newest.before(lookback_seconds);
        let oldest = gap.and_then(|gap| gap.latest).map_or(back, |read_down_to| back.max(read_down_to));
        let answered_since = self.newest.before(thread_lookback_seconds);
        let mut left = vec![Stretch { oldest, latest: None, answered_since }];
        left.extend(self.left);
        Self { newest: self.newest, left }
    }

    /// Everything from here on has been read.
    pub(super) fn passed(&mut self, moment: Moment) {
        if let Some(stretch) = self.left.first_mut() {
            stretch.latest = Some(moment);
        }
    }

    /// How much of the time since `beginning` has been read, 0 to 1.
    pub(super) fn fraction(&self, beginning: Moment) -> Option<f64> {
        let first = self.left.first()?;
        let oldest = self.left.iter().map(|stretch| stretch.oldest).min()?.max(beginning);
        let all = self.newest.microseconds() - oldest.microseconds();
        let done = self.newest.microseconds() - first.latest?.microseconds();
        (all > 0).then(|| (done as f64 / all as f64).clamp(0., 1.))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sdk::Cursor;

    fn at(seconds: i64) -> Moment {
        Moment::of_text(&seconds.to_string()).unwrap()
    }

    fn stretch(oldest: i64, latest: Option<i64>, answered_since: i64) -> Stretch {
        Stretch { oldest: at(oldest), latest: latest.map(at), answered_since: at(answered_since) }
    }

    #[test]
    fn a_sync_looks_back_from_where_the_last_one_ended() {
        let done = Place { newest: at(1000), left: vec![] };
        assert_eq!(done.news(300, 100).left, [stretch(700, None, 900)]);
        assert_eq!(Place::default().news(300, 100), Place::whole(), "nothing was there");
    }

    #[test]
    fn what_a_sync_left_unread_is_read_by_the_next() {
        let cut_off = Place { newest: at(1000), left: vec![stretch(0, Some(400), 0)] };
        assert_eq!(cut_off.clone().news(300, 100).left, [stretch(700, None, 900), stretch(0, Some(400), 0)]);
        let lately = Place { newest: at(1000), left: vec![stretch(0, Some(900), 0)] };
        assert_eq!(lately.news(300, 100).left, [stretch(900, None, 900), stretch(0, Some(900), 0)]);
        assert_eq!(Cursor::of(&cut_off).read::<Place>("orders").unwrap(), cut_off);
    }

    #[test]
    fn progress_is_told_by_time() {
        let mut place = Place { newest: at(1000), left: vec![stretch(0, None, 0)] };
        assert_eq!(place.fraction(at(600)), None);
        place.passed(at(900));
        assert_eq!(place.fraction(at(600)), Some(0.25));
    }
}
