//! Hosts that say always the same, or nothing at all.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What a store answers that is asked too much.
pub const SLOW_DOWN: &str = "HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nConnection: close\r\n\r\n\
    <?xml version=\"1.0\"?><Error><Code>SlowDown</Code><Message>Reduce your rate.</Message></Error>";

/// Listens at a free port, and answers every request with this, or never.
pub async fn host(answer: Option<&'static str>) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let work = tokio::spawn(async move {
        let mut lines = Vec::new();
        while let Ok((mut line, _)) = listener.accept().await {
            if let Some(answer) = answer {
                // Whatever it asks, and as far as it has come by now.
                if line.read(&mut [0; 4096]).await.is_ok_and(|bytes| bytes > 0) {
                    line.write_all(answer.as_bytes()).await.ok();
                }
            } else {
                lines.push(line);
            }
        }
    });
    (address, work)
}
