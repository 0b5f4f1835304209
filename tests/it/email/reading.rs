//! What a read of mail gives.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use dataweaver::sdk::{
    AuthType, ConnectorError, ConnectorType, Cursor, DynConnector, Extract, OpenContext, ReadEvent, ReadRequest,
    Registry, Settings, SourceRef,
};
use futures::StreamExt;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::dovecot::{Dovecot, message};

/// How long anything in these tests may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connector as the core opens it.
pub fn open(connection: Value, auth_type: AuthType, auth: Value) -> Result<Arc<dyn DynConnector>, ConnectorError> {
    open_within(connection, auth_type, auth, OpenContext { allow_private_network: true, ..OpenContext::default() })
}

pub fn open_within(
    connection: Value,
    auth_type: AuthType,
    auth: Value,
    context: OpenContext,
) -> Result<Arc<dyn DynConnector>, ConnectorError> {
    let factory = Registry::collect().get(ConnectorType::Email).expect("this build has mail");
    factory.open(Settings { connection, auth_type, auth }, context)
}

/// A connector to a Dovecot, as its user.
pub fn connect(connection: Value) -> Arc<dyn DynConnector> {
    open(connection, AuthType::UsernamePassword, Dovecot::password()).expect("the settings are right")
}

/// A request for a whole mailbox, in small batches.
pub fn full(path: &str) -> ReadRequest {
    ReadRequest {
        source: SourceRef {
            name: path.into(),
            source_type: "mailbox".into(),
            source_path: path.into(),
            details: Value::Null,
        },
        extract: Extract::Full,
        primary_key: Vec::new(),
        resume: None,
        batch_bytes: 16 << 10,
        memory_bytes: 64 << 20,
        cancel: CancellationToken::new(),
    }
}

/// A request for what is new.
pub fn news(path: &str, since: Option<Cursor>) -> ReadRequest {
    let extract = Extract::Incremental { cursor_field: Some("uid".into()), since, lookback: Duration::ZERO };
    ReadRequest { extract, ..full(path) }
}

/// Reads as far as it goes; the events, and the error that it ended with.
pub async fn collect(connector: &dyn DynConnector, request: ReadRequest) -> (Vec<ReadEvent>, Option<ConnectorError>) {
    let (mut stream, mut events) = (connector.read(request), Vec::new());
    let reading = async {
        while let Some(event) = stream.next().await {
            match event {
                Ok(event) => events.push(event),
                Err(error) => return Some(error),
            }
        }
        None
    };
    let error = tokio::time::timeout(PATIENCE, reading).await.expect("the read ends in time");
    (events, error)
}

/// Reads to the end.
pub async fn read(connector: &dyn DynConnector, request: ReadRequest) -> Vec<ReadEvent> {
    let (events, error) = collect(connector, request).await;
    assert!(error.is_none(), "{error:?}");
    events
}

/// Some columns of all rows, with `|` between the values.
pub fn lines(events: &[ReadEvent], columns: &[&str]) -> Vec<String> {
    let batches = events.iter().filter_map(|event| match event {
        ReadEvent::Batch(batch) => Some(batch),
        _ => None,
    });
    batches.flat_map(|batch| lines_of(batch, columns)).collect()
}

fn lines_of(batch: &RecordBatch, columns: &[&str]) -> Vec<String> {
    let options = FormatOptions::default().with_null("∅");
    let formatters: Vec<_> = columns
        .iter()
        .map(|name| ArrayFormatter::try_new(batch.column_by_name(name).expect("it has the column"), &options).unwrap())
        .collect();
    let line = |row| formatters.iter().map(|one| one.value(row).to_string()).collect::<Vec<_>>().join("|");
    (0..batch.num_rows()).map(line).collect()
}

/// The last checkpoint.
pub fn end(events: &[ReadEvent]) -> Cursor {
    let checkpoint = events.iter().rev().find_map(|event| match event {
        ReadEvent::Checkpoint(cursor) => Some(cursor.clone()),
        _ => None,
    });
    checkpoint.expect("a read gives checkpoints")
}

