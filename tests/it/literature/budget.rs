//! One budget for a credential: whatever is read at once, NCBI is asked no more often than it allows, and hardly less.

use std::sync::Arc;

use dataweaver::connectors::literature::simulator::LiteratureSimulator;
use dataweaver::demo::literature::Library;
use dataweaver::sdk::http::Clock;
use dataweaver::sdk::{Extract, ReadRequest};
use futures::future::join_all;

use super::{ALL, Hurry, read, request, with_key};

/// Three syncs of three sources each, all at once.
async fn read_all_at_once(key: Option<&str>, limit: usize) {
    let hurry = Hurry::new();
    let server = hurry.serve(LiteratureSimulator::of(&Library { articles: 600, ..Library::default() })).await;
    let settings = server.pubmed(ALL);
    let settings = key.map_or(settings.clone(), |key| with_key(settings, key));
    let connectors: Vec<_> = (0..3).map(|_| hurry.open(settings.clone())).collect();
    let sources = ["articles", "authors", "mesh_headings"];
    let reads = connectors.iter().flat_map(|connector| {
        sources.map(|source| {
            let connector = Arc::clone(connector);
            let small = ReadRequest { memory_bytes: 16 << 20, ..request(source, Extract::Full) };
            async move { read(connector.as_ref(), small).await.error }
        })
    });
    let began = hurry.clock.now();
    let errors = join_all(reads).await;
    assert!(errors.iter().all(Option::is_none), "{errors:?}");
    let seconds = hurry.clock.now().duration_since(began).as_secs_f64();
    let requests = server.simulator.requests().len();
    assert_eq!(server.simulator.busiest_second(), limit, "never more than the limit");
    let rate = requests as f64 / seconds;
    assert!(rate >= 0.9 * limit as f64, "{requests} requests in {seconds} s");
}

#[tokio::test]
async fn three_requests_a_second_are_kept_and_reached() {
    read_all_at_once(None, 3).await;
}

#[tokio::test]
async fn ten_requests_a_second_are_kept_and_reached_with_a_key() {
    read_all_at_once(Some("a-key"), 10).await;
}
