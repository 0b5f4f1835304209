//! Lists of an account as Stripe gives them: newest first, a page behind an object, by when they were created.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};

use super::super::trouble::{Refusal, Trouble};
use super::account::Account;
use crate::demo::{Shop, Told};

/// The most objects of a page.
const MOST: usize = 100;

/// A simulated account. Clones are the same one.
#[derive(Clone, Debug)]
pub struct StripeSimulator {
    account: Arc<Mutex<Account>>,
    trouble: Trouble,
}

impl StripeSimulator {
    /// The key that the account takes.
    pub const KEY: &'static str = "rk_test_made_up";

    /// The payments of a shop.
    pub fn of(shop: &Shop, trouble: Trouble) -> Self {
        Self { account: Arc::new(Mutex::new(Account::of(shop))), trouble }
    }

    /// The payments of a demo world's shop, without any trouble. They are made once.
    pub fn of_world(shop: Told<Shop>) -> Self {
        static MADE: Mutex<Vec<(Arc<Shop>, Account)>> = Mutex::new(Vec::new());
        let shop = shop.get();
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        let known = made.iter().find(|(known, _)| *known == shop).map(|(_, account)| account.clone());
        let account = known.unwrap_or_else(|| {
            let account = Account::of(&shop);
            made.push((shop, account.clone()));
            account
        });
        Self { account: Arc::new(Mutex::new(account)), trouble: Trouble::none() }
    }

    /// The service, to be put where Stripe's origin is.
    pub fn router(&self) -> Router {
        Router::new().route("/v1/{list}", get(list)).with_state(self.clone())
    }

    /// How many objects a list has.
    pub fn count(&self, list: &str) -> usize {
        self.account().list(list).map_or(0, <[Value]>::len)
    }

    /// Makes a customer, the newest one.
    pub fn add_customer(&self, id: &str, created: i64) {
        let customer =
            json!({ "id": id, "object": "customer", "name": "Somebody New", "created": created, "metadata": {} });
        self.account().add("customers", customer);
    }

    fn account(&self) -> MutexGuard<'_, Account> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn list(
    State(simulator): State<StripeSimulator>,
    Path(name): Path<String>,
    Query(asked): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let given = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if given != format!("Bearer {}", StripeSimulator::KEY) {
        let shown =
            given.strip_prefix("Bearer ").map(|key| key.chars().take(7).collect::<String>()).unwrap_or_default();
        return refused(StatusCode::UNAUTHORIZED, &format!("Invalid API Key provided: {shown}***"), None);
    }
    match simulator.trouble.next() {
        Some(Refusal::TooMany) => {
            return refused(StatusCode::TOO_MANY_REQUESTS, "Request rate limit exceeded.", Some("rate_limit"));
        }
        Some(Refusal::Broken) => return refused(StatusCode::INTERNAL_SERVER_ERROR, "Sorry! There was an error.", None),
        None => {}
    }
    let account = simulator.account();
    let Some(objects) = account.list(&name) else {
        let message = format!("Unrecognized request URL (GET: /v1/{name}).");
        return refused(StatusCode::NOT_FOUND, &message, None);
    };
    match page(objects, &asked) {
        Ok((data, has_more)) => {
            axum::Json(json!({ "object": "list", "url": format!("/v1/{name}"), "has_more": has_more, "data": data }))
                .into_response()
        }
        Err(message) => refused(StatusCode::BAD_REQUEST, &message, Some("parameter_invalid")),
    }
}

fn page(objects: &[Value], asked: &HashMap<String, String>) -> Result<(Vec<Value>, bool), String> {
    let number = |name: &str, usual: i64| match asked.get(name) {
        Some(text) => text.parse::<i64>().map_err(|_| format!("Invalid integer: {text}")),
        None => Ok(usual),
    };
    let limit = usize::try_from(number("limit", 10)?).ok().filter(|limit| (1..=MOST).contains(limit));
    let limit = limit.ok_or("This value must be between 1 and 100.")?;
    let (from, to) = (number("created[gte]", 0)?, number("created[lte]", i64::MAX)?);
    let created = |object: &Value| object["created"].as_i64().unwrap_or_default();
    let mut left: Vec<&Value> = objects.iter().rev().filter(|object| (from..=to).contains(&created(object))).collect();
    if let Some(after) = asked.get("starting_after") {
        let place = left.iter().position(|object| object["id"] == after.as_str());
        let place = place.ok_or_else(|| format!("No such object: '{after}'"))?;
        left.drain(..=place);
    }
    let has_more = left.len() > limit;
    Ok((left.into_iter().take(limit).cloned().collect(), has_more))
}

fn refused(status: StatusCode, message: &str, code: Option<&str>) -> Response {
    let kind = if status.is_server_error() { "api_error" } else { "invalid_request_error" };
    (status, axum::Json(json!({ "error": { "type": kind, "code": code, "message": message } }))).into_response()
}
