//! Mail of an account whose owner has consented: npm `oidc-provider` gives the tokens, and a real Dovecot asks it about them.

use serde_json::{Value, json};

use super::dovecot::{Dovecot, USER, message};
use super::relay::Gate;
use crate::authorisation::server::Server;
use crate::authorisation::{browser, connect, page_of, status, test};
use crate::harness::TestApp;
use crate::syncs::table::{counts, lines};

/// An authorisation server, a Dovecot that takes its tokens by this method, and a connector to its mail that nobody has
/// consented for yet. The mail server may be reached through a gate that is held after so many bytes.
struct Office {
    app: TestApp,
    server: Server,
    dovecot: Dovecot,
    gate: Option<Gate>,
    mail: String,
}

impl Office {
    /// None where Node or Dovecot is missing.
    async fn open(method: &str, access_seconds: u32, messages: usize, held_after: Option<u64>) -> Option<Self> {
        let app = TestApp::new().await;
        let server = Server::start(&[&app], access_seconds).await?;
        let tokeninfo = format!("{}/tokeninfo?access_token=", server.issuer());
        let dovecot = Dovecot::with_tokens(method, &tokeninfo)?;
        dovecot.fill("INBOX", (0..messages).map(message));
        let mut connection = dovecot.plain();
        connection["mailboxes"] = json!(["INBOX"]);
        let gate = match held_after {
            Some(bytes) => Some(Gate::before(dovecot.port, bytes).await),
            None => None,
        };
        if let Some(gate) = &gate {
            connection["port"] = json!(gate.port);
        }
        let mail = app.connector(input(&server, connection)).await;
        Some(Self { app, server, dovecot, gate, mail })
    }
}

