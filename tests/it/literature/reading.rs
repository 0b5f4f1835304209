//! What is read, beyond what a search lists, after histories are lost, and what is new since the last time.

use dataweaver::connectors::literature::simulator::LiteratureSimulator;
use dataweaver::demo::literature::{Library, Publication};
use dataweaver::sdk::{ErrorClass, Extract, ReadRequest};

use super::{ALL, Hurry, news_since, read, read_until, request, settings};
use crate::simulated::{Served, assert_circle, in_time, leading_in_a_circle};

fn in_pubmed(publications: &[Publication]) -> Vec<String> {
    publications.iter().filter(|one| one.is_in_pubmed()).map(|one| one.number.to_string()).collect()
}

fn asked(lines: &[String], words: &str) -> usize {
    lines.iter().filter(|line| line.contains(words)).count()
}

#[tokio::test]
async fn what_a_search_does_not_list_is_read_by_slices() {
    let hurry = Hurry::new();
    let library = Library { articles: 12_000, ..Library::default() };
    let server = hurry.serve(LiteratureSimulator::of(&library)).await;
    let reading = read(hurry.open(server.pubmed(ALL)).as_ref(), request("articles", Extract::Full)).await;
    assert!(reading.error.is_none(), "{:?}", reading.error);
    let ids = reading.texts("id");
    assert!(ids.values().all(|count| *count == 1), "each comes once");
    assert_eq!(ids.into_keys().collect::<Vec<_>>(), in_pubmed(&server.simulator.publications()));
    let lines = server.simulator.requests();
    assert!(asked(&lines, "EDAT") >= 2, "it was cut by days");
    assert_eq!(asked(&lines, "efetch"), asked(&lines, "WebEnv"), "and read out of histories");
    assert_eq!(server.simulator.busiest_second(), 3);
}

#[tokio::test]
async fn a_day_with_too_many_records_is_cut_by_their_creation_or_told() {
    let hurry = Hurry::new();
    let server = hurry.serve(LiteratureSimulator::of(&Library::default()).listing_at_most(100)).await;
    let day = "1990-01-01".parse().unwrap();
    server.simulator.change(|all| all.iter_mut().for_each(|one| one.entered = day));
    let connector = hurry.open(server.pubmed(ALL));
    let reading = read(connector.as_ref(), request("articles", Extract::Full)).await;
    assert!(reading.error.is_none(), "{:?}", reading.error);
    assert_eq!(reading.rows(), in_pubmed(&server.simulator.publications()).len());

    server.simulator.change(|all| all.iter_mut().for_each(|one| one.created = day));
    let error = read(connector.as_ref(), request("articles", Extract::Full)).await.error.unwrap();
    assert_eq!(error.class(), ErrorClass::Config);
    assert!(error.to_string().contains("1990-01-01"), "{error}");
}

#[tokio::test]
async fn a_history_that_is_lost_in_the_middle_costs_nothing() {
    let hurry = Hurry::new();
    let server = hurry.serve(LiteratureSimulator::of(&Library::default())).await;
    let connector = hurry.open(server.pubmed(ALL));
    let small = ReadRequest { memory_bytes: 32 << 20, ..request("articles", Extract::Full) };
    let reading = read_until(connector.as_ref(), small, |checkpoint| {
        if checkpoint == 2 {
            server.simulator.forget_histories();
        }
    })
    .await;
    assert!(reading.error.is_none(), "{:?}", reading.error);
    assert_eq!(reading.rows(), in_pubmed(&server.simulator.publications()).len());
    assert!(reading.texts("id").values().all(|count| *count == 1));
    let lines = server.simulator.requests();
    assert!(asked(&lines, "WebEnv") >= 3 && asked(&lines, "id=9") >= 1, "{lines:?}");
}

#[tokio::test]
async fn records_that_are_withdrawn_meanwhile_are_told() {
    let hurry = Hurry::new();
    let server = hurry.serve(LiteratureSimulator::of(&Library::default())).await;
    let connector = hurry.open(server.pubmed(ALL));
    let small = ReadRequest { memory_bytes: 32 << 20, ..request("articles", Extract::Full) };
    let reading = read_until(connector.as_ref(), small, |checkpoint| {
        if checkpoint == 1 {
            server.simulator.change(|all| drop(all.drain(..5)));
        }
    })
    .await;
    assert!(reading.error.is_none(), "{:?}", reading.error);
    assert_eq!(reading.rows(), in_pubmed(&server.simulator.publications()).len());
    assert!(reading.logs[0].contains("90000001"), "{:?}", reading.logs);
}

