//! What the simulated repositories hold: the issues and pull requests of the shop's own software.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::demo::{RecentOrder, Shop};

/// Days of the shop's books that the issues speak of.
const DAYS: u64 = 20;
const AUTHORS: [&str; 4] = ["octavia", "linus-demo", "grace-demo", "shop-bot"];
const COMPLAINTS: [&str; 4] =
    ["is shown with the wrong price", "cannot be put into the basket", "arrives without its invoice", "has no picture"];

/// One repository with its lists, each from the oldest update to the newest.
#[derive(Clone, Debug)]
pub(super) struct Repository {
    pub(super) name: &'static str,
    pub(super) issues: Vec<Value>,
    pub(super) comments: Vec<Value>,
    pub(super) pulls: Vec<Value>,
}

/// The repositories of a shop.
pub(super) fn all(shop: &Shop) -> Vec<Repository> {
    let orders = shop.recent_orders(DAYS);
    ["demo/shop", "demo/warehouse"]
        .into_iter()
        .enumerate()
        .map(|(place, name)| {
            let own = orders.iter().skip(place).step_by(7 + place);
            repository(name, 1_000_000 * (place + 1), own)
        })
        .collect()
}

fn repository<'a>(name: &'static str, ids: usize, orders: impl Iterator<Item = &'a RecentOrder>) -> Repository {
    let mut made = Repository { name, issues: Vec::new(), comments: Vec::new(), pulls: Vec::new() };
    for (place, order) in orders.enumerate() {
        let number = place + 1;
        let made_at = order.ordered_at.and_utc();
        let updated_at = made_at + TimeDelta::hours(3);
        let issue = issue(name, ids + number, number, order, made_at, updated_at);
        if !issue["pull_request"].is_null() {
            made.pulls.push(pull(ids + number, number, &issue));
        }
        made.comments.push(json!({
            "id": ids * 10 + number,
            "issue_url": format!("https://api.github.com/repos/{name}/issues/{number}"),
            "body": format!("Seen with order {} of {}.", order.number, order.customer),
            "user": user(number + 1),
            "created_at": text(updated_at),
            "updated_at": text(updated_at),
        }));
        made.issues.push(issue);
    }
    for list in [&mut made.issues, &mut made.comments, &mut made.pulls] {
        list.sort_by(|one, other| one["updated_at"].as_str().cmp(&other["updated_at"].as_str()));
    }
    made
}

fn issue(
    name: &str,
    id: usize,
    number: usize,
    order: &RecentOrder,
    made_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
) -> Value {
    let product = order.products.first().map_or("An article", String::as_str);
    let is_pull = number.is_multiple_of(3);
    let is_closed = number.is_multiple_of(2);
    let title = match is_pull {
        true => format!("Show {product} as it is"),
        false => format!("{product} {}", COMPLAINTS[number % COMPLAINTS.len()]),
    };
    let url = format!("https://api.github.com/repos/{name}/pulls/{number}");
    json!({
        "id": id,
        "number": number,
        "title": title,
        "body": if number.is_multiple_of(5) { Value::Null } else { json!(format!("Told by {} from {}.", order.customer, order.city)) },
        "state": if is_closed { "closed" } else { "open" },
        "comments": 1,
        "labels": [{ "id": 1, "name": if is_pull { "change" } else { "bug" }, "color": "d73a4a" }],
        "pull_request": if is_pull { json!({ "url": url }) } else { Value::Null },
        "user": user(number),
        "created_at": text(made_at),
        "updated_at": text(updated_at),
        "closed_at": if is_closed { json!(text(updated_at)) } else { Value::Null },
    })
}

fn pull(id: usize, number: usize, issue: &Value) -> Value {
    json!({
        "id": id + 500_000,
        "number": number,
        "title": issue["title"],
        "state": issue["state"],
        "draft": number.is_multiple_of(4),
        "user": issue["user"],
        "created_at": issue["created_at"],
        "updated_at": issue["updated_at"],
        "merged_at": issue["closed_at"],
    })
}

fn user(number: usize) -> Value {
    let login = AUTHORS[number % AUTHORS.len()];
    json!({ "login": login, "id": number % AUTHORS.len() + 1, "type": if login.ends_with("bot") { "Bot" } else { "User" } })
}

pub(super) fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
