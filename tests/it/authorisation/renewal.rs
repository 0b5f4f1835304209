//! Tokens are renewed ahead of their expiry, once for all, and their end is seen and said.

use serde_json::{Value, json};

use super::processes::Process;
use super::server::Server;
use super::{app, app_in, connect, connector, on_both, status, test, until_renewals};

#[tokio::test]
async fn tokens_are_renewed_before_they_expire_and_rotate() {
    on_both(async |folder, database| {
        let app = app_in(folder, database).await;
        let Some(server) = Server::start(&[&app], 6).await else { return };
        let id = connector(&app, &server).await;
        connect(&app, &id).await;
        until_renewals(&app, &server, &id, 2).await;
        let seen = server.seen().await;
        assert_eq!(seen["refusals"], 0, "no request was sent with a token that had expired: {seen}");
        assert_eq!(server.grants("refresh_token", "refused").await, 0, "each refresh token was used once");
        app.stop().await;
        // Another process goes on with the last one.
        let app = app_in(folder, database).await;
        let before = server.renewals().await;
        until_renewals(&app, &server, &id, before + 1).await;
        assert_eq!(server.seen().await["refusals"], 0);
        app.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_refresh_token_that_is_given_rotates_too() {
    let app = app().await;
    let Some(server) = Server::start(&[&app], 3).await else { return };
    // By hand, as with another program: the tokens of a consent.
    let id = connector(&app, &server).await;
    connect(&app, &id).await;
    let mut input = server.connector();
    input["authConfig"]["refresh_token"] = json!(server.tokens().await[1]);
    let by_hand = app.connector(input).await;
    until_renewals(&app, &server, &by_hand, 3).await;
    assert_eq!(server.grants("refresh_token", "refused").await, 0);
    app.stop().await;
}

#[tokio::test]
async fn processes_that_renew_at_the_same_moment_ask_once() {
    on_both(async |folder, database| {
        let app = app_in(folder, database).await;
        let Some(server) = Server::start(&[&app], 600).await else { return };
        let id = connector(&app, &server).await;
        connect(&app, &id).await;
        let mut others = Vec::new();
        for _ in 0..2 {
            others.push(Process::start(folder, database, &id, 4).await);
        }
        // None takes what is stored any more; the vendor takes its time, so that all ask while one is answered.
        server.want("slowMilliseconds", json!(700)).await;
        server.forget_access_tokens().await;
        for other in &mut others {
            other.begin().await;
        }
        let mut found = futures::future::join_all((0..4).map(|_| test(&app, &id))).await;
        for other in others {
            found.extend(other.end().await);
        }
        assert_eq!(found.len(), 12);
        for found in found {
            assert_eq!(found["success"], true, "{found}");
        }
        assert_eq!(server.renewals().await, 1);
        assert_eq!(server.grants("refresh_token", "refused").await, 0);
        app.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_process_that_died_while_it_renewed_is_waited_for_no_longer_than_its_lease() {
    on_both(async |folder, database| {
        let app = super::app_with(|config| {
            config.storage.data_dir = folder.join("data");
            config.storage.database_url = database.map(str::to_owned);
            config.authorisation.lease_seconds = 3;
        })
        .await;
        let Some(server) = Server::start(&[&app], 600).await else { return };
        let id = connector(&app, &server).await;
        connect(&app, &id).await;
        server.forget_access_tokens().await;
        {
            use dataweaver::entity::connector_token::{Column, Entity};
            use sea_orm::EntityTrait;
            use sea_orm::sea_query::Expr;
            let until = chrono::Utc::now() + chrono::TimeDelta::seconds(3);
            let dead = Entity::update_many().col_expr(Column::LeaseOwner, Expr::value("dead"));
            let dead = dead.col_expr(Column::LeaseExpiresAt, Expr::value(until));
            dead.exec(app.services().db()).await.unwrap();
        }
        let found = test(&app, &id).await;
        assert_eq!(found["success"], true, "{found}");
        assert_eq!(server.renewals().await, 1);
        app.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_revoked_consent_is_seen_and_said_and_given_anew() {
    on_both(async |folder, database| {
        let app = app_in(folder, database).await;
        let Some(server) = Server::start(&[&app], 600).await else { return };
        let id = connector(&app, &server).await;
        connect(&app, &id).await;
        assert_eq!(test(&app, &id).await["success"], true);
        server.revoke().await;

        let ended = app.sync_and_wait(&id).await;
        assert_eq!(ended["status"], "FAILED", "{ended}");
        let words = ended["sources"][0]["errorMessage"].as_str().or(ended["errorMessage"].as_str()).unwrap();
        assert!(words.contains("authorise the account again"), "{ended}");
        assert_eq!(server.grants("refresh_token", "refused").await, 1, "a sync asks once");
        let told = status(&app, &id).await;
        assert_eq!(told["status"], "ERROR");
        assert!(told["statusMessage"].as_str().unwrap().contains("authorise the account again"), "{told}");
        let found = test(&app, &id).await;
        assert_eq!((&found["success"], &found["details"]["code"]), (&Value::from(false), &json!("UPSTREAM_AUTH")));
        assert_eq!(server.grants("refresh_token", "refused").await, 2, "and so does a test");

        connect(&app, &id).await;
        assert_eq!(status(&app, &id).await, json!({ "status": "CONNECTED", "statusMessage": null }));
        assert_eq!(app.sync_and_wait(&id).await["status"], "SUCCEEDED");
        app.stop().await;
    })
    .await;
}

#[tokio::test]
async fn tokens_are_forgotten_with_the_credentials_that_they_were_got_with() {
    let app = app().await;
    let Some(server) = Server::start(&[&app], 600).await else { return };
    let id = connector(&app, &server).await;
    let update = "mutation($input: UpdateConnectorInput!) { updateConnector(input: $input) { connector { id } } }";
    let change = async |input: Value| {
        let mut input = input;
        input["id"] = json!(id);
        app.gql(update, json!({ "input": input })).await;
        test(&app, &id).await["success"].as_bool().unwrap()
    };
    connect(&app, &id).await;
    assert!(change(json!({ "name": "Renamed", "authConfig": {} })).await, "nothing is given anew");
    let client = server.connector()["authConfig"].clone();
    assert!(!change(json!({ "authConfig": client })).await);
    connect(&app, &id).await;
    assert!(change(json!({})).await);
    let elsewhere = json!({ "base_url": server.connector()["connectionConfig"]["base_url"], "described": true });
    assert!(!change(json!({ "connectionConfig": elsewhere })).await, "they are of another endpoint");
    app.gql("mutation($id: ID!) { deleteConnector(input: { id: $id }) { deletedId } }", json!({ "id": id })).await;
    {
        use dataweaver::entity::{connector_token, pending_authorisation};
        use sea_orm::{EntityTrait, PaginatorTrait};
        let db = app.services().db();
        assert_eq!(connector_token::Entity::find().count(db).await.unwrap(), 0);
        assert_eq!(pending_authorisation::Entity::find().count(db).await.unwrap(), 0);
    }
    app.stop().await;
}
