//! `dataweaver sync`: sync a connector and follow it to its end.
//!
//! Bars and a summary on a terminal, a JSON line for each event and one for the end elsewhere, of which a quiet call
//! leaves the last. Whoever reads stdout may go: the sync is followed to its end all the same, and its end is the exit
//! status.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::follow::Follower;
use super::interrupt::LeavesAtOnce;
use super::output::{Output, whoever_reads};
use super::progress::Progress;
use super::session::Session;
use super::{Global, connectors, shapes};
use crate::config::Config;
use crate::entity::connector;
use crate::entity::ids::DataSourceId;
use crate::services::connectors::by_id_or_slug;
use crate::services::sources;
use crate::services::syncs::{self, SyncRequest};
use crate::vocabulary::{ExtractType, SyncTrigger};

/// `sync`
#[derive(Debug, Args)]
pub(super) struct Sync {
    /// The connector's slug or id
    connector: String,
    /// Only this data source, by its name in SQL, path or id; may be given several times
    #[arg(long = "source", value_name = "SOURCE")]
    sources: Vec<String>,
    /// Read everything, whatever was read before
    #[arg(long)]
    full: bool,
}

impl Sync {
    pub(super) async fn run(self, config: Config, global: &Global, output: &mut Output) -> anyhow::Result<ExitCode> {
        let session = Session::start(config).await?;
        let done = self.sync(&session, global, output).await;
        let _leaves_at_once = LeavesAtOnce::new();
        session.close().await;
        done
    }

    async fn sync(self, session: &Session, global: &Global, output: &mut Output) -> anyhow::Result<ExitCode> {
        let connector = by_id_or_slug(session.services(), &session.viewer, &self.connector).await?;
        let request = SyncRequest {
            connector_id: connector.id.clone(),
            data_source_ids: self.chosen(session, &connector).await?,
            extract_type: self.full.then_some(ExtractType::Full),
            trigger: SyncTrigger::Manual,
            config: None,
        };
        let started = syncs::start(session.services(), &session.viewer, request).await?;
        // On a terminal people read; elsewhere programs do.
        let is_json = output.is_json() || !output.is_terminal();
        let follower = Follower::new(session, &connector, Progress::of(global, is_json));
        let ended = follower
            .until_the_end(&started, |event| match is_json && !global.quiet {
                true => whoever_reads(output.json_line(&json!({ "syncEvent": shapes::sync_event(event) }))),
                false => Ok(()),
            })
            .await?;
        if is_json {
            whoever_reads(output.json_line(&json!({ "syncLog": ended.json() })))?;
        } else if !global.quiet {
            whoever_reads(ended.summary(output))?;
        }
        ended.into_result(&connector)?;
        Ok(ExitCode::SUCCESS)
    }

    /// The data sources that were named; `None` for all.
    async fn chosen(
        &self,
        session: &Session,
        connector: &connector::Model,
    ) -> anyhow::Result<Option<Vec<DataSourceId>>> {
        if self.sources.is_empty() {
            return Ok(None);
        }
        let mut known = connectors::sources_of(session, connector).await?;
        if known.is_empty() {
            known = sources::discover(session.services(), &session.viewer, &connector.id).await?;
        }
        let mut chosen = Vec::new();
        for wanted in &self.sources {
            let found = connectors::source_called(wanted, "--source", connector, &known)?;
            chosen.push(found.id.clone());
        }
        Ok(Some(chosen))
    }
}
