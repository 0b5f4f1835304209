//! Several at once: two set-ups of one scenario, two processes on one database, and a process that dies in the middle.

use serde_json::json;

use super::scene::{self, ORDER_BOOK, SMALL, each};
use crate::harness::TestApp;
use crate::installation::{Installation, Server};
use crate::servers;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_set_ups_at_once_are_one() {
    let (app, _packs) = scene::app().await;
    let ends = futures::future::join_all((0..4).map(|_| scene::end_of_set_up(&app, ORDER_BOOK, Some(SMALL)))).await;
    for end in &ends {
        assert_eq!(end["status"], "READY", "{:#}", end["steps"]);
        assert_eq!(each(&end["connectors"], "id"), each(&ends[0]["connectors"], "id"));
    }
    assert_is_once(&app).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_another_size_a_set_up_that_is_under_way_is_not_joined() {
    let (app, _packs) = scene::app().await;
    scene::begin(&app, ORDER_BOOK, Some(SMALL)).await;
    let begin = "mutation { setupScenario(input: { scenarioId: \"order_book\", sizeFactor: 3 }) { scenario { id } } }";
    assert_eq!(app.error_code(begin, json!({})).await, "CONFLICT");
    scene::states(&app, ORDER_BOOK).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_on_one_database_set_up_one_scenario() {
    let Some(database) = servers::postgres() else { return };
    let packs = scene::folder(&[("pack.yaml", scene::example())]);
    let lake = tempfile::tempdir().unwrap();
    let start = async || {
        TestApp::with(|config| {
            config.storage.database_url = Some(database.url().to_owned());
            config.storage.lake_url = Some(lake.path().display().to_string());
            config.scenarios.dir = Some(packs.path().to_owned());
        })
        .await
    };
    let (one, other) = (start().await, start().await);
    let (first, second) = tokio::join!(
        scene::end_of_set_up(&one, ORDER_BOOK, Some(SMALL)),
        scene::end_of_set_up(&other, ORDER_BOOK, Some(SMALL))
    );
    // Both are told the same end, whichever process did it.
    assert_eq!((&first["status"], &second["status"]), (&json!("READY"), &json!("READY")), "{first:#} {second:#}");
    assert_eq!(each(&first["connectors"], "id"), each(&second["connectors"], "id"));
    assert_is_once(&one).await;
    assert_eq!(scene::tear_down(&other, ORDER_BOOK).await["status"], "NOT_SET_UP");
    one.stop().await;
    other.stop().await;
}

async fn assert_is_once(app: &TestApp) {
    let counts = "{ connectors { totalCount } workflows { totalCount } }";
    let counts = app.gql(counts, json!({})).await;
    assert_eq!(counts, json!({ "connectors": { "totalCount": 2 }, "workflows": { "totalCount": 1 } }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_set_up_whose_process_is_killed_is_gone_on_with_at_the_next_start() {
    let packs = scene::folder(&[("pack.yaml", scene::example())]);
    let (name, value) = scene::setting(packs.path());
    let here = Installation::new().with(name, value);
    let server = Server::start(&here);
    scene::begin(&server, ORDER_BOOK, None).await;
    let is_made = |state: &serde_json::Value| state["steps"][0]["status"] == "SUCCEEDED";
    let killed = scene::wait_until(&server, ORDER_BOOK, is_made).await;
    server.kill();
    let server = Server::start(&here);
    let end = scene::states(&server, ORDER_BOOK).await.pop().unwrap();
    assert_eq!(end["status"], "READY", "{:#}\n{}", end["steps"], here.log());
    assert_eq!(each(&end["connectors"], "id"), each(&killed["connectors"], "id"), "what was made is found again");
    drop(server);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_set_up_is_handed_back_by_a_server_that_stops() {
    let packs = scene::folder(&[("pack.yaml", scene::example())]);
    let (name, value) = scene::setting(packs.path());
    let here = Installation::new().with(name, value);
    let mut server = Server::start(&here);
    scene::begin(&server, ORDER_BOOK, None).await;
    scene::wait_until(&server, ORDER_BOOK, |state| state["steps"][0]["status"] == "SUCCEEDED").await;
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0), "it stops at once: {}", here.log());
    let server = Server::start(&here);
    let end = scene::states(&server, ORDER_BOOK).await.pop().unwrap();
    assert_eq!(end["status"], "READY", "{:#}\n{}", end["steps"], here.log());
    drop(server);
}
