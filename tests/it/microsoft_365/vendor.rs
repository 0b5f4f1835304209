//! Microsoft's own client, npm `@microsoft/microsoft-graph-client`, finds in the simulator what the company's story holds.

use std::collections::BTreeSet;

use dataweaver::connectors::microsoft_365::simulator::{Fault, SimulatorOptions, Throttle};
use serde_json::{Value, json};

use super::scene::{Scene, world};
use crate::transports::clients::run;

fn sorted(ids: Vec<String>) -> Value {
    json!(ids.into_iter().collect::<BTreeSet<_>>())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn microsofts_own_client_reads_all_of_the_tenant() {
    let scene = Scene::with(SimulatorOptions { most_replies: 3, ..SimulatorOptions::default() }).await;
    let simulator = &scene.simulator;
    simulator.fail(Fault::TooMany(0), 20);
    simulator.fail(Fault::Unavailable(0), 33);
    let user = simulator.user("aylin");
    let asked = json!({ "token": simulator.app_token(None), "user": user });
    let Some(lines) = run("graph.mjs", &scene.url, &asked).await else { return };
    assert!(lines.iter().all(|line| line.get("error").is_none()), "{lines:#?}");
    assert!(simulator.failures() > 0);
    let line = |key: &str| lines.iter().find(|line| line.get(key).is_some()).unwrap_or_else(|| panic!("no {key}"));
    let of =
        |key: &str, value: &str| lines.iter().find(|line| line[key] == value).unwrap_or_else(|| panic!("no {value}"));
    assert_eq!(line("users")["users"], sorted(simulator.ids("users")));
    assert_eq!(line("unchanged")["unchanged"], 0);
    let drive = simulator.site_drive();
    assert_eq!(of("drive", &drive)["items"], sorted(simulator.ids(&format!("drives/{drive}/items"))));
    let (company, office) = world();
    let orders = &office.books.iter().find(|book| book.name == "Orders.xlsx").unwrap().sheets[0];
    assert_eq!(of("table", "Orders")["rows"], orders.rows.len() - 1);
    let report = of("sheet", "By day");
    assert!(report["address"].as_str().unwrap().starts_with("'By day'!B2:F"), "{report}");
    assert_eq!(report["first"], json!(["Orders by day", "", "", "", ""]));
    for list in &office.lists {
        let expected = sorted(simulator.ids(&format!("{}/items", simulator.list(list.name))));
        assert_eq!(of("list", list.name)["items"], expected);
    }
    let inbox = of("folder", "Inbox");
    assert_eq!(inbox["messages"], sorted(simulator.ids(&format!("{}/messages", simulator.folder("aylin", "Inbox")))));
    assert_eq!(inbox["html"], false, "bodies are wanted as text");
    assert_eq!(line("events")["events"], sorted(simulator.ids(&format!("users/{user}/events"))));
    for channel in company.channels.iter().filter(|channel| !channel.is_archived) {
        let name = if channel.name == "general" { "General" } else { &*channel.name };
        assert_eq!(of("channel", name)["messages"], sorted(simulator.channel_ids(&channel.name)), "{name}");
    }
    let batch = line("batch");
    assert_eq!((&batch["batch"], &batch["statuses"], &batch["match"]), (&json!(5), &json!([200]), &json!(true)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn microsofts_own_client_understands_the_refusals() {
    let scene = Scene::new().await;
    let get = async |token: &str, path: &str| {
        let asked = json!({ "token": token, "get": path });
        run("graph.mjs", &scene.url, &asked).await.map(|lines| lines[0].clone())
    };
    let narrow = scene.simulator.app_token(Some(&["User.Read.All"]));
    let Some(refused) = get(&narrow, "/teams").await else { return };
    assert_eq!(
        (&refused["error"]["status"], &refused["error"]["code"]),
        (&json!(403), &json!("Forbidden")),
        "{refused}"
    );
    let unknown = get("nobody", "/users").await.unwrap();
    assert_eq!(unknown["error"]["code"], "InvalidAuthenticationToken");
    let nobody = get(&narrow, "/me").await.unwrap();
    assert!(nobody["error"]["message"].as_str().unwrap().contains("delegated authentication flow"), "{nobody}");
    let missing = get(&scene.simulator.app_token(None), "/drives/none/root/delta").await.unwrap();
    assert_eq!((&missing["error"]["status"], &missing["error"]["code"]), (&json!(404), &json!("itemNotFound")));
    let me = get(&scene.simulator.person_token(None), "/me?$select=displayName").await.unwrap();
    assert_eq!(me["got"]["displayName"], "Marta Kowalska");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_too_often_is_told_how_long_to_wait() {
    let throttle = Throttle { mailbox_in_10_minutes: Some(2), ..Throttle::default() };
    let scene = Scene::with(SimulatorOptions { throttle, ..SimulatorOptions::default() }).await;
    let path = format!("/users/{}/mailFolders", scene.simulator.user("aylin"));
    let client = reqwest::Client::new();
    let token = scene.simulator.app_token(None);
    let mut statuses = Vec::new();
    for _ in 0..3 {
        let answer = client.get(format!("{}/v1.0{path}", scene.url)).bearer_auth(&token).send().await.unwrap();
        let wait = answer.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        statuses.push((answer.status().as_u16(), wait.is_some_and(|wait| (1..=600).contains(&wait))));
    }
    assert_eq!(statuses, [(200, false), (200, false), (429, true)]);
}
