//! What goes wrong at a portal, and settings that make no sense.

use std::os::unix::fs::symlink;

use dataweaver::connectors::omics::Omics;
use dataweaver::connectors::omics::simulator::Fault;
use dataweaver::sdk::{AuthType, ConnectorFactory, ErrorClass, Extract, OpenContext, Settings};
use serde_json::{Value, json};

use super::folder::Folder;
use super::{Hurry, Server, cohorts, collect, request, settings, with_token};

#[tokio::test]
async fn a_portal_that_asks_for_a_token_gets_one() {
    let hurry = Hurry::new();
    let server = Server::of(cohorts(0.1).with_token("right")).await;
    for refused in [settings(server.portal()), with_token(server.portal(), "wrong")] {
        let error = hurry.open(refused).check().await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Auth, "{error}");
        assert!(error.to_string().contains("401"), "{error}");
    }
    hurry.open(with_token(server.portal(), "right")).check().await.unwrap();
}

#[tokio::test]
async fn a_study_that_may_not_be_read_is_left_out_unless_it_is_asked_for() {
    let hurry = Hurry::new();
    let server = Server::of(cohorts(0.1).closing("demo_coad_2023")).await;
    let connector = hurry.open(settings(server.portal()));
    let samples = super::read_whole(connector.as_ref(), "samples").await;
    let studies = samples.counts(&["study_id"]);
    assert_eq!(studies.keys().collect::<Vec<_>>(), ["demo_brca_2025", "demo_luad_2024"]);
    for (study, class, words) in [
        ("demo_coad_2023", ErrorClass::Permission, "may not read the study demo_coad_2023"),
        ("no_such_study", ErrorClass::Config, "no_such_study, which the portal does not show"),
    ] {
        let mut connection = server.portal();
        connection["studies"] = json!([study]);
        let error = hurry.open(settings(connection)).check().await.unwrap_err();
        assert_eq!(error.class(), class);
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn failures_are_told_by_what_they_are() {
    for (fault, class, words) in [
        (Fault::Garbled, ErrorClass::Protocol, "no JSON"),
        (Fault::SignIn, ErrorClass::Auth, "a page for browsers"),
        (Fault::Internal, ErrorClass::Transient, "SQL exception"),
        (Fault::Unavailable, ErrorClass::Transient, "503"),
        (Fault::RateLimited, ErrorClass::RateLimited, "429"),
    ] {
        let hurry = Hurry::new();
        let server = Server::of(cohorts(0.1)).await;
        server.simulator.fail(fault, 1);
        let connector = hurry.open(settings(server.portal()));
        let reading = collect(connector.as_ref(), request("samples", Extract::Full)).await;
        let error = reading.error.expect("nothing can be read");
        assert_eq!(error.class(), class, "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn genes_that_nobody_knows_are_named() {
    let hurry = Hurry::new();
    let server = Server::of(cohorts(0.1)).await;
    for (setting, genes) in [("genes", json!(["TP53", "P53"])), ("expression_genes", json!(["99999999"]))] {
        let mut connection = server.portal();
        connection[setting] = genes;
        let error = hurry.open(settings(connection)).check().await.unwrap_err();
        let words = error.to_string();
        assert!(error.class() == ErrorClass::Config && words.contains(setting), "{words}");
        assert!(words.contains("P53") || words.contains("99999999"), "{words}");
    }
}

#[tokio::test]
async fn files_are_read_below_the_root_and_where_the_process_may_read() {
    let (folder, outside) = (Folder::new().file("a.tsv", "gene\tS1\nTP53\t1\n"), tempfile::tempdir().unwrap());
    std::fs::write(outside.path().join("secret.tsv"), "gene\tS1\nTP53\t1\n").unwrap();
    symlink(outside.path().join("secret.tsv"), folder.path("link.tsv")).unwrap();
    symlink(outside.path(), folder.path("folder")).unwrap();
    let connector = folder.connector();
    let found = connector.discover().await.unwrap().sources;
    assert_eq!(found.iter().map(|one| one.source_path.as_str()).collect::<Vec<_>>(), ["a.tsv"]);
    for path in ["link.tsv", "folder/secret.tsv"] {
        let reading = collect(connector.as_ref(), request(path, Extract::Full)).await;
        assert_eq!(reading.error.expect("it is refused").class(), ErrorClass::Permission, "{path}");
    }
    let context = OpenContext { file_roots: Some(vec![outside.path().to_owned()]), ..OpenContext::default() };
    let forbidden = ConnectorFactory::of::<Omics>().open(folder.settings(), context).unwrap();
    assert_eq!(forbidden.permitted().await.unwrap_err().class(), ErrorClass::Config);
    assert_eq!(forbidden.check().await.unwrap_err().class(), ErrorClass::Permission);
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let refused = |connection: Value, auth_type: AuthType, auth: Value| {
        let settings = Settings { connection, auth_type, auth };
        let error =
            ConnectorFactory::of::<Omics>().open(settings, OpenContext::default()).err().expect("it is refused");
        assert_eq!(error.class(), ErrorClass::Config);
        error.to_string()
    };
    let none = |connection: Value| refused(connection, AuthType::None, json!({}));
    for (connection, words) in [
        (json!({ "system": "cbioportal", "root": "/data" }), "root: is a setting of the system files"),
        (
            json!({ "system": "files", "root": "/data", "genes": ["TP53"] }),
            "genes: is a setting of the system cbioportal",
        ),
        (json!({ "system": "cbioportal", "page_size": 0 }), "page_size: must be between 1 and 10000"),
        (json!({ "system": "cbioportal", "studies": [] }), "studies: must name at least one"),
        (json!({ "system": "cbioportal", "base_url": "ftp://portal" }), "must begin with http"),
        (json!({ "system": "files" }), "root: is missing"),
        (json!({ "system": "files", "root": "data" }), "absolute"),
        (json!({ "system": "files", "root": "/data", "pattern": "a[" }), "is no pattern"),
        (json!({ "system": "files", "root": "/data", "line_limit_mib": 5000 }), "between 1 and 1024"),
        (json!({ "system": "ensembl" }), "cbioportal"),
    ] {
        let error = none(connection);
        assert!(error.contains(words), "{error}");
    }
    let error = refused(json!({ "system": "files", "root": "/data" }), AuthType::Token, json!({ "token": "t" }));
    assert!(error.contains("must be NONE"), "{error}");
}
