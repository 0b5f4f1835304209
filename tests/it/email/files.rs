//! Mail from files: what was added is read, and what was changed is read whole.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;

use dataweaver::sdk::{AuthType, DynConnector, ErrorClass, Extract, OpenContext, ReadEvent, ReadRequest};
use serde_json::json;

use super::dovecot::message;
use super::reading::{collect, end, full, lines, news, open, open_within, read};

fn connect(kind: &str, root: &Path) -> Arc<dyn DynConnector> {
    open(json!({ kind: root }), AuthType::None, json!({})).expect("the settings are right")
}

fn mbox(numbers: std::ops::Range<usize>) -> Vec<u8> {
    let mut file = Vec::new();
    for number in numbers {
        file.extend_from_slice(b"From grace@example.com Sat Jan  3 10:00:00 2026\n");
        file.extend(message(number));
        file.push(b'\n');
    }
    file
}

fn maildir(folder: &Path) {
    for part in ["cur", "new", "tmp"] {
        fs::create_dir_all(folder.join(part)).unwrap();
    }
}

fn is_anew(events: &[ReadEvent]) -> bool {
    events.iter().any(|event| matches!(event, ReadEvent::Anew))
}

#[tokio::test]
async fn mbox_files_and_maildir_folders_are_found_below_the_root() {
    let root = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    maildir(&root.path().join("ada"));
    maildir(&root.path().join("ada/.Entw&APw-rfe.2026"));
    fs::create_dir(root.path().join("archive")).unwrap();
    fs::write(root.path().join("archive/2025.mbox"), mbox(0..2)).unwrap();
    fs::write(root.path().join("archive/notes.txt"), "no mail").unwrap();
    fs::write(root.path().join("archive/.hidden"), mbox(0..2)).unwrap();
    fs::write(root.path().join("ada/new/1.x"), message(1)).unwrap();
    fs::write(outside.path().join("secret"), mbox(0..2)).unwrap();
    symlink(outside.path().join("secret"), root.path().join("link")).unwrap();
    let mut told = Vec::new();
    for kind in ["maildir", "mbox"] {
        let found = connect(kind, root.path()).discover().await.unwrap();
        told.extend(found.sources.iter().map(|source| {
            format!("{} {} {} {:?}", source.source_type, source.source_path, source.name, source.estimated_rows)
        }));
    }
    let expected = [
        "maildir ada ada Some(1)",
        "maildir ada/.Entw&APw-rfe.2026 ada/Entwürfe/2026 Some(0)",
        "mbox archive/2025.mbox archive/2025 None",
    ];
    assert_eq!(told, expected);

    for path in ["link", "../x", "/etc/passwd", "archive/gone.mbox"] {
        let (_, error) = collect(connect("mbox", root.path()).as_ref(), full(path)).await;
        let class = error.expect("it is refused").class();
        assert!(matches!(class, ErrorClass::NotFound | ErrorClass::Permission), "{path}: {class:?}");
    }
    let context = OpenContext { file_roots: Some(vec![outside.path().to_owned()]), ..OpenContext::default() };
    let forbidden = open_within(json!({ "mbox": root.path() }), AuthType::None, json!({}), context).unwrap();
    assert_eq!(forbidden.permitted().await.unwrap_err().class(), ErrorClass::Config);
    assert!(forbidden.check().await.is_err());
}