fn input(server: &Server, connection: Value) -> Value {
    let (client_id, client_secret) = Server::client();
    json!({ "name": "Mail", "type": "EMAIL", "authType": "OAUTH2", "connectionConfig": connection,
        "authConfig": { "username": USER, "client_id": client_id, "client_secret": client_secret,
            "authorization_url": format!("{}/auth", server.issuer()), "token_url": format!("{}/token", server.issuer()),
            "scopes": ["openid", "offline_access", "ledger"] } })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_account_is_connected_by_consent_and_read() {
    for method in ["xoauth2", "oauthbearer"] {
        let Some(office) = Office::open(method, 600, 30, None).await else { return };
        let Office { app, server, dovecot, mail, .. } = office;
        let before = test(&app, &mail).await;
        assert_eq!(before["details"]["code"], "UPSTREAM_AUTH", "{before}");
        assert!(before["message"].as_str().unwrap().contains("authorise the connector"), "{before}");

        let page = page_of(&app, &mail, None).await;
        assert!(page.contains("login_hint=ada%40example.com") && page.contains("prompt=consent"), "{page}");
        connect(&app, &mail).await;
        assert_eq!(status(&app, &mail).await, json!({ "status": "CONNECTED", "statusMessage": null }));
        let log = app.sync_and_wait(&mail).await;
        assert_eq!((&log["status"], counts(&log)[0]), (&json!("SUCCEEDED"), 30), "{method}: {log:#}");
        assert_eq!(lines(&app, "SELECT count(DISTINCT uid) FROM mail.inbox").await, ["30"]);
        assert_eq!((server.renewals().await, server.seen().await["refusals"].as_u64()), (0, Some(0)));
        app.stop().await;
        drop(dovecot);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_renewed_before_they_expire_and_when_they_are_refused() {
    let Some(office) = Office::open("xoauth2", 6, 3, None).await else { return };
    let Office { app, server, dovecot, mail, .. } = office;
    connect(&app, &mail).await;
    crate::authorisation::until_renewals(&app, &server, &mail, 1).await;
    assert_eq!(server.seen().await["refusals"], 0, "no token was sent that had expired");
    app.stop().await;
    drop(dovecot);

    let Some(office) = Office::open("xoauth2", 600, 3, None).await else { return };
    let Office { app, server, dovecot, mail, .. } = office;
    connect(&app, &mail).await;
    server.forget_access_tokens().await;
    assert_eq!(app.sync_and_wait(&mail).await["status"], "SUCCEEDED");
    assert_eq!(server.renewals().await, 1, "one refusal, one renewal");

    server.revoke().await;
    let log = app.sync_and_wait(&mail).await;
    assert_eq!(log["status"], "FAILED", "{log:#}");
    let told = status(&app, &mail).await;
    assert_eq!(told["status"], "ERROR", "{told}");
    assert!(told["statusMessage"].as_str().unwrap().contains("authorise the account again"), "{told}");
    connect(&app, &mail).await;
    assert_eq!(app.sync_and_wait(&mail).await["status"], "SUCCEEDED");
    app.stop().await;
    drop(dovecot);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_outlives_the_token_that_it_began_with() {
    let Some(office) = Office::open("xoauth2", 600, 2_000, Some(400_000)).await else { return };
    let Office { app, server, dovecot, gate, mail } = office;
    let gate = gate.unwrap();
    connect(&app, &mail).await;
    app.only_source(&mail).await;
    let mut events = app.events_of(&mail).await;
    let sync = app.start_sync(&mail, None).await;
    gate.reached().await;
    // The hour is over: the token is good no more, and the server ends the session.
    server.forget_access_tokens().await;
    gate.cut();
    let log = app.sync_end(&sync).await;
    assert_eq!((&log["status"], counts(&log)[0]), (&json!("SUCCEEDED"), 2_000), "{log:#}");
    let count = "SELECT count(*), count(DISTINCT uid), count(DISTINCT message_id) FROM mail.inbox";
    assert_eq!(lines(&app, count).await, ["2000|2000|2000"]);
    assert_eq!(server.renewals().await, 1);
    let end = events
        .wait_for(|event| {
            assert_ne!(event["kind"], "RETRY", "the sync itself need not begin again: {event:#}");
            event["kind"] == "STATE" && event["status"] == "SUCCEEDED"
        })
        .await;
    assert_eq!(end["status"], "SUCCEEDED");
    drop(events);
    app.stop().await;
    drop(dovecot);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_is_not_the_mailboxes_is_told() {
    let Some(office) = Office::open("xoauth2", 600, 3, None).await else { return };
    let Office { app, server, dovecot, .. } = office;
    let mut other = input(&server, dovecot.plain());
    other["authConfig"]["username"] = json!("grace@example.com");
    let other = app.connector(other).await;
    let callback = browser::consent(&page_of(&app, &other, None).await).await;
    let answer = app.client().get(&callback).send().await.unwrap();
    let (code, page) = (answer.status().as_u16(), answer.text().await.unwrap());
    assert!(code == 502 && page.contains("was authorised, and cannot be read"), "{code} {page}");
    assert!(page.contains("authorise the account again as the user of authConfig.username"), "{page}");
    assert_eq!(status(&app, &other).await["status"], "ERROR");
    for token in server.tokens().await {
        assert!(!page.contains(&token));
    }
    app.stop().await;
    drop(dovecot);
}

#[tokio::test]
async fn googles_and_microsofts_pages_are_known_and_others_must_be_given() {
    let app = TestApp::new().await;
    let mail = async |host: &str, more: Value| {
        let mut auth = json!({ "username": USER, "client_id": "app" });
        auth.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        let input = json!({ "name": "Mail", "type": "EMAIL", "authType": "OAUTH2", "authConfig": auth,
            "connectionConfig": { "host": host } });
        let create = "mutation($input: CreateConnectorInput!) { createConnector(input: $input) { connector { id } } }";
        let made = app.try_gql(create, json!({ "input": input })).await;
        match made["data"]["createConnector"]["connector"]["id"].as_str() {
            Some(id) => page_of(&app, id, None).await,
            None => made["errors"][0]["message"].as_str().unwrap().to_owned(),
        }
    };
    let google = mail("imap.gmail.com", json!({})).await;
    assert!(google.starts_with("https://accounts.google.com/o/oauth2/v2/auth?"), "{google}");
    for part in ["scope=https%3A%2F%2Fmail.google.com%2F&", "access_type=offline", "prompt=consent", "code_challenge="]
    {
        assert!(google.contains(part), "{part}: {google}");
    }
    let microsoft = mail("outlook.office365.com", json!({ "tenant_id": "contoso.com" })).await;
    assert!(
        microsoft.starts_with("https://login.microsoftonline.com/contoso.com/oauth2/v2.0/authorize?"),
        "{microsoft}"
    );
    let scopes = "scope=https%3A%2F%2Foutlook.office.com%2FIMAP.AccessAsUser.All+offline_access&";
    assert!(microsoft.contains(scopes) && !microsoft.contains("prompt="), "{microsoft}");
    let unknown = mail("imap.example.com", json!({})).await;
    assert!(unknown.contains("authConfig.authorization_url: is missing; it is known for imap.gmail.com"), "{unknown}");
    let tenant = mail("imap.gmail.com", json!({ "tenant_id": "contoso.com" })).await;
    assert!(tenant.contains("authConfig.tenant_id: is Microsoft's"), "{tenant}");
    app.stop().await;
}
