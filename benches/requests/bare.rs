//! The bare server: an axum handler that runs one statement and puts its rows together.

use std::io::{Read, stdin};

use anyhow::Result;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderName};
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;

use crate::measuring::bare_listener;
use crate::statement::Database;

/// Serves until stdin ends.
pub(crate) fn serve(url: &str) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let database = Database::connect(url).await?;
        let listener = bare_listener().await?;
        let router = Router::new().route("/nested", post(nested)).route("/lookup", post(lookup)).with_state(database);
        let asked_to_end = tokio::task::spawn_blocking(|| stdin().read_to_end(&mut Vec::new()));
        tokio::select! {
            served = axum::serve(listener, router).into_future() => Ok(served?),
            ended = asked_to_end => Ok(ended.map(drop)?),
        }
    })
}

type Answer = Result<([(HeaderName, &'static str); 1], Vec<u8>), (StatusCode, String)>;

#[derive(Deserialize)]
struct Lookup {
    id: String,
}

async fn nested(State(database): State<Database>) -> Answer {
    answer(database.nested().await)
}

async fn lookup(State(database): State<Database>, Json(lookup): Json<Lookup>) -> Answer {
    answer(database.lookup(&lookup.id).await)
}

fn answer(found: Result<Vec<u8>>) -> Answer {
    let json = |body| ([(CONTENT_TYPE, "application/json")], body);
    found.map(json).map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
}
