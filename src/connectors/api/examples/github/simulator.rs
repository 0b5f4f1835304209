//! Lists of repositories as GitHub gives them: pages with links, filtered by when they were updated, under a rate limit.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::super::trouble::{Refusal, Trouble};
use super::repository::{self, Repository};
use crate::demo::Shop;

/// The most of a page.
const MOST: usize = 100;

/// Simulated repositories. Clones are the same ones.
#[derive(Clone, Debug)]
pub struct GitHubSimulator {
    repositories: Arc<Mutex<Vec<Repository>>>,
    trouble: Trouble,
}

impl GitHubSimulator {
    /// The token that is taken.
    pub const TOKEN: &'static str = "github_pat_made_up";

    /// The repositories of a shop.
    pub fn of(shop: &Shop, trouble: Trouble) -> Self {
        Self { repositories: Arc::new(Mutex::new(repository::all(shop))), trouble }
    }

    /// The service, to be put where GitHub's origin is.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/repos/{owner}/{name}", get(one))
            .route("/repos/{owner}/{name}/{*list}", get(list))
            .with_state(self.clone())
    }

    /// The names of the repositories, each with its owner's.
    pub fn repositories(&self) -> Vec<&'static str> {
        self.all().iter().map(|repository| repository.name).collect()
    }

    /// How many issues all repositories have together, pull requests among them.
    pub fn issues(&self) -> usize {
        self.all().iter().map(|repository| repository.issues.len()).sum()
    }

    /// Gives the oldest issue of the first repository another title, now.
    pub fn retitle(&self, title: &str, now: DateTime<Utc>) {
        let mut all = self.all();
        let issues = &mut all[0].issues;
        let mut issue = issues.remove(0);
        issue["title"] = json!(title);
        issue["updated_at"] = json!(repository::text(now));
        issues.push(issue);
    }

    fn all(&self) -> MutexGuard<'_, Vec<Repository>> {
        self.repositories.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses whoever has no token, and whoever has bad luck.
    fn refusal(&self, headers: &HeaderMap) -> Option<Response> {
        let given = headers.get("authorization").and_then(|value| value.to_str().ok());
        if given != Some(&format!("Bearer {}", Self::TOKEN)) {
            return Some(refused(StatusCode::UNAUTHORIZED, "Bad credentials"));
        }
        Some(match self.trouble.next()? {
            Refusal::Broken => refused(StatusCode::BAD_GATEWAY, "Server Error"),
            Refusal::TooMany => {
                let reset = (Utc::now() + TimeDelta::seconds(1)).timestamp().to_string();
                let limit =
                    [("x-ratelimit-limit", "5000"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", &reset)];
                (limit, refused(StatusCode::FORBIDDEN, "API rate limit exceeded")).into_response()
            }
        })
    }
}

async fn one(
    State(simulator): State<GitHubSimulator>,
    Path((owner, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    if let Some(refusal) = simulator.refusal(&headers) {
        return refusal;
    }
    let all = simulator.all();
    let full_name = format!("{owner}/{name}");
    let Some(place) = all.iter().position(|repository| repository.name == full_name) else {
        return refused(StatusCode::NOT_FOUND, "Not Found");
    };
    let newest = all[place].issues.last().map_or(Value::Null, |issue| issue["updated_at"].clone());
    axum::Json(json!({
        "id": place + 1,
        "name": name,
        "full_name": full_name,
        "description": "Software of a shop that is made up",
        "private": false,
        "stargazers_count": 12 * (place + 1),
        "open_issues_count": all[place].issues.iter().filter(|issue| issue["state"] == "open").count(),
        "default_branch": "main",
        "created_at": "2023-11-01T09:00:00Z",
        "updated_at": newest,
    }))
    .into_response()
}

async fn list(
    State(simulator): State<GitHubSimulator>,
    Path((owner, name, list)): Path<(String, String, String)>,
    Query(asked): Query<HashMap<String, String>>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if let Some(refusal) = simulator.refusal(&headers) {
        return refusal;
    }
    let all = simulator.all();
    let found = all.iter().find(|repository| repository.name == format!("{owner}/{name}"));
    let items = found.and_then(|repository| match list.as_str() {
        "issues" => Some(&repository.issues),
        "issues/comments" => Some(&repository.comments),
        "pulls" => Some(&repository.pulls),
        _ => None,
    });
    let Some(items) = items else { return refused(StatusCode::NOT_FOUND, "Not Found") };
    let number = |name: &str, usual: usize| asked.get(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let (size, page) = (number("per_page", 30).clamp(1, MOST), number("page", 1).max(1));
    // GitHub's lists of pull requests take no `since`.
    let since = asked.get("since").filter(|_| list != "pulls").map(String::as_str);
    let state = asked.get("state").map_or("open", String::as_str);
    let mut chosen: Vec<&Value> = items
        .iter()
        .filter(|item| since.is_none_or(|since| item["updated_at"].as_str() >= Some(since)))
        .filter(|item| state == "all" || item["state"].is_null() || item["state"] == state)
        .collect();
    if asked.get("direction").map_or("desc", String::as_str) == "desc" {
        chosen.reverse();
    }
    let pages = chosen.len().div_ceil(size);
    let shown: Vec<&Value> = chosen.into_iter().skip((page - 1) * size).take(size).collect();
    let host = headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or_default();
    let link = |to: usize, rel: &str| {
        let mut url = url::Url::parse(&format!("http://{host}{}", uri.path())).ok()?;
        let kept = asked.iter().filter(|(name, _)| *name != "page");
        url.query_pairs_mut().extend_pairs(kept).append_pair("page", &to.to_string());
        Some(format!("<{url}>; rel=\"{rel}\""))
    };
    let mut response = axum::Json(shown).into_response();
    if page < pages {
        let links: Vec<String> = [link(page + 1, "next"), link(pages, "last")].into_iter().flatten().collect();
        if let Ok(value) = links.join(", ").parse() {
            response.headers_mut().insert("link", value);
        }
    }
    response
}

fn refused(status: StatusCode, message: &str) -> Response {
    (status, axum::Json(json!({ "message": message, "documentation_url": "https://docs.github.com/rest" })))
        .into_response()
}
