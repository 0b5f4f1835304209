//! What is read of a REST API's records, what is new of them, and what settings must say.

use std::collections::HashMap;

use axum::extract::Query;
use axum::routing::get;
use axum::{Json, Router};
use dataweaver::connectors::lims::simulator::{Fault, LimsSimulator, Style};
use dataweaver::sdk::types::type_name;
use dataweaver::sdk::{CatalogSource, ErrorClass, Extract, ReadRequest};
use serde_json::json;

use super::{Hurry, Server, lab, news, read, request, settings};
use crate::simulated::{self, Served};

fn keys_of_results() -> Vec<String> {
    lab().results.iter().map(|one| one.id.clone()).collect()
}

fn columns(source: &CatalogSource) -> Vec<String> {
    let columns = source.schema.fields().iter();
    columns.map(|field| format!("{} {}", field.name(), type_name(field.data_type()))).collect()
}

#[tokio::test]
async fn all_records_are_read_though_the_server_gives_smaller_pages() {
    for (style, paging) in [
        (Style::Page, json!({ "by": "page" })),
        (Style::Offset, json!({ "by": "offset" })),
        (Style::Cursor, json!({ "by": "cursor" })),
        (Style::Link, json!({ "by": "link", "next": "links.next" })),
        (Style::Header, json!({ "by": "link" })),
    ] {
        let hurry = Hurry::new();
        let server = Server::of(LimsSimulator::of(lab()).paging(style).giving_at_most(33)).await;
        let mut connection = server.api();
        connection["paging"] = paging;
        let connector = hurry.open(settings(connection));
        let wanted = request(connector.as_ref(), "results", Extract::Full).await;
        let reading = read(connector.as_ref(), wanted, |_| {}).await;
        reading.gave_once("result_id", keys_of_results());
    }
}

#[tokio::test]
async fn columns_are_those_of_the_records() {
    let hurry = Hurry::new();
    let server = Server::of(LimsSimulator::of(lab())).await;
    let connector = hurry.open(settings(server.api()));
    let samples = simulated::source(connector.as_ref(), "samples").await;
    assert_eq!(
        columns(&samples)[..5],
        ["sample_id text", "sample_type text", "collection_date date", "status text", "location text"]
    );
    assert_eq!(samples.primary_key, ["sample_id"]);
    assert_eq!(samples.estimated_rows, Some(120));
    let results = simulated::source(connector.as_ref(), "results").await;
    assert_eq!(
        columns(&results),
        [
            "result_id text",
            "sample_id text",
            "test_type text",
            "value double",
            "unit text",
            "timestamp timestamp with time zone",
            "instrument_id text",
            "analyst text",
            "modified_at timestamp with time zone",
            "other_fields text"
        ]
    );
    let reading = read(connector.as_ref(), simulated::request(&results, Extract::Full), |_| {}).await;
    let result = &lab().results[5];
    let expected = [lab().samples[result.sample].id.clone(), format!("{:?}", result.value), String::new()];
    assert_eq!(reading.row("result_id", &result.id, &["sample_id", "value", "other_fields"]), expected);

    let mut connection = server.api();
    connection["sources"][0]["columns"] = json!({ "value": "text", "dilution": "integer" });
    let connector = hurry.open(settings(connection));
    let declared = simulated::source(connector.as_ref(), "results").await;
    assert!(columns(&declared).contains(&"value text".to_owned()));
    assert!(columns(&declared).contains(&"dilution bigint".to_owned()));

    // Where nothing is said, there are samples and results.
    let plain = json!({ "system": "rest", "base_url": format!("{}/api", server.url) });
    let found = hurry.open(settings(plain)).discover().await.unwrap().sources;
    let paths: Vec<_> = found.iter().map(|source| (source.source_path.as_str(), source.primary_key.clone())).collect();
    assert_eq!(paths, [("samples", vec!["sample_id".to_owned()]), ("results", vec!["result_id".to_owned()])]);
}

