//! SENAITE's JSON API and a REST API of JSON over the laboratory of the demo: for demo mode and for tests.
//!
//! Both lie below one origin: the SENAITE site is `/senaite`, the REST API `/api`, its token endpoint `/oauth/token`. SENAITE
//! does what its code does, also where its documentation is silent. Failures that such servers are known for can be switched
//! on.

mod access;
mod objects;
mod render;
mod rest;
mod senaite;
mod traffic;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use axum::Router;
use axum::routing::{get, post};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::demo::lab::Lab;
use crate::sdk::simulator::{Client, Tokens, lock};
use access::Access;
use objects::Objects;
use traffic::Traffic;

pub use rest::{Style, collections};
pub use traffic::Fault;

/// Both APIs. Cheap to clone; clones are the same.
#[derive(Clone)]
pub struct LimsSimulator(Arc<Parts>);

struct Parts {
    lab: Arc<Lab>,
    /// SENAITE's objects, made when they are first asked for.
    objects: OnceLock<Mutex<Objects>>,
    /// Records of the REST API that were changed or added.
    changes: Mutex<rest::Changes>,
    tokens: Mutex<Tokens>,
    traffic: Mutex<Traffic>,
    access: Access,
    /// How the REST API gives pages.
    style: Style,
    /// The most that either gives on a page.
    most: usize,
}

impl LimsSimulator {
    /// Over a laboratory. Everybody may read the REST API; SENAITE knows nobody.
    pub fn of(lab: Arc<Lab>) -> Self {
        Self(Arc::new(Parts {
            lab,
            objects: OnceLock::new(),
            changes: Mutex::default(),
            tokens: Mutex::default(),
            traffic: Mutex::default(),
            access: Access::Everybody,
            style: Style::Page,
            most: 1_000,
        }))
    }

    /// Only this user may read.
    #[must_use]
    pub fn with_user(self, name: &str, password: &str) -> Self {
        let access = Access::User { name: name.to_owned(), password: password.to_owned() };
        self.changed(|parts| parts.access = access)
    }

    /// Only who has this bearer token may read, so many times.
    #[must_use]
    pub fn with_token(self, token: &str, uses: usize) -> Self {
        let simulator = self.changed(|parts| parts.access = Access::Tokens);
        lock(&simulator.0.tokens).add(token, uses);
        simulator
    }

    /// Only who has this key in this header may read.
    #[must_use]
    pub fn with_key(self, header: &str, key: &str) -> Self {
        let access = Access::Key { header: header.to_owned(), key: key.to_owned() };
        self.changed(|parts| parts.access = access)
    }

    /// Only tokens of its own endpoint are taken, each so many times.
    #[must_use]
    pub fn with_client(self, id: &str, secret: &str, uses: usize) -> Self {
        let client = Client { id: id.to_owned(), secret: secret.to_owned(), uses };
        self.changed(|parts| parts.access = Access::Client(client))
    }

    /// The REST API gives pages in this way.
    #[must_use]
    pub fn paging(self, style: Style) -> Self {
        self.changed(|parts| parts.style = style)
    }

    /// No page has more than this.
    #[must_use]
    pub fn giving_at_most(self, most: usize) -> Self {
        self.changed(|parts| parts.most = most)
    }

    fn changed(self, change: impl FnOnce(&mut Parts)) -> Self {
        let mut parts = Arc::into_inner(self.0).expect("it is changed before it is shared");
        change(&mut parts);
        Self(Arc::new(parts))
    }

    /// All paths.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/senaite/login", get(senaite::login))
            .route("/senaite/@@API/senaite/v1/version", get(senaite::version))
            .route("/senaite/@@API/senaite/v1/auth", get(senaite::auth))
            .route("/senaite/@@API/senaite/v1/users/current", get(senaite::current_user))
            .route("/senaite/@@API/senaite/v1/catalogs", get(senaite::catalogs))
            .route("/senaite/@@API/senaite/v1/{resource}", get(senaite::search))
            .route("/api/{collection}", get(rest::list))
            .route("/oauth/token", post(access::grant))
            .with_state(self.clone())
    }

    /// The laboratory.
    pub fn lab(&self) -> &Lab {
        &self.0.lab
    }

    /// The uids of SENAITE's objects of a type, in the order in which they were made.
    pub fn uids(&self, resource: &str) -> Vec<String> {
        self.objects().uids(resource)
    }

    /// Changes fields of an object, at some time.
    pub fn change(&self, uid: &str, fields: &Map<String, Value>, at: DateTime<Utc>) {
        self.objects().change(uid, fields, at);
    }

    /// Removes an object, as when a worksheet is removed.
    pub fn remove(&self, uid: &str) {
        self.objects().remove(uid);
    }

    /// Objects of a type are indexed by `modified`, which of itself SENAITE does with samples only.
    pub fn index_changes(&self, resource: &'static str) {
        self.objects().index_changes(resource);
    }

    /// Adds records to a collection of the REST API, or puts them in the place of those with the same key.
    pub fn put_records(&self, collection: &str, records: &[Value]) {
        lock(&self.0.changes).put(collection, records);
    }

    /// From now on every so many requests fail in this way.
    pub fn fail(&self, fault: Fault, every: usize) {
        lock(&self.0.traffic).faults.add(fault, every);
    }

    /// How many requests were made to fail.
    pub fn failures(&self) -> usize {
        lock(&self.0.traffic).faults.count()
    }

    /// The paths and parameters of all requests so far.
    pub fn requests(&self) -> Vec<String> {
        lock(&self.0.traffic).requests.clone()
    }

    /// Makes the objects, unless they are made.
    pub(super) fn make(&self) {
        drop(self.objects());
    }

    fn objects(&self) -> MutexGuard<'_, Objects> {
        lock(self.0.objects.get_or_init(|| Mutex::new(Objects::of(&self.0.lab))))
    }
}

/// Names and values of a query.
type Parameters = Vec<(String, String)>;

fn parameters(query: Option<&str>) -> Parameters {
    url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect()
}

fn parameter<'a>(parameters: &'a Parameters, name: &str) -> Option<&'a str> {
    parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

fn number(parameters: &Parameters, name: &str) -> Option<usize> {
    parameter(parameters, name)?.parse().ok()
}
