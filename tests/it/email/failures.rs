//! What goes wrong at a mail server is told apart, in time and in words of its own.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use dataweaver::sdk::{AuthType, ConnectorError, ErrorClass, OpenContext};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::dovecot::{Dovecot, PASSWORD, USER, message};
use super::reading::{collect, connect, full, open, open_within};

/// Within which `check` must have given up.
const TIME_LIMIT: Duration = Duration::from_secs(10);

async fn refusal(connection: Value) -> ConnectorError {
    let began = Instant::now();
    let refused = connect(connection).check().await.expect_err("it is refused");
    assert!(began.elapsed() < TIME_LIMIT, "it took {:?}", began.elapsed());
    refused
}

fn assert_told(error: &ConnectorError, class: ErrorClass, words: &str) {
    assert!(error.class() == class && error.to_string().contains(words), "not {class:?} with {words}: {error:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_keeps_tls_from_working_is_told_apart() {
    let Some(dovecot) = Dovecot::start() else { return };
    let mut connection = dovecot.tls();
    connection["connect_timeout_seconds"] = json!(7);
    let with = |key: &str, value: Value| {
        let mut changed = connection.clone();
        changed[key] = value;
        changed
    };
    let unknown = refusal(with("ca_certificate", Value::Null)).await;
    assert_told(&unknown, ErrorClass::Protocol, "does not come from an authority that is trusted");
    let another = refusal(with("host", json!("127.0.0.1"))).await;
    assert_told(&another, ErrorClass::Protocol, "is for another host");
    let plain_port = refusal(with("port", json!(dovecot.port))).await;
    assert_told(&plain_port, ErrorClass::Protocol, "does not begin with TLS");
    let tls_port = refusal(with("tls", json!("none"))).await;
    assert_told(&tls_port, ErrorClass::Transient, "whether `tls` is right");
    let text = std::fs::read_to_string(dovecot.authority()).unwrap();
    connect(with("ca_certificate", json!(text))).check().await.expect("the certificate itself will do, too");
    let relative =
        open(with("ca_certificate", json!("authority.pem")), AuthType::UsernamePassword, Dovecot::password());
    assert_told(&relative.err().expect("nobody knows where it lies"), ErrorClass::Config, "absolute path");
    let missing = refusal(with("ca_certificate", json!("/no/such/file.pem"))).await;
    assert_told(&missing, ErrorClass::Config, "/no/such/file.pem, which cannot be read");

    let mut lenient = with("host", json!("127.0.0.1"));
    lenient["certificate"] = json!("authority");
    connect(lenient.clone()).check().await.expect("the authority is what counts");
    lenient["certificate"] = json!("any");
    let both = open(lenient.clone(), AuthType::UsernamePassword, Dovecot::password()).err().expect("one is too much");
    assert_told(&both, ErrorClass::Config, "ca_certificate");
    lenient["ca_certificate"] = Value::Null;
    connect(lenient).check().await.expect("any certificate will do");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_starttls_is_not_spoken_to_in_the_clear() {
    let Some(dovecot) = Dovecot::with("ssl = no", None) else { return };
    let mut connection = dovecot.plain();
    connection["tls"] = json!("starttls");
    assert_told(&refusal(connection).await, ErrorClass::Config, "offers no STARTTLS");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_credentials_and_mailboxes_that_are_gone_are_told_apart() {
    let Some(dovecot) = Dovecot::start() else { return };
    let auth = json!({ "username": USER, "password": "canary-wrong" });
    let connector = open(dovecot.plain(), AuthType::UsernamePassword, auth).unwrap();
    let refused = connector.check().await.unwrap_err();
    assert_told(&refused, ErrorClass::Auth, "check the user name and the password");
    assert!(!format!("{refused:?}").contains("canary"), "{refused:?}");

    let (_, gone) = collect(connect(dovecot.plain()).as_ref(), full("Gone")).await;
    assert_told(&gone.unwrap(), ErrorClass::NotFound, "the mailbox Gone");

    let context = OpenContext::default();
    let private = open_within(dovecot.plain(), AuthType::UsernamePassword, Dovecot::password(), context).unwrap();
    assert_told(&private.check().await.unwrap_err(), ErrorClass::Config, "network.allow_private");

    let token = json!({ "username": USER, "token": "canary-token" });
    let no_tokens = open(dovecot.plain(), AuthType::Token, token).unwrap().check().await.unwrap_err();
    assert_told(&no_tokens, ErrorClass::Config, "takes no tokens");
}

/// Answers whether a token is good as an OAuth 2 service does.
async fn token_service() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((mut line, _)) = listener.accept().await {
            let mut asked = vec![0; 4096];
            let length = line.read(&mut asked).await.unwrap_or_default();
            let is_good = String::from_utf8_lossy(&asked[..length]).contains("token=canary-good");
            let (status, body) = match is_good {
                true => ("200 OK", json!({ "email": USER }).to_string()),
                false => ("401 Unauthorized", json!({ "error": "invalid_token" }).to_string()),
            };
            let answer = format!(
                "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
            line.write_all(answer.as_bytes()).await.ok();
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_signs_in_by_xoauth2() {
    let service = token_service().await;
    let tokeninfo = format!("http://{service}/?token=");
    let Some(dovecot) = Dovecot::with_tokens("xoauth2", &tokeninfo) else { return };
    dovecot.fill("INBOX", (0..3).map(message));
    let with = |token: &str| {
        let auth = json!({ "username": USER, "token": token });
        open(dovecot.tls(), AuthType::Token, auth).unwrap()
    };
    let reachable = with("canary-good").check().await.unwrap();
    assert!(reachable.message.contains(USER), "{reachable:?}");
    let (events, error) = collect(with("canary-good").as_ref(), full("INBOX")).await;
    assert!(error.is_none() && !events.is_empty(), "{error:?}");
    let refused = with("canary-bad").check().await.unwrap_err();
    assert_told(&refused, ErrorClass::Auth, "refused");
    assert!(!format!("{refused:?}").contains("canary"), "{refused:?}");
}

/// A server that says what it is told to say: to each command the answer of the first word that is in it, with `TAG` for the
/// command's tag. It runs until the test ends.
fn scripted(greeting: &'static str, answers: &'static [(&'static str, &'static str)]) -> Value {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for line in listener.incoming() {
            let Ok(mut line) = line else { return };
            std::thread::spawn(move || {
                line.write_all(greeting.as_bytes()).ok();
                let mut commands = BufReader::new(line.try_clone().unwrap());
                let mut command = String::new();
                while commands.read_line(&mut command).is_ok_and(|length| length > 0) {
                    let tag = command.split(' ').next().unwrap_or_default();
                    let usual = [("CAPABILITY", "* CAPABILITY IMAP4rev1\r\nTAG OK\r\n"), ("", "TAG OK\r\n")];
                    let answer = answers.iter().chain(&usual).find(|(word, _)| command.contains(word)).unwrap().1;
                    line.write_all(answer.replace("TAG", tag).replace("ECHO", command.trim_end()).as_bytes()).ok();
                    command.clear();
                }
            });
        }
    });
    json!({ "host": "127.0.0.1", "port": port, "tls": "none", "connect_timeout_seconds": 2, "command_timeout_seconds": 5 })
}

const READY: &str = "* OK ready\r\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_servers_refuse_is_told_apart() {
    use ErrorClass::{Auth, Config, Protocol, RateLimited, Transient};
    type Case = (&'static str, &'static [(&'static str, &'static str)], ErrorClass, &'static str);
    let cases: &[Case] = &[
        ("* BYE too many connections\r\n", &[], RateLimited, "slow down"),
        ("* BYE maintenance\r\n", &[], Transient, "ended the session: maintenance"),
        ("220 smtp.example.com ESMTP\r\n", &[], Protocol, "does not speak IMAP"),
        ("", &[], Transient, "did not answer within 2 seconds"),
        (READY, &[("LOGIN", "TAG NO [THROTTLED] slowly\r\n")], RateLimited, "slow down"),
        (READY, &[("LOGIN", "TAG NO [UNAVAILABLE] user database is away\r\n")], Transient, "user database is away"),
        (READY, &[("LOGIN", "TAG NO [INUSE] mailbox is locked\r\n")], RateLimited, "slow down"),
        (READY, &[("LOGIN", "TAG NO [EXPIRED] password is old\r\n")], Auth, "have expired"),
        (READY, &[("LOGIN", "TAG NO Application-specific password required\r\n")], Auth, "Application-specific"),
        (READY, &[("LOGIN", "TAG NO [PRIVACYREQUIRED] TLS first\r\n")], Config, "without TLS"),
        (
            READY,
            &[("CAPABILITY", "* CAPABILITY IMAP4rev1 LOGINDISABLED STARTTLS\r\nTAG OK\r\n")],
            Config,
            "set tls to starttls",
        ),
        (READY, &[("LOGIN", "* BYE shutting down\r\n")], Transient, "shutting down"),
        (READY, &[("LIST", "TAG BAD what?\r\n")], Protocol, "what?"),
        (READY, &[("LIST", "* LIST (((\r\n")], Protocol, "what IMAP does not allow"),
        (READY, &[("LIST", "* OK [ALERT]\u{e9}\r\nTAG OK\r\n")], Protocol, "what IMAP does not allow"),
        (READY, &[("LIST", "* LI")], Transient, "was silent for 5 seconds"),
        (READY, &[("LIST", "* 1 FETCH (BODY[] {900000000}\r\n")], Protocol, "sent more than it was asked for"),
    ];
    let checks = cases.iter().map(|(greeting, answers, class, words)| async move {
        assert_told(&refusal(scripted(greeting, answers)).await, *class, words);
    });
    futures::future::join_all(checks).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_repeats_what_it_is_told_gives_no_secret_away() {
    let connection = scripted(READY, &[("LOGIN", "TAG BAD I do not know ECHO\r\n")]);
    let error = refusal(connection).await;
    assert_told(&error, ErrorClass::Protocol, "I do not know");
    let quoted = PASSWORD.replace('\\', "\\\\").replace('"', "\\\"");
    for secret in [PASSWORD, &quoted, "canary"] {
        assert!(!format!("{error} {error:?}").contains(secret), "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_sends_without_end_is_cut_off() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut line, _)) = listener.accept().await {
            tokio::spawn(async move {
                line.write_all(READY.as_bytes()).await.ok();
                while line.write_all(&[b'x'; 65_536]).await.is_ok() {}
            });
        }
    });
    let error = refusal(json!({ "host": "127.0.0.1", "port": port, "tls": "none" })).await;
    assert_eq!(error.class(), ErrorClass::Protocol, "{error:?}");
}

/// One message of three cannot be given, as some servers say of those that they cannot make MIME of.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_the_server_cannot_give_keeps_back_no_other() {
    let connection = scripted(
        READY,
        &[
            ("EXAMINE", "* 3 EXISTS\r\n* OK [UIDVALIDITY 7]\r\n* OK [UIDNEXT 4]\r\nTAG OK\r\n"),
            (
                "RFC822.SIZE",
                "* 1 FETCH (UID 1 FLAGS () INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 5)\r\n\
                 * 2 FETCH (UID 2 FLAGS () INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 5)\r\n\
                 * 3 FETCH (FLAGS (\\Seen))\r\n\
                 * 3 FETCH (UID 3 FLAGS () INTERNALDATE \"never\" RFC822.SIZE 5)\r\nTAG OK\r\n",
            ),
            ("FETCH 1:3", "TAG NO some of them cannot be given\r\n"),
            ("FETCH 1 ", "* 1 FETCH (UID 1 BODY[] {14}\r\nSubject: a\r\n\r\n)\r\nTAG OK\r\n"),
            ("FETCH 2 ", "TAG NO cannot make MIME of it\r\n"),
            // One that was expunged meanwhile.
            ("FETCH 3 ", "TAG OK\r\n"),
        ],
    );
    let (events, error) = collect(connect(connection).as_ref(), full("INBOX")).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(super::reading::lines(&events, &["uid", "subject"]), ["1|a"]);
    let rejected = format!("{events:?}");
    assert!(rejected.contains("uid 2") && rejected.contains("cannot make MIME of it"), "{rejected}");
}
