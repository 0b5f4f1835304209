//! PubMed and Europe PMC as their documentation tells, over the library of the demo: for demo mode and for tests.
//!
//! Both lie below one origin, with the vendors' paths. Limits are kept as the vendors keep them; failures that they are known
//! for can be switched on.

mod europepmc;
mod faults;
mod history;
mod parameters;
mod pubmed;
mod query;
mod traffic;
mod xml;

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::get;

use crate::demo::literature::{Library, Publication};
use crate::sdk::http::Clock;
use crate::sdk::simulator::lock;

pub use faults::Fault;
use history::Histories;
use traffic::Traffic;

/// What PubMed lists of a search at the most.
const LISTED: usize = 9_999;

/// Both providers. Cheap to clone; clones are the same.
#[derive(Clone)]
pub struct LiteratureSimulator(Arc<World>);

struct World {
    publications: Mutex<Vec<Publication>>,
    histories: Mutex<Histories>,
    traffic: Mutex<Traffic>,
    clock: Option<Arc<dyn Clock>>,
    /// The API keys that NCBI knows; every one, where there is no list.
    keys: Option<Vec<String>>,
    listed: usize,
    /// Searches list records by when they came in, not by their PMIDs.
    is_jumbled: bool,
}

impl LiteratureSimulator {
    /// Over a library.
    pub fn of(library: &Library) -> Self {
        Self(Arc::new(World {
            publications: Mutex::new(library.publications()),
            histories: Mutex::default(),
            traffic: Mutex::default(),
            clock: None,
            keys: None,
            listed: LISTED,
            is_jumbled: false,
        }))
    }

    /// Counts by another clock than the machine's.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        self.changed(|world| world.clock = Some(clock))
    }

    /// Knows only this API key.
    #[must_use]
    pub fn with_key(self, key: &str) -> Self {
        self.changed(|world| world.keys = Some(vec![key.to_owned()]))
    }

    /// Lists fewer records of a search than PubMed does.
    #[must_use]
    pub fn listing_at_most(self, listed: usize) -> Self {
        self.changed(|world| world.listed = listed)
    }

    /// Lists records by when they came in, so that their PMIDs are in no order.
    #[must_use]
    pub fn jumbled(self) -> Self {
        self.changed(|world| world.is_jumbled = true)
    }

    fn changed(self, change: impl FnOnce(&mut World)) -> Self {
        let mut world = Arc::into_inner(self.0).expect("it is changed before it is shared");
        change(&mut world);
        Self(Arc::new(world))
    }

    /// The vendors' paths.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/entrez/eutils/esearch.fcgi", get(pubmed::search).post(pubmed::search))
            .route("/entrez/eutils/efetch.fcgi", get(pubmed::fetch).post(pubmed::fetch))
            .route("/entrez/eutils/epost.fcgi", get(pubmed::post).post(pubmed::post))
            .route("/europepmc/webservices/rest/search", get(europepmc::search))
            .route("/europepmc/webservices/rest/searchPOST", axum::routing::post(europepmc::search))
            .with_state(self.clone())
    }

    /// What the library holds now.
    pub fn publications(&self) -> Vec<Publication> {
        lock(&self.0.publications).clone()
    }

    /// Changes the library.
    pub fn change(&self, change: impl FnOnce(&mut Vec<Publication>)) {
        change(&mut lock(&self.0.publications));
    }

    /// Fails every n-th request, in all ways in turn.
    pub fn fail_every(&self, every: usize) {
        lock(&self.0.traffic).fail_every(every);
    }

    /// Fails the next request.
    pub fn fail_next(&self, fault: Fault) {
        lock(&self.0.traffic).fail_next(fault);
    }

    /// Forgets all histories, as NCBI does some hours after the last use.
    pub fn forget_histories(&self) {
        lock(&self.0.histories).forget();
    }

    /// The paths and parameters of all requests so far.
    pub fn requests(&self) -> Vec<String> {
        lock(&self.0.traffic).requests().to_vec()
    }

    /// The most requests that came within any second, by credential.
    pub fn busiest_second(&self) -> usize {
        lock(&self.0.traffic).busiest_second()
    }

    fn now(&self) -> tokio::time::Instant {
        self.0.clock.as_ref().map_or_else(tokio::time::Instant::now, |clock| clock.now())
    }
}
