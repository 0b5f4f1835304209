//! Limits of the services: so many requests to a mailbox or a team within so long.

use std::time::Duration;

use tokio::time::Instant;

use crate::sdk::simulator::Windows;

/// Which limits are kept; none where there is no number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Throttle {
    /// Requests to one mailbox in 10 minutes.
    pub mailbox_in_10_minutes: Option<usize>,
    /// Requests to one team in a second.
    pub team_in_a_second: Option<usize>,
    /// Requests for files, lists and workbooks in a minute.
    pub files_in_a_minute: Option<usize>,
}

impl Throttle {
    /// The limits that Microsoft documents.
    pub fn documented() -> Self {
        Self { mailbox_in_10_minutes: Some(10_000), team_in_a_second: Some(4), files_in_a_minute: Some(1_200) }
    }
}

/// A request that was answered, or refused for coming too soon.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The path below the version, without its query.
    pub path: String,
    /// When, by the simulator's clock.
    pub at: Instant,
}

#[derive(Default)]
pub(super) struct Limits {
    windows: Windows,
    pub(super) calls: Vec<Call>,
    pub(super) refused: usize,
}

impl Limits {
    /// Counts a request, or says how many seconds it comes too soon.
    pub(super) fn count(&mut self, throttle: &Throttle, path: &str, now: Instant) -> Result<(), u64> {
        let parts: Vec<&str> = path.split('/').collect();
        let seconds = Duration::from_secs;
        let (scope, most, per) = match parts.as_slice() {
            ["users", user, "mailFolders" | "messages" | "calendar" | "calendarView" | "events", ..] => {
                (format!("mailbox {user}"), throttle.mailbox_in_10_minutes, seconds(600))
            }
            ["teams", team, ..] => (format!("team {team}"), throttle.team_in_a_second, seconds(1)),
            ["drives" | "sites", ..] => ("files".to_owned(), throttle.files_in_a_minute, seconds(60)),
            _ => (String::new(), None, Duration::ZERO),
        };
        if let Some(most) = most {
            self.windows.count(scope, most, per, now).inspect_err(|_| self.refused += 1)?;
        }
        self.calls.push(Call { path: path.to_owned(), at: now });
        Ok(())
    }
}
