//! Set-ups that bring back what was taken away.

use serde_json::{Value, json};

use super::scene::{self, ORDER_BOOK, SMALL, called, each};

/// Each of them spoils a scenario that is set up in another way; a set-up brings everything back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_was_taken_away_is_brought_back() {
    let (app, _packs) = scene::app().await;
    let whole = scene::set_up(&app, ORDER_BOOK, Some(SMALL)).await;
    let drive = called(&whole["connectors"], "Order Drive")["id"].clone();
    let talk = called(&whole["connectors"], "Order Talk")["id"].clone();
    let orders = called(&whole["dataSources"], "Orders")["id"].clone();
    let customers = called(&whole["dataSources"], "Customers")["id"].clone();

    let rename = "mutation($id: ID!) { updateConnector(input: { id: $id, name: \"Mine now\", description: null }) {
        connector { id } } }";
    app.gql(rename, json!({ "id": drive })).await;
    app.update_source(json!({ "id": orders, "name": "Purchases", "description": "mine", "isActive": false })).await;
    let gone = "mutation($id: ID!) { deleteDataSource(input: { id: $id, dropData: true }) { deletedId } }";
    app.gql(gone, json!({ "id": customers })).await;
    let gone = "mutation($id: ID!) { deleteConnector(input: { id: $id, dropData: true }) { deletedId } }";
    app.gql(gone, json!({ "id": talk })).await;
    let workflow = app.gql("{ workflows { nodes { id } } }", json!({})).await["workflows"]["nodes"][0]["id"].take();
    let gone = "mutation($id: ID!) { deleteWorkflow(input: { id: $id }) { deletedId } }";
    app.gql(gone, json!({ "id": workflow })).await;

    let again = scene::set_up(&app, ORDER_BOOK, None).await;
    let mut names = each(&again["connectors"], "name");
    names.sort();
    assert_eq!(names, ["Order Drive", "Order Talk"]);
    let same = called(&again["connectors"], "Order Drive");
    assert_eq!((&same["id"], &same["description"]), (&drive, &json!("The spreadsheets of the sales team.")));
    assert_ne!(called(&again["connectors"], "Order Talk")["id"], talk);
    let source = called(&again["dataSources"], "Orders");
    assert_eq!((&source["id"], &source["description"]), (&orders, &json!("What each customer ordered.")));
    assert_eq!(again["dataSources"].as_array().unwrap().len(), 3);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_another_size_the_connectors_are_made_anew() {
    let (app, _packs) = scene::app().await;
    let small = scene::set_up(&app, ORDER_BOOK, Some(SMALL)).await;
    let larger = scene::set_up(&app, ORDER_BOOK, Some(2.0 * SMALL)).await;
    assert_eq!(larger["sizeFactor"], 2.0 * SMALL);
    assert_eq!(each(&larger["connectors"], "slug"), each(&small["connectors"], "slug"));
    assert_ne!(each(&larger["connectors"], "id"), each(&small["connectors"], "id"));
    let rows = |scenario: &Value| called(&scenario["dataSources"], "Customers")["rowCount"].as_f64().unwrap();
    assert!(rows(&larger) > 1.5 * rows(&small), "{larger:#} {small:#}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connector_of_another_world_is_made_anew() {
    let (app, _packs) = scene::app().await;
    let whole = scene::set_up(&app, ORDER_BOOK, Some(SMALL)).await;
    let drive = called(&whole["connectors"], "Order Drive")["id"].clone();
    let stray = "mutation($id: ID!) { updateConnector(input: { id: $id, connectionConfig: { world: \"project_management\" } }) {
        connector { id } } }";
    app.gql(stray, json!({ "id": drive })).await;
    let again = scene::set_up(&app, ORDER_BOOK, None).await;
    assert_ne!(called(&again["connectors"], "Order Drive")["id"], drive);
    assert_eq!(called(&again["connectors"], "Order Talk")["id"], called(&whole["connectors"], "Order Talk")["id"]);
    app.stop().await;
}
