//! Scenarios that are set up.

use serde_json::{Value, json};

use super::scene::{self, ORDER_BOOK, SMALL, called, each};
use crate::harness::TestApp;
use crate::servers;

const STEPS: [&str; 7] = ["connectors", "test", "discover", "sync", "workflow", "run", "validate"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_guides_example_is_set_up_and_found_right() {
    let (app, _packs) = scene::app().await;
    let before = scene::get(&app, ORDER_BOOK).await;
    assert_eq!(
        (&before["status"], &before["steps"], &before["connectors"]),
        (&json!("NOT_SET_UP"), &json!([]), &json!([]))
    );
    let begun = scene::begin(&app, ORDER_BOOK, None).await;
    assert_eq!(begun["scenario"]["status"], "SETTING_UP", "it returns at once");
    let states = scene::states(&app, ORDER_BOOK).await;
    assert!(states.len() > 3, "steps are told as they begin and end: {states:#?}");
    let end = states.last().unwrap();
    assert_eq!(end["status"], "READY", "{:#} {:#?}", end["steps"], scene::failed_checks(&end["validation"]));
    assert_eq!(each(&end["steps"], "name"), STEPS);
    for step in end["steps"].as_array().unwrap() {
        assert_eq!(step["status"], "SUCCEEDED", "{step:#}");
        assert!(
            step["detail"].is_string() && step["startedAt"].is_string() && step["completedAt"].is_string(),
            "{step:#}"
        );
    }
    assert_is_the_example(&app, end, 1.0).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgresql_it_is_the_same() {
    let Some(database) = servers::postgres() else { return };
    let (app, _packs) =
        scene::app_with(scene::example(), |config| config.storage.database_url = Some(database.url().to_owned())).await;
    let end = scene::set_up(&app, ORDER_BOOK, Some(SMALL)).await;
    assert_is_the_example(&app, &end, SMALL).await;
    assert_eq!(scene::tear_down(&app, ORDER_BOOK).await["status"], "NOT_SET_UP");
    app.stop().await;
}

/// What is there is what the pack says, and can be asked.
async fn assert_is_the_example(app: &TestApp, scenario: &Value, size: f64) {
    assert_eq!(each(&scenario["connectors"], "name"), ["Order Drive", "Order Talk"]);
    for connector in scenario["connectors"].as_array().unwrap() {
        let config = json!({ "world": "customer_intelligence", "size_factor": size });
        assert_eq!((&connector["demoMode"], &connector["connectionConfig"]), (&json!(true), &config));
        assert_eq!(connector["scenario"]["id"], ORDER_BOOK);
    }
    let mut sources = each(&scenario["dataSources"], "name");
    sources.sort();
    assert_eq!(sources, ["Customers", "Orders", "Support Messages"], "others are switched off");
    assert_eq!(called(&scenario["dataSources"], "Orders")["description"], "What each customer ordered.");
    let table = called(&scenario["dataSources"], "Customers")["tableName"].as_str().unwrap();
    let counted = scene::value(app, &format!("SELECT count(*) FROM {table}")).await;
    assert_eq!(counted, called(&scenario["dataSources"], "Customers")["rowCount"]);
    let checks = each(&scenario["validation"]["checks"], "name");
    assert_eq!(
        checks,
        [
            "connection Order Drive",
            "connection Order Talk",
            "data source Orders",
            "data source Customers",
            "data source Support Messages",
            "workflow Order report",
            "All revenue is there",
            "Regions earn what they earn",
        ]
    );
    assert_eq!(scenario["validation"]["passed"], true);
    let node = "query($id: ID!) { node(id: $id) { id ... on Scenario { name status } } }";
    let node = app.gql(node, json!({ "id": ORDER_BOOK })).await["node"].take();
    assert_eq!(node, json!({ "id": ORDER_BOOK, "name": "Order book", "status": "READY" }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_set_up_changes_nothing() {
    let (app, _packs) = scene::app().await;
    let first = scene::set_up(&app, ORDER_BOOK, Some(SMALL)).await;
    // Without a size it stays as large as it is.
    let second = scene::set_up(&app, ORDER_BOOK, None).await;
    assert_eq!(second["sizeFactor"], SMALL);
    for part in ["connectors", "dataSources"] {
        assert_eq!(first[part], second[part]);
    }
    let workflows = "{ workflows { totalCount } }";
    assert_eq!(app.gql(workflows, json!({})).await["workflows"]["totalCount"], 1);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "eight set-ups at once take minutes on two cores: just soak"]
async fn every_scenario_of_the_product_is_set_up_at_the_same_time() {
    let app = TestApp::new().await;
    let all =
        app.gql("{ scenarios { id name description category status sampleQueries expectedOutcomes } }", json!({}));
    let all = all.await["scenarios"].take();
    let ids = each(&all, "id");
    assert_eq!(
        ids,
        [
            "biotech_research",
            "customer_intelligence",
            "financial_consolidation",
            "financial_services",
            "healthcare",
            "manufacturing",
            "project_management",
            "retail",
        ]
    );
    for scenario in all.as_array().unwrap() {
        assert_eq!(scenario["status"], "NOT_SET_UP");
        assert!(!scenario["sampleQueries"].as_array().unwrap().is_empty(), "{scenario:#}");
    }
    let set_ups = ids.iter().map(|id| scene::end_of_set_up(&app, id, None));
    let ends = futures::future::join_all(set_ups).await;
    let failed: Vec<String> = ends
        .iter()
        .filter(|end| end["status"] != "READY")
        .map(|end| {
            format!(
                "{} is {}: {:#} {:#?}",
                end["id"],
                end["status"],
                end["steps"],
                scene::failed_checks(&end["validation"])
            )
        })
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    let connectors = app.gql("{ connectors(first: 100) { nodes { slug scenario { id } } } }", json!({})).await;
    let connectors = connectors["connectors"]["nodes"].as_array().unwrap().clone();
    let slugs: std::collections::BTreeSet<String> = connectors.iter().map(|row| row["slug"].to_string()).collect();
    assert_eq!(slugs.len(), connectors.len());
    for id in &ids {
        assert!(connectors.iter().any(|row| row["scenario"]["id"] == id.as_str()), "{id}");
    }
    app.stop().await;
}
