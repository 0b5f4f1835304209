//! How a benchmark runs, and the bare server that it starts beside ours.

use std::io::{Write, stdout};

use anyhow::Result;
use axum::serve::{Listener, ListenerExt};
use tokio::net::{TcpListener, TcpStream};

use super::process::raise_open_files;

/// Files that are open beside the sockets.
const OTHER_FILES: usize = 200;

/// Measures with `sockets` open at once, until that is done or somebody presses Ctrl-C.
pub(crate) fn run(sockets: usize, measured: impl Future<Output = Result<()>>) -> Result<()> {
    raise_open_files(sockets + OTHER_FILES)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        tokio::select! {
            done = measured => done,
            stopped = tokio::signal::ctrl_c() => Ok(stopped?),
        }
    })
}

/// Where a bare server listens; it says so on its stdout.
pub(crate) async fn bare_listener() -> Result<impl Listener<Io = TcpStream, Addr = std::net::SocketAddr>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(stdout(), "{}", listener.local_addr()?)?;
    Ok(listener.tap_io(|stream| drop(stream.set_nodelay(true))))
}
