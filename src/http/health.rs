//! Health: whether the process lives, and whether it can do its work.
//!
//! Anybody may ask, signed in or not, as often as they like. So the parts are looked at once in ten seconds, for all
//! who ask meanwhile, and looking only reads.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use tokio::sync::Mutex;

use super::Server;
use crate::services::{Services, with_causes};

/// How long a part may take to answer before it counts as not ready.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long a look at the parts holds.
const HOLDS: Duration = Duration::from_secs(10);

/// The state of the process or of one of its parts.
#[derive(Serialize)]
pub(super) struct Health {
    /// `ok`, or `unavailable` with the reasons.
    status: &'static str,
    version: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<Reason>,
}

/// What is missing.
#[derive(Clone, Serialize)]
struct Reason {
    part: &'static str,
    message: String,
}

impl Health {
    fn of(reasons: Vec<Reason>) -> Self {
        let status = if reasons.is_empty() { "ok" } else { "unavailable" };
        Self { status, version: env!("CARGO_PKG_VERSION"), reasons }
    }
}

/// 200 as long as the process answers at all.
pub(super) async fn live() -> Json<Health> {
    Json(Health::of(Vec::new()))
}

/// 200 when the database, the lake and the engine do their work, else 503 with the reasons.
pub(super) async fn ready(State(server): State<Server>) -> (StatusCode, Json<Health>) {
    let mut reasons = server.readiness.look(&server.services).await;
    if server.services.engine().has_broken_down() {
        let message =
            "a fault of DataWeaver ended it, and no syncs run here; the server's log says more, start it anew";
        reasons.push(reason("engine", message.to_owned()));
    }
    if server.stop.is_cancelled() {
        reasons.push(reason("server", "it is shutting down".to_owned()));
    }
    let status = if reasons.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Health::of(reasons)))
}

/// What the last look at the parts found. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Readiness(Arc<Mutex<Option<Look>>>);

/// A look at the parts.
struct Look {
    at: Instant,
    reasons: Vec<Reason>,
}

impl Readiness {
    /// What is missing now, or was a moment ago. Those who ask while somebody looks wait for what is found.
    async fn look(&self, services: &Services) -> Vec<Reason> {
        let mut last = self.0.lock().await;
        if let Some(look) = &*last
            && look.at.elapsed() < HOLDS
        {
            return look.reasons.clone();
        }
        let database = async { services.db().ping().await.map_err(|error| error.to_string()) };
        let lake = async { services.lake().ready().await.map_err(|error| with_causes(&error)) };
        let (database, lake) = tokio::join!(part("database", database), part("lake", lake));
        let reasons: Vec<Reason> = [database, lake].into_iter().flatten().collect();
        *last = Some(Look { at: Instant::now(), reasons: reasons.clone() });
        reasons
    }
}

async fn part(name: &'static str, check: impl Future<Output = Result<(), String>>) -> Option<Reason> {
    match tokio::time::timeout(PATIENCE, check).await {
        Ok(Ok(())) => None,
        Ok(Err(message)) => {
            tracing::warn!(part = name, error = message, "{name} is not ready");
            Some(reason(name, format!("the {name} cannot be used; the server's log says more")))
        }
        Err(_) => Some(reason(name, format!("the {name} does not answer within {} s", PATIENCE.as_secs()))),
    }
}

fn reason(part: &'static str, message: String) -> Reason {
    Reason { part, message }
}
