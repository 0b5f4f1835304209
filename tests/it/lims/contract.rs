//! The contract suite for LIMS, with calm other ends and with ones that fail.

use dataweaver::connectors::lims::Lims;
use dataweaver::connectors::lims::simulator::{Fault, LimsSimulator, Style};
use dataweaver::sdk::testing::{Fixture, contract};
use dataweaver::sdk::{AuthType, ConnectorFactory, Settings};
use serde_json::{Value, json};

use super::{Hurry, PASSWORD, Server, as_user, lab, settings, signed_in, with_token};

const WRONG: &str = "canary-wrong-password";
const FAULTS: [Fault; 6] =
    [Fault::TooMany(30), Fault::Unavailable, Fault::ServerError, Fault::Conflict, Fault::TypedConflict, Fault::Cut];

async fn keeps_the_contract(hurry: &Hurry, fixture: Fixture, what: &str) {
    let fixture = Fixture { context: hurry.context.clone(), ..fixture };
    let kept = contract(&ConnectorFactory::of::<Lims>(), &fixture).await;
    kept.unwrap_or_else(|error| panic!("{what}: {error}"));
}

/// The same settings where nobody answers.
fn dead(settings: &Settings) -> Settings {
    let mut dead = settings.clone();
    dead.connection["base_url"] = json!("http://127.0.0.1:1");
    dead.connection["http"] = json!({ "attempts": 2 });
    dead
}

fn fixture(settings: Settings, path: &str) -> Fixture {
    let dead = dead(&settings);
    Fixture::new(settings, path, dead)
}

#[tokio::test]
async fn senaite_keeps_the_contract() {
    let hurry = Hurry::new();
    let server = Server::senaite().await;
    for path in ["analysis", "analysisrequest"] {
        let fixture = fixture(signed_in(server.site()), path);
        let fixture = fixture.refused(as_user(server.site(), WRONG)).refused(settings(server.site()));
        keeps_the_contract(&hurry, fixture.secret(PASSWORD).secret(WRONG), path).await;
    }
}

#[tokio::test]
async fn senaite_keeps_the_contract_while_it_fails() {
    for fault in FAULTS {
        let hurry = Hurry::new();
        let server = Server::senaite().await;
        server.simulator.fail(fault, 4);
        let fixture = fixture(signed_in(server.site()), "analysis").secret(PASSWORD);
        keeps_the_contract(&hurry, fixture, &format!("{fault:?}")).await;
        assert!(server.simulator.failures() > 10, "{fault:?}");
    }
}

/// Settings for a style of paging.
fn paged(server: &Server, paging: Value) -> Value {
    let mut connection = server.api();
    connection["paging"] = paging;
    connection
}

#[tokio::test]
async fn every_way_of_paging_keeps_the_contract() {
    for (style, paging) in [
        (Style::Page, json!({ "by": "page" })),
        (Style::Offset, json!({ "by": "offset" })),
        (Style::Cursor, json!({ "by": "cursor" })),
        (Style::Link, json!({ "by": "link", "next": "links.next" })),
        (Style::Header, json!({ "by": "link" })),
    ] {
        let hurry = Hurry::new();
        let server = Server::of(LimsSimulator::of(lab()).paging(style)).await;
        let fixture = fixture(settings(paged(&server, paging)), "results");
        keeps_the_contract(&hurry, fixture, &format!("{style:?}")).await;
    }
}

#[tokio::test]
async fn every_way_to_sign_in_keeps_the_contract() {
    let (right, wrong) = ("canary-right-key", "canary-wrong-key");
    let of = |simulator: LimsSimulator| async move { Server::of(simulator).await };
    let base = || LimsSimulator::of(lab());
    let key = |server: &Server, key: &str| Settings {
        connection: server.api(),
        auth_type: AuthType::ApiKey,
        auth: json!({ "api_key": key, "header": "X-Lab-Key" }),
    };
    let client = |server: &Server, secret: &str| Settings {
        connection: server.api(),
        auth_type: AuthType::Oauth2,
        auth: json!({ "token_url": format!("{}/oauth/token", server.url), "client_id": "app", "client_secret": secret,
            "client_proof": "basic" }),
    };
    let hurry = Hurry::new();
    let server = of(base().with_token(right, usize::MAX)).await;
    let token = fixture(with_token(server.api(), right), "results").refused(with_token(server.api(), wrong));
    keeps_the_contract(&hurry, token.secret(right).secret(wrong), "a token").await;

    let server = of(base().with_key("X-Lab-Key", right)).await;
    let keys = fixture(key(&server, right), "results").refused(key(&server, wrong));
    keeps_the_contract(&hurry, keys.secret(right).secret(wrong), "a key").await;

    let server = of(base().with_user(super::USER, PASSWORD)).await;
    let users = fixture(signed_in(server.api()), "results").refused(as_user(server.api(), WRONG));
    keeps_the_contract(&hurry, users.secret(PASSWORD).secret(WRONG), "a user").await;

    // Its tokens run out in the middle, and are renewed.
    let server = of(base().with_client("app", right, 5)).await;
    let clients = fixture(client(&server, right), "results").refused(client(&server, wrong));
    keeps_the_contract(&hurry, clients.secret(right).secret(wrong), "a client").await;
}

#[tokio::test]
async fn a_rest_api_keeps_the_contract_while_it_fails() {
    for fault in [Fault::TooMany(30), Fault::Unavailable, Fault::ServerError, Fault::Cut] {
        let hurry = Hurry::new();
        let server = Server::of(LimsSimulator::of(lab())).await;
        server.simulator.fail(fault, 3);
        keeps_the_contract(&hurry, fixture(settings(server.api()), "results"), &format!("{fault:?}")).await;
        assert!(server.simulator.failures() > 10, "{fault:?}");
    }
}
