//! LIMS through the public door: what SQL finds in the lake is what the laboratory holds.

use dataweaver::demo::lab::{Lab, LabSize};
use serde_json::{Value, json};

use super::{PASSWORD, Server, USER, lab};
use crate::harness::TestApp;
use crate::syncs::table::{incremental, lines, sync};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lake_holds_what_senaite_holds() {
    let server = Server::senaite().await;
    let app = TestApp::new().await;
    let input = json!({
        "name": "Lab", "type": "LIMS", "connectionConfig": server.site(), "authType": "USERNAME_PASSWORD",
        "authConfig": { "username": USER, "password": PASSWORD },
    });
    let connector = app.connector(input).await;
    assert_eq!(incremental(&app, &connector).await.len(), 12);
    sync(&app, &connector).await;
    for (table, resource) in [("samples", "analysisrequest"), ("analyses", "analysis"), ("worksheets", "worksheet")] {
        let held = server.simulator.uids(resource).len();
        let sql = format!("SELECT count(*), count(DISTINCT uid) FROM lab.{table}");
        assert_eq!(lines(&app, &sql).await, [format!("{held}|{held}")]);
    }
    let joined = "SELECT count(*) FROM lab.analyses a JOIN lab.samples s ON s.uid = a.parent_uid
        JOIN lab.instruments i ON i.uid = a.instrument_uid JOIN lab.analysis_services v ON v.uid = a.service_uid
        JOIN lab.clients c ON c.uid = s.client_uid JOIN lab.sample_types t ON t.uid = s.sample_type_uid
        WHERE a.sample_id = s.id AND v.keyword = a.keyword";
    assert_eq!(lines(&app, joined).await, ["480"]);
    let of_sheets = "SELECT sum(cardinality(analyses)), min(json_get_str(object, 'portal_type')) FROM lab.worksheets";
    assert_eq!(lines(&app, of_sheets).await, ["480|Worksheet"]);
    let failed = lab().truth().failed_controls.len();
    let beyond = "SELECT count(*) FROM lab.reference_analyses
        WHERE result_number < result_low OR result_number > result_high";
    assert_eq!(lines(&app, beyond).await, [failed.to_string()]);

    let [_, added, updated, _] = sync(&app, &connector).await;
    assert_eq!((added, updated), (0, 0), "nothing is new");
    let fields = json!({ "review_state": "invalid" });
    let at = "2026-03-01T08:00:00Z".parse().unwrap();
    for uid in [&server.simulator.uids("analysisrequest")[3], &server.simulator.uids("analysis")[4]] {
        server.simulator.change(uid, fields.as_object().unwrap(), at);
    }
    let [_, added, updated, _] = sync(&app, &connector).await;
    assert_eq!((added, updated), (0, 2));
    for table in ["samples", "analyses"] {
        let sql = format!("SELECT count(*) FROM lab.{table} WHERE review_state = 'invalid'");
        assert_eq!(lines(&app, &sql).await, ["1"]);
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_holds_the_sample_database_and_the_experimental_results() {
    let app = TestApp::new().await;
    let input: Value = json!({ "name": "Lims", "type": "LIMS", "demoMode": true });
    let connector = app.connector(input).await;
    let test = "mutation($id: ID!) { testConnection(input: { connectorId: $id }) { success } }";
    assert_eq!(app.gql(test, json!({ "id": connector })).await["testConnection"]["success"], true);
    let names = incremental(&app, &connector).await;
    assert_eq!(names[..3], ["Sample Database", "Experimental Results", "Quality Control"]);
    sync(&app, &connector).await;
    let truth = Lab::make(&LabSize::default());
    let truth = truth.truth();
    let samples = "SELECT count(*), count(sample_type), count(status), count(location), min(collection_date)
        FROM lims.sample_database WHERE sample_id IS NOT NULL";
    assert_eq!(lines(&app, samples).await, ["10000|10000|10000|10000|2024-07-01"]);
    let results = "SELECT count(*), count(DISTINCT r.result_id), count(r.value), count(r.unit), count(r.timestamp)
        FROM lims.experimental_results r JOIN lims.sample_database s ON s.sample_id = r.sample_id";
    assert_eq!(lines(&app, results).await, ["50000|50000|50000|50000|50000"]);
    let failed = "SELECT count(*) FROM lims.quality_control WHERE NOT passed";
    assert_eq!(lines(&app, failed).await, [truth.failed_controls.len().to_string()]);
    let promising = "SELECT c.series FROM lims.experimental_results r
        JOIN lims.sample_database s ON s.sample_id = r.sample_id JOIN lims.compounds c ON c.compound_id = s.compound_id
        WHERE r.test_type = 'IC50' GROUP BY c.series ORDER BY avg(r.value) LIMIT 1";
    assert_eq!(lines(&app, promising).await, [truth.promising.series.as_str()]);
    let slow = "SELECT r.test_type FROM lims.experimental_results r
        JOIN lims.sample_database s ON s.sample_id = r.sample_id
        GROUP BY r.test_type ORDER BY avg(to_unixtime(r.timestamp) - to_unixtime(s.received_at)) DESC LIMIT 1";
    assert_eq!(lines(&app, slow).await, [truth.slow_test.test.as_str()]);
    let [_, added, updated, _] = sync(&app, &connector).await;
    assert_eq!((added, updated), (0, 0), "nothing is new");
    let refused = json!({ "name": "Other", "type": "LIMS", "demoMode": true, "connectionConfig": { "world": "moon" } });
    let create = "mutation($input: CreateConnectorInput!) { createConnector(input: $input) { connector { id } } }";
    let answer = app.try_gql(create, json!({ "input": refused })).await;
    assert!(answer["errors"][0]["message"].as_str().unwrap().contains("no demo world moon"), "{answer:#}");
    app.stop().await;
}
