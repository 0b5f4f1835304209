//! What is read of SENAITE's objects, what is new of them, and what a site does in the middle.

use dataweaver::connectors::lims::simulator::LimsSimulator;
use dataweaver::sdk::{ErrorClass, Extract};
use serde_json::{Map, Value, json};

use super::{Hurry, Server, lab, news, read, request, settings, signed_in, with_token};

fn fields(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[tokio::test]
async fn objects_are_flattened_and_kept_whole() {
    let hurry = Hurry::new();
    let server = Server::senaite().await;
    let connector = hurry.open(signed_in(server.site()));
    let lab = lab();

    let wanted = request(connector.as_ref(), "analysisrequest", Extract::Full).await;
    let samples = read(connector.as_ref(), wanted, |_| {}).await;
    samples.gave_once("uid", server.simulator.uids("analysisrequest"));
    let sample = &lab.samples[7];
    let project = &lab.projects[sample.project];
    let columns =
        ["sample_type", "sampled_at", "received_at", "storage_location", "client", "batch_id", "internal_use"];
    let expected = [
        dataweaver::demo::lab::SAMPLE_TYPES[sample.sample_type].name.to_owned(),
        format!("{}T00:00:00Z", sample.collected),
        sample.received_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        sample.location.clone(),
        lab.clients[project.client].name.to_owned(),
        format!("B-{:03}", sample.project + 1),
        "false".to_owned(),
    ];
    assert_eq!(samples.row("id", &sample.id, &columns), expected);
    let whole: Value = serde_json::from_str(&samples.row("id", &sample.id, &["object"])[0]).unwrap();
    assert_eq!(whole["getClientID"], lab.clients[project.client].id.as_str());

    let wanted = request(connector.as_ref(), "analysis", Extract::Full).await;
    let analyses = read(connector.as_ref(), wanted, |_| {}).await;
    analyses.gave_once("uid", server.simulator.uids("analysis"));
    let result = &lab.results[11];
    let test = &lab.tests[result.test];
    let uid = analyses.column("uid").into_iter().zip(analyses.column("sample_id")).zip(analyses.column("keyword"));
    let of_result = |((_, sample), keyword): &((String, String), String)| {
        *sample == lab.samples[result.sample].id && keyword == test.keyword
    };
    let ((uid, _), _) = uid.into_iter().find(of_result).unwrap();
    let text = format!("{:.*}", test.decimals as usize, result.value);
    let columns = ["result", "result_number", "unit", "analyst", "captured_at", "title", "hours_allowed"];
    let expected = [
        text.clone(),
        format!("{:?}", text.parse::<f64>().unwrap()),
        test.unit.to_owned(),
        lab.analysts[result.analyst].username.to_owned(),
        result.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        test.name.to_owned(),
        format!("{:?}", test.hours),
    ];
    assert_eq!(analyses.row("uid", &uid, &columns), expected);
    assert!(server.simulator.uids("instrument").contains(&analyses.row("uid", &uid, &["instrument_uid"])[0]));
    assert!(server.simulator.uids("analysisrequest").contains(&analyses.row("uid", &uid, &["parent_uid"])[0]));
}

#[tokio::test]
async fn all_usual_types_are_read_though_the_server_gives_smaller_pages() {
    let hurry = Hurry::new();
    let server = Server::of(LimsSimulator::of(lab()).with_user(super::USER, super::PASSWORD).giving_at_most(7)).await;
    let connector = hurry.open(signed_in(server.site()));
    let found = connector.discover().await.unwrap().sources;
    let names: Vec<&str> = found.iter().map(|source| source.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "clients",
            "contacts",
            "lab_contacts",
            "batches",
            "samples",
            "analyses",
            "worksheets",
            "sample_types",
            "analysis_services",
            "instruments",
            "reference_samples",
            "reference_analyses"
        ]
    );
    for source in &found {
        let reading = read(connector.as_ref(), crate::simulated::request(source, Extract::Full), |_| {}).await;
        let held = server.simulator.uids(&source.source_path);
        assert_eq!(source.estimated_rows, Some(held.len() as u64));
        reading.gave_once("uid", held);
        assert!(reading.logs.is_empty(), "{:?}", reading.logs);
    }
}

