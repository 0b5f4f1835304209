//! One limit over a sliding window.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::Rate;

/// Answers closer together than this part of the window are kept as one, at the time of the later.
const GRAIN: u32 = 1000;

/// What was spent within the last `per`.
pub(super) struct Window {
    rate: Rate,
    spent: u64,
    answers: VecDeque<Answers>,
}

struct Answers {
    from: Instant,
    until: Instant,
    cost: u64,
}

impl Window {
    pub(super) fn new(rate: Rate) -> Self {
        Self { rate, spent: 0, answers: VecDeque::new() }
    }

    /// Counts a request that was answered now.
    pub(super) fn add(&mut self, now: Instant, cost: u64) {
        self.spent += cost;
        let grain = self.rate.per / GRAIN;
        match self.answers.back_mut() {
            Some(last) if now.duration_since(last.from) < grain => {
                last.until = now;
                last.cost += cost;
            }
            _ => self.answers.push_back(Answers { from: now, until: now, cost }),
        }
    }

    /// Forgets what is older than the window.
    pub(super) fn expire(&mut self, now: Instant) {
        while let Some(first) = self.answers.front().filter(|first| first.until + self.rate.per <= now) {
            self.spent -= first.cost;
            self.answers.pop_front();
        }
    }

    /// Whether `cost` fits beside `unanswered`; if not, when it will, as far as that is known. What costs more than the
    /// window ever holds takes a whole one.
    pub(super) fn room(&self, cost: u64, unanswered: u64) -> Result<(), Option<Instant>> {
        let most = u64::from(self.rate.most);
        let mut over = (self.spent + unanswered + cost.min(most)).saturating_sub(most);
        if over == 0 {
            return Ok(());
        }
        for answers in &self.answers {
            over = over.saturating_sub(answers.cost);
            if over == 0 {
                return Err(Some(answers.until + self.rate.per));
            }
        }
        Err(None)
    }

    pub(super) fn is_idle(&self) -> bool {
        self.answers.is_empty()
    }

    /// How long the window is.
    pub(super) fn per(&self) -> Duration {
        self.rate.per
    }

    /// The same history under another limit.
    pub(super) fn with_rate(self, rate: Rate) -> Self {
        Self { rate, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn holds_no_more_than_its_limit_wherever_it_begins() {
        let start = Instant::now();
        let mut window = Window::new(Rate { most: 3, per: SECOND });
        for offset in [0, 10, 900] {
            window.expire(start + Duration::from_millis(offset));
            assert_eq!(window.room(1, 0), Ok(()));
            window.add(start + Duration::from_millis(offset), 1);
        }
        assert_eq!(window.room(1, 0), Err(Some(start + SECOND)));
        assert_eq!(window.room(2, 0), Err(Some(start + SECOND + Duration::from_millis(10))));
        window.expire(start + SECOND);
        assert_eq!(window.room(1, 0), Ok(()));
        assert_eq!(window.room(1, 1), Err(Some(start + SECOND + Duration::from_millis(10))));
        assert_eq!(window.room(1, 3), Err(None), "what is on its way has no end yet");
    }

    #[test]
    fn keeps_little_of_many_answers() {
        let start = Instant::now();
        let mut window = Window::new(Rate { most: 1_000_000, per: SECOND });
        for micros in 0..1_000_000 {
            window.add(start + Duration::from_micros(micros), 1);
        }
        assert!(window.answers.len() <= 1001, "{}", window.answers.len());
        window.expire(start + 2 * SECOND);
        assert!(window.is_idle() && window.spent == 0);
    }
}
