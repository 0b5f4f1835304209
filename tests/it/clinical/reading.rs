//! What is read of resources and studies, what is new of them, and what servers do in the middle.

use dataweaver::sdk::{AuthType, ErrorClass, Extract, ReadRequest, Settings};
use serde_json::{Value, json};

use super::{Hurry, Server, clinic, news, read, request, settings};
use crate::simulated::{Served, assert_circle, in_time, leading_in_a_circle};

fn ids(resources: &[Value]) -> Vec<String> {
    let mut ids: Vec<_> = resources.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn every_resource_is_read_once_though_the_server_forgets_its_searches() {
    let hurry = Hurry::new();
    let server = Server::of(clinic()).await;
    let connector = hurry.open(settings(server.fhir()));
    let reading = read(connector.as_ref(), request("Observation", Extract::Full), |checkpoint| {
        if checkpoint % 3 == 0 {
            server.simulator.forget_searches();
        }
    })
    .await;
    assert!(reading.error.is_none(), "{:?}", reading.error);
    let read_ids = reading.texts("id");
    assert!(read_ids.values().all(|count| *count == 1));
    assert_eq!(read_ids.into_keys().collect::<Vec<_>>(), ids(&server.simulator.resources("Observation")));
    // The whole resource is kept, letter by letter.
    let kept = reading.texts("resource");
    let whole: Vec<Value> = kept.keys().map(|text| serde_json::from_str(text).unwrap()).collect();
    assert!(server.simulator.resources("Observation").iter().all(|one| whole.contains(one)));
}

#[tokio::test]
async fn a_server_that_orders_nothing_is_read_whole_and_told() {
    let hurry = Hurry::new();
    let server = Server::of(clinic().unsorted()).await;
    let connector = hurry.open(settings(server.fhir()));
    let reading = read(connector.as_ref(), request("Encounter", Extract::Full), |_| {}).await;
    assert!(reading.error.is_none(), "{:?}", reading.error);
    assert_eq!(reading.texts("id").into_keys().collect::<Vec<_>>(), ids(&server.simulator.resources("Encounter")));
    assert!(reading.logs.iter().any(|line| line.contains("does not order Encounter")), "{:?}", reading.logs);
    assert!(reading.checkpoints.len() < 3, "it cannot be gone on from");
}

#[tokio::test]
async fn only_what_has_changed_is_read_again() {
    let hurry = Hurry::new();
    let server = Server::of(clinic()).await;
    let connector = hurry.open(settings(server.fhir()));
    let whole = read(connector.as_ref(), request("Patient", news(None)), |_| {}).await;
    assert_eq!(whole.texts("id").len(), 60);
    let end = whole.checkpoints.last().unwrap();
    let again = read(connector.as_ref(), request("Patient", news(Some(end))), |_| {}).await;
    assert!(again.texts("id").len() <= 1, "the last minute is read again, for what came late");
    server.simulator.change(|all| {
        let one = all.iter_mut().find(|one| one["resourceType"] == "Patient" && one["id"] == "7").unwrap();
        one["meta"] = json!({ "versionId": "2", "lastUpdated": "2026-05-01T00:00:00.123Z" });
    });
    let news_of = read(connector.as_ref(), request("Patient", news(Some(end))), |_| {}).await;
    assert!(news_of.texts("id").contains_key("7"));
    assert_eq!(news_of.texts("version_id").get("2"), Some(&1));
    let searches = server.simulator.requests();
    assert!(searches.iter().any(|line| line.contains("_lastUpdated=ge") && line.contains("_sort=_lastUpdated")));
}

#[tokio::test]
async fn search_parameters_are_those_of_the_type() {
    let hurry = Hurry::new();
    let server = Server::of(clinic()).await;
    let mut connection = server.fhir();
    connection["resources"] = json!(["Observation", "Patient"]);
    connection["query"] = json!({ "Observation": "category=vital-signs" });
    let connector = hurry.open(settings(connection.clone()));
    let reading = read(connector.as_ref(), request("Observation", Extract::Full), |_| {}).await;
    let all = server.simulator.resources("Observation");
    let vital = all.iter().filter(|one| one["category"][0]["coding"][0]["code"] == "vital-signs").count();
    assert_eq!(reading.texts("id").len(), vital);
    let found = connector.discover().await.unwrap();
    assert_eq!(found.sources[0].estimated_rows, Some(vital as u64));
    assert_eq!(read(connector.as_ref(), request("Patient", Extract::Full), |_| {}).await.texts("id").len(), 60);

    connection["query"] = json!({ "Observation": "colour=red" });
    let error = hurry.open(settings(connection)).check().await.unwrap_err();
    assert!(error.to_string().contains("Unknown search parameter"), "{error}");
}

#[tokio::test]
async fn studies_are_read_and_what_was_posted_since() {
    let hurry = Hurry::new();
    let server = Server::of(clinic()).await;
    let connector = hurry.open(settings(server.trials("imagatinib")));
    let trials: Vec<_> = server.simulator.trials().into_iter().filter(|one| one.drug == "imagatinib").collect();
    let found = connector.check().await.unwrap();
    assert_eq!(found.message, format!("ClinicalTrials.gov finds {} studies", trials.len()));
    let whole = read(connector.as_ref(), request("studies", news(None)), |_| {}).await;
    assert!(whole.error.is_none(), "{:?}", whole.error);
    assert_eq!(whole.texts("nct_id").len(), trials.len());
    let id = trials[0].nct_id.clone();
    server.simulator.change_trials(|all| {
        let one = all.iter_mut().find(|one| one.nct_id == id).unwrap();
        (one.status, one.updated) = ("TERMINATED", "2026-06-01".parse().unwrap());
    });
    let end = whole.checkpoints.last().unwrap();
    let changed = read(connector.as_ref(), request("studies", news(Some(end))), |_| {}).await;
    assert!(changed.texts("nct_id").contains_key(&id) && changed.texts("nct_id").len() < trials.len());
    assert_eq!(changed.texts("overall_status").get("TERMINATED"), Some(&1));

    let mut resume = whole.checkpoints[0].clone();
    if resume.0["place"].is_object() {
        resume.0["place"]["token"] = json!("nonsense");
        let resumed = ReadRequest { resume: Some(resume), ..request("studies", news(None)) };
        let error = read(connector.as_ref(), resumed, |_| {}).await.error.unwrap();
        assert!(error.to_string().contains("pageToken"), "{error}");
    }
}

#[tokio::test]
async fn pages_that_lead_in_a_circle_are_no_success() {
    let hurry = Hurry::new();
    let simulator = clinic();
    let circle = Served::on_a_port(leading_in_a_circle(simulator.router(), "/fhir", "_getpagesoffset")).await;
    let fhir = json!({ "system": "fhir", "base_url": format!("{}/fhir", circle.url), "page_size": 20 });
    let connector = hurry.open(settings(fhir));
    let told = in_time(read(connector.as_ref(), request("Observation", Extract::Full), |_| {})).await;
    assert!(told.texts("id").values().all(|count| *count == 1), "no row came twice");
    assert_circle(told.error, "the link to the next page");

    let circle = Served::on_a_port(leading_in_a_circle(simulator.router(), "/studies", "pageToken")).await;
    let trials = json!({ "system": "clinicaltrials", "base_url": circle.url, "page_size": 10 });
    let connector = hurry.open(settings(trials));
    let told = in_time(read(connector.as_ref(), request("studies", Extract::Full), |_| {})).await;
    assert!(told.texts("nct_id").values().all(|count| *count == 1), "no row came twice");
    assert_circle(told.error, "nextPageToken");
}

#[tokio::test]
async fn what_was_counted_and_did_not_come_is_told() {
    let hurry = Hurry::new();
    let server = Server::of(clinic().counting_too_many(7)).await;
    for (connection, path, words) in [
        (server.fhir(), "Patient", "the pages of Patient end after 60 of 67 resources that the server counts"),
        (server.trials(""), "studies", "the pages end after 40 of 47 studies that ClinicalTrials.gov counts"),
    ] {
        let connector = hurry.open(settings(connection));
        let reading = read(connector.as_ref(), request(path, Extract::Full), |_| {}).await;
        assert!(reading.error.is_none(), "{:?}", reading.error);
        assert_eq!(reading.logs, [words]);
    }
}

#[tokio::test]
async fn what_the_server_says_beside_is_told_once() {
    let hurry = Hurry::new();
    let server = Server::of(clinic().warning("the index is being built, newer patients are missing")).await;
    let connector = hurry.open(settings(server.fhir()));
    let reading = read(connector.as_ref(), request("Patient", Extract::Full), |_| {}).await;
    assert!(reading.error.is_none(), "{:?}", reading.error);
    assert_eq!(reading.texts("id").len(), 60);
    assert_eq!(reading.logs, ["the server says: the index is being built, newer patients are missing"]);
}

#[tokio::test]
async fn settings_that_make_no_sense_are_refused() {
    let hurry = Hurry::new();
    let refused = |connection: Value, auth_type: AuthType, auth: Value| {
        let settings = Settings { connection, auth_type, auth };
        let opened = dataweaver::sdk::ConnectorFactory::of::<super::Clinical>().open(settings, hurry.context.clone());
        let error = opened.err().expect("they are refused");
        assert_eq!(error.class(), ErrorClass::Config);
        error.to_string()
    };
    let base = "https://fhir.example.com";
    let none = || (AuthType::None, json!({}));
    for (connection, words) in [
        (json!({ "system": "fhir" }), "base_url"),
        (json!({ "system": "fhir", "base_url": base, "resources": ["../Patient"] }), "no type of FHIR resources"),
        (json!({ "system": "fhir", "base_url": base, "query": { "Goal": "a=b" } }), "Goal"),
        (json!({ "system": "fhir", "base_url": base, "page_size": 0 }), "between 1 and 1000"),
        (json!({ "system": "clinicaltrials", "resources": ["Patient"] }), "for FHIR servers"),
        (json!({ "system": "clinicaltrials", "query": { "a": "b" } }), "must be a text"),
        (json!({ "system": "hl7" }), "clinicaltrials"),
    ] {
        let (auth_type, auth) = none();
        let error = refused(connection, auth_type, auth);
        assert!(error.contains(words), "{error}");
    }
    let error = refused(json!({ "system": "clinicaltrials" }), AuthType::Token, json!({ "token": "t" }));
    assert!(error.contains("no credentials"), "{error}");
}