#[tokio::test]
async fn only_what_has_changed_is_read_again() {
    let hurry = Hurry::new();
    let server = Server::of(LimsSimulator::of(lab())).await;
    let connector = hurry.open(settings(server.api()));
    let wanted = request(connector.as_ref(), "results", news(None)).await;
    let first = read(connector.as_ref(), wanted.clone(), |_| {}).await;
    first.gave_once("result_id", keys_of_results());
    let again = ReadRequest { extract: news(first.checkpoints.last()), ..wanted };
    let same = read(connector.as_ref(), again.clone(), |_| {}).await;
    assert!(!same.is_whole && same.column("result_id").len() < 4);
    let changed = json!({ "result_id": lab().results[2].id, "value": 77.5, "modified_at": "2026-03-01T08:00:00Z" });
    let new = json!({ "result_id": "R-new", "value": 1, "modified_at": "2026-03-01T09:00:00+01:00" });
    server.simulator.put_records("results", &[changed, new]);
    let news_of = read(connector.as_ref(), again, |_| {}).await;
    assert_eq!(news_of.row("result_id", &lab().results[2].id, &["value"]), ["77.5"]);
    assert!(news_of.column("result_id").contains(&"R-new".to_owned()) && news_of.column("result_id").len() < 6);

    let mut connection = server.api();
    connection["sources"][0].as_object_mut().unwrap().remove("modified_parameter");
    let connector = hurry.open(settings(connection));
    let wanted = request(connector.as_ref(), "results", news(None)).await;
    let first = read(connector.as_ref(), wanted.clone(), |_| {}).await;
    let again = ReadRequest { extract: news(first.checkpoints.last()), ..wanted };
    assert!(read(connector.as_ref(), again, |_| {}).await.is_whole, "it cannot ask for changes");
}

#[tokio::test]
async fn what_does_not_fit_is_told_and_nothing_else_is_lost() {
    let hurry = Hurry::new();
    let server = Server::of(LimsSimulator::of(lab())).await;
    let connector = hurry.open(settings(server.api()));
    let wanted = request(connector.as_ref(), "results", Extract::Full).await;
    let odd = json!({ "result_id": "R-odd", "value": "< 0.5", "unit": 7, "comment": { "by": "eva" } });
    let nameless = json!({ "result_id": null, "value": 3 });
    server.simulator.put_records("results", &[odd, nameless]);
    let reading = read(connector.as_ref(), wanted, |_| {}).await;
    assert!(reading.error.is_none(), "{:?}", reading.error);
    let row = reading.row("result_id", "R-odd", &["value", "unit", "other_fields"]);
    assert_eq!(row, ["", "7", "{\"comment\":{\"by\":\"eva\"}}"]);
    let told: Vec<_> = reading.rejected_values.iter().map(|value| (value.column.as_str(), value.count)).collect();
    assert_eq!(told, [("value", 1)]);
    assert!(reading.rejected_values[0].reason.contains("declare the column as text"));
    assert_eq!(reading.rejected_rows.len(), 1);
    assert_eq!(reading.rejected_rows[0].reason, "the record has no result_id");
}

#[tokio::test]
async fn records_whose_key_does_not_fit_are_rejected_and_do_not_become_one() {
    let hurry = Hurry::new();
    let server = Server::of(LimsSimulator::of(lab())).await;
    let mut connection = server.api();
    connection["sources"][0]["columns"] = json!({ "result_id": "integer" });
    let connector = hurry.open(settings(connection));
    let wanted = request(connector.as_ref(), "results", Extract::Full).await;
    let reading = read(connector.as_ref(), wanted, |_| {}).await;
    assert!(reading.error.is_none(), "{:?}", reading.error);
    assert_eq!((reading.column("result_id").len(), reading.rejected_rows.len()), (0, lab().results.len()));
    let words = "the record's result_id is no integer; declare the column as text in columns";
    assert_eq!(reading.rejected_rows[0].reason, words);
    assert!(reading.rejected_values.is_empty(), "they are told once");
}

