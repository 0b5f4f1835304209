//! The simulator of a mail server: demo mode through the public door, the contract with faults, and Python's own client from
//! outside.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::Duration;

use dataweaver::connectors::email::Email;
use dataweaver::connectors::email::simulator::{Fault, ImapSimulator};
use dataweaver::demo::{Company, CompanySize, Office, Shop};
use dataweaver::sdk::testing::{Fixture, contract};
use dataweaver::sdk::{AuthType, ConnectorFactory, ErrorClass, ReadRequest, Settings};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::reading::{collect, end, full, lines as rows, news, open, read};
use crate::harness::{PATIENCE, TestApp};
use crate::servers;
use crate::syncs::table::{counts, lines};

/// A mail server on a port of its own; no longer when this is dropped.
struct Scene {
    simulator: ImapSimulator,
    port: u16,
    _stop: DropGuard,
}

impl Scene {
    async fn new() -> Self {
        let shop = Shop { customers: 300, products: 40, orders: 4_000, ..Shop::default() };
        let size = CompanySize { seed: 1, shop, days: 30, talkativeness: 0.2 };
        let company = Company::make(&size);
        let simulator = ImapSimulator::with(&company, &Office::make(&company, &size));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let stop = CancellationToken::new();
        tokio::spawn(simulator.clone().serve(listener, stop.clone()));
        Self { simulator, port, _stop: stop.drop_guard() }
    }

    fn connection(&self) -> Value {
        json!({ "host": "127.0.0.1", "port": self.port, "tls": "none" })
    }

    fn settings(&self, password: &str) -> Settings {
        let auth = json!({ "username": self.simulator.user(), "password": password });
        Settings { connection: self.connection(), auth_type: AuthType::UsernamePassword, auth }
    }
}

