//! One budget for all reads: ClinicalTrials.gov is asked no more often than 50 times a minute, and hardly less.

use std::sync::Arc;

use dataweaver::sdk::Extract;
use dataweaver::sdk::http::Clock;
use futures::future::join_all;
use serde_json::json;

use super::{Hurry, Server, clinic, read, request, settings};

#[tokio::test]
async fn fifty_requests_a_minute_are_kept_and_reached() {
    let hurry = Hurry::new();
    let server = Server::of(clinic().limiting_trials(50, Arc::new(hurry.clock.clone()))).await;
    let mut connection = server.trials("");
    connection["page_size"] = json!(1);
    // Each opens the connector anew, and asks for 40 pages.
    let connectors: Vec<_> = (0..6).map(|_| hurry.open(settings(connection.clone()))).collect();
    let began = hurry.clock.now();
    let readings = join_all(
        connectors.iter().map(|connector| read(connector.as_ref(), request("studies", Extract::Full), |_| {})),
    )
    .await;
    let minutes = hurry.clock.now().duration_since(began).as_secs_f64() / 60.;
    for reading in readings {
        assert!(reading.error.is_none(), "{:?}", reading.error);
        assert_eq!(reading.texts("nct_id").len(), 40);
    }
    assert_eq!(server.simulator.refused(), 0, "nothing came too soon");
    let requests = server.simulator.requests().len();
    assert_eq!(requests, 240);
    assert!(minutes >= 3., "it waits: {requests} requests in {minutes:.1} minutes");
    let rate = requests as f64 / minutes;
    assert!(rate >= 45., "{requests} requests in {minutes:.1} minutes");
}
