//! The contract suite for clinical data, with failures switched on.

use dataweaver::connectors::clinical::Clinical;
use dataweaver::sdk::testing::{Fixture, contract};
use dataweaver::sdk::{AuthType, ConnectorFactory, Settings};
use serde_json::{Value, json};

use super::{Hurry, Server, clinic, settings, with_token};

async fn keeps_the_contract(hurry: &Hurry, fixture: Fixture) {
    let fixture = Fixture { context: hurry.context.clone(), ..fixture };
    contract(&ConnectorFactory::of::<Clinical>(), &fixture).await.unwrap();
}

fn dead(system: &str) -> Value {
    json!({ "system": system, "base_url": "http://127.0.0.1:1" })
}

#[tokio::test]
async fn fhir_keeps_the_contract() {
    let (right, wrong) = ("canary-right-token", "canary-wrong-token");
    let hurry = Hurry::new();
    let server = Server::of(clinic().with_token(right)).await;
    server.simulator.fail_every(5);
    let fixture = Fixture::new(with_token(server.fhir(), right), "Observation", with_token(dead("fhir"), right));
    let fixture = fixture.refused(with_token(server.fhir(), wrong)).secret(right).secret(wrong);
    keeps_the_contract(&hurry, fixture).await;
}

#[tokio::test]
async fn fhir_keeps_the_contract_with_tokens_that_run_out() {
    let (right, wrong) = ("canary-right-secret", "canary-wrong-secret");
    let hurry = Hurry::new();
    let server = Server::of(clinic().with_client("app", right, 7)).await;
    let of = |connection: Value, secret: &str| Settings {
        connection,
        auth_type: AuthType::Oauth2,
        auth: json!({ "token_url": format!("{}/oauth/token", server.url), "client_id": "app", "client_secret": secret,
            "client_proof": "basic", "scope": "system/*.read" }),
    };
    let dead = of(dead("fhir"), right);
    let fixture = Fixture::new(of(server.fhir(), right), "Specimen", dead).refused(of(server.fhir(), wrong));
    keeps_the_contract(&hurry, fixture.secret(right).secret(wrong)).await;
}

#[tokio::test]
async fn clinical_trials_keep_the_contract() {
    let hurry = Hurry::new();
    let server = Server::of(clinic()).await;
    let fixture = Fixture::new(settings(server.trials("")), "studies", settings(dead("clinicaltrials")));
    keeps_the_contract(&hurry, fixture.clone()).await;
    server.simulator.fail_every(4);
    keeps_the_contract(&hurry, fixture).await;
}