fn is_anew(events: &[ReadEvent]) -> bool {
    events.iter().any(|event| matches!(event, ReadEvent::Anew))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mailboxes_are_found_with_their_names_and_what_they_are_for() {
    let Some(dovecot) = Dovecot::start() else { return };
    dovecot.fill("INBOX", (0..5).map(message));
    let mut session = dovecot.session();
    for mailbox in ["Entw&APw-rfe", "Archive/2025", "\"with \\\"quotes\\\"\""] {
        session.tell(&format!("CREATE {mailbox}"));
    }
    session.append("Archive/2025", &message(1));
    let mut only = dovecot.tls();
    let found = connect(only.clone()).discover().await.unwrap();
    let told: Vec<_> = found
        .sources
        .iter()
        .map(|source| format!("{} {} {:?}", source.source_path, source.name, source.estimated_rows))
        .collect();
    // `Archive` itself cannot be opened.
    let expected = [
        "Archive/2025 Archive/2025 Some(1)",
        "Entw&APw-rfe Entwürfe Some(0)",
        "INBOX INBOX Some(5)",
        "Sent Sent Some(0)",
        "with \"quotes\" with \"quotes\" Some(0)",
    ];
    assert_eq!(told, expected);
    let sent = found.sources.iter().find(|source| source.name == "Sent").unwrap();
    assert_eq!(sent.description.as_deref(), Some("The account's mailbox for sent messages"));
    let known = found.sources.iter().map(SourceRef::from);
    let again = connect(only.clone()).rediscover(known.collect()).await.unwrap();
    assert_eq!((again.catalog.sources.len(), again.unchanged.len()), (0, 5));

    only["mailboxes"] = json!(["inbox", "Archive/**"]);
    only["except"] = json!(["**/2025"]);
    let found = connect(only).discover().await.unwrap();
    assert_eq!(found.sources.iter().map(|source| source.name.as_str()).collect::<Vec<_>>(), ["INBOX"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reading_changes_nothing() {
    let Some(dovecot) = Dovecot::start() else { return };
    std::fs::write(dovecot.maildir().join("new/1.test"), message(1)).unwrap();
    let connector = connect(dovecot.plain());
    let events = read(connector.as_ref(), full("INBOX")).await;
    assert_eq!(lines(&events, &["uid", "flags", "subject"]), ["1|[]|Message 1"]);
    let mut session = dovecot.session();
    let status = session.tell("STATUS INBOX (MESSAGES UNSEEN RECENT)");
    assert_eq!(status, ["* STATUS INBOX (MESSAGES 1 RECENT 1 UNSEEN 1)"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn columns_say_what_the_server_and_the_message_say() {
    let Some(dovecot) = Dovecot::start() else { return };
    let long = "x".repeat(2 << 20);
    let large = format!("Subject: large\r\nDate: no date\r\n\r\nfirst words {long}");
    dovecot.fill("INBOX", [message(1), large.into_bytes(), b"nothing that mail has".to_vec(), Vec::new()]);
    let mut session = dovecot.session();
    session.tell("SELECT INBOX");
    session.tell("UID STORE 1 +FLAGS (\\Flagged $Label1)");
    let mut connection = dovecot.plain();
    connection["message_limit_mib"] = json!(1);
    let events = read(connect(connection).as_ref(), full("INBOX")).await;
    let columns = [
        "uid",
        "message_id",
        "thread_id",
        "from_name",
        "from_address",
        "to_addresses",
        "sent_at",
        "received_at",
        "flags",
    ];
    let first = lines(&events, &columns);
    assert_eq!(
        first[0],
        "1|1@example.com|0@example.com|Grace Hopper|grace@example.com|[{name: ∅, address: ada@example.com}]|\
         2026-01-03T09:00:01Z|2020-09-13T12:26:40Z|[\\Flagged, \\Seen, $Label1]"
    );
    let rest = lines(&events, &["uid", "subject", "sent_at", "headers", "problem"]);
    assert_eq!(
        rest[1],
        "2|large|∅|∅|is larger than 1 MiB: its text is read from its first MiB, and its attachments are not"
    );
    assert!(rest[2].starts_with("3|∅|∅|nothing that mail has"), "{}", rest[2]);
    assert!(rest[3].starts_with("4|∅|∅|"), "{}", rest[3]);
    let texts = lines(&events, &["text"]);
    assert_eq!(texts[0], "Text of 1.\n");
    assert!(texts[1].starts_with("first words xxx") && texts[1].len() <= 1 << 20);
    let rejected: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            ReadEvent::RejectedValue(value) => Some((value.column.as_str(), value.count)),
            _ => None,
        })
        .collect();
    assert_eq!(rejected, [("sent_at", 1)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn news_are_told_by_uid_and_a_mailbox_made_anew_is_read_whole() {
    let Some(dovecot) = Dovecot::start() else { return };
    dovecot.fill("Work", (0..40).map(message));
    let connector = connect(dovecot.plain());
    let first = read(connector.as_ref(), news("Work", None)).await;
    assert_eq!((lines(&first, &["uid"]).len(), is_anew(&first)), (40, false));

    let nothing = read(connector.as_ref(), news("Work", Some(end(&first)))).await;
    assert_eq!(lines(&nothing, &["uid"]), [""; 0]);
    assert_eq!(end(&nothing), end(&first));

    let mut session = dovecot.session();
    session.tell("SELECT Work");
    session.tell("UID STORE 40 +FLAGS (\\Deleted)");
    session.tell("EXPUNGE");
    session.append("Work", &message(100));
    let new = read(connector.as_ref(), news("Work", Some(end(&first)))).await;
    assert_eq!(lines(&new, &["uid", "subject"]), ["41|Message 100"]);
    let all = read(connector.as_ref(), full("Work")).await;
    assert_eq!(lines(&all, &["uid"]).len(), 40, "what is gone is gone from a full read");

    session.tell("CLOSE");
    session.tell("DELETE Work");
    session.tell("CREATE Work");
    session.append("Work", &message(7));
    let anew = read(connector.as_ref(), news("Work", Some(end(&new)))).await;
    assert!(is_anew(&anew));
    assert_eq!(lines(&anew, &["uid", "subject"]), ["1|Message 7"]);
    let (_, refused) = collect(connector.as_ref(), ReadRequest { resume: Some(end(&all)), ..full("Work") }).await;
    assert!(refused.is_some_and(|error| error.to_string().contains("was made anew")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_whose_server_dies_goes_on_from_its_last_checkpoint() {
    let Some(mut dovecot) = Dovecot::start() else { return };
    dovecot.fill("INBOX", (0..1_500).map(message));
    let connector = connect(dovecot.plain());
    let mut stream = connector.read(full("INBOX"));
    let mut events = Vec::new();
    let error = loop {
        let event = tokio::time::timeout(PATIENCE, stream.next()).await.expect("the read ends in time");
        match event.expect("the read does not end") {
            Ok(ReadEvent::Checkpoint(cursor)) => {
                events.push(ReadEvent::Checkpoint(cursor));
                // The reader is at most a few groups ahead.
                dovecot.kill();
            }
            Ok(event) => events.push(event),
            Err(error) => break error,
        }
    };
    assert!(error.class().is_retryable(), "{error}");
    assert!(error.to_string().contains("INBOX"), "it says where: {error}");
    let vouched = events.iter().rposition(|event| matches!(event, ReadEvent::Checkpoint(_))).expect("there was one");
    let before = lines(&events[..vouched], &["uid"]);
    assert!(!before.is_empty() && before.len() < 1_500, "{} of 1500 rows came before", before.len());

    dovecot.run();
    let rest = read(connector.as_ref(), ReadRequest { resume: Some(end(&events)), ..full("INBOX") }).await;
    let rest = lines(&rest, &["uid"]);
    assert_eq!(before.len() + rest.len(), 1_500);
    assert_eq!(before.iter().chain(&rest).collect::<BTreeSet<_>>().len(), 1_500);
}
