//! `dataweaver serve`: the server.

#[cfg(unix)]
use std::future::poll_fn;
use std::net::SocketAddr;
use std::process::ExitCode;
#[cfg(unix)]
use std::task::{Context, Poll};

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
    let end_syncs = app.ending();
    let stopped = async {
        asked_to_stop().await;
        // Syncs stop while sockets and requests are drained, not after.
        end_syncs();
    };
    let served = http::serve(&app, listener, stopped).await;
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
    let mut signals = Signals::listen();
    signals.next().await;
    tracing::info!("stopping; a second signal leaves at once");
    tokio::spawn(async move {
        signals.next().await;
        std::process::exit(1);
    });
}

/// Ctrl-C, and where there is such a thing SIGTERM. From the beginning on none is missed, also not one that comes right
/// behind another.
#[cfg(unix)]
struct Signals(Vec<tokio::signal::unix::Signal>);

#[cfg(unix)]
impl Signals {
    fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let mut listening = Vec::with_capacity(2);
        for kind in [SignalKind::interrupt(), SignalKind::terminate()] {
            match signal(kind) {
                Ok(signal) => listening.push(signal),
                Err(error) => tracing::warn!(error = %error, "signal {} cannot be noticed", kind.as_raw_value()),
            }
        }
        Self(listening)
    }

    async fn next(&mut self) {
        let any = |context: &mut Context<'_>| {
            let came = self.0.iter_mut().any(|signal| matches!(signal.poll_recv(context), Poll::Ready(Some(()))));
            if came { Poll::Ready(()) } else { Poll::Pending }
        };
        poll_fn(any).await;
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> Self {
        Self
    }

    async fn next(&mut self) {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::warn!(error = %error, "Ctrl-C cannot be noticed");
            std::future::pending::<()>().await;
        }
    }
}
