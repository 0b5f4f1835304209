//! Google's APIs over a demo desk: what demo mode and tests talk to.
//!
//! It is written from Google's discovery documents and knows nothing of the connector. All APIs answer at one origin, below
//! the paths that they have at Google. It keeps tokens with scopes that expire, field masks, pages, quotas on a clock that
//! tests move, logs of changes that forget, and fails when it is told to. Assertions of service accounts are read, and their
//! signatures not looked at.

mod account;
mod calendars;
mod documents;
mod faults;
mod fields;
mod files;
mod mailbox;
mod query;
mod quotas;
mod range;
mod refusal;
mod serve;
mod spreadsheets;
mod tokens;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use serde_json::json;
use tokio::time::Instant;

use crate::demo::{Desk, World};
use crate::sdk::http::Clock;
use crate::sdk::simulator::Faults;
use crate::sdk::{AuthType, ConnectorError, DemoConfig, Settings, Simulator};
use account::Account;
use quotas::Counters;
use tokens::Tokens;

pub use faults::Fault;
pub use quotas::{Call, MinuteQuotas};

/// How a simulator behaves.
#[derive(Clone, Debug)]
pub struct SimulatorOptions {
    /// By which it counts minutes and lets tokens expire; the machine's where there is none.
    pub clock: Option<Arc<dyn Clock>>,
    /// The quotas that it keeps.
    pub quotas: MinuteQuotas,
    /// How long an access token is good for; Google's are good for an hour.
    pub token_life: Duration,
}

impl Default for SimulatorOptions {
    fn default() -> Self {
        Self { clock: None, quotas: MinuteQuotas::default(), token_life: Duration::from_secs(3600) }
    }
}

/// A simulated Google account. Cheap to clone; all clones are the same account.
#[derive(Clone)]
pub struct GoogleSimulator(Arc<State>);

struct State {
    options: SimulatorOptions,
    account: Mutex<Account>,
    tokens: Mutex<Tokens>,
    counters: Mutex<Counters>,
    faults: Mutex<Faults<Fault>>,
}

/// The simulator of a world, and how a connector reaches it.
///
/// # Errors
/// `Config` where no world with a desk is called so.
pub(super) fn for_demo(demo: &DemoConfig) -> Result<Simulator, ConnectorError> {
    let desk = World::telling::<Desk>(demo.world.as_deref(), demo.size_factor)
        .map_err(|error| DemoConfig::wrong(error.setting(), error))?;
    let simulator = GoogleSimulator::of(&desk.get());
    let token = simulator.access_token();
    Ok(Simulator::new(simulator.router(), move |base_url| Settings {
        connection: json!({
            "base_url": base_url, "services": ["drive", "sheets", "docs", "gmail", "calendar"],
            "quotas": { "sheets_per_minute": 60_000, "docs_per_minute": 60_000, "gmail_units_per_minute": 600_000 },
        }),
        auth_type: AuthType::Token,
        auth: json!({ "token": token }),
    }))
}

impl GoogleSimulator {
    /// The account of a desk, at the moment at which its story ends.
    pub fn of(desk: &Desk) -> Self {
        Self::with(desk, SimulatorOptions::default())
    }

    /// The same, by other rules.
    pub fn with(desk: &Desk, options: SimulatorOptions) -> Self {
        let account = Account::of(desk);
        let tokens = Tokens::of(&account.email);
        Self(Arc::new(State {
            options,
            account: Mutex::new(account),
            tokens: Mutex::new(tokens),
            counters: Mutex::default(),
            faults: Mutex::default(),
        }))
    }

    /// The service, to be put where Google's origins are.
    pub fn router(&self) -> Router {
        serve::router(self.clone())
    }

    /// A token with every scope, which does not expire.
    pub fn access_token(&self) -> String {
        self.tokens().everything.clone()
    }

    /// Another token, with these scopes only: without what all scopes begin with.
    pub fn token_with(&self, scopes: &[&str]) -> String {
        self.tokens().add(scopes, None)
    }

    /// Takes a token back.
    pub fn revoke(&self, token: &str) {
        self.tokens().revoke(token);
    }

    /// The client: its id, its secret and the account's refresh token.
    pub fn client(&self) -> (String, String, String) {
        self.tokens().client()
    }

    /// The address of the service account whose assertions are taken.
    pub fn service_account(&self) -> String {
        self.tokens().service_account.clone()
    }

    /// Switches an API off in the project, such as `sheets`.
    pub fn disable(&self, api: &str) {
        self.account().disabled.insert(api.to_owned());
    }

    /// The id of a file, folder, spreadsheet or document.
    ///
    /// # Panics
    /// Where none is called so.
    pub fn file_id(&self, name: &str) -> String {
        self.account().file_named(name).id.clone()
    }

    /// The id of the desk's shared drive.
    pub fn shared_drive_id(&self) -> String {
        self.account().drives[0].0.clone()
    }

