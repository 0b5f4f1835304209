//! Mail through the public door: what SQL finds in the lake is what the mailbox holds.

use serde_json::{Value, json};

use super::dovecot::{Dovecot, PASSWORD, message};
use super::relay::Gate;
use crate::harness::TestApp;
use crate::syncs::table::{lines, sync};

async fn connector(app: &TestApp, connection: Value) -> String {
    app.connector(json!({
        "name": "Mail",
        "type": "EMAIL",
        "authType": "USERNAME_PASSWORD",
        "authConfig": Dovecot::password(),
        "connectionConfig": connection,
    }))
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lake_holds_what_the_mailbox_holds() {
    let Some(dovecot) = Dovecot::start() else { return };
    dovecot.fill("INBOX", (0..500).map(message));
    let app = TestApp::new().await;
    let mut connection = dovecot.tls();
    connection["mailboxes"] = json!(["INBOX", "Work"]);
    let connector = connector(&app, connection).await;
    let source = app.only_source(&connector).await;
    assert_eq!(sync(&app, &connector).await[..2], [500, 500]);
    let count = "SELECT count(*), count(DISTINCT uid), count(DISTINCT thread_id), max(subject) FROM mail.inbox";
    assert_eq!(lines(&app, count).await, ["500|500|167|Message 99"]);
    let one = "SELECT from_address, to_addresses[1]['address'], sent_at, flags, text FROM mail.inbox WHERE message_id = '7@example.com'";
    assert_eq!(
        lines(&app, one).await,
        ["grace@example.com|ada@example.com|2026-01-03T09:00:07Z|[\"\\\\Seen\"]|Text of 7.\n"]
    );

    app.update_source(json!({ "id": source, "extractType": "INCREMENTAL" })).await;
    sync(&app, &connector).await;
    assert_eq!(sync(&app, &connector).await, [0, 0, 0, 0], "nothing is new");
    let mut session = dovecot.session();
    session.append("INBOX", &message(1_000));
    // A mailbox that is new is found by the sync itself.
    session.tell("CREATE Work");
    session.append("Work", &message(1));
    assert_eq!(sync(&app, &connector).await[..2], [2, 2]);
    assert_eq!(lines(&app, count).await, ["501|501|168|Message 99"]);
    assert_eq!(lines(&app, "SELECT subject FROM mail.work").await, ["Message 1"]);

    session.tell("SELECT INBOX");
    session.tell("UID STORE 1:100 +FLAGS (\\Deleted)");
    session.tell("EXPUNGE");
    sync(&app, &connector).await;
    assert_eq!(lines(&app, "SELECT count(*) FROM mail.inbox").await, ["501"], "news tell nothing of what is gone");
    app.update_source(json!({ "id": source, "extractType": "FULL" })).await;
    sync(&app, &connector).await;
    assert_eq!(lines(&app, "SELECT count(*), min(uid) FROM mail.inbox").await, ["401|101"]);

    // Made anew, its messages begin again at 1.
    let work = "query($id: ID!) { dataSources(connectorId: $id) { nodes { id name } } }";
    let sources = app.gql(work, json!({ "id": connector })).await["dataSources"]["nodes"].take();
    let work = sources.as_array().unwrap().iter().find(|source| source["name"] == "Work").unwrap()["id"].clone();
    app.update_source(json!({ "id": work, "extractType": "INCREMENTAL" })).await;
    sync(&app, &connector).await;
    session.tell("DELETE Work");
    session.tell("CREATE Work");
    session.append("Work", &message(2));
    session.append("Work", &message(3));
    sync(&app, &connector).await;
    let anew = "SELECT subject, uid FROM mail.work ORDER BY uid";
    assert_eq!(lines(&app, anew).await, ["Message 2|1", "Message 3|2"]);
    session.append("Work", &message(4));
    sync(&app, &connector).await;
    assert_eq!(lines(&app, "SELECT count(*), count(DISTINCT uid) FROM mail.work").await, ["3|3"]);

    session.tell("DELETE Work");
    let log = app.sync_and_wait(&connector).await;
    assert_eq!(log["status"], "PARTIAL", "{log:#}");
    assert!(log.to_string().contains("the mailbox Work"), "{log:#}");
    assert!(!log.to_string().contains(PASSWORD));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_dies_in_the_middle_of_a_sync_costs_no_message() {
    let Some(mut dovecot) = Dovecot::start() else { return };
    dovecot.fill("INBOX", (0..2_000).map(message));
    let gate = Gate::before(dovecot.port, 400_000).await;
    let app = TestApp::new().await;
    let mut connection = dovecot.plain();
    connection["mailboxes"] = json!(["INBOX"]);
    connection["port"] = json!(gate.port);
    let connector = connector(&app, connection).await;
    app.only_source(&connector).await;
    let mut events = app.events_of(&connector).await;
    let sync = app.start_sync(&connector, None).await;
    gate.reached().await;
    dovecot.kill();
    gate.open();
    let retry = events.wait_for(|event| event["kind"] == "RETRY" || event["status"] == "FAILED").await;
    assert_eq!(retry["kind"], "RETRY", "{retry:#}");
    assert_eq!(retry["details"]["code"], "UPSTREAM_UNAVAILABLE", "{retry:#}");
    dovecot.run();
    let log = app.sync_end(&sync).await;
    assert_eq!(log["status"], "SUCCEEDED", "{log:#}");
    let count = "SELECT count(*), count(DISTINCT uid), count(DISTINCT message_id) FROM mail.inbox";
    assert_eq!(lines(&app, count).await, ["2000|2000|2000"]);
    drop(events);
    app.stop().await;
}
