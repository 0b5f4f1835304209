//! Failures are told in words that say what to do.

use dataweaver::connectors::lims::Lims;
use dataweaver::connectors::lims::simulator::{Fault, LimsSimulator};
use dataweaver::sdk::{AuthType, ConnectorFactory, ErrorClass, Extract, Settings};
use serde_json::{Value, json};

use super::{Hurry, Server, lab, read, request, settings, signed_in};

#[tokio::test]
async fn a_site_that_fails_is_told_by_what_to_do() {
    for (fault, class, words) in [
        (Fault::Forbidden, ErrorClass::Permission, "You are not allowed to do that"),
        (Fault::Missing, ErrorClass::NotFound, "Not Found"),
        (Fault::ServerError, ErrorClass::Transient, "POSKeyError"),
        (Fault::Unavailable, ErrorClass::Transient, "503"),
        (Fault::Conflict, ErrorClass::Transient, "ReadConflictError"),
        (Fault::TypedConflict, ErrorClass::Transient, "database conflict error"),
        (Fault::TypedRefusal, ErrorClass::Permission, "You are not allowed to access 'getResult'"),
        (Fault::TooMany(600), ErrorClass::RateLimited, "429"),
        (Fault::Garbled, ErrorClass::Protocol, "no JSON"),
        (Fault::SignIn, ErrorClass::Auth, "a page for browsers, where one signs in"),
    ] {
        let hurry = Hurry::new();
        let server = Server::senaite().await;
        let mut connection = server.site();
        connection["http"] = json!({ "attempts": 2 });
        let connector = hurry.open(signed_in(connection));
        let wanted = request(connector.as_ref(), "analysis", Extract::Full).await;
        server.simulator.fail(fault, 1);
        let error = read(connector.as_ref(), wanted, |_| {}).await.error.expect("it fails");
        assert_eq!(error.class(), class, "{fault:?}: {error}");
        assert!(error.to_string().contains(words), "{fault:?}: {error}");
        assert!(error.to_string().contains("/senaite/"), "{fault:?}: {error}");
    }
}

#[tokio::test]
async fn a_read_that_fails_again_and_again_comes_to_its_end_from_its_checkpoints() {
    let hurry = Hurry::new();
    let server = Server::senaite().await;
    let connector = hurry.open(signed_in(server.site()));
    let mut wanted = request(connector.as_ref(), "analysis", Extract::Full).await;
    // Of each attempt, three pages come whole.
    server.simulator.fail(Fault::Garbled, 6);
    let mut uids = Vec::new();
    for attempt in 1.. {
        let reading = read(connector.as_ref(), wanted.clone(), |_| {}).await;
        uids.extend(reading.column("uid"));
        let Some(error) = reading.error else { break };
        assert_eq!(error.class(), ErrorClass::Protocol, "{error}");
        assert!(attempt < 20, "it does not come further");
        wanted.resume = reading.checkpoints.last().cloned();
    }
    let mut held = server.simulator.uids("analysis");
    uids.sort();
    held.sort();
    assert_eq!(uids, held, "each comes once");
    assert!(server.simulator.failures() > 5);
}

fn refused(hurry: &Hurry, settings: Settings) -> String {
    let opened = ConnectorFactory::of::<Lims>().open(settings, hurry.context.clone());
    let error = opened.err().expect("they are refused");
    assert_eq!(error.class(), ErrorClass::Config);
    error.to_string()
}

#[tokio::test]
async fn settings_that_make_no_sense_are_refused() {
    let hurry = Hurry::new();
    let senaite = |more: Value| {
        let mut connection = json!({ "system": "senaite", "base_url": "https://lims.example.com/senaite" });
        connection.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        connection
    };
    let rest = |sources: Value| json!({ "system": "rest", "base_url": "https://lims.example.com", "sources": sources });
    for (connection, words) in [
        (json!({ "system": "senaite" }), "base_url"),
        (json!({ "system": "labware", "base_url": "https://x.example" }), "senaite"),
        (senaite(json!({ "page_size": 0 })), "connectionConfig.page_size: must be between 1 and 1000"),
        (senaite(json!({ "resources": ["../client"] })), "is no type of objects"),
        (senaite(json!({ "resources": ["client", "batch", "client"] })), "names client twice"),
        (senaite(json!({ "sources": [] })), "connectionConfig.sources: is for other systems"),
        (senaite(json!({ "paging": {} })), "connectionConfig.paging: is for other systems"),
        (senaite(json!({ "base_url": "lims.example.com" })), "connectionConfig.base_url: is no URL"),
        (rest(json!([])), "names nothing to read"),
        (
            rest(json!([{ "name": "a", "path": "a" }, { "name": "b", "path": "a" }])),
            "sources[1].path: is that of another",
        ),
        (
            rest(json!([{ "name": "a", "path": "https://elsewhere.example" }])),
            "sources[0].path: must lie below base_url",
        ),
        (rest(json!([{ "name": "a", "path": "a", "modified_parameter": "since" }])), "needs modified"),
        (rest(json!([{ "name": "a", "path": "a", "columns": { "x": "decimal" } }])), "decimal"),
        (json!({ "system": "rest", "base_url": "https://x.example", "resources": ["client"] }), "is for SENAITE"),
        (json!({ "system": "rest", "base_url": "https://x.example", "sample_rows": 0 }), "between 1 and 10000"),
        (
            json!({ "system": "rest", "base_url": "https://x.example", "paging": { "first": u64::MAX } }),
            "connectionConfig.paging.first: must be at most 1000000000",
        ),
    ] {
        let told = refused(&hurry, settings(connection));
        assert!(told.contains(words), "{told}");
    }
    let keys =
        Settings { connection: senaite(json!({})), auth_type: AuthType::ApiKey, auth: json!({ "api_key": "k" }) };
    assert!(refused(&hurry, keys).contains("USERNAME_PASSWORD"));
}

#[tokio::test]
async fn what_is_no_lims_is_told() {
    let hurry = Hurry::new();
    let server = Server::of(LimsSimulator::of(lab())).await;
    let mut connection = server.site();
    connection["base_url"] = json!(format!("{}/elsewhere", server.url));
    let error = hurry.open(signed_in(connection)).check().await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::NotFound, "{error}");
    let mut connection = server.api();
    connection["sources"][0]["path"] = json!("nothing");
    let error = hurry.open(settings(connection)).check().await.unwrap_err();
    assert!(error.to_string().contains("/api/nothing") && error.class() == ErrorClass::NotFound, "{error}");
}