    /// Lets the account into another shared drive with these documents; gives the drive's id.
    pub fn enter_drive(&self, name: &str, documents: &[&str]) -> String {
        self.account().enter_drive(name, documents)
    }

    /// Takes the account out of a shared drive.
    pub fn leave_drive(&self, drive: &str) {
        self.account().leave_drive(drive);
    }

    /// Moves a file of the account's own into a shared drive.
    ///
    /// # Panics
    /// Where there is no such file.
    pub fn move_into(&self, name: &str, drive: &str) {
        self.account().move_into(name, drive);
    }

    /// From now on, a search through all drives gives up before the shared ones, and says so.
    pub fn search_badly(&self) {
        self.account().searches_badly = true;
    }

    /// How many files there are that are not in the trash, folders and all.
    pub fn file_count(&self) -> usize {
        self.account().files.values().filter(|file| !file.is_trashed).count()
    }

    /// Writes values into a tab from a row on, counted from 0.
    ///
    /// # Panics
    /// Where there is no such spreadsheet or tab.
    pub fn write(&self, spreadsheet: &str, tab: &str, row: usize, values: &[serde_json::Value]) {
        self.account().write(spreadsheet, tab, row, values);
    }

    /// Adds a tab with these rows to a spreadsheet.
    ///
    /// # Panics
    /// Where there is no such spreadsheet.
    pub fn add_tab(&self, spreadsheet: &str, tab: &'static str, rows: &[serde_json::Value]) {
        self.account().add_tab(spreadsheet, tab, rows);
    }

    /// Removes a tab.
    ///
    /// # Panics
    /// Where there is no such spreadsheet.
    pub fn remove_tab(&self, spreadsheet: &str, tab: &str) {
        self.account().remove_tab(spreadsheet, tab);
    }

    /// Adds a paragraph to the end of a document.
    ///
    /// # Panics
    /// Where there is no such document.
    pub fn append(&self, document: &str, text: &str) {
        self.account().append(document, text);
    }

    /// Calls a file something else.
    ///
    /// # Panics
    /// Where there is no such file.
    pub fn rename(&self, name: &str, to: &str) {
        self.account().rename(name, to);
    }

    /// Puts a file into the trash.
    ///
    /// # Panics
    /// Where there is no such file.
    pub fn trash(&self, name: &str) {
        self.account().trash(name);
    }

    /// Removes a file for good.
    ///
    /// # Panics
    /// Where there is no such file.
    pub fn delete(&self, name: &str) {
        self.account().delete(name);
    }

    /// Old tokens of logs lead nowhere from now on: those of files, mail and calendars.
    pub fn forget_changes(&self) {
        self.account().forget_changes();
    }

    /// Lets a message come in; gives its id.
    pub fn receive(&self, from: &str, subject: &str, text: &str) -> String {
        self.account().receive(from, subject, text)
    }

    /// Deletes a message for good.
    pub fn delete_message(&self, id: &str) {
        self.account().delete_message(id);
    }

    /// Puts labels to a message.
    pub fn label(&self, id: &str, label: &str) {
        self.account().label(id, label);
    }

    /// The ids of all messages that are not in the trash, the newest first.
    pub fn message_ids(&self) -> Vec<String> {
        self.account().message_ids()
    }

    /// The ids of the account's calendars.
    pub fn calendar_ids(&self) -> Vec<String> {
        self.account().calendars.iter().map(|calendar| calendar.id.clone()).collect()
    }

    /// Puts down an event of an hour; gives its id.
    ///
    /// # Panics
    /// Where there is no such calendar.
    pub fn put_down(&self, calendar: &str, title: &str) -> String {
        self.account().put_down(calendar, title)
    }

    /// Cancels an event.
    ///
    /// # Panics
    /// Where there is no such calendar or event.
    pub fn cancel(&self, calendar: &str, event: &str) {
        self.account().cancel(calendar, event);
    }

    /// From now on every `every`-th request fails in this way.
    pub fn fail(&self, fault: Fault, every: usize) {
        self.faults().add(fault, every);
    }

    /// No request fails any more.
    pub fn heal(&self) {
        *self.faults() = Faults::default();
    }

    /// How many requests were made to fail.
    pub fn failures(&self) -> usize {
        self.faults().count()
    }

    /// The requests that were answered, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.counters().calls.clone()
    }

    /// The requests that were refused for coming too soon.
    pub fn refused(&self) -> usize {
        self.counters().refused
    }

    fn now(&self) -> Instant {
        self.0.options.clock.as_ref().map_or_else(Instant::now, |clock| clock.now())
    }

    fn options(&self) -> &SimulatorOptions {
        &self.0.options
    }

    fn account(&self) -> MutexGuard<'_, Account> {
        self.0.account.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tokens(&self) -> MutexGuard<'_, Tokens> {
        self.0.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn counters(&self) -> MutexGuard<'_, Counters> {
        self.0.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn faults(&self) -> MutexGuard<'_, Faults<Fault>> {
        self.0.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
