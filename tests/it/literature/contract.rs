//! The contract suite for literature, with the vendors' failures switched on.

use dataweaver::connectors::literature::Literature;
use dataweaver::connectors::literature::simulator::LiteratureSimulator;
use dataweaver::demo::literature::Library;
use dataweaver::sdk::testing::{Fixture, contract};
use dataweaver::sdk::{ConnectorFactory, Settings};
use serde_json::json;

use super::{ALL, Hurry, Server, settings, with_key};

const RIGHT: &str = "canary-right-key";
const WRONG: &str = "canary-wrong-key";

async fn keeps_the_contract(hurry: &Hurry, fixture: Fixture) {
    let fixture = Fixture { context: hurry.context.clone(), ..fixture };
    contract(&ConnectorFactory::of::<Literature>(), &fixture).await.unwrap();
}

fn small() -> LiteratureSimulator {
    LiteratureSimulator::of(&Library { articles: 250, ..Library::default() })
}

fn dead(provider: &str) -> Settings {
    settings(json!({ "query": "p53", "provider": provider, "base_url": "http://127.0.0.1:1" }))
}

fn pubmed(server: &Server) -> Fixture {
    let of = |key: &str| with_key(server.pubmed(ALL), key);
    Fixture::new(of(RIGHT), "articles", with_key(dead("pubmed"), RIGHT)).refused(of(WRONG)).secret(RIGHT).secret(WRONG)
}

#[tokio::test]
async fn pubmed_keeps_the_contract() {
    let hurry = Hurry::new();
    let server = hurry.serve(small().with_key(RIGHT)).await;
    keeps_the_contract(&hurry, pubmed(&server)).await;
    assert!(server.simulator.busiest_second() <= 10);
    let requests = server.simulator.requests();
    assert!(requests.iter().all(|line| line.contains("tool=dataweaver") && line.contains("db=pubmed")), "{requests:?}");
}

#[tokio::test]
async fn pubmed_keeps_the_contract_in_slices_out_of_order_and_while_it_fails() {
    let hurry = Hurry::new();
    let server = hurry.serve(small().with_key(RIGHT).listing_at_most(60).jumbled()).await;
    server.simulator.fail_every(4);
    keeps_the_contract(&hurry, pubmed(&server)).await;
}

#[tokio::test]
async fn pubmed_keeps_the_contract_without_a_key_and_with_histories_that_are_lost() {
    let hurry = Hurry::new();
    let server = hurry.serve(small()).await;
    server.simulator.fail_every(3);
    for path in ["authors", "mesh_headings"] {
        keeps_the_contract(&hurry, Fixture::new(server.pubmed(ALL), path, dead("pubmed"))).await;
    }
    assert!(server.simulator.busiest_second() <= 3);
}

#[tokio::test]
async fn europe_pmc_keeps_the_contract() {
    let hurry = Hurry::new();
    let server = hurry.serve(small()).await;
    keeps_the_contract(&hurry, Fixture::new(server.europepmc("*"), "articles", dead("europepmc"))).await;
    server.simulator.fail_every(4);
    keeps_the_contract(&hurry, Fixture::new(server.europepmc("*"), "authors", dead("europepmc"))).await;
    assert!(server.simulator.busiest_second() <= 10);
}
