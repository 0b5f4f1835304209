//! Metrics for Prometheus: requests as they were answered, syncs and rows as the database counts them.

use std::sync::OnceLock;
use std::time::Duration;

use ::metrics::{Unit, describe_counter, describe_gauge, describe_histogram, gauge};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use super::Server;
use super::auth::SignedIn;
use super::refusal::Refusal;
use crate::services::syncs::{self, SyncFilter};
use crate::vocabulary::SyncStatus;

/// Upper bounds of the request times that are counted, in seconds.
const SECONDS: [f64; 10] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 60.0];

/// The metrics of the process: one recorder, whoever asks first. None where somebody else records already.
fn recorder() -> Option<&'static PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let start = || {
        let builder = PrometheusBuilder::new().set_buckets(&SECONDS).ok()?;
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        ::metrics::set_global_recorder(recorder).ok()?;
        describe();
        Some(handle)
    };
    RECORDER.get_or_init(start).as_ref()
}

fn describe() {
    describe_counter!("dataweaver_http_requests_total", "HTTP requests that were answered");
    describe_histogram!("dataweaver_http_request_seconds", Unit::Seconds, "Time from a request to its answer's start");
    describe_counter!(
        "dataweaver_http_stalled_total",
        "Connections that were cut off since nothing of an answer was taken"
    );
    describe_gauge!("dataweaver_syncs", "Syncs on record, by status; QUEUED is the queue's length");
    describe_gauge!("dataweaver_syncs_of_this_process", "Syncs that this process runs now");
    describe_gauge!("dataweaver_rows_processed", "Rows read by all syncs on record");
    describe_gauge!("dataweaver_live_connections", "Connections that stay open, by transport");
    describe_gauge!("dataweaver_live_operations", "Operations that go on over them");
    describe_gauge!("dataweaver_live_shared_operations", "Executions of subscriptions that equal ones share");
    describe_gauge!("dataweaver_live_shared_listeners", "Operations that listen to such an execution just now");
    describe_counter!(
        "dataweaver_live_lags_total",
        "Times that a subscription was told too much at once, and read on by itself"
    );
    describe_gauge!("dataweaver_live_queued_bytes", Unit::Bytes, "What waits to be sent over them");
    describe_counter!(
        "dataweaver_live_conflated_total",
        "States that were not sent, since newer ones took their place"
    );
    describe_counter!("dataweaver_live_sockets_closed_total", "WebSockets that were closed, by code");
}

/// `GET /metrics`
pub(super) async fn render(State(server): State<Server>, viewer: SignedIn) -> Result<Response, Refusal> {
    let Some(recorder) = recorder() else {
        return Ok("# this process is observed by another recorder\n".into_response());
    };
    let services = &server.services;
    for status in SyncStatus::ALL {
        let filter = SyncFilter { connector_id: None, status: Some(vec![*status]) };
        let count = syncs::count(services, &viewer.0, &filter).await?;
        gauge!("dataweaver_syncs", "status" => status.as_str()).set(count as f64);
    }
    gauge!("dataweaver_syncs_of_this_process").set(services.engine().running() as f64);
    gauge!("dataweaver_rows_processed").set(syncs::rows_processed(services, &viewer.0).await? as f64);
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], recorder.render()).into_response())
}

/// Starts recording, before there is anything to be counted: what comes earlier would be lost, and gauges wrong for ever.
pub(super) fn start() {
    recorder();
}

/// Puts measured times together again and again, for as long as it is polled.
pub(super) async fn upkeep(every: Duration) {
    let mut interval = tokio::time::interval(every);
    loop {
        interval.tick().await;
        if let Some(recorder) = recorder() {
            recorder.run_upkeep();
        }
    }
}