fn fixture(scene: &Scene) -> Fixture {
    let password = scene.simulator.password();
    let mut dead = scene.settings(password);
    dead.connection["port"] = json!(1);
    Fixture::new(scene.settings(password), "INBOX", dead)
        .refused(scene.settings("canary-wrong"))
        .secret("canary-wrong")
        .secret(password)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_keeps_the_contract_while_the_server_fails() {
    // Only these are survived within a read; where the server asks for patience, the sync engine has it.
    for fault in [None, Some(Fault::Bye), Some(Fault::Cut), Some(Fault::Unavailable)] {
        let scene = Scene::new().await;
        if let Some(fault) = fault {
            scene.simulator.fail(fault, 3);
        }
        let kept = contract(&ConnectorFactory::of::<Email>(), &fixture(&scene)).await;
        kept.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert_eq!(scene.simulator.failures() > 10, fault.is_some(), "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_server_asks_for_is_told() {
    for (fault, class) in [(Fault::Limit, ErrorClass::RateLimited), (Fault::Throttled, ErrorClass::RateLimited)] {
        let scene = Scene::new().await;
        scene.simulator.fail(fault, 2);
        let Settings { connection, auth_type, auth } = scene.settings(scene.simulator.password());
        let connector = open(connection, auth_type, auth).unwrap();
        let (_, error) = collect(connector.as_ref(), full("INBOX")).await;
        assert_eq!(error.map(|error| error.class()), Some(class), "{fault:?}");
        scene.simulator.heal();
        let all = read(connector.as_ref(), full("INBOX")).await;
        assert_eq!(rows(&all, &["uid"]).len(), scene.simulator.count("INBOX"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_server_is_waited_for_and_a_silent_one_is_left() {
    let scene = Scene::new().await;
    let Settings { mut connection, auth_type, auth } = scene.settings(scene.simulator.password());
    connection["command_timeout_seconds"] = json!(5);
    let connector = open(connection, auth_type, auth).unwrap();
    let all = scene.simulator.count("INBOX");
    for (pause, sessions) in [(Duration::from_millis(200), 1), (Duration::from_secs(3600), 2)] {
        let before = scene.simulator.sessions();
        scene.simulator.fail(Fault::Slow(pause), 2);
        // The facts of all messages, and then all of them at once.
        let request = ReadRequest { batch_bytes: 16 << 20, ..full("INBOX") };
        let events = read(connector.as_ref(), request).await;
        assert_eq!(rows(&events, &["uid"]).len(), all, "{pause:?}");
        assert_eq!((scene.simulator.failures(), scene.simulator.sessions() - before), (1, sessions), "{pause:?}");
        scene.simulator.heal();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_signs_in_and_news_are_told_by_uid() {
    let scene = Scene::new().await;
    let simulator = &scene.simulator;
    let token = simulator.token();
    let auth = json!({ "username": simulator.user(), "token": token });
    let connector = open(scene.connection(), AuthType::Token, auth).unwrap();
    let first = read(connector.as_ref(), full("INBOX")).await;
    assert_eq!(rows(&first, &["uid"]).len(), simulator.count("INBOX"));
    let uid = simulator.deliver(
        "INBOX",
        "Grüße aus München, und noch viel mehr als in eine Zeile passt: äöü",
        "Schöne Grüße\n",
    );
    let new = read(connector.as_ref(), news("INBOX", Some(end(&first)))).await;
    let found = rows(&new, &["uid", "subject", "text"]);
    assert_eq!(
        found,
        [format!("{uid}|Grüße aus München, und noch viel mehr als in eine Zeile passt: äöü|Schöne Grüße\n")]
    );
    simulator.expunge("INBOX", uid);
    simulator.make_anew("INBOX");
    let anew = read(connector.as_ref(), news("INBOX", Some(end(&new)))).await;
    assert_eq!(rows(&anew, &["uid"]).len(), simulator.count("INBOX"));

    simulator.revoke(&token);
    let refused = connector.check().await.unwrap_err();
    assert_eq!(refused.class(), ErrorClass::Auth, "{refused}");
    assert!(refused.to_string().contains("status 400") && !refused.to_string().contains(&token), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demo_connector_is_tested_discovered_synced_and_asked() {
    let app = TestApp::new().await;
    let catalogue = app.gql("{ connectorTypes { type supportsDemo } }", json!({})).await;
    let mail = catalogue["connectorTypes"].as_array().unwrap().iter().find(|info| info["type"] == "EMAIL").unwrap();
    assert_eq!(mail["supportsDemo"], true);
    let input = json!({ "name": "Mail", "type": "EMAIL", "demoMode": true, "connectionConfig": { "world": "customer_intelligence" } });
    let connector = app.connector(input).await;
    let test = "mutation($id: ID!) { testConnection(input: { connectorId: $id }) { success message } }";
    let tested = app.gql(test, json!({ "id": connector })).await["testConnection"].take();
    let message = tested["message"].as_str().unwrap();
    assert!(tested["success"] == true && message.contains("as aylin@fernweh.example, 4 mailboxes to read"), "{tested}");
    let log = app.sync_and_wait(&connector).await;
    assert_eq!(log["status"], "SUCCEEDED", "{log:#}");
    let inbox = "SELECT count(*) > 20, count(DISTINCT uid) = count(*), bool_and(text IS NOT NULL), bool_and(problem IS NULL) FROM mail.inbox";
    assert_eq!(lines(&app, inbox).await, ["true|true|true|true"]);
    let answers = "SELECT count(*) > 5 FROM mail.sent s JOIN mail.inbox i ON i.message_id = s.thread_id
        WHERE s.subject = 'Re: ' || i.subject AND s.sent_at > i.sent_at";
    assert_eq!(lines(&app, answers).await, ["true"], "who asks is answered");
    let invoices = "SELECT count(*) > 0, bool_and(attachments[1]['content_type'] = 'application/pdf') FROM mail.sent
        WHERE subject LIKE 'Re: Invoice%'";
    assert_eq!(lines(&app, invoices).await, ["true|true"]);
    assert_eq!(lines(&app, "SELECT count(*) FROM mail.entwurfe").await, ["0"]);
    // A second sync finds the same world, and news of it are none.
    let ask = "query($id: ID!) { dataSources(connectorId: $id) { nodes { id } } }";
    let sources = app.gql(ask, json!({ "id": connector })).await["dataSources"]["nodes"].take();
    for source in sources.as_array().unwrap() {
        app.update_source(json!({ "id": source["id"], "extractType": "INCREMENTAL" })).await;
    }
    app.sync_and_wait(&connector).await;
    let again = app.sync_and_wait(&connector).await;
    assert_eq!((&again["status"], counts(&again)), (&json!("SUCCEEDED"), [0, 0, 0, 0]), "{again:#}");
    app.stop().await;
}

/// The input of a connector to this server.
fn input(scene: &Scene) -> Value {
    json!({ "name": "Mail", "type": "EMAIL", "authType": "USERNAME_PASSWORD",
        "authConfig": { "username": scene.simulator.user(), "password": scene.simulator.password() },
        "connectionConfig": { "host": "127.0.0.1", "port": scene.port, "tls": "none", "mailboxes": ["INBOX"] } })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailbox_that_is_made_anew_takes_the_place_of_what_it_was() {
    let scene = Scene::new().await;
    let app = TestApp::new().await;
    let connector = app.connector(input(&scene)).await;
    let source = app.only_source(&connector).await;
    let ask = "query($id: ID!) { dataSource(id: $id) { primaryKey } }";
    let key = app.gql(ask, json!({ "id": source })).await["dataSource"]["primaryKey"].take();
    assert_eq!(key, json!(["uid_validity", "uid"]));
    app.update_source(json!({ "id": source, "extractType": "INCREMENTAL" })).await;
    app.sync_and_wait(&connector).await;
    scene.simulator.deliver("INBOX", "New", "It came later.");
    assert_eq!(counts(&app.sync_and_wait(&connector).await)[..2], [1, 1]);
    let count = "SELECT count(*), count(DISTINCT uid), count(DISTINCT uid_validity) FROM mail.inbox";
    let before = scene.simulator.count("INBOX");
    assert_eq!(lines(&app, count).await, [format!("{before}|{before}|1")]);
    // Of a message that is gone, news tell nothing; of a mailbox that is made anew, they tell all.
    scene.simulator.expunge("INBOX", 1);
    app.sync_and_wait(&connector).await;
    assert_eq!(lines(&app, count).await, [format!("{before}|{before}|1")]);
    scene.simulator.make_anew("INBOX");
    assert_eq!(app.sync_and_wait(&connector).await["status"], "SUCCEEDED");
    let after = before - 1;
    assert_eq!(lines(&app, count).await, [format!("{after}|{after}|1")]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_outlasts_a_server_that_asks_for_patience() {
    let scene = Scene::new().await;
    scene.simulator.fail(Fault::Throttled, 2);
    let app = TestApp::with(|config| config.engine.retry_seconds = 0.05).await;
    let connector = app.connector(input(&scene)).await;
    let mut events = app.events_of(&connector).await;
    let sync = app.start_sync(&connector, None).await;
    let retry = events.wait_for(|event| event["kind"] == "RETRY").await;
    assert_eq!(retry["details"]["code"], "RATE_LIMITED", "{retry:#}");
    // What comes instead of it, a session that ends, is no matter for the engine.
    scene.simulator.heal();
    scene.simulator.fail(Fault::Bye, 2);
    let log = app.sync_end(&sync).await;
    assert_eq!(log["status"], "SUCCEEDED", "{log:#}");
    assert_eq!(scene.simulator.failures(), 1);
    drop(events);
    let count = scene.simulator.count("INBOX");
    assert_eq!(lines(&app, "SELECT count(*), count(DISTINCT uid) FROM mail.inbox").await, [format!("{count}|{count}")]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_response_without_an_end_is_not_kept() {
    let scene = Scene::new().await;
    let mut stream = TcpStream::connect(("127.0.0.1", scene.port)).await.unwrap();
    stream.write_all(b"a AUTHENTICATE PLAIN\r\n").await.unwrap();
    let (mut said, mut writer) = stream.into_split();
    // It hangs up before all of it has come.
    let sent = tokio::spawn(async move { writer.write_all(&vec![b'A'; 64 << 20]).await });
    assert!(tokio::time::timeout(PATIENCE, sent).await.expect("it ends in time").unwrap().is_err());
    let mut answer = Vec::new();
    // What is left of it is lost with the connection.
    if said.read_to_end(&mut answer).await.is_ok() {
        assert!(answer.ends_with(b"+ \r\n"), "{}", String::from_utf8_lossy(&answer));
    }
}

/// What Python's imaplib finds, which is no kin of ours.
async fn asked_by_python(scene: &Scene) -> Option<Value> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/email/client.py");
    let mut command = Command::new("python3");
    command.arg(script).args([scene.port.to_string().as_str(), scene.simulator.user(), scene.simulator.password()]);
    command.arg(scene.simulator.token()).stdin(Stdio::null()).kill_on_drop(true);
    let Ok(output) = tokio::time::timeout(PATIENCE, command.output()).await.expect("it ends in time") else {
        servers::missed("Python", "put python3 on the PATH");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pythons_own_client_reads_all_of_it() {
    let scene = Scene::new().await;
    let Some(said) = asked_by_python(&scene).await else { return };
    assert_eq!(said["mailboxes"], json!(["Archive", "Entw&APw-rfe", "INBOX", "Sent"]), "{said:#}");
    assert_eq!(said["refused"], json!(["password", "token", "append", "missing mailbox", "wrong search"]), "{said:#}");
    for mailbox in ["Archive", "INBOX", "Sent"] {
        let count = scene.simulator.count(mailbox);
        let found = &said["found"][mailbox];
        assert_eq!(
            (&found["exists"], &found["whole"], &found["parts"]),
            (&json!(count), &json!(count), &json!(count)),
            "{mailbox}"
        );
        let ours =
            open(scene.connection(), AuthType::UsernamePassword, scene.settings(scene.simulator.password()).auth);
        let all = read(ours.unwrap().as_ref(), full(mailbox)).await;
        let ids: BTreeSet<String> = rows(&all, &["message_id"]).into_iter().collect();
        let theirs: BTreeSet<String> = serde_json::from_value(found["ids"].clone()).unwrap();
        assert_eq!(ids, theirs, "{mailbox}");
    }
    assert_eq!(said["unseen"], said["unseenByHand"], "{said:#}");
    assert_eq!(said["fromCustomers"], said["fromCustomersByHand"], "{said:#}");
    assert_eq!(said["attachments"], said["attachmentsByStructure"], "{said:#}");
    assert!(said["attachments"].as_u64().unwrap() > 0, "{said:#}");
}
