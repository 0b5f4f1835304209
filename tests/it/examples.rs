//! The worked examples: manifests of well-known APIs, read from their simulators into lake tables.

use chrono::Utc;
use dataweaver::connectors::api::Api;
use dataweaver::connectors::api::examples::github::{self, GitHubSimulator};
use dataweaver::connectors::api::examples::open_meteo::{self, OpenMeteoSimulator};
use dataweaver::connectors::api::examples::stripe::{self, StripeSimulator};
use dataweaver::connectors::api::examples::{Trouble, lint_all};
use dataweaver::demo::Shop;
use dataweaver::sdk::testing::{Fixture, contract};
use dataweaver::sdk::{AuthType, ConnectorFactory, Settings};
use serde_json::{Value, json};

use crate::harness::TestApp;
use crate::simulated::{Hurry, Served};
use crate::syncs::table::{lines, sync};

fn small_shop() -> Shop {
    Shop { customers: 300, products: 40, orders: 8_000, ..Shop::default() }
}

async fn connector(app: &TestApp, name: &str, manifest: &str, config: Value) -> String {
    let connection = json!({ "manifest": manifest, "config": config });
    app.connector(json!({ "name": name, "type": "API", "connectionConfig": connection })).await
}

/// Lets all data sources of a connector be read incrementally from now on.
async fn read_incrementally(app: &TestApp, connector: &str, names: &[&str]) {
    let query = "query($id: ID!) { dataSources(connectorId: $id) { nodes { id name } } }";
    let sources = app.gql(query, json!({ "id": connector })).await["dataSources"]["nodes"].take();
    for source in sources.as_array().unwrap() {
        if names.contains(&source["name"].as_str().unwrap()) {
            let change = json!({ "id": source["id"], "extractType": "INCREMENTAL", "writeMode": "MERGE" });
            app.update_source(change).await;
        }
    }
}

