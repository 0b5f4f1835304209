//! What goes wrong, and how it is told.

use std::time::Duration;

use dataweaver::sdk::{AuthType, ConnectorError, ConnectorType, ErrorClass, OpenContext, Registry, Settings};
use serde_json::json;
use tokio::net::TcpListener;

use super::Source;
use crate::postgres::reading::{PATIENCE, collect, open};

async fn check(url: &str) -> ConnectorError {
    let connector = open(url, json!({ "connect_timeout_seconds": 1 })).expect("the settings are right");
    let checking = tokio::time::timeout(PATIENCE, connector.check()).await.expect("a check ends in time");
    checking.expect_err("there is no such server")
}

#[tokio::test]
async fn hosts_that_do_not_answer_are_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mute = listener.local_addr().unwrap();
    let closed = { TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap() };
    let refused = check(&format!("mysql://me@{closed}/db")).await;
    assert_eq!(refused.class(), ErrorClass::Transient);
    assert!(refused.to_string().starts_with(&format!("{closed} refused the connection")), "{refused}");
    let silent = check(&format!("mysql://me@{mute}/db")).await;
    assert_eq!(silent.class(), ErrorClass::Transient);
    assert_eq!(silent.to_string(), format!("{mute} did not answer within 1 s"));
    let unknown = check("mysql://me@no-such-host.invalid/db").await;
    assert!(unknown.to_string().contains("no-such-host.invalid"), "{unknown}");
}

#[tokio::test]
async fn another_protocol_is_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        while let Ok((mut line, _)) = listener.accept().await {
            tokio::io::AsyncWriteExt::write_all(&mut line, b"HTTP/1.1 400 Bad Request\r\n\r\n").await.ok();
        }
    });
    let error = check(&format!("mysql://me@{address}/db")).await;
    assert!(matches!(error.class(), ErrorClass::Protocol | ErrorClass::Transient), "{error:?}");
    server.abort();
}

#[tokio::test]
async fn wrong_passwords_databases_and_rights_are_told_apart() {
    let Some(source) =
        Source::with("CREATE TABLE secret (id INT); CREATE TABLE open (id INT); INSERT INTO open VALUES (5)").await
    else {
        return;
    };
    let user = format!("u{}", &source.name()[source.name().len() - 12..]);
    source
        .run(&format!(
            "CREATE USER '{user}'@'%' IDENTIFIED BY 'p@ss/wörd'; CREATE USER '{user}'@'localhost' IDENTIFIED BY 'p@ss/wörd';
             GRANT SELECT ON {0}.open TO '{user}'@'%'; GRANT SELECT ON {0}.open TO '{user}'@'localhost'",
            source.name()
        ))
        .await;
    let url = source.url().replace("root@", "");
    let sign_in = |url: &str, password: &str| {
        let factory = Registry::collect().get(ConnectorType::Database).unwrap();
        let settings = Settings {
            connection: json!({ "url": url }),
            auth_type: AuthType::UsernamePassword,
            auth: json!({ "username": user, "password": password }),
        };
        factory.open(settings, OpenContext { allow_private_network: true, ..OpenContext::default() }).unwrap()
    };

    let wrong = sign_in(&url, "canary-wrong").check().await.unwrap_err();
    assert_eq!(wrong.class(), ErrorClass::Auth);
    assert!(!format!("{wrong:?}").contains("canary"), "{wrong:?}");

    let right = sign_in(&url, "p@ss/wörd");
    assert!(right.check().await.unwrap().message.ends_with(", 1 table to read"));
    assert_eq!(collect(&*right, source.full("open")).await.unwrap().lines(), ["5"]);
    let hidden = collect(&*right, source.full("secret")).await.unwrap_err();
    assert!(matches!(hidden.class(), ErrorClass::NotFound | ErrorClass::Permission), "{hidden}");
    assert!(hidden.to_string().contains("SELECT"), "{hidden}");
    // A user who knows that a table is there and may not read all of it.
    source
        .run(&format!(
            "GRANT INSERT ON {0}.secret TO '{user}'@'%'; GRANT INSERT ON {0}.secret TO '{user}'@'localhost'",
            source.name()
        ))
        .await;
    let refused = collect(&*right, source.full("secret")).await.unwrap_err();
    assert_eq!(refused.class(), ErrorClass::Permission, "{refused:?}");
    assert!(refused.to_string().contains(&format!("GRANT SELECT ON {}.secret TO {user}", source.name())), "{refused}");

    let not_mine = sign_in(&url.replace(source.name(), "mysql"), "p@ss/wörd").check().await.unwrap_err();
    assert_eq!(not_mine.class(), ErrorClass::Permission, "{not_mine}");
    source.run(&format!("DROP USER '{user}'@'%'; DROP USER '{user}'@'localhost'")).await;
    let unknown = check(&source.url().replace(source.name(), "no_such_database")).await;
    assert_eq!(unknown.class(), ErrorClass::NotFound, "{unknown}");
    assert!(unknown.to_string().starts_with("the database no_such_database on "), "{unknown}");
}

