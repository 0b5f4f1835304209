//! The contract suite for mail.

use dataweaver::connectors::email::Email;
use dataweaver::sdk::testing::{Fixture, contract};
use dataweaver::sdk::{AuthType, ConnectorFactory, Settings};
use serde_json::{Value, json};

use super::dovecot::{Dovecot, PASSWORD, USER, message};

fn settings(connection: Value, password: &str) -> Settings {
    let auth = json!({ "username": USER, "password": password });
    Settings { connection, auth_type: AuthType::UsernamePassword, auth }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn imap_keeps_the_contract() {
    let Some(dovecot) = Dovecot::start() else { return };
    dovecot.fill("INBOX", (0..300).map(message));
    dovecot.fill("Work", (0..3).map(message));
    let starttls = json!({ "host": "localhost", "port": dovecot.port, "tls": "starttls",
        "ca_certificate": dovecot.authority() });
    for connection in [dovecot.tls(), dovecot.plain(), starttls] {
        let mut dead = connection.clone();
        dead["port"] = json!(1);
        let fixture = Fixture::new(settings(connection.clone(), PASSWORD), "INBOX", settings(dead, PASSWORD))
            .refused(settings(connection, "canary-wrong"))
            .secret(PASSWORD)
            .secret("canary-wrong");
        contract(&ConnectorFactory::of::<Email>(), &fixture).await.unwrap();
    }
}

async fn files_keep_the_contract(kind: &str, root: &std::path::Path, path: &str) {
    let of = |root: Value| Settings { connection: json!({ kind: root }), auth_type: AuthType::None, auth: json!({}) };
    let fixture = Fixture::new(of(json!(root)), path, of(json!(root.join("missing"))));
    contract(&ConnectorFactory::of::<Email>(), &fixture).await.unwrap();
}

#[tokio::test]
async fn mbox_files_keep_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = Vec::new();
    for number in 0..300 {
        file.extend_from_slice(b"From grace@example.com Sat Jan  3 10:00:00 2026\n");
        file.extend(message(number));
        file.push(b'\n');
    }
    std::fs::write(folder.path().join("archive.mbox"), file).unwrap();
    files_keep_the_contract("mbox", folder.path(), "archive.mbox").await;
    files_keep_the_contract("mbox", &folder.path().join("archive.mbox"), "archive.mbox").await;
}

#[tokio::test]
async fn maildir_folders_keep_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    for part in ["cur", "new", "tmp"] {
        std::fs::create_dir_all(folder.path().join("ada").join(part)).unwrap();
    }
    for number in 0..300 {
        let name = if number % 2 == 0 { format!("cur/{number}.x:2,RS") } else { format!("new/{number}.x") };
        std::fs::write(folder.path().join("ada").join(name), message(number)).unwrap();
    }
    files_keep_the_contract("maildir", folder.path(), "ada").await;
}
