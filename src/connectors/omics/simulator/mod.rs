//! A cBioPortal as its API's documentation and its sources tell, over the cohorts of the demo: for demo mode and for tests.
//!
//! It keeps what is awkward there: studies are paged from 1 and all else from 0, patients and samples come in no order unless one
//! is asked for, and pages of lists without a full order are not the same twice. Failures that such servers are known for can be
//! switched on.

mod alterations;
mod lists;
mod objects;
mod query;
mod traffic;

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::middleware;
use axum::routing::{get, post};

use crate::demo::cohort::{Cohort, Study};
use crate::sdk::simulator::lock;
use traffic::Traffic;

pub use traffic::Fault;

/// A portal. Cheap to clone; clones are the same.
#[derive(Clone)]
pub struct PortalSimulator(Arc<World>);

struct World {
    studies: Mutex<Vec<Study>>,
    traffic: Mutex<Traffic>,
    /// The data access token that is asked for.
    token: Option<String>,
    /// Studies that are listed and may not be read.
    closed: Vec<String>,
}

impl PortalSimulator {
    /// Over cohorts.
    pub fn of(cohort: &Cohort) -> Self {
        Self(Arc::new(World {
            studies: Mutex::new(cohort.studies()),
            traffic: Mutex::default(),
            token: None,
            closed: Vec::new(),
        }))
    }

    /// Asks for this data access token.
    #[must_use]
    pub fn with_token(self, token: &str) -> Self {
        self.changed(|world| world.token = Some(token.to_owned()))
    }

    /// Lists a study, and lets nobody read it.
    #[must_use]
    pub fn closing(self, study: &str) -> Self {
        self.changed(|world| world.closed.push(study.to_owned()))
    }

    fn changed(self, change: impl FnOnce(&mut World)) -> Self {
        let mut world = Arc::into_inner(self.0).expect("it is changed before it is shared");
        change(&mut world);
        Self(Arc::new(world))
    }

    /// All paths.
    pub fn router(&self) -> Router {
        let of_study = |rest: &str| format!("/api/studies/{{study}}{rest}");
        let of_profile = |rest: &str| format!("/api/molecular-profiles/{{profile}}/{rest}");
        Router::new()
            .route("/api/studies", get(lists::studies))
            .route(&of_study(""), get(lists::study))
            .route(&of_study("/patients"), get(lists::patients))
            .route(&of_study("/samples"), get(lists::samples))
            .route(&of_study("/clinical-attributes"), get(lists::clinical_attributes))
            .route(&of_study("/clinical-data"), get(lists::clinical_data))
            .route(&of_study("/clinical-data/fetch"), post(lists::fetch_clinical_data))
            .route(&of_study("/molecular-profiles"), get(lists::molecular_profiles))
            .route(&of_study("/sample-lists"), get(lists::sample_lists))
            .route("/api/molecular-profiles", get(lists::all_molecular_profiles))
            .route(&of_profile("{what}"), get(alterations::of_profile))
            .route(&of_profile("{what}/fetch"), post(alterations::fetch_of_profile))
            .route("/api/structural-variant/fetch", post(alterations::fetch_structural_variants))
            .route("/api/genes", get(lists::genes))
            .route("/api/genes/fetch", post(lists::fetch_genes))
            .layer(middleware::from_fn_with_state(self.clone(), traffic::pass))
            .with_state(self.clone())
    }

    /// The studies.
    pub fn studies(&self) -> Vec<Study> {
        lock(&self.0.studies).clone()
    }

    /// Changes the studies, as an import does.
    pub fn change(&self, change: impl FnOnce(&mut Vec<Study>)) {
        change(&mut lock(&self.0.studies));
    }

    /// Fails every n-th request in this way.
    pub fn fail(&self, fault: Fault, every: usize) {
        lock(&self.0.traffic).faults.add(fault, every);
    }

    /// The methods, paths and parameters of all requests so far.
    pub fn requests(&self) -> Vec<String> {
        lock(&self.0.traffic).requests.clone()
    }

    fn is_closed(&self, study: &str) -> bool {
        self.0.closed.iter().any(|closed| closed == study)
    }
}