#[tokio::test]
async fn tables_and_views_that_are_gone_are_told() {
    let Some(source) = Source::with("CREATE TABLE a (id INT); CREATE VIEW v AS SELECT * FROM a; DROP TABLE a").await
    else {
        return;
    };
    let gone = collect(&*source.connector, source.full("a")).await.unwrap_err();
    assert_eq!(gone.class(), ErrorClass::NotFound);
    assert!(gone.to_string().starts_with(&format!("the table {} on ", source.path("a"))), "{gone}");
    let broken = collect(&*source.connector, source.full("v")).await.unwrap_err();
    assert!(broken.to_string().starts_with(&format!("{}: the view cannot be read: ", source.path("v"))), "{broken}");
}

#[tokio::test]
async fn a_server_without_tls_is_refused_where_it_is_asked_for() {
    let Some(source) = Source::with("CREATE TABLE t (id INT)").await else { return };
    let without = open(&format!("{}?ssl-mode=disabled", source.url()), json!({})).unwrap();
    assert!(without.check().await.is_ok());
    for mode in ["required", "verify-identity"] {
        // The server of the tests has no certificate; one that has is right to answer.
        let Err(error) = open(&format!("{}?ssl-mode={mode}", source.url()), json!({})).unwrap().check().await else {
            continue;
        };
        assert_eq!(error.class(), ErrorClass::Protocol, "{error:?}");
        assert!(error.to_string().contains("TLS") || error.to_string().contains("certificate"), "{error}");
    }
    for wrong in ["ssl-mode=maybe", "color=blue", "ssl-mode=required&sslrootcert=/x"] {
        let Err(error) = open(&format!("{}?{wrong}", source.url()), json!({})) else { panic!("{wrong} is taken") };
        assert_eq!(error.class(), ErrorClass::Config, "{error}");
    }
}

#[tokio::test]
async fn private_addresses_need_the_operators_word() {
    let factory = Registry::collect().get(ConnectorType::Database).unwrap();
    let settings = Settings {
        connection: json!({ "url": "mysql://me@127.0.0.1/db" }),
        auth_type: AuthType::None,
        auth: json!({}),
    };
    let connector = factory.open(settings, OpenContext::default()).unwrap();
    let error = connector.check().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "connectionConfig.url: 127.0.0.1:3306 is in a private network; the operator allows these with network.allow_private"
    );
}

#[tokio::test]
async fn a_locked_table_does_not_keep_a_cancel_waiting() {
    let Some(source) = Source::with("CREATE TABLE t (id INT PRIMARY KEY)").await else { return };
    let mut other = source.connection().await;
    sqlx::Executor::execute(&mut other, "LOCK TABLES t WRITE").await.unwrap();
    let request = source.full("t");
    let cancel = request.cancel.clone();
    let reading = collect(&*source.connector, request);
    let cancelling = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        cancel.cancel();
    };
    let (read, ()) = tokio::join!(tokio::time::timeout(Duration::from_secs(2), reading), cancelling);
    assert_eq!(read.expect("in time").unwrap_err().class(), ErrorClass::Cancelled);
}

#[tokio::test]
async fn a_server_that_falls_silent_after_the_sign_in_ends_a_check_in_time() {
    let Some(source) = Source::with("CREATE TABLE t (id INT)").await else { return };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut url = url::Url::parse(source.url()).unwrap();
    let server = (url.host_str().unwrap().to_owned(), url.port().unwrap_or(3306));
    let silent = tokio::spawn(async move {
        let (client, _) = listener.accept().await.unwrap();
        let (mut asked, mut answered) = client.into_split();
        let server = tokio::net::TcpStream::connect(server).await.unwrap();
        let (mut answers, mut asks) = server.into_split();
        let answering = tokio::io::copy(&mut answers, &mut answered);
        let asking = async {
            let mut part = vec![0; 64 << 10];
            loop {
                let length = tokio::io::AsyncReadExt::read(&mut asked, &mut part).await.unwrap();
                if part[..length].windows(18).any(|words| words == b"information_schema") {
                    return std::future::pending::<()>().await;
                }
                tokio::io::AsyncWriteExt::write_all(&mut asks, &part[..length]).await.unwrap();
            }
        };
        drop(tokio::join!(answering, asking));
    });
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(port)).unwrap();
    let error = check(&format!("{url}?ssl-mode=disabled")).await;
    assert_eq!(error.class(), ErrorClass::Transient);
    assert!(error.to_string().ends_with("did not answer within 10 seconds"), "{error}");
    silent.abort();
}
