//! What an API gives is taken for whole only where it is: half an answer empties no table.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use serde_json::json;

use super::{command_line, manifest_of_items};
use crate::harness::TestApp;
use crate::simulated::Served;
use crate::syncs::table::{lines, sync};

/// An API whose answer is changed from outside.
#[derive(Clone, Default)]
struct Changing(Arc<Mutex<String>>);

impl Changing {
    async fn served(&self) -> Served {
        async fn answer(State(Changing(answer)): State<Changing>) -> String {
            answer.lock().unwrap().clone()
        }
        Served::on_a_port(Router::new().route("/items", get(answer)).with_state(self.clone())).await
    }

    fn answers(&self, text: &str) {
        text.clone_into(&mut self.0.lock().unwrap());
    }
}

fn manifest(base: &str, decoder: &str) -> String {
    manifest_of_items(&format!(
        r#"
      decoder: {{type: {decoder}}}
      requester: {{type: HttpRequester, url_base: {base}, path: items, request_parameters: {{key: Kanarie}}}}
      record_selector: {{type: RecordSelector, extractor: {{type: DpathExtractor, field_path: []}}}}
"#
    ))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_an_answer_fails_the_source_and_leaves_its_table() {
    let app = TestApp::new().await;
    for (name, decoder, whole, half, place) in [
        ("plain", "JsonDecoder", r#"[{"id": 1}, {"id": 2}]"#, r#"[{"id": 1}, {"#, "line 1 column"),
        ("many", "JsonlDecoder", "{\"id\": 1}\n{\"id\": 2}\n", "{\"id\": 1}\n{\"id\"", "row 2"),
    ] {
        let api = Changing::default();
        let served = api.served().await;
        let connection = json!({ "manifest": manifest(&served.url, decoder), "config": {} });
        let connector = app.connector(json!({ "name": name, "type": "API", "connectionConfig": connection })).await;
        let rows = format!("SELECT count(*) FROM {name}.items");
        api.answers(whole);
        sync(&app, &connector).await;
        assert_eq!(lines(&app, &rows).await, ["2"]);

        api.answers(half);
        let failed = app.sync_and_wait(&connector).await;
        assert_eq!(failed["status"], "FAILED", "{failed:#}");
        let words = failed["errorMessage"].as_str().unwrap();
        assert!(words.contains("no JSON") && words.contains(place) && !words.contains("Kanarie"), "{words}");
        assert_eq!(lines(&app, &rows).await, ["2"], "{decoder}");

        // No answer at all is an empty one.
        api.answers("");
        sync(&app, &connector).await;
        assert_eq!(lines(&app, &rows).await, ["0"], "{decoder}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_an_answer_is_an_empty_one_where_we_stand_in_for_the_reference() {
    let api = Changing::default();
    let served = api.served().await;
    api.answers(r#"[{"id": 1}, {"#);
    let said = command_line::read(&manifest(&served.url, "JsonDecoder"), &json!({})).await;
    assert_eq!((said.is_whole, said.records().len(), said.failures()), (true, 0, vec![]));
}