#[tokio::test]
async fn objects_that_vanish_between_pages_make_none_be_passed_over() {
    let hurry = Hurry::new();
    let server = Server::senaite().await;
    let connector = hurry.open(signed_in(server.site()));
    let before = server.simulator.uids("analysis");
    // Some that were read by then, the last one of them included, and one that was not.
    let gone = [0, 3, 17, 18, 19, 400].map(|place| before[place].clone());
    let wanted = request(connector.as_ref(), "analysis", Extract::Full).await;
    let reading = read(connector.as_ref(), wanted, |checkpoint| {
        if checkpoint == 1 {
            gone.iter().for_each(|uid| server.simulator.remove(uid));
        }
    })
    .await;
    assert!(reading.error.is_none(), "{:?}", reading.error);
    let read_uids = reading.counted("uid");
    assert!(read_uids.values().all(|count| *count == 1));
    let left = server.simulator.uids("analysis");
    let missing: Vec<_> = left.iter().filter(|uid| !read_uids.contains_key(*uid)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(!read_uids.contains_key(&before[400]));
}

#[tokio::test]
async fn samples_of_one_minute_that_are_changed_together_make_none_be_passed_over() {
    let hurry = Hurry::new();
    let (received, published) = ("2026-03-01T08:00:00Z".parse().unwrap(), "2026-03-01T09:00:00Z".parse().unwrap());
    for when in 1..8 {
        let server = Server::senaite().await;
        let uids = server.simulator.uids("analysisrequest");
        let of_a_minute = &uids[uids.len() - 40..];
        of_a_minute.iter().for_each(|uid| server.simulator.change(uid, &fields(json!({})), received));
        let connector = hurry.open(signed_in(server.site()));
        let wanted = request(connector.as_ref(), "analysisrequest", Extract::Full).await;
        let reading = read(connector.as_ref(), wanted, |checkpoint| {
            if checkpoint == when {
                let published = |uid: &String| server.simulator.change(uid, &fields(json!({})), published);
                of_a_minute.iter().take(30).for_each(published);
            }
        })
        .await;
        assert!(reading.error.is_none(), "{:?}", reading.error);
        let read_uids = reading.counted("uid");
        let missing: Vec<_> = uids.iter().filter(|uid| !read_uids.contains_key(*uid)).collect();
        assert!(missing.is_empty(), "changed at checkpoint {when}: {missing:?} are missing");
    }
}

#[tokio::test]
async fn what_changes_while_it_is_read_comes_in_its_newest_form() {
    let hurry = Hurry::new();
    let server = Server::senaite().await;
    let connector = hurry.open(signed_in(server.site()));
    let uid = server.simulator.uids("analysisrequest")[0].clone();
    let wanted = request(connector.as_ref(), "analysisrequest", news(None)).await;
    let reading = read(connector.as_ref(), wanted, |checkpoint| {
        if checkpoint == 2 {
            let at = "2026-03-01T08:00:00Z".parse().unwrap();
            server.simulator.change(&uid, &fields(json!({ "ClientReference": "changed" })), at);
        }
    })
    .await;
    assert!(reading.error.is_none(), "{:?}", reading.error);
    let references = reading.column("uid").into_iter().zip(reading.column("client_reference"));
    let of_it: Vec<_> = references.filter(|(found, _)| *found == uid).map(|(_, reference)| reference).collect();
    assert_eq!(of_it.last().map(String::as_str), Some("changed"));
    assert_eq!(reading.counted("uid").len(), server.simulator.uids("analysisrequest").len());
}

#[tokio::test]
async fn changed_samples_are_asked_for_and_other_types_are_read_whole() {
    let hurry = Hurry::new();
    let server = Server::senaite().await;
    let connector = hurry.open(signed_in(server.site()));
    let samples = server.simulator.uids("analysisrequest");
    let wanted = request(connector.as_ref(), "analysisrequest", news(None)).await;
    let first = read(connector.as_ref(), wanted.clone(), |_| {}).await;
    first.gave_once("uid", samples.clone());
    let again = dataweaver::sdk::ReadRequest { extract: news(first.checkpoints.last()), ..wanted.clone() };
    let same = read(connector.as_ref(), again.clone(), |_| {}).await;
    assert!(!same.is_whole && same.column("uid").len() < 4, "the last minutes are read again, for what came late");

    let at = "2026-03-01T08:00:00Z".parse().unwrap();
    server.simulator.change(&samples[3], &fields(json!({ "review_state": "invalid" })), at);
    let changed = read(connector.as_ref(), again, |_| {}).await;
    assert_eq!(changed.row("uid", &samples[3], &["review_state", "modified_at"]), ["invalid", "2026-03-01T08:00:00Z"]);
    assert!(changed.column("uid").len() < 5);
    let requests = server.simulator.requests();
    let last = requests.last().unwrap();
    assert!(last.contains("modified.query%3Arecord=") && last.contains("catalog=senaite_catalog_sample"), "{last}");
    assert!(requests.iter().all(|line| !line.contains("auditlog")), "it may be switched off, and empty");

    let wanted = request(connector.as_ref(), "analysis", news(None)).await;
    let first = read(connector.as_ref(), wanted.clone(), |_| {}).await;
    let again = dataweaver::sdk::ReadRequest { extract: news(first.checkpoints.last()), ..wanted.clone() };
    let whole = read(connector.as_ref(), again.clone(), |_| {}).await;
    assert!(whole.is_whole, "their catalogue does not index when they were changed");
    whole.gave_once("uid", server.simulator.uids("analysis"));

    // An administrator adds the index.
    server.simulator.index_changes("analysis");
    let whole = read(connector.as_ref(), again, |_| {}).await;
    assert!(whole.is_whole);
    let news = dataweaver::sdk::ReadRequest { extract: news(whole.checkpoints.last()), ..wanted };
    let news = read(connector.as_ref(), news, |_| {}).await;
    assert!(!news.is_whole && news.column("uid").len() < 5, "{}", news.column("uid").len());
}

#[tokio::test]
async fn a_session_that_ends_in_the_middle_is_no_empty_laboratory() {
    let hurry = Hurry::new();
    let token = "canary-token";
    let server = Server::of(LimsSimulator::of(lab()).with_token(token, 9)).await;
    let mut connection = server.site();
    connection["resources"] = json!(["analysis"]);
    let connector = hurry.open(with_token(connection.clone(), token));
    // This takes two of its uses.
    let wanted = request(connector.as_ref(), "analysis", Extract::Full).await;
    let reading = read(connector.as_ref(), wanted, |_| {}).await;
    let error = reading.error.as_ref().expect("it is told");
    assert_eq!(error.class(), ErrorClass::Auth, "{error}");
    assert!(error.to_string().contains("does not know us (any more)"), "{error}");
    assert!(reading.column("uid").len() >= 20, "what came before stays");

    for settings in [settings(connection.clone()), with_token(connection, "another")] {
        let connector = hurry.open(settings);
        assert_eq!(connector.check().await.unwrap_err().class(), ErrorClass::Auth);
        assert_eq!(connector.discover().await.unwrap_err().class(), ErrorClass::Auth);
    }
}

#[tokio::test]
async fn types_without_columns_of_their_own_are_read_and_unknown_ones_are_told() {
    let hurry = Hurry::new();
    let server = Server::senaite().await;
    let mut connection = server.site();
    // The address of the API will do, too.
    connection["base_url"] = json!(format!("{}/senaite/@@API/senaite/v1", server.url));
    connection["resources"] = json!(["analysiscategory"]);
    let connector = hurry.open(signed_in(connection.clone()));
    let found = connector.check().await.unwrap();
    assert_eq!(found.message, "SENAITE's JSON API 2.6.0 as reader: analysiscategory to read");
    let wanted = request(connector.as_ref(), "analysiscategory", Extract::Full).await;
    let reading = read(connector.as_ref(), wanted, |_| {}).await;
    reading.gave_once("uid", server.simulator.uids("analysiscategory"));
    assert!(reading.column("title").contains(&"Genomics".to_owned()));

    connection["resources"] = json!(["spaceship"]);
    let error = hurry.open(signed_in(connection)).discover().await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::NotFound);
    assert!(error.to_string().contains("spaceship"), "{error}");
}

#[tokio::test]
async fn a_change_that_is_dated_in_the_future_hides_no_others() {
    let hurry = Hurry::new();
    let server = Server::senaite().await;
    let connector = hurry.open(signed_in(server.site()));
    let samples = server.simulator.uids("analysisrequest");
    server.simulator.change(&samples[0], &fields(json!({})), "2990-01-01T00:00:00Z".parse().unwrap());
    let wanted = request(connector.as_ref(), "analysisrequest", news(None)).await;
    let first = read(connector.as_ref(), wanted.clone(), |_| {}).await;
    first.gave_once("uid", samples.clone());
    server.simulator.change(&samples[3], &fields(json!({ "review_state": "invalid" })), chrono::Utc::now());
    let again = dataweaver::sdk::ReadRequest { extract: news(first.checkpoints.last()), ..wanted };
    let changed = read(connector.as_ref(), again, |_| {}).await;
    assert!(!changed.is_whole && changed.column("uid").len() < 5);
    assert_eq!(changed.row("uid", &samples[3], &["review_state"]), ["invalid"]);
}
