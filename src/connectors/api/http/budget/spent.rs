//! What was spent of each policy of a budget, by all who have the same credential.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::super::Transport;
use super::policy::Policy;
use crate::sdk::http::Lasting;

/// The longest span whose end an API is believed; what lies beyond is no time in seconds.
const LONGEST: Duration = Duration::from_secs(32 * 86_400);

/// The calls of a credential, policy by policy.
#[derive(Debug)]
pub(super) struct Spending(Vec<Mutex<Spent>>);

/// A call of a moving span that is under way. The API counts it some time before its answer is there: it is counted up to then,
/// and as long as a span takes from then on.
pub(in super::super) struct Call<'a> {
    spent: &'a Mutex<Spent>,
    transport: &'a Transport,
    weight: u64,
    longest: Duration,
}

#[derive(Debug, Default)]
struct Spent {
    /// When calls were answered, and what they count for.
    calls: VecDeque<(Instant, u64)>,
    /// What calls count for that are under way.
    unanswered: u64,
    /// When a fixed span ends.
    end: Option<Instant>,
    /// Until when any of it matters.
    until: Option<Instant>,
}

impl Spending {
    pub(super) fn of(policies: usize) -> Self {
        Self((0..policies).map(|_| Mutex::default()).collect())
    }

    /// Begins a call, or tells how long to wait before the next try. Only what moves has an end that must be noted.
    pub(super) fn try_spend<'a>(
        &'a self,
        (place, policy): (usize, &Policy),
        weight: u64,
        transport: &'a Transport,
    ) -> Result<Option<Call<'a>>, Duration> {
        let (Some(spent), Some(longest)) = (self.0.get(place), policy.longest()) else { return Ok(None) };
        let now = transport.now();
        if policy.is_fixed {
            locked(spent).spend_of_fixed(policy, weight, longest, now)?;
            return Ok(None);
        }
        locked(spent).begin(policy, weight, longest, now)?;
        Ok(Some(Call { spent, transport, weight, longest }))
    }

    /// Takes the API's word for how many calls are left, where that is fewer than thought, and for how long it is until a fixed
    /// span ends. A span that moves learns only that nothing is left, and only where nothing is said of its end.
    pub(super) fn learn(
        &self,
        (place, policy): (usize, &Policy),
        left: Option<u64>,
        end: Option<Duration>,
        now: Instant,
    ) {
        let (Some(spent), Some(longest)) = (self.0.get(place), policy.longest()) else { return };
        let Some(limit) = policy.rates.iter().map(|(limit, _)| *limit).min() else { return };
        let mut spent = locked(spent);
        if policy.is_fixed
            && let Some(end) = end.filter(|end| *end <= LONGEST)
        {
            spent.end = now.checked_add(end);
            spent.until = spent.end;
        }
        let counts = if policy.is_fixed { left.is_some() } else { left == Some(0) && end.is_none() };
        let thought = limit.saturating_sub(spent.sum_since(None));
        if let Some(left) = left.filter(|left| counts && *left < thought) {
            spent.add(now, thought - left, longest);
        }
    }
}

impl Lasting for Spending {
    fn is_idle(&self, now: Instant) -> bool {
        self.0.iter().map(locked).all(|spent| spent.unanswered == 0 && spent.until.is_none_or(|until| until <= now))
    }
}

impl Spent {
    /// Counts a call of a span that begins anew as a whole.
    fn spend_of_fixed(
        &mut self,
        policy: &Policy,
        weight: u64,
        longest: Duration,
        now: Instant,
    ) -> Result<(), Duration> {
        if self.end.is_some_and(|end| end <= now) {
            *self = Self::default();
        }
        let end = *self.end.get_or_insert(now + longest);
        let before = self.sum_since(None);
        if before > 0 && policy.rates.first().is_some_and(|(limit, _)| before + weight > *limit) {
            return Err((end - now).max(Duration::from_millis(1)));
        }
        self.add(now, weight, end - now);
        Ok(())
    }

    /// Counts a call of a span that moves as under way.
    fn begin(&mut self, policy: &Policy, weight: u64, longest: Duration, now: Instant) -> Result<(), Duration> {
        while self.calls.front().is_some_and(|(at, _)| now.duration_since(*at) >= longest) {
            self.calls.pop_front();
        }
        for (limit, span) in &policy.rates {
            let since = now.checked_sub(*span);
            let before = self.sum_since(since);
            if before > 0 && before + weight > *limit {
                // What is under way is counted at least as long as a whole span from now on.
                let oldest = self.calls.iter().find(|(at, _)| since.is_none_or(|since| *at > since));
                let age = oldest.map_or(Duration::ZERO, |(at, _)| now.duration_since(*at));
                return Err(span.saturating_sub(age).max(Duration::from_millis(1)));
            }
        }
        self.unanswered += weight;
        Ok(())
    }

    fn add(&mut self, now: Instant, weight: u64, span: Duration) {
        self.calls.push_back((now, weight));
        self.until = self.until.max(now.checked_add(span));
    }

    /// What counts of the calls since then, those under way included.
    fn sum_since(&self, since: Option<Instant>) -> u64 {
        let recent = self.calls.iter().filter(|(at, _)| since.is_none_or(|since| *at > since));
        self.unanswered + recent.map(|(_, weight)| weight).sum::<u64>()
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        let mut spent = locked(self.spent);
        spent.unanswered = spent.unanswered.saturating_sub(self.weight);
        spent.add(self.transport.now(), self.weight, self.longest);
    }
}

fn locked(spent: &Mutex<Spent>) -> MutexGuard<'_, Spent> {
    spent.lock().unwrap_or_else(PoisonError::into_inner)
}
