//! `dataweaver serve`: the server.

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use tokio::net::TcpListener;

use super::failure::Failed;
use super::output::{Output, whoever_reads};
use crate::app::App;
use crate::config::Config;
use crate::http;

/// `serve`
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Address and port to listen on; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    pub(super) listen: Option<String>,
}

impl Serve {
    pub(super) async fn run(self, config: Config, output: &mut Output) -> anyhow::Result<ExitCode> {
        // Before anything is started: a port that is taken is the usual failure.
        let listener = listen(config.server.listen).await?;
        let app = App::start(config).await?;
        run(app, listener, output).await
    }
}

/// Takes the port.
pub(super) async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        let failed = Failed::new(format!("could not listen on {address}")).because([error.to_string()]);
        failed.hint("choose another with --listen; --listen 127.0.0.1:0 takes a free port").into()
    })
}

/// Serves until a signal comes; then ends what is under way. A second signal leaves at once.
pub(super) async fn run(app: App, listener: TcpListener, output: &mut Output) -> anyhow::Result<ExitCode> {
    let address = listener.local_addr()?;
    whoever_reads(tell(address, output))?;
    let served = http::serve(&app, listener, asked_to_stop()).await;
    app.shut_down().await;
    served?;
    Ok(ExitCode::SUCCESS)
}

fn tell(address: SocketAddr, output: &mut Output) -> anyhow::Result<()> {
    if output.is_json() {
        output.json_line(
            &json!({ "listening": format!("http://{address}"), "graphql": format!("http://{address}/graphql") }),
        )?;
    } else {
        output.line(format!("DataWeaver {} listens on http://{address}", env!("CARGO_PKG_VERSION")))?;
        output.line(format!("  API       http://{address}/graphql"))?;
        output.line(format!("  GraphiQL  http://{address}/graphiql"))?;
        output.line("  Ctrl-C stops it")?;
    }
    Ok(())
}

async fn asked_to_stop() {
    signal().await;
    tracing::info!("stopping; a second signal leaves at once");
    tokio::spawn(async {
        signal().await;
        std::process::exit(1);
    });
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return wait_for_ctrl_c().await;
    };
    tokio::select! {
        () = wait_for_ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn signal() {
    wait_for_ctrl_c().await;
}

async fn wait_for_ctrl_c() {
    if let Err(error) = tokio::signal::ctrl_c().await {
        tracing::warn!(error = %error, "Ctrl-C cannot be noticed");
        std::future::pending::<()>().await;
    }
}
