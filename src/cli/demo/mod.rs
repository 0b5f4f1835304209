//! `dataweaver demo`: a scenario, set up, asked and served; or the sample shop.

mod scenario;
mod shop;

use std::process::ExitCode;

use clap::Args;

use super::Global;
use super::output::Output;
use super::serve::{self, Serve};
use super::session::Session;
use crate::config::Config;

/// The demo that is a database file and no scenario.
const SHOP: &str = "shop";

/// `demo`
#[derive(Debug, Args)]
pub(super) struct Demo {
    /// A scenario, or shop for a sample SQLite database that is synced and asked by SQL
    #[arg(default_value = "customer_intelligence")]
    scenario: String,
    /// Do not serve afterwards
    #[arg(long)]
    no_serve: bool,
    /// How many times as large as usual the scenario's world is [default: as before, or 1]
    #[arg(long, value_name = "TIMES")]
    size_factor: Option<f64>,
    #[command(flatten)]
    pub(super) serve: Serve,
}

impl Demo {
    pub(super) async fn run(self, config: Config, global: &Global, output: &mut Output) -> anyhow::Result<ExitCode> {
        let listener = match self.no_serve {
            true => None,
            false => Some(serve::listen(config.server.listen).await?),
        };
        let session = Session::start(config).await?;
        let shown = match self.scenario.as_str() {
            SHOP => shop::show(&session, global, output).await,
            id => scenario::show(&session, id, self.size_factor, global, output).await,
        };
        let Some(listener) = listener.filter(|_| shown.is_ok()) else {
            session.close().await;
            return shown.map(|()| ExitCode::SUCCESS);
        };
        if !output.is_json() {
            output.line("")?;
        }
        serve::run(session.app, listener, output).await
    }
}
