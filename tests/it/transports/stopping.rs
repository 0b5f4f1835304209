//! Answers that nobody takes, while a server goes on and when it stops; and what the listener does not speak.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::raw::Unread;
use crate::harness::{PATIENCE, TestApp};
use crate::installation::{Installation, Server};

/// More than the buffers between a server and its client hold.
const LARGE: &str = "SELECT repeat('x', 1000) AS text FROM generate_series(1, 100000)";
const SMALL: &str = "SELECT 1 AS one";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_nobody_takes_holds_a_server_up_for_as_long_as_its_setting_says() {
    let here = Installation::new().with("LIVE__DRAIN_SECONDS", 1);
    let mut server = Server::start(&here);
    let stuck = Unread::download(server.address(), LARGE).await;
    let began = Instant::now();
    server.signal("TERM");
    let ended = tokio::task::spawn_blocking(move || server.wait());
    let status = tokio::time::timeout(PATIENCE, ended).await.expect("the server ends").unwrap();
    assert_eq!(status, Some(0), "{}", here.log());
    assert!(began.elapsed() < Duration::from_secs(8), "it waited for {:?}", began.elapsed());
    assert!(!stuck.ends_whole().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_download_that_is_paused_for_too_long_is_cut_and_its_client_can_tell() {
    let here = Installation::new().with("SERVER__STALLED_SECONDS", 1);
    let server = Server::start(&here);
    assert!(Unread::download(server.address(), SMALL).await.ends_whole().await);
    let paused = Unread::download(server.address(), LARGE).await;
    server.shows("dataweaver_http_stalled_total 1").await;
    assert!(!paused.ends_whole().await, "what was cut off looks like a whole file");
}

#[tokio::test]
async fn http_2_is_not_spoken() {
    let app = TestApp::new().await;
    let mut stream = TcpStream::connect(app.address()).await.unwrap();
    // The preface, and empty settings.
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    let mut said = Vec::new();
    let ended = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut said)).await.expect("the connection is closed");
    assert!(ended.is_err() || said.is_empty(), "{said:?}");
    app.stop().await;
}