#[tokio::test]
async fn pages_that_end_early_are_not_taken_for_all() {
    let hurry = Hurry::new();
    let server = Server::of(LimsSimulator::of(lab())).await;
    let connector = hurry.open(settings(server.api()));
    let wanted = request(connector.as_ref(), "results", Extract::Full).await;
    // Two pages come, and the next one is not found.
    server.simulator.fail(Fault::Missing, 3);
    let mut ids = Vec::new();
    let mut resume = None;
    for attempt in 1.. {
        let reading = read(connector.as_ref(), ReadRequest { resume: resume.clone(), ..wanted.clone() }, |_| {}).await;
        ids.extend(reading.column("result_id"));
        let Some(error) = &reading.error else { break };
        assert_eq!(error.class(), ErrorClass::Protocol, "{error}");
        let words = format!("the pages of results end after {} of 480 records that the LIMS counts", 80 * attempt);
        assert_eq!((error.to_string(), ids.len()), (words, 80 * attempt), "what came is kept");
        resume = reading.checkpoints.last().cloned();
    }
    let mut held = keys_of_results();
    ids.sort();
    held.sort();
    assert_eq!(ids, held, "each comes once");
    // How many there are is known from before, where nothing is found any more.
    server.simulator.fail(Fault::Missing, 1);
    let error = read(connector.as_ref(), ReadRequest { resume, ..wanted }, |_| {}).await.error.unwrap();
    assert!(error.to_string().contains("end after 400 of 480 records"), "{error}");
}

#[tokio::test]
async fn cursors_that_lead_in_a_circle_are_not_followed_for_ever() {
    let hurry = Hurry::new();
    let results = |Query(asked): Query<HashMap<String, String>>| async move {
        let cursor = asked.get("cursor").map_or("beginning", String::as_str);
        let next = if cursor == "a" { "b" } else { "a" };
        // That pages begin with the same record, is no circle.
        Json(json!({ "results": [{ "result_id": "R0" }, { "result_id": cursor }], "next_cursor": next }))
    };
    let served = Served::on_a_port(Router::new().route("/api/results", get(results))).await;
    let source = json!({ "name": "results", "path": "results", "primary_key": ["result_id"] });
    let connection = json!({ "system": "rest", "base_url": format!("{}/api", served.url), "sample_rows": 4,
        "paging": { "by": "cursor" }, "sources": [source] });
    let connector = hurry.open(settings(connection));
    let wanted = request(connector.as_ref(), "results", Extract::Full).await;
    let reading = read(connector.as_ref(), wanted, |_| {}).await;
    let error = reading.error.as_ref().unwrap();
    assert_eq!(error.class(), ErrorClass::Config);
    assert!(error.to_string().contains("connectionConfig.paging"), "{error}");
    assert!(error.to_string().contains("a place to go on at comes again"), "{error}");
    assert_eq!(reading.counted("result_id").keys().collect::<Vec<_>>(), ["R0", "a", "b", "beginning"]);
}

#[tokio::test]
async fn paging_that_does_not_fit_is_told_instead_of_being_followed_for_ever() {
    let hurry = Hurry::new();
    let server = Server::of(LimsSimulator::of(lab())).await;
    let mut connection = server.api();
    connection["paging"] = json!({ "by": "page", "parameter": "pge" });
    let connector = hurry.open(settings(connection.clone()));
    let wanted = request(connector.as_ref(), "results", Extract::Full).await;
    let error = read(connector.as_ref(), wanted, |_| {}).await.error.unwrap();
    assert_eq!(error.class(), ErrorClass::Config);
    assert!(error.to_string().contains("connectionConfig.paging") && error.to_string().contains("pge"), "{error}");

    connection["paging"] = json!({});
    connection["sources"][0]["records"] = json!("records");
    let error = hurry.open(settings(connection)).discover().await.unwrap_err();
    assert!(error.to_string().contains("no list of records at records (the answer has: data, page, total)"), "{error}");
}