#[tokio::test]
async fn only_what_is_new_or_revised_is_read_again() {
    for is_pubmed in [true, false] {
        let hurry = Hurry::new();
        let server = hurry.serve(LiteratureSimulator::of(&Library { articles: 60, ..Library::default() })).await;
        let settings = if is_pubmed { server.pubmed(ALL) } else { server.europepmc("*") };
        let connector = hurry.open(settings);
        let first = Extract::Incremental { cursor_field: None, since: None, lookback: std::time::Duration::ZERO };
        let whole = read(connector.as_ref(), request("articles", first)).await;
        assert!(whole.rows() >= 57 && !whole.is_whole);
        let end = whole.checkpoints.last().unwrap();
        let nothing = read(connector.as_ref(), request("articles", news_since(end))).await;
        assert_eq!(nothing.rows(), 0);

        let today = chrono::Utc::now().date_naive();
        server.simulator.change(|all| {
            all[3].revised = today;
            // It comes today and is for a journal's old volume, so that its Entrez date is years back.
            let mut late = all[5].clone();
            late.number += 1_000;
            (late.created, late.revised) = (today, "2020-02-02".parse().unwrap());
            all.push(late);
        });
        let news = read(connector.as_ref(), request("articles", news_since(nothing.checkpoints.last().unwrap()))).await;
        assert_eq!(news.texts("id").into_keys().collect::<Vec<_>>(), ["90000004", "90001006"]);

        // Another query knows nothing of this one's end.
        let other = if is_pubmed { server.pubmed("KRAS[tiab]") } else { server.europepmc("TITLE:KRAS") };
        let other = read(hurry.open(other).as_ref(), request("articles", news_since(end))).await;
        assert!(other.is_whole && other.rows() > 2);
    }
}

#[tokio::test]
async fn a_query_that_pubmed_does_not_know_is_told_by_the_test() {
    let hurry = Hurry::new();
    let server = hurry.serve(LiteratureSimulator::of(&Library::default())).await;
    let found = hurry.open(server.pubmed("KRAS OR xyzzy")).check().await.unwrap();
    assert!(found.message.starts_with("PubMed finds ") && found.message.contains("xyzzy"), "{}", found.message);
    let error = hurry.open(server.pubmed("((")).check().await.unwrap_err();
    assert!(error.to_string().contains("Query parsing failed"), "{error}");
    let europe = hurry.open(server.europepmc("SRC:PPR")).check().await.unwrap();
    assert_eq!(europe.message, "Europe PMC finds 16 articles for the query");
    let error = read(hurry.open(server.pubmed(ALL)).as_ref(), request("grants", Extract::Full)).await.error.unwrap();
    assert_eq!(error.class(), ErrorClass::NotFound);
}

#[tokio::test]
async fn marks_that_lead_in_a_circle_are_not_followed() {
    let hurry = Hurry::new();
    let simulator = LiteratureSimulator::of(&Library::default());
    let circle = Served::on_a_port(leading_in_a_circle(simulator.router(), "/search", "cursorMark")).await;
    let round = serde_json::json!({ "query": "*", "provider": "europepmc", "base_url": circle.url });
    let connector = hurry.open(settings(round));
    let small = ReadRequest { memory_bytes: 16 << 20, ..request("articles", Extract::Full) };
    let told = in_time(read(connector.as_ref(), small)).await;
    assert!(told.rows() > 0 && told.texts("id").values().all(|count| *count == 1), "no article came twice");
    assert_circle(told.error, "nextCursorMark");
}

#[tokio::test]
async fn a_mark_that_europe_pmc_does_not_know_is_told() {
    let hurry = Hurry::new();
    let server = hurry.serve(LiteratureSimulator::of(&Library::default())).await;
    let connector = hurry.open(server.europepmc("*"));
    let small = ReadRequest { memory_bytes: 16 << 20, ..request("articles", Extract::Full) };
    let mut resume = read(connector.as_ref(), small.clone()).await.checkpoints[0].clone();
    resume.0["place"]["mark"] = serde_json::json!("nonsense");
    let error = read(connector.as_ref(), ReadRequest { resume: Some(resume), ..small }).await.error.unwrap();
    assert!(error.to_string().contains("cursorMark"), "{error}");
}
