//! Follows what is done to a scenario: a line for each step as it ends, and a bar for each data source that is synced.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use console::style;
use futures::StreamExt;

use crate::cli::failure::Failed;
use crate::cli::interrupt::Interrupts;
use crate::cli::output::printable;
use crate::cli::progress::Progress;
use crate::cli::session::Session;
use crate::entity::ids::{ConnectorId, DataSourceId};
use crate::events::{EventFilter, SyncEvent};
use crate::services::batch;
use crate::services::scenarios::{self, Scenario, Step};
use crate::vocabulary::{ScenarioStatus, StepStatus};

/// Columns before what a step tells.
const DETAIL: usize = 13;

/// What was done to a scenario has ended.
pub(in crate::cli) struct Ended {
    pub(in crate::cli) scenario: Scenario,
    /// How long it was watched.
    pub(in crate::cli) seconds: f64,
}

/// Watches until the end. Ctrl-C stops watching.
pub(in crate::cli) async fn watch(session: &Session, id: &str, progress: Progress) -> anyhow::Result<Ended> {
    let began = Instant::now();
    let services = session.services();
    let filter = EventFilter {
        workspace_id: session.viewer.workspace_id.clone(),
        connector_id: None,
        sync_log_id: None,
        data_source_id: None,
        kinds: None,
    };
    let mut events = std::pin::pin!(services.events().subscribe(filter, None));
    let mut states = std::pin::pin!(scenarios::follow(services, &session.viewer, id).await?);
    let mut interrupts = Interrupts::new();
    let mut watcher =
        Watcher { session, id, progress, told: HashSet::new(), connectors: HashSet::new(), names: HashMap::new() };
    let mut last = None;
    loop {
        tokio::select! {
            biased;
            state = states.next() => match state {
                Some(state) => {
                    let state = state?;
                    watcher.tell(&state);
                    last = Some(state);
                }
                None => break,
            },
            Some(followed) = events.next() => {
                if let Some(event) = followed?.event() {
                    watcher.show(&event).await?;
                }
            }
            () = interrupts.next() => {
                watcher.progress.end(false);
                return Err(left(id));
            }
        }
    }
    watcher.progress.end(false);
    let scenario = match last {
        Some(scenario) => scenario,
        None => scenarios::get(services, &session.viewer, id).await?,
    };
    Ok(Ended { scenario, seconds: began.elapsed().as_secs_f64() })
}

fn left(id: &str) -> anyhow::Error {
    let hint = format!("a server goes on with it, and so does dataweaver scenarios setup {id}");
    Failed::new("left before the set-up has ended").hint(hint).into()
}

/// What was told so far, and what is known of the names.
struct Watcher<'a> {
    session: &'a Session,
    id: &'a str,
    progress: Progress,
    /// Steps that have ended.
    told: HashSet<String>,
    /// The scenario's connectors.
    connectors: HashSet<ConnectorId>,
    /// The scenario's data sources. Others have none.
    names: HashMap<DataSourceId, Option<String>>,
}

impl Watcher<'_> {
    /// Tells the steps that have ended since the last state.
    fn tell(&mut self, state: &Scenario) {
        for step in &state.steps {
            if matches!(step.status, StepStatus::Succeeded | StepStatus::Failed) && self.told.insert(step.name.clone())
            {
                self.progress.say_long(&line(step), DETAIL);
            }
        }
    }

    /// Shows how far a data source is.
    async fn show(&mut self, event: &SyncEvent) -> anyhow::Result<()> {
        let (Some(id), Some(progress)) = (&event.data_source_id, &event.progress) else { return Ok(()) };
        if !self.names.contains_key(id) {
            let name = self.name(event, id).await?;
            self.names.insert(id.clone(), name);
        }
        if let Some(Some(name)) = self.names.get(id) {
            self.progress.show(name, progress);
        }
        Ok(())
    }

    async fn name(&mut self, event: &SyncEvent, id: &DataSourceId) -> anyhow::Result<Option<String>> {
        let (services, workspace) = (self.session.services(), &self.session.viewer.workspace_id);
        if !self.connectors.contains(&event.connector_id) {
            let ids = [self.id.to_owned()];
            let mut found = scenarios::connectors_of(services, workspace, &ids).await?;
            self.connectors = found.remove(self.id).unwrap_or_default().into_iter().map(|row| row.id).collect();
        }
        if !self.connectors.contains(&event.connector_id) {
            return Ok(None);
        }
        let found = batch::data_sources(services, workspace, std::slice::from_ref(id)).await?;
        Ok(found.get(id).map(|row| row.name.clone()))
    }
}

/// `✓ sync      9,500 rows from 4 data sources`
fn line(step: &Step) -> String {
    let sign = match step.status {
        StepStatus::Failed => style("✗").red(),
        _ => style("✓").green(),
    };
    let detail = printable(step.detail.as_deref().unwrap_or_default());
    format!("{} {:<10} {detail}", sign.for_stderr(), step.name)
}

impl Ended {
    pub(in crate::cli) fn is_ready(&self) -> bool {
        self.scenario.status == ScenarioStatus::Ready
    }

    /// Everything but READY is a failure of the verb.
    pub(in crate::cli) fn into_result(self) -> anyhow::Result<Scenario> {
        if self.is_ready() {
            return Ok(self.scenario);
        }
        let name = self.scenario.name();
        let failed = match self.scenario.failed_step() {
            Some(step) => Failed::new(format!("the set-up of {name} failed at the step {}", step.name))
                .because(step.detail.clone()),
            None => Failed::new(format!("{name} is {}", self.scenario.status)),
        };
        let id = &self.scenario.id;
        Err(failed.hint(format!("dataweaver scenarios validate {id} says more of its checks")).into())
    }
}
