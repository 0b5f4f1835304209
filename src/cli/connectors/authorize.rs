//! `dataweaver connectors authorize`: sends a person to the vendor's page, and waits until they have come back.
//!
//! They come back to the server of this installation. Where none listens, this command does, for as long as it waits and for
//! that page only.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::cli::Global;
use crate::cli::failure::Failed;
use crate::cli::output::{Output, printable};
use crate::cli::progress::Progress;
use crate::cli::session::Session;
use crate::cli::{serve, shapes};
use crate::entity::connector;
use crate::http;
use crate::services::authorisations::{self, Begun, Outcome};
use crate::services::connectors;

/// How long whoever listens already may take to say who it is.
const PATIENCE: Duration = Duration::from_secs(5);

/// `connectors authorize`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  dataweaver connectors authorize chat
  dataweaver connectors authorize chat --listen 127.0.0.1:8080

Open the page that it prints in a browser, as the person whose account is to be read. It waits
until they have consented or refused, for authorisation.consent_minutes at most. The vendor sends
the browser to server.public_url, and without that to server.listen: to the server that runs
there, and to this command where none does.")]
pub(in crate::cli) struct Authorize {
    /// The connector's slug or id
    connector: String,
    /// Take whoever comes back here, at this address; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS")]
    pub(super) listen: Option<String>,
}

impl Authorize {
    pub(super) async fn run(self, session: &Session, global: &Global, output: &mut Output) -> anyhow::Result<ExitCode> {
        let row = connectors::by_id_or_slug(session.services(), &session.viewer, &self.connector).await?;
        let listener = self.listener(session).await?;
        let begun = authorisations::begin(session.services(), &session.viewer, &row.id, None).await?;
        tell(&begun, listener.is_some(), global, output)?;
        let outcome = match listener {
            None => authorisations::ended(session.services(), &begun).await?,
            Some(listener) => {
                let stop = CancellationToken::new();
                let mut serving = pin!(http::serve_callback(&session.app, listener, stop.clone().cancelled_owned()));
                let mut waiting = pin!(authorisations::ended(session.services(), &begun));
                tokio::select! {
                    outcome = &mut waiting => {
                        // The browser is still given its page.
                        stop.cancel();
                        serving.await?;
                        outcome?
                    }
                    served = &mut serving => {
                        served?;
                        waiting.await?
                    }
                }
            }
        };
        self.told(session, &row, &begun, outcome, output).await
    }

    /// Where whoever comes back is taken by this command; None where a server does it.
    async fn listener(&self, session: &Session) -> anyhow::Result<Option<TcpListener>> {
        let settings = &session.app.config.server;
        let address = settings.listen;
        if self.listen.is_some() {
            return Ok(Some(listening(session, serve::listen(address).await?)?));
        }
        if settings.public_url.is_some() {
            return Ok(None);
        }
        match TcpListener::bind(address).await {
            Ok(listener) => Ok(Some(listening(session, listener)?)),
            Err(error) if error.kind() == ErrorKind::AddrInUse => {
                refuse_stranger(address).await?;
                session.services().listens_at(address);
                Ok(None)
            }
            Err(error) => {
                let failed = Failed::new(format!("could not listen on {address}")).because([error.to_string()]);
                Err(failed.hint("choose another address with --listen").into())
            }
        }
    }

    async fn told(
        &self,
        session: &Session,
        row: &connector::Model,
        begun: &Begun,
        outcome: Outcome,
        output: &mut Output,
    ) -> anyhow::Result<ExitCode> {
        let failed = match outcome {
            Outcome::Connected => {
                let row = connectors::get(session.services(), &session.viewer, &row.id).await?;
                if output.is_json() {
                    output.json_line(&json!({ "connector": shapes::connector(&row) }))?;
                } else {
                    output.line(printable(&format!("{} is connected", row.name)))?;
                    output.line(format!("next: dataweaver sync {}", row.slug))?;
                }
                return Ok(ExitCode::SUCCESS);
            }
            Outcome::Failed(why) => Failed::new(format!("{} is not connected", row.name)).because([why]),
            Outcome::Expired => {
                let minutes = session.app.config.authorisation.consent_minutes;
                let why = format!("nobody came back within {minutes} minutes (authorisation.consent_minutes)");
                let hint = format!(
                    "is {} registered at the vendor, and does the server of this installation answer there?",
                    begun.redirect_uri
                );
                Failed::new(format!("{} is not connected", row.name)).because([why]).hint(hint)
            }
            Outcome::Forgotten => {
                let why = "the connector was removed or given other credentials meanwhile".to_owned();
                Failed::new(format!("{} is not connected", row.name)).because([why])
            }
        };
        Err(failed.into())
    }
}

/// Has the address told where people are sent back to.
fn listening(session: &Session, listener: TcpListener) -> anyhow::Result<TcpListener> {
    session.services().listens_at(listener.local_addr()?);
    Ok(listener)
}

/// Refuses to send people to a program that is not ours.
async fn refuse_stranger(address: SocketAddr) -> anyhow::Result<()> {
    let asked = async {
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?;
        let answer = client.get(format!("http://{address}/health/live")).send().await?;
        answer.json::<Value>().await
    };
    let is_ours = asked.await.is_ok_and(|said| said["status"] == "ok" && said["version"].is_string());
    if is_ours {
        return Ok(());
    }
    let failed = Failed::new(format!("another program listens on {address}, where the vendor would send the browser"));
    Err(failed.hint("choose another address with --listen, and register it at the vendor").into())
}

fn tell(begun: &Begun, listens: bool, global: &Global, output: &mut Output) -> anyhow::Result<()> {
    if output.is_json() {
        return output.json_line(&json!({
            "authorizationUrl": begun.page.as_str(),
            "redirectUri": begun.redirect_uri,
            "expiresAt": begun.expires_at,
        }));
    }
    output.line("open this page in a browser, as the person whose account is to be read:")?;
    output.line(format!("\n  {}\n", begun.page))?;
    let who = if listens { "this command takes" } else { "the server takes" };
    let until = begun.expires_at.format("%H:%M UTC");
    let words = format!("{who} whoever comes back to {}; waiting until {until}, Ctrl-C stops it", begun.redirect_uri);
    Progress::of(global, false).say(&printable(&words));
    Ok(())
}
