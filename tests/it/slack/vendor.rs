//! Slack's own client, npm `@slack/web-api`, finds in the simulator what the company's story holds.

use std::collections::BTreeSet;

use dataweaver::connectors::slack::simulator::{Fault, SimulatorOptions, Tiers};
use serde_json::{Value, json};

use super::scene::{Scene, company};
use crate::transports::clients::run;

fn said<'a>(said: &'a [Value], key: &str) -> &'a Value {
    said.iter().find_map(|line| line.get(key)).unwrap_or_else(|| panic!("no {key} in {said:#?}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slacks_own_client_reads_all_of_the_company() {
    let company = company();
    let scene = Scene::of(&company, SimulatorOptions::default()).await;
    scene.simulator.fail(Fault::ServerError, 25);
    let Some(lines) = run("slack.mjs", &scene.url, &json!({ "token": scene.simulator.user_token() })).await else {
        return;
    };
    assert!(scene.simulator.failures() > 0);
    assert!(lines.iter().all(|line| line.get("error").is_none() && line.get("wrong").is_none()), "{lines:#?}");
    assert_eq!(*said(&lines, "auth"), json!({ "team": "Fernweh Goods", "user": "marta", "bot": false }));
    let sorted = |names: Vec<&str>| json!(names.into_iter().collect::<BTreeSet<_>>());
    assert_eq!(*said(&lines, "users"), sorted(company.people.iter().map(|person| &*person.handle).collect()));
    assert_eq!(*said(&lines, "channels"), sorted(company.channels.iter().map(|channel| &*channel.name).collect()));
    assert_eq!(*said(&lines, "files"), json!(company.files.len()));
    for channel in &company.channels {
        let found = lines.iter().find(|line| line["channel"] == *channel.name).expect("the channel was read");
        let messages = channel.messages.iter().flat_map(|message| std::iter::once(message).chain(&message.replies));
        let ts = |message: &dataweaver::demo::Message| {
            let micros = message.at.timestamp_micros();
            format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
        };
        let expected: BTreeSet<String> = messages.map(ts).collect();
        assert_eq!(found["found"], json!(expected), "{}", channel.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slacks_own_client_understands_the_refusals() {
    let scene = Scene::of(&company(), SimulatorOptions { tiers: Tiers::Restricted, ..Default::default() }).await;
    let narrow = scene.simulator.token_with(&["channels:read"]);
    let call = async |token: &str, method: &str, options: Value| {
        let asked = json!({ "token": token, "call": method, "options": options, "rejects": true });
        run("slack.mjs", &scene.url, &asked).await.map(|lines| lines[0].clone())
    };
    let list = json!({ "types": "private_channel" });
    let Some(refused) = call(&narrow, "conversations.list", list).await else { return };
    let facts = (&refused["error"]["error"], &refused["error"]["needed"], &refused["error"]["provided"]);
    assert_eq!(facts, (&json!("missing_scope"), &json!("groups:read"), &json!("channels:read")), "{refused:#}");
    let unknown = call("xoxb-nobody", "auth.test", json!({})).await.unwrap();
    assert_eq!(unknown["error"]["error"], "invalid_auth");
    let history = json!({ "channel": scene.simulator.channel_id("general") });
    let bot = scene.simulator.bot_token();
    let first = call(&bot, "conversations.history", history.clone()).await.unwrap();
    assert_eq!(first["ok"], true, "{first:#}");
    assert!(first["messages"].as_array().unwrap().len() <= 15, "{first:#}");
    let second = call(&bot, "conversations.history", history).await.unwrap();
    let wait = second["retryAfter"].as_u64().unwrap_or_else(|| panic!("{second:#}"));
    assert!((1..=60).contains(&wait), "{second:#}");
    let (client_id, client_secret, refresh_token) = scene.simulator.app();
    let rotate = json!({
        "client_id": client_id, "client_secret": client_secret, "grant_type": "refresh_token",
        "refresh_token": refresh_token,
    });
    let granted = call("", "oauth.v2.access", rotate.clone()).await.unwrap();
    assert_eq!((&granted["ok"], &granted["expires_in"]), (&json!(true), &json!(43_200)), "{granted:#}");
    let again = call("", "oauth.v2.access", rotate).await.unwrap();
    assert_eq!(again["error"]["error"], "invalid_refresh_token", "each is taken once");
}
