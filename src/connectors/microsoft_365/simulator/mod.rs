//! Microsoft Graph over a demo company: what demo mode and tests talk to.
//!
//! It is written from Microsoft's documentation and knows nothing of the connector. It keeps tokens with permissions, pages by
//! links, tells changes from a link on and forgets old links, throttles by a clock that tests move, and fails when it is told to.

mod access;
mod changes;
mod collection;
mod faults;
mod limits;
mod pages;
mod query;
mod render;
mod reply;
mod routes;
mod serve;
mod tenant;
mod token;
mod workbook;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use axum::Router;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use crate::demo::{Company, Office, Told};
use crate::sdk::http::{Clock, SystemClock};
use crate::sdk::simulator::Faults;
use access::Access;
use limits::Limits;
use tenant::{Tenant, guid};

pub use faults::Fault;
pub use limits::{Call, Throttle};

/// Whose mail and calendars are shown in demo mode.
pub const DEMO_MAILBOXES: &[&str] =
    &["aylin@fernweh.example", "hana@fernweh.example", "jonas@fernweh.example", "marta@fernweh.example"];

/// How a simulator behaves.
#[derive(Clone, Debug)]
pub struct SimulatorOptions {
    /// By which it throttles, and lets tokens and links expire.
    pub clock: Arc<dyn Clock>,
    /// The limits that it keeps.
    pub throttle: Throttle,
    /// How long an access token is good for.
    pub token_life: Duration,
    /// How long a link leads on.
    pub link_life: Duration,
    /// The most objects of one answer, however many are asked for.
    pub most_objects: usize,
    /// The most answers that come along with a message.
    pub most_replies: usize,
    /// Whether drives can be searched.
    pub searches: bool,
}

impl Default for SimulatorOptions {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            throttle: Throttle::default(),
            token_life: Duration::from_secs(3599),
            link_life: Duration::from_secs(30 * 86_400),
            most_objects: 999,
            most_replies: 1000,
            searches: true,
        }
    }
}

/// A simulated tenant. Cheap to clone; all clones are the same tenant.
#[derive(Clone)]
pub struct GraphSimulator(Arc<State>);

struct State {
    options: SimulatorOptions,
    began: Instant,
    /// What the clock showed in the company's story then.
    began_at: DateTime<Utc>,
    /// Links of an earlier one lead nowhere.
    epoch: AtomicU64,
    /// Made when it is first asked for.
    tenant: OnceLock<Mutex<Tenant>>,
    make: Box<dyn Fn() -> Tenant + Send + Sync>,
    access: Mutex<Access>,
    limits: Mutex<Limits>,
    faults: Mutex<Faults<Fault>>,
}

impl GraphSimulator {
    /// The tenant of a demo world.
    ///
    /// # Panics
    /// Where the office is nobody's.
    pub fn of_world(office: Told<Office>) -> Self {
        let company = office.world().company().expect("an office is a company's");
        let made = Arc::clone(&company);
        Self::made(&company, SimulatorOptions::default(), move || Tenant::of(&made, &office.get()))
    }

    /// The tenant of a company, at the moment at which its story ends.
    pub fn with(company: &Company, office: &Office, options: SimulatorOptions) -> Self {
        let (made, office) = (company.clone(), office.clone());
        Self::made(company, options, move || Tenant::of(&made, &office))
    }

    fn made(company: &Company, options: SimulatorOptions, make: impl Fn() -> Tenant + Send + Sync + 'static) -> Self {
        let access = Access::new(&guid(company.domain), company.domain, &guid("marta"));
        Self(Arc::new(State {
            began: options.clock.now(),
            began_at: company.closed_at,
            options,
            epoch: AtomicU64::new(1),
            tenant: OnceLock::new(),
            make: Box::new(make),
            access: Mutex::new(access),
            limits: Mutex::default(),
            faults: Mutex::default(),
        }))
    }

    /// Makes the tenant, unless it is made.
    pub(super) fn make(&self) {
        drop(self.tenant());
    }

    /// The service, to be put where Microsoft's origins are.
    pub fn router(&self) -> Router {
        serve::router(self.clone())
    }

    /// The registered app: tenant id, client id, client secret.
    pub fn app(&self) -> (String, String, String) {
        self.access().app()
    }

    /// From now on nobody consents who is asked to, or everybody does.
    pub fn refuse_consent(&self, refuses: bool) {
        self.access().refuse(refuses);
    }

    /// A refresh token of a person who consented.
    pub fn refresh_token(&self) -> String {
        self.access().refresh_token()
    }

    /// A token of the application with these permissions, or all.
    pub fn app_token(&self, permissions: Option<&[&str]>) -> String {
        self.access().make(permissions, None, None)
    }

    /// A token of the managing director with these permissions, or all.
    pub fn person_token(&self, permissions: Option<&[&str]>) -> String {
        self.access().make_for_person(permissions)
    }

    /// Takes every token back that was given so far.
    pub fn revoke_tokens(&self) {
        self.access().revoke_all();
    }

    /// How many tokens the endpoint has given.
    pub fn granted(&self) -> usize {
        self.access().granted
    }

    /// From now on, links that were given before lead nowhere.
    pub fn forget_links(&self) {
        self.0.epoch.fetch_add(1, Ordering::Relaxed);
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
        self.limits().calls.clone()
    }

    /// The requests that were refused for coming too soon.
    pub fn refused(&self) -> usize {
        self.limits().refused
    }

    /// The simulator's present.
    pub fn now(&self) -> DateTime<Utc> {
        let passed = self.0.options.clock.now().saturating_duration_since(self.0.began);
        self.0.began_at + TimeDelta::from_std(passed).unwrap_or_default()
    }

    fn options(&self) -> &SimulatorOptions {
        &self.0.options
    }

    fn epoch(&self) -> u64 {
        self.0.epoch.load(Ordering::Relaxed)
    }

    fn tenant(&self) -> MutexGuard<'_, Tenant> {
        let tenant = self.0.tenant.get_or_init(|| Mutex::new((self.0.make)()));
        tenant.lock().unwrap_or_else(PoisonError::into_inner)
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
