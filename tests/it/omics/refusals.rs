//! What goes wrong at a portal, and settings that make no sense.

use std::os::unix::fs::symlink;

use axum::extract::{OriginalUri, Request};
use axum::http::Uri;
use axum::middleware::map_request;
use dataweaver::connectors::omics::Omics;
use dataweaver::connectors::omics::simulator::Fault;
use dataweaver::sdk::{AuthType, ConnectorFactory, ErrorClass, Extract, OpenContext, ReadRequest, Settings};
use serde_json::{Value, json};

use super::folder::Folder;
use super::{Hurry, Server, cohorts, collect, read_whole, request, settings, with_token};

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
    let samples = read_whole(connector.as_ref(), "samples").await;
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

/// Has pages of 20 given as pages of seven.
async fn in_smaller_pages(mut request: Request) -> Request {
    let uri: Uri = request.uri().to_string().replace("pageSize=20", "pageSize=7").parse().unwrap();
    request.extensions_mut().insert(OriginalUri(uri));
    request
}

#[tokio::test]
async fn a_portal_that_gives_smaller_pages_is_not_taken_for_a_smaller_one() {
    let hurry = Hurry::new();
    let simulator = cohorts(0.5);
    let router = simulator.router().layer(map_request(in_smaller_pages));
    let server = Server::behind(simulator, router).await;
    let connector = hurry.open(settings(server.portal()));
    for source in ["samples", "patients", "genes"] {
        let reading = collect(connector.as_ref(), request(source, Extract::Full)).await;
        let words = format!(
            "connectionConfig.page_size: is 20, and the portal gives no more than 7 {source} at once: set it to 7"
        );
        assert_eq!((reading.failure(), reading.error.unwrap().class()), (words, ErrorClass::Config));
    }
    let mut connection = server.portal();
    connection["page_size"] = json!(7);
    let connector = hurry.open(settings(connection));
    assert_eq!(super::read_whole(connector.as_ref(), "genes").await.rows(), 53);
}

#[tokio::test]
async fn pages_of_another_size_do_not_go_on_where_a_read_was_cut_short() {
    let hurry = Hurry::new();
    let server = Server::of(cohorts(0.5)).await;
    let connector = hurry.open(settings(server.portal()));
    let mut connection = server.portal();
    connection["page_size"] = json!(30);
    let another = hurry.open(settings(connection));
    for (source, is_refused) in [("samples", true), ("patients", true), ("genes", true), ("mutations", false)] {
        let first = super::read_whole(connector.as_ref(), source).await;
        let resume = Some(first.checkpoints[0].clone());
        let resumed = collect(another.as_ref(), ReadRequest { resume, ..request(source, Extract::Full) }).await;
        let told = resumed.error.map(|error| (error.class(), error.to_string().contains("the query was changed")));
        assert_eq!(told, is_refused.then_some((ErrorClass::Data, true)), "{source}");
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
    // What a matrix is labelled by is read as it is.
    std::fs::create_dir(folder.path("run")).unwrap();
    folder.write("run/matrix.mtx", "%%MatrixMarket matrix coordinate integer general\n1 1 1\n1 1 5\n");
    folder.write("run/barcodes.tsv", "CELL-1\n");
    symlink(outside.path().join("secret.tsv"), folder.path("run/features.tsv")).unwrap();
    let reading = collect(connector.as_ref(), request("run/matrix.mtx", Extract::Full)).await;
    assert_eq!(reading.rows(), 0);
    assert!(reading.failure().contains("features.tsv is a link that leads out of the folder"), "{}", reading.failure());
    assert_eq!(reading.error.unwrap().class(), ErrorClass::Permission);
    let found = connector.discover().await.unwrap().sources;
    let matrix = found.iter().find(|one| one.source_path == "run/matrix.mtx").unwrap();
    assert!(matrix.details["problem"].as_str().unwrap().contains("leads out of the folder"), "{}", matrix.details);
    // Within the root a link is as good as a file.
    std::fs::remove_file(folder.path("run/features.tsv")).unwrap();
    folder.write("run/of_all.tsv", "ENSG1\tTP53\n");
    symlink("of_all.tsv", folder.path("run/features.tsv")).unwrap();
    let reading = read_whole(connector.as_ref(), "run/matrix.mtx").await;
    assert_eq!(reading.lines(&["feature_id"]), ["ENSG1"]);
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
