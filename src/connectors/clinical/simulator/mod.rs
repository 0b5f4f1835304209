//! A FHIR R4 server and ClinicalTrials.gov as their documentation tells, over the clinic or the hospital of the demo: for demo
//! mode and for tests.
//!
//! Both lie below one origin: the FHIR server's base is `/fhir`, its token endpoint `/oauth/token`, and ClinicalTrials.gov has
//! its own paths. Failures that such servers are known for can be switched on.

mod fhir;
mod hospital;
mod resources;
mod shelf;
mod token;
mod traffic;
mod trials;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::routing::{get, post};
use serde_json::Value;

use crate::demo::clinic::{Clinic, Trial};
use crate::demo::hospital::Hospital;
use crate::sdk::http::Clock;
use crate::sdk::simulator::{Client, Tokens, Windows, lock};
use shelf::Shelf;
use traffic::Traffic;

/// Both servers. Cheap to clone; clones are the same.
#[derive(Clone)]
pub struct ClinicalSimulator(Arc<World>);

struct World {
    resources: Mutex<Arc<Shelf>>,
    trials: Mutex<Vec<Trial>>,
    /// Searches that are being paged through: ids of resources, in order.
    searches: Mutex<HashMap<String, Vec<(String, String)>>>,
    tokens: Mutex<Tokens>,
    traffic: Mutex<Traffic>,
    access: Access,
    /// Searches are not ordered, whatever is asked for.
    is_unsorted: bool,
    /// So many more are counted than are found.
    overcount: usize,
    /// How often ClinicalTrials.gov is asked at the most; as often as one likes where there is none.
    limit: Option<Limit>,
    /// What is said beside what was found, on every page.
    warning: Option<String>,
}

/// A rate limit.
struct Limit {
    in_a_minute: usize,
    clock: Arc<dyn Clock>,
    windows: Mutex<Windows>,
}

/// Who may read from the FHIR server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Access {
    #[default]
    Everybody,
    Bearer(String),
    /// Tokens that this client has asked for.
    Client(Client),
}

impl ClinicalSimulator {
    /// Over a clinic.
    pub fn of(clinic: &Clinic) -> Self {
        Self(Arc::new(World {
            resources: Mutex::new(Arc::new(Shelf::of(resources::of(clinic)))),
            trials: Mutex::new(clinic.trials()),
            searches: Mutex::default(),
            tokens: Mutex::default(),
            traffic: Mutex::default(),
            access: Access::Everybody,
            is_unsorted: false,
            overcount: 0,
            limit: None,
            warning: None,
        }))
    }

    /// The FHIR server holds the records of a hospital. They are made once.
    #[must_use]
    pub fn with_hospital(self, hospital: Arc<Hospital>) -> Self {
        static MADE: Mutex<Vec<(Arc<Hospital>, Arc<Shelf>)>> = Mutex::new(Vec::new());
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        let known = made.iter().find(|(known, _)| Arc::ptr_eq(known, &hospital)).map(|(_, shelf)| Arc::clone(shelf));
        let shelf = known.unwrap_or_else(|| {
            let shelf = Arc::new(Shelf::of(hospital::of(&hospital)));
            made.push((hospital, Arc::clone(&shelf)));
            shelf
        });
        self.changed(|world| world.resources = Mutex::new(shelf))
    }

    /// The FHIR server takes this token only.
    #[must_use]
    pub fn with_token(self, token: &str) -> Self {
        self.changed(|world| world.access = Access::Bearer(token.to_owned()))
    }

    /// The FHIR server takes tokens of its own endpoint only, each for so many requests.
    #[must_use]
    pub fn with_client(self, id: &str, secret: &str, uses: usize) -> Self {
        let client = Client { id: id.to_owned(), secret: secret.to_owned(), uses };
        self.changed(|world| world.access = Access::Client(client))
    }

    /// The FHIR server orders nothing.
    #[must_use]
    pub fn unsorted(self) -> Self {
        self.changed(|world| world.is_unsorted = true)
    }

    /// Searches say that they find so many more than they give.
    #[must_use]
    pub fn counting_too_many(self, more: usize) -> Self {
        self.changed(|world| world.overcount = more)
    }

    /// Searches of the FHIR server say something beside what they find.
    #[must_use]
    pub fn warning(self, words: &str) -> Self {
        self.changed(|world| world.warning = Some(words.to_owned()))
    }

    /// ClinicalTrials.gov refuses who asks more often within a minute of this clock.
    #[must_use]
    pub fn limiting_trials(self, in_a_minute: usize, clock: Arc<dyn Clock>) -> Self {
        self.changed(|world| world.limit = Some(Limit { in_a_minute, clock, windows: Mutex::default() }))
    }

    fn changed(self, change: impl FnOnce(&mut World)) -> Self {
        let mut world = Arc::into_inner(self.0).expect("it is changed before it is shared");
        change(&mut world);
        Self(Arc::new(world))
    }

    /// All paths.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/fhir", get(fhir::page))
            .route("/fhir/metadata", get(fhir::metadata))
            .route("/fhir/{name}", get(fhir::search))
            .route("/oauth/token", post(token::grant))
            .route("/api/v2/studies", get(trials::search))
            .route("/api/v2/version", get(trials::version))
            .with_state(self.clone())
    }

    /// The resources of a type.
    pub fn resources(&self, name: &str) -> Vec<Value> {
        let resources = lock(&self.0.resources);
        resources.all().iter().filter(|one| one["resourceType"] == name).cloned().collect()
    }

    /// Changes the resources.
    pub fn change(&self, change: impl FnOnce(&mut Vec<Value>)) {
        Arc::make_mut(&mut lock(&self.0.resources)).change(change);
    }

    /// The trials.
    pub fn trials(&self) -> Vec<Trial> {
        lock(&self.0.trials).clone()
    }

    /// Changes the trials.
    pub fn change_trials(&self, change: impl FnOnce(&mut Vec<Trial>)) {
        change(&mut lock(&self.0.trials));
    }

    /// Fails every n-th request, in all ways in turn.
    pub fn fail_every(&self, every: usize) {
        lock(&self.0.traffic).fail_every(every);
    }

    /// Forgets all searches that are being paged through, as servers do after some time.
    pub fn forget_searches(&self) {
        lock(&self.0.searches).clear();
    }

    /// The requests that were refused for coming too soon.
    pub fn refused(&self) -> usize {
        lock(&self.0.traffic).refused()
    }

    /// The paths and parameters of all requests so far.
    pub fn requests(&self) -> Vec<String> {
        lock(&self.0.traffic).requests().to_vec()
    }
}
