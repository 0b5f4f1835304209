//! A line to a server that is held in the middle, to see what becomes of whoever reads.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use crate::harness::PATIENCE;

/// Hands on what a server sends until it was so many bytes, then waits to be let go, or to cut that line.
pub struct Gate {
    pub port: u16,
    hold: Arc<Hold>,
}

struct Hold {
    left: AtomicU64,
    /// Somebody waits at it.
    reached: Notify,
    decided: Notify,
    is_cut: AtomicBool,
}

impl Gate {
    pub async fn before(server: u16, after: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let hold = Arc::new(Hold {
            left: AtomicU64::new(after),
            reached: Notify::new(),
            decided: Notify::new(),
            is_cut: AtomicBool::new(false),
        });
        let shared = Arc::clone(&hold);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(relay(client, server, Arc::clone(&shared)));
            }
        });
        Self { port, hold }
    }

    /// Waits until a line is held.
    pub async fn reached(&self) {
        tokio::time::timeout(PATIENCE, self.hold.reached.notified()).await.expect("a line comes to the gate");
    }

    /// Lets it go on.
    pub fn open(&self) {
        self.hold.decided.notify_one();
    }

    /// Cuts it; later ones are not held.
    pub fn cut(&self) {
        self.hold.is_cut.store(true, Ordering::SeqCst);
        self.hold.decided.notify_one();
    }
}

async fn relay(client: TcpStream, server: u16, hold: Arc<Hold>) {
    let Ok(server) = TcpStream::connect(("127.0.0.1", server)).await else { return };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let upwards = tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await.ok() });
    let mut bytes = vec![0; 4096];
    while let Ok(length @ 1..) = from_server.read(&mut bytes).await {
        let came = length as u64;
        let before = hold.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| Some(left.saturating_sub(came)));
        if before.is_ok_and(|before| before > 0 && before <= came) {
            hold.reached.notify_one();
            hold.decided.notified().await;
            if hold.is_cut.load(Ordering::SeqCst) {
                break;
            }
        }
        if to_client.write_all(&bytes[..length]).await.is_err() {
            break;
        }
    }
    upwards.abort();
}
