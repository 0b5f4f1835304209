//! Slack's Web API over a demo company: what demo mode and tests talk to.
//!
//! It is written from Slack's documentation and knows nothing of the connector. It keeps tokens with scopes, pages with
//! cursors that expire, rate limits on a clock that tests move, and fails when it is told to.

mod access;
mod arguments;
mod conversation;
mod faults;
mod limits;
mod methods;
mod render;
mod serve;
mod workspace;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use crate::demo::{Company, Told};
use crate::sdk::http::{Clock, SystemClock};
use crate::sdk::simulator::Faults;
use access::Access;
use limits::Limits;
use workspace::Workspace;

pub use faults::Fault;
pub use limits::{Call, Tiers};

/// How a simulator behaves.
#[derive(Clone, Debug)]
pub struct SimulatorOptions {
    /// By which it counts minutes and lets tokens and cursors expire.
    pub clock: Arc<dyn Clock>,
    /// The rate limits that it keeps.
    pub tiers: Tiers,
    /// How long a cursor leads on.
    pub cursor_life: Duration,
    /// How long a rotating token is good for; Slack's are good for twelve hours.
    pub token_life: Duration,
}

impl Default for SimulatorOptions {
    fn default() -> Self {
        let hours = |hours: u64| Duration::from_secs(3600 * hours);
        Self { clock: Arc::new(SystemClock), tiers: Tiers::None, cursor_life: hours(1), token_life: hours(12) }
    }
}

/// A simulated Slack workspace. Cheap to clone; all clones are the same workspace.
#[derive(Clone)]
pub struct SlackSimulator(Arc<State>);

struct State {
    options: SimulatorOptions,
    began: Instant,
    workspace: Mutex<Workspace>,
    access: Mutex<Access>,
    limits: Mutex<Limits>,
    faults: Mutex<Faults<Fault>>,
}

impl SlackSimulator {
    /// The workspace of a company, at the moment at which its story ends.
    pub fn of(company: &Company) -> Self {
        Self::with(company, SimulatorOptions::default())
    }

    /// The workspace of a demo world's company.
    pub fn of_world(company: Told<Company>) -> Self {
        Self::made(&company.get(), SimulatorOptions::default())
    }

    /// The same, by other rules.
    pub fn with(company: &Company, options: SimulatorOptions) -> Self {
        Self::made(&Arc::new(company.clone()), options)
    }

    fn made(company: &Arc<Company>, options: SimulatorOptions) -> Self {
        let workspace = Workspace::of(company);
        let access = Access::of(&workspace);
        let limits = Limits::new(options.tiers);
        Self(Arc::new(State {
            began: options.clock.now(),
            options,
            workspace: Mutex::new(workspace),
            access: Mutex::new(access),
            limits: Mutex::new(limits),
            faults: Mutex::default(),
        }))
    }

    /// The service, to be put where Slack's origin is.
    pub fn router(&self) -> Router {
        serve::router(self.clone())
    }

    /// A bot's token with every scope. The bot is in every channel but those that bots cannot be in.
    pub fn bot_token(&self) -> String {
        self.access().bot_token.clone()
    }

    /// A user's token with every scope.
    pub fn user_token(&self) -> String {
        self.access().user_token.clone()
    }

    /// Another bot token, with these scopes only.
    pub fn token_with(&self, scopes: &[&str]) -> String {
        self.access().add(scopes)
    }

    /// Takes a token back.
    pub fn revoke(&self, token: &str) {
        self.access().revoke(token);
    }

    /// From now on nobody who is asked to install the app does, or everybody.
    pub fn refuse_installation(&self, refuses: bool) {
        self.access().refuse(refuses);
    }

    /// The app: client id, client secret, and the refresh token that it stands at.
    pub fn app(&self) -> (String, String, String) {
        self.access().app()
    }

