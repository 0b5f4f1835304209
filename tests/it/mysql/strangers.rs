//! One name for several servers: what we say of a connection must reach the server that has it.

use std::time::{Duration, Instant};

use dataweaver::sdk::{ErrorClass, ReadEvent};
use futures::StreamExt;
use serde_json::json;
use sqlx::{Connection, Executor, MySqlConnection, Row};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::signing_in::Server;
use crate::postgres::reading::{PATIENCE, full, open};

/// Passes its first connection on to one port, all others to the other one, and tells when one of these has ended.
async fn balance(first: u16, others: u16) -> (u16, mpsc::UnboundedReceiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, ended) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        for number in 0.. {
            let Ok((mut client, _)) = listener.accept().await else { return };
            let (to, sender) = (if number == 0 { first } else { others }, sender.clone());
            tokio::spawn(async move {
                let mut server = TcpStream::connect(("127.0.0.1", to)).await.unwrap();
                copy_bidirectional(&mut client, &mut server).await.ok();
                if number > 0 {
                    sender.send(()).ok();
                }
            });
        }
    });
    (port, ended)
}

async fn connect(port: u16) -> (MySqlConnection, u64) {
    let url = format!("mysql://root@127.0.0.1:{port}/?ssl-mode=disabled");
    let mut connection = MySqlConnection::connect(&url).await.unwrap();
    let id: String = connection.fetch_one("SELECT CAST(CONNECTION_ID() AS CHAR)").await.unwrap().get(0);
    (connection, id.parse().unwrap())
}

#[tokio::test]
async fn a_cancel_ends_no_connection_of_a_stranger_at_another_server() {
    let (Some(one), Some(other)) = (Server::start().await, Server::start().await) else { return };
    let mut strangers = vec![connect(other.port).await];
    let (mut owner, mut id) = connect(one.port).await;
    owner.execute("CREATE DATABASE shop; CREATE VIEW shop.slow AS SELECT SLEEP(60) AS s").await.unwrap();
    // Ours must have a number that the other server has still to give.
    while id < strangers[0].1 + 5 {
        id = connect(one.port).await.1;
    }
    let (port, mut ended) = balance(one.port, other.port).await;
    let connector = open(&format!("mysql://root@127.0.0.1:{port}/?ssl-mode=disabled"), json!({})).unwrap();
    let request = full("shop.slow");
    let cancel = request.cancel.clone();
    let mut events = connector.read(request);
    assert!(matches!(events.next().await, Some(Ok(ReadEvent::Schema(_)))));
    let started = Instant::now();
    let sleeping = "SELECT ID FROM information_schema.PROCESSLIST WHERE INFO LIKE '%slow%' AND ID <> CONNECTION_ID()";
    let ours = loop {
        drop(tokio::time::timeout(Duration::from_millis(20), events.next()).await);
        if let Some(row) = owner.fetch_optional(sleeping).await.unwrap() {
            break row.get::<i64, _>(0).unsigned_abs();
        }
        assert!(started.elapsed() < PATIENCE, "the read does not begin");
    };
    while strangers.last().is_some_and(|(_, id)| *id < ours) {
        strangers.push(connect(other.port).await);
    }
    let (stranger, number) = strangers.last_mut().unwrap();
    assert_eq!(*number, ours, "the stranger has our number");
    cancel.cancel();
    let error = tokio::time::timeout(PATIENCE, events.next()).await.unwrap().unwrap().unwrap_err();
    assert_eq!(error.class(), ErrorClass::Cancelled);
    tokio::time::timeout(PATIENCE, ended.recv()).await.expect("we look after our connection");
    assert!(stranger.fetch_one("SELECT 1").await.is_ok(), "a stranger's connection was ended");
}
