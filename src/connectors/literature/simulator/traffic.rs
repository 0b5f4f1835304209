//! Who asked how often, and which requests fail.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use super::faults::Fault;

const SECOND: Duration = Duration::from_secs(1);

/// All requests so far.
#[derive(Default)]
pub(super) struct Traffic {
    requests: Vec<String>,
    times: HashMap<String, Vec<Instant>>,
    every: Option<usize>,
    turn: usize,
    next: Option<Fault>,
}

impl Traffic {
    pub(super) fn fail_every(&mut self, every: usize) {
        self.every = Some(every.max(1));
    }

    pub(super) fn fail_next(&mut self, fault: Fault) {
        self.next = Some(fault);
    }

    pub(super) fn requests(&self) -> &[String] {
        &self.requests
    }

    pub(super) fn busiest_second(&self) -> usize {
        let busiest = |times: &Vec<Instant>| {
            let within =
                |start: &Instant| times.iter().filter(|time| **time >= *start && **time < *start + SECOND).count();
            times.iter().map(within).max().unwrap_or_default()
        };
        self.times.values().map(busiest).max().unwrap_or_default()
    }

    /// Counts a request of a credential; gives how many came within the last second.
    pub(super) fn count(&mut self, credential: &str, request: String, now: Instant) -> usize {
        self.requests.push(request);
        let times = self.times.entry(credential.to_owned()).or_default();
        times.push(now);
        times.iter().rev().take_while(|time| now.saturating_duration_since(**time) < SECOND).count()
    }

    /// The failure that the request just counted is to meet.
    pub(super) fn fault(&mut self) -> Option<Fault> {
        if let Some(fault) = self.next.take() {
            return Some(fault);
        }
        if !self.requests.len().is_multiple_of(self.every?) {
            return None;
        }
        let fault = Fault::ALL[self.turn % Fault::ALL.len()];
        self.turn += 1;
        Some(fault)
    }
}
