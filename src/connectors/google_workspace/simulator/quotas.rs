//! Quotas: for each API, so many requests within any minute.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

const MINUTE: Duration = Duration::from_secs(60);

/// Requests in a minute that are let through; none where there is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MinuteQuotas {
    /// Of the Sheets API; Google's is 60.
    pub sheets: Option<u32>,
    /// Of the Docs API; Google's is 300.
    pub docs: Option<u32>,
    /// Units of the Drive API; Google's are 325,000.
    pub drive_units: Option<u32>,
    /// Units of the Gmail API; Google's are 6,000.
    pub gmail_units: Option<u32>,
    /// Of the Calendar API; Google's is 600.
    pub calendar: Option<u32>,
}

/// A request that was answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The API: `drive`, `sheets`, `docs`, `gmail` or `calendar`.
    pub api: &'static str,
    /// Its path.
    pub path: String,
    /// When, by the simulator's clock.
    pub at: Instant,
}

#[derive(Default)]
pub(super) struct Counters {
    minutes: HashMap<&'static str, VecDeque<(Instant, u32)>>,
    pub(super) calls: Vec<Call>,
    pub(super) refused: usize,
}

impl Counters {
    /// Counts a request, or says how many seconds it comes too soon.
    pub(super) fn count(
        &mut self,
        quotas: &MinuteQuotas,
        api: &'static str,
        path: &str,
        cost: u32,
        now: Instant,
    ) -> Result<(), u64> {
        let most = match api {
            "sheets" => quotas.sheets,
            "docs" => quotas.docs,
            "drive" => quotas.drive_units,
            "gmail" => quotas.gmail_units,
            _ => quotas.calendar,
        };
        if let Some(most) = most {
            let minute = self.minutes.entry(api).or_default();
            while minute.front().is_some_and(|(first, _)| *first + MINUTE <= now) {
                minute.pop_front();
            }
            let spent: u32 = minute.iter().map(|(_, cost)| cost).sum();
            if spent + cost > most {
                self.refused += 1;
                let wait = minute.front().map_or(MINUTE, |(first, _)| *first + MINUTE - now);
                return Err(wait.as_secs() + 1);
            }
            minute.push_back((now, cost));
        }
        self.calls.push(Call { api, path: path.to_owned(), at: now });
        Ok(())
    }
}