#[test]
fn every_example_is_run_whole() {
    assert_eq!(lint_all(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stripes_payments_are_those_of_the_shop() {
    let simulator = StripeSimulator::of(&small_shop(), Trouble::none());
    let served = Served::on_a_port(simulator.router()).await;
    let app = TestApp::new().await;
    let config = json!({ "secret_key": StripeSimulator::KEY, "base_url": served.url });
    let connector = connector(&app, "Stripe", stripe::MANIFEST, config).await;
    sync(&app, &connector).await;
    for list in ["customers", "charges", "refunds"] {
        let count = lines(&app, &format!("SELECT count(*), count(DISTINCT id) FROM stripe.{list}")).await;
        assert_eq!(count, [format!("{0}|{0}", simulator.count(list))], "{list}");
    }
    let refunded = "SELECT count(*) FROM stripe.refunds r JOIN stripe.charges c ON c.id = r.charge
        WHERE c.refunded AND c.amount_refunded = r.amount";
    assert_eq!(lines(&app, refunded).await, [simulator.count("refunds").to_string()]);

    read_incrementally(&app, &connector, &["customers"]).await;
    sync(&app, &connector).await;
    simulator.add_customer("cus_new", Utc::now().timestamp());
    sync(&app, &connector).await;
    assert_eq!(lines(&app, "SELECT name FROM stripe.customers WHERE id = 'cus_new'").await, ["Somebody New"]);
    let count = lines(&app, "SELECT count(*), count(DISTINCT id) FROM stripe.customers").await;
    assert_eq!(count, [format!("{0}|{0}", simulator.count("customers"))]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn githubs_issues_are_read_page_by_page_and_then_only_what_changed() {
    let simulator = GitHubSimulator::of(&small_shop(), Trouble::every(7));
    let served = Served::on_a_port(simulator.router()).await;
    let app = TestApp::new().await;
    let repositories = simulator.repositories();
    let config = json!({ "token": GitHubSimulator::TOKEN, "repositories": repositories, "base_url": served.url });
    let connector = connector(&app, "GitHub", github::MANIFEST, config).await;
    sync(&app, &connector).await;
    let issues = "SELECT count(*), count(DISTINCT id), count(DISTINCT repository) FROM github.issues";
    assert_eq!(lines(&app, issues).await, [format!("{0}|{0}|2", simulator.issues())]);
    let pulls = "SELECT (SELECT count(*) FROM github.pull_requests) - count(*) FROM github.issues WHERE pull_request IS NOT NULL";
    assert_eq!(lines(&app, pulls).await, ["0"]);

    read_incrementally(&app, &connector, &["issues", "issue_comments", "pull_requests"]).await;
    sync(&app, &connector).await;
    simulator.retitle("An old issue has come back", Utc::now());
    sync(&app, &connector).await;
    let title = "SELECT count(*) FROM github.issues WHERE title = 'An old issue has come back'";
    assert_eq!(lines(&app, title).await, ["1"]);
    assert_eq!(lines(&app, issues).await, [format!("{0}|{0}|2", simulator.issues())]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_weather_of_each_place_and_day_is_a_row() {
    let served = Served::on_a_port(OpenMeteoSimulator::default().router()).await;
    let app = TestApp::new().await;
    let config = json!({
        "locations": ["52.52,13.41", "-33.87,151.21"],
        "start_date": "2026-01-01",
        "end_date": "2026-01-06",
        "base_url": served.url,
    });
    let connector = connector(&app, "Weather", open_meteo::MANIFEST, config).await;
    sync(&app, &connector).await;
    let days = "SELECT location, count(*), min(date), max(date), bool_and(temperature_max > temperature_min)
        FROM weather.daily_weather GROUP BY 1 ORDER BY 1";
    assert_eq!(
        lines(&app, days).await,
        ["-33.87,151.21|5|2026-01-01|2026-01-05|true", "52.52,13.41|5|2026-01-01|2026-01-05|true"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_api_in_demo_mode_reads_the_payments_of_the_shop() {
    let app = TestApp::new().await;
    let connector = app.connector(json!({ "name": "Payments", "type": "API", "demoMode": true })).await;
    sync(&app, &connector).await;
    let known = "SELECT count(*) > 0, count(DISTINCT c.customer) = count(DISTINCT p.id) FROM payments.charges c
        LEFT JOIN payments.customers p ON p.id = c.customer";
    assert_eq!(lines(&app, known).await, ["true|true"]);
}

/// Keeps the contract while the simulator fails: a stream read at `url`, and nothing where none is.
async fn keeps_the_contract(stream: &str, manifest: &str, config: Value, url: &str, token: &str) {
    let hurry = Hurry::<Api>::new();
    let at = |url: &str, token: &str| {
        let mut config = config.clone();
        config["base_url"] = json!(url);
        let connection =
            json!({ "manifest": manifest, "config": config, "secrets": { "token": token, "secret_key": token } });
        Settings { connection, auth_type: AuthType::None, auth: json!({}) }
    };
    let wrong = "canary-wrong-key";
    let fixture = Fixture::new(at(url, token), stream, at("http://127.0.0.1:1", token)).refused(at(url, wrong));
    let fixture = Fixture { context: hurry.context.clone(), ..fixture.secret(token).secret(wrong) };
    contract(&ConnectorFactory::of::<Api>(), &fixture).await.unwrap();
}

#[tokio::test]
async fn a_stream_of_partitions_keeps_the_contract_with_a_checkpoint_behind_each() {
    let simulator = GitHubSimulator::of(&small_shop(), Trouble::every(7));
    let served = Served::on_a_port(simulator.router()).await;
    let config = json!({ "repositories": simulator.repositories() });
    for stream in ["issues", "repositories"] {
        keeps_the_contract(stream, github::MANIFEST, config.clone(), &served.url, GitHubSimulator::TOKEN).await;
    }
}

#[tokio::test]
async fn a_stream_of_windows_keeps_the_contract_with_checkpoints_between_them() {
    let simulator = StripeSimulator::of(&small_shop(), Trouble::every(5));
    let served = Served::on_a_port(simulator.router()).await;
    let by_month = stripe::MANIFEST.replace(
        "    datetime_format: \"%s\"\n",
        "    datetime_format: \"%s\"\n    step: P1M\n    cursor_granularity: PT1S\n",
    );
    assert_ne!(by_month, stripe::MANIFEST);
    let config = json!({ "start_date": "2023-06-01T00:00:00Z" });
    keeps_the_contract("charges", &by_month, config, &served.url, StripeSimulator::KEY).await;
}

#[tokio::test]
async fn a_stream_of_one_slice_keeps_the_contract_with_checkpoints_between_its_pages() {
    let simulator = StripeSimulator::of(&small_shop(), Trouble::every(5));
    let served = Served::on_a_port(simulator.router()).await;
    keeps_the_contract("charges", stripe::MANIFEST, json!({}), &served.url, StripeSimulator::KEY).await;
}