#[tokio::test]
async fn what_is_added_to_an_mbox_file_is_read_and_a_file_that_was_rewritten_is_read_whole() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("inbox");
    let news = |since| {
        let extract =
            Extract::Incremental { cursor_field: Some("position".into()), since, lookback: Default::default() };
        ReadRequest { extract, ..full("inbox") }
    };
    fs::write(&path, mbox(0..50)).unwrap();
    let connector = connect("mbox", root.path());
    let first = read(connector.as_ref(), news(None)).await;
    assert_eq!(lines(&first, &["subject", "received_at", "text"])[0], "Message 0|2026-01-03T10:00:00Z|Text of 0.\n");
    assert_eq!(lines(&first, &["position"]).len(), 50);
    let nothing = read(connector.as_ref(), news(Some(end(&first)))).await;
    assert_eq!((lines(&nothing, &["subject"]).len(), is_anew(&nothing)), (0, false));
    fs::write(&path, mbox(0..52)).unwrap();
    let added = read(connector.as_ref(), news(Some(end(&first)))).await;
    assert_eq!(lines(&added, &["subject"]), ["Message 50", "Message 51"]);
    assert!(!is_anew(&added));
    fs::write(&path, mbox(1..53)).unwrap();
    let rewritten = read(connector.as_ref(), news(Some(end(&added)))).await;
    assert_eq!((lines(&rewritten, &["subject"]).len(), is_anew(&rewritten)), (52, true));
    fs::write(&path, "").unwrap();
    let emptied = read(connector.as_ref(), news(Some(end(&rewritten)))).await;
    assert_eq!((lines(&emptied, &["subject"]).len(), is_anew(&emptied)), (0, true));
}

#[tokio::test]
async fn a_maildir_folder_is_read_again_when_its_messages_are_others() {
    let root = tempfile::tempdir().unwrap();
    maildir(root.path());
    for number in 0..5 {
        fs::write(root.path().join(format!("cur/{number}.x:2,FS")), message(number)).unwrap();
    }
    let connector = connect("maildir", root.path());
    let maildir = |since| ReadRequest {
        extract: Extract::Incremental { cursor_field: None, since, lookback: Default::default() },
        ..news(".", None)
    };
    let first = read(connector.as_ref(), maildir(None)).await;
    assert_eq!(lines(&first, &["file_name", "flags", "subject"])[0], "0.x|[\\Flagged, \\Seen]|Message 0");
    // That it is flagged otherwise makes it no other message.
    fs::rename(root.path().join("cur/0.x:2,FS"), root.path().join("cur/0.x:2,S")).unwrap();
    let nothing = read(connector.as_ref(), maildir(Some(end(&first)))).await;
    assert_eq!((lines(&nothing, &["subject"]).len(), is_anew(&nothing)), (0, false));
    fs::remove_file(root.path().join("cur/1.x:2,FS")).unwrap();
    let again = read(connector.as_ref(), maildir(Some(end(&first)))).await;
    assert_eq!((lines(&again, &["subject"]).len(), is_anew(&again)), (4, true));
}

#[tokio::test]
async fn one_mbox_file_is_read_without_what_lies_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    fs::write(file("inbox.mbox"), mbox(0..2)).unwrap();
    fs::write(file("other.mbox"), mbox(0..2)).unwrap();
    fs::write(file("empty"), "").unwrap();
    fs::write(file("notes.txt"), "no mail").unwrap();
    let connector = connect("mbox", &file("inbox.mbox"));
    let found = connector.discover().await.unwrap();
    let told: Vec<_> = found.sources.iter().map(|source| (source.source_path.as_str(), source.name.as_str())).collect();
    assert_eq!(told, [("inbox.mbox", "inbox")]);
    assert_eq!(lines(&read(connector.as_ref(), full("inbox.mbox")).await, &["subject"]).len(), 2);
    let (_, beside) = collect(connector.as_ref(), full("other.mbox")).await;
    assert_eq!(beside.expect("it is refused").class(), ErrorClass::NotFound);
    connect("mbox", &file("empty")).check().await.expect("nothing was delivered yet");

    for (kind, path, words) in
        [("mbox", "notes.txt", "which is no mbox file"), ("maildir", "inbox.mbox", "which is a file")]
    {
        let error = connect(kind, &file(path)).check().await.unwrap_err();
        assert!(error.class() == ErrorClass::Config && error.to_string().contains(words), "{kind}: {error}");
    }
    for wrong in [json!({ "mbox": "inbox.mbox" }), json!({ "mbox": "/mail", "maildir": "/mail" }), json!({})] {
        let error = open(wrong.clone(), AuthType::None, json!({})).err().expect("it is refused");
        assert_eq!(error.class(), ErrorClass::Config, "{wrong}");
    }
}
