//! How many calls each of several tokens has left, and whose turn it is.

use std::time::Duration;

use super::super::time::Moment;

/// How far behind the end of a span an answer may tell that end, and still speak of that span.
const SKEW: f64 = 60.0;
/// The longest wait between the last calls of all tokens, in seconds.
const LONGEST_DELAY: f64 = 10.0;

/// What a token has left of a quota. `None` in place of it where the API counts nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Left {
    pub(super) calls: i128,
    pub(super) until: Moment,
    pub(super) limit: i128,
}

/// What an answer tells of a quota.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Told {
    pub(super) calls: Option<i128>,
    pub(super) until: Option<Moment>,
    pub(super) limit: Option<i128>,
    /// Whether its status means that the token is used up.
    pub(super) is_refusal: bool,
}

/// Below what rest calls are spread over the time that is left.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reserve {
    pub(super) fraction: f64,
    pub(super) least: f64,
}

/// The quotas of all tokens, by the token's place and then by the quota's.
#[derive(Debug)]
pub(super) struct Quotas {
    left: Vec<Vec<Option<Left>>>,
    active: usize,
}

/// What may be done for a request.
#[derive(Clone, Copy, Debug)]
pub(super) enum Turn {
    /// Send it with this token, after a pause.
    Send { token: usize, pause: Duration },
    /// Wait for so many seconds: all tokens are used up till then.
    Wait(f64),
}

impl Quotas {
    /// As the API tells them when nothing was sent yet.
    pub(super) fn new(left: Vec<Vec<Option<Left>>>) -> Self {
        Self { left, active: 0 }
    }

    /// The same as the API tells them now.
    pub(super) fn refill(&mut self, left: Vec<Vec<Option<Left>>>) {
        self.left = left;
    }

    /// The API tells them to somebody who begins to count here, where others do already: of one span the lower count is true,
    /// since the API may not have seen all calls yet.
    pub(super) fn hear(&mut self, left: Vec<Vec<Option<Left>>>) {
        for (token, quotas) in left.into_iter().enumerate() {
            for (quota, heard) in quotas.into_iter().enumerate() {
                match (self.left[token][quota], heard) {
                    (Some(_), Some(Left { calls, until, limit })) => {
                        let told =
                            Told { calls: Some(calls), until: Some(until), limit: Some(limit), is_refusal: false };
                        self.learn(token, quota, told);
                    }
                    (_, heard) => self.left[token][quota] = heard,
                }
            }
        }
    }

    /// Whether all that is counted was of spans that are over.
    pub(super) fn are_over(&self) -> bool {
        let now = Moment::now();
        self.left.iter().flatten().flatten().all(|left| left.until < now)
    }

    /// Takes a call of a quota from the token whose turn it is, or from the next that has one left.
    pub(super) fn take(&mut self, quota: usize, reserve: Reserve) -> Turn {
        let count = self.left.len();
        for _ in 0..count {
            let token = self.active;
            match &mut self.left[token][quota] {
                // Where nothing is counted, the tokens take turns.
                None => {
                    self.active = (token + 1) % count;
                    return Turn::Send { token, pause: Duration::ZERO };
                }
                Some(left) if left.calls > 0 => {
                    left.calls -= 1;
                    return Turn::Send { token, pause: self.pause(quota, reserve) };
                }
                Some(_) => self.active = (token + 1) % count,
            }
        }
        let now = Moment::now();
        let waits = self.of(quota).flatten().map(|left| left.until.since(now).total_seconds());
        Turn::Wait(waits.fold(f64::INFINITY, f64::min))
    }

    pub(super) fn is_used_up(&self, quota: usize) -> bool {
        self.of(quota).all(|left| left.is_some_and(|left| left.calls <= 0))
    }

    /// Whether a token is used up while another is not.
    pub(super) fn has_better(&self, token: usize, quota: usize) -> bool {
        let has_calls = |left: Option<Left>| left.is_some_and(|left| left.calls > 0);
        self.left[token][quota].is_some_and(|left| left.calls <= 0) && self.of(quota).any(has_calls)
    }

    fn of(&self, quota: usize) -> impl Iterator<Item = Option<Left>> {
        self.left.iter().map(move |quotas| quotas[quota])
    }

    /// How long to wait before a call, so that the last ones of all tokens last until there are new ones.
    fn pause(&self, quota: usize, reserve: Reserve) -> Duration {
        let is_low = |left: Option<Left>| {
            left.is_some_and(|left| as_float(left.calls) <= reserve.least.max(as_float(left.limit) * reserve.fraction))
        };
        let Some(active) = self.left[self.active][quota].filter(|_| self.of(quota).all(is_low)) else {
            return Duration::ZERO;
        };
        let seconds = active.until.since(Moment::now()).total_seconds();
        let calls: i128 = self.of(quota).flatten().map(|left| left.calls.max(0)).sum();
        if calls <= 0 || seconds <= 0.0 {
            return Duration::ZERO;
        }
        let pause = (seconds / as_float(calls)).min(LONGEST_DELAY);
        if pause < 0.1 { Duration::ZERO } else { Duration::from_secs_f64(pause) }
    }

    /// Learns from the answer to a request that was sent with a token.
    pub(super) fn learn(&mut self, token: usize, quota: usize, told: Told) {
        let Some(left) = &mut self.left[token][quota] else { return };
        let Told { calls, until, limit, is_refusal } = told;
        let calls = calls.or_else(|| is_refusal.then_some(0));
        if let Some(limit) = limit.filter(|limit| *limit > 0 && until.is_none_or(|until| until >= left.until)) {
            left.limit = limit;
        }
        match (until, calls) {
            // A new span has begun.
            (Some(until), calls) if until > left.until => {
                left.until = until;
                left.calls = calls.unwrap_or(left.limit);
            }
            // Answers may come out of turn: of one span, the lowest count is the latest. What is told of a span before
            // counts for nothing, except that the token was refused.
            (until, Some(calls))
                if (calls <= 0 && is_refusal)
                    || until.is_none_or(|until| left.until.since(until).total_seconds() <= SKEW) =>
            {
                left.calls = left.calls.min(calls);
            }
            _ => {}
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "calls are far fewer than 2^53")]
fn as_float(calls: i128) -> f64 {
    calls as f64
}
