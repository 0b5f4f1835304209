//! Mail through the public door: what SQL finds in the lake is what the mailbox holds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use super::dovecot::{Dovecot, PASSWORD, message};
use crate::harness::{PATIENCE, TestApp};
use crate::syncs::table::{counts, lines};

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

/// Syncs; fails unless it succeeds. Gives rows read, added, updated and deleted.
async fn sync(app: &TestApp, connector: &str) -> [i64; 4] {
    let log = app.sync_and_wait(connector).await;
    assert_eq!(log["status"], "SUCCEEDED", "{log:#}");
    counts(&log)
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

/// Hands on what a server sends until it was so many bytes, then waits to be let go.
struct Gate {
    port: u16,
    /// Somebody waits at it.
    reached: Arc<Notify>,
    open: Arc<Notify>,
}

impl Gate {
    async fn before(server: u16, after: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (reached, open) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (tell, wait) = (reached.clone(), open.clone());
        let left = Arc::new(AtomicU64::new(after));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (left, tell, wait) = (left.clone(), tell.clone(), wait.clone());
                tokio::spawn(async move {
                    let Ok(server) = TcpStream::connect(("127.0.0.1", server)).await else { return };
                    let (mut from_client, mut to_client) = client.into_split();
                    let (mut from_server, mut to_server) = server.into_split();
                    tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await.ok() });
                    let mut bytes = vec![0; 4096];
                    while let Ok(length @ 1..) = from_server.read(&mut bytes).await {
                        let before = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                            Some(left.saturating_sub(length as u64))
                        });
                        if before.is_ok_and(|before| before > 0 && before <= length as u64) {
                            tell.notify_one();
                            wait.notified().await;
                        }
                        if to_client.write_all(&bytes[..length]).await.is_err() {
                            return;
                        }
                    }
                });
            }
        });
        Self { port, reached, open }
    }
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
    tokio::time::timeout(PATIENCE, gate.reached.notified()).await.expect("the sync comes to the gate");
    dovecot.kill();
    gate.open.notify_one();
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