    /// Writes a message; gives its `ts`.
    ///
    /// # Panics
    /// Where the company has no such channel or person.
    pub fn post(&self, channel: &str, handle: &str, text: &str) -> String {
        let now = self.now();
        self.workspace().post(channel, handle, text, None, now)
    }

    /// Answers a message; gives the answer's `ts`.
    ///
    /// # Panics
    /// Where there is no such channel, person or message.
    pub fn reply(&self, channel: &str, thread_ts: &str, handle: &str, text: &str) -> String {
        let now = self.now();
        self.workspace().post(channel, handle, text, Some(thread_ts), now)
    }

    /// Changes a message.
    ///
    /// # Panics
    /// Where there is no such channel or message.
    pub fn edit(&self, channel: &str, ts: &str, text: &str) {
        let now = self.now();
        self.workspace().edit(channel, ts, text, now);
    }

    /// Deletes a message. Of one that was answered a tombstone is left.
    ///
    /// # Panics
    /// Where there is no such channel or message.
    pub fn delete(&self, channel: &str, ts: &str) {
        self.workspace().delete(channel, ts);
    }

    /// Takes the bot out of a channel.
    ///
    /// # Panics
    /// Where there is no such channel.
    pub fn kick_bot(&self, channel: &str) {
        self.workspace().kick_bot(channel);
    }

    /// Removes a channel with all that is in it.
    pub fn remove_channel(&self, channel: &str) {
        self.workspace().remove_channel(channel);
    }

    /// The id of a channel.
    ///
    /// # Panics
    /// Where there is no such channel.
    pub fn channel_id(&self, channel: &str) -> String {
        self.workspace().channel(channel).id.clone()
    }

    /// Every `ts` of a channel, answers and all, in order.
    ///
    /// # Panics
    /// Where there is no such channel.
    pub fn timestamps(&self, channel: &str) -> Vec<String> {
        self.workspace().channel(channel).messages.keys().map(ToString::to_string).collect()
    }

    /// The `ts` of the messages of a channel that begin threads, in order.
    ///
    /// # Panics
    /// Where there is no such channel.
    pub fn threads(&self, channel: &str) -> Vec<String> {
        let workspace = self.workspace();
        let channel = workspace.channel(channel);
        let begins = |ts: &&workspace::Ts| channel.was_answered(**ts);
        channel.messages.keys().filter(begins).map(ToString::to_string).collect()
    }

    /// The names of all channels, archived and private ones too.
    pub fn channel_names(&self) -> Vec<String> {
        self.workspace().channels.iter().map(|channel| channel.name.clone()).collect()
    }

    /// How many users there are.
    pub fn user_count(&self) -> usize {
        self.workspace().users.len()
    }

    /// How many files there are.
    pub fn file_count(&self) -> usize {
        self.workspace().files.len()
    }

    /// From now on every `every`-th call fails in this way.
    pub fn fail(&self, fault: Fault, every: usize) {
        self.faults().add(fault, every);
    }

    /// No call fails any more.
    pub fn heal(&self) {
        *self.faults() = Faults::default();
    }

    /// How many calls were made to fail.
    pub fn failures(&self) -> usize {
        self.faults().count()
    }

    /// The calls that were answered, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.limits().calls.clone()
    }

    /// The calls that were refused for coming too soon.
    pub fn refused(&self) -> usize {
        self.limits().refused
    }

    /// The simulator's present.
    pub fn now(&self) -> DateTime<Utc> {
        let passed = self.0.options.clock.now().saturating_duration_since(self.0.began);
        self.workspace().began_at + TimeDelta::from_std(passed).unwrap_or_default()
    }

    fn options(&self) -> &SimulatorOptions {
        &self.0.options
    }

    fn workspace(&self) -> MutexGuard<'_, Workspace> {
        self.0.workspace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn access(&self) -> MutexGuard<'_, Access> {
        self.0.access.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn limits(&self) -> MutexGuard<'_, Limits> {
        self.0.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn faults(&self) -> MutexGuard<'_, Faults<Fault>> {
        self.0.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
