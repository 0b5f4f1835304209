//! Follows a sync to its end, whichever process runs it.

use std::collections::HashMap;
use std::time::Duration;

use futures::StreamExt;
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};

use super::columns::Columns;
use super::failure::Failed;
use super::interrupt::Interrupts;
use super::output::{Output, count, rows};
use super::progress::Progress;
use super::session::Session;
use super::{connectors, shapes};
use crate::entity::ids::DataSourceId;
use crate::entity::{connector, data_source, sync_log};
use crate::events::{EventFilter, SourceProgress, SyncEvent};
use crate::services::{batch, syncs};
use crate::vocabulary::SyncStatus;

/// How often the database is asked, beside the events: another process's gauges do not come here.
const LOOK: Duration = Duration::from_millis(700);

/// A sync that is followed.
pub(super) struct Follower<'a> {
    session: &'a Session,
    connector: &'a connector::Model,
    progress: Progress,
    leaves_picture: bool,
    names: HashMap<DataSourceId, Named>,
}

/// What people call a data source, and SQL. Only the latter is its alone.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) slug: String,
}

/// A sync that has ended.
pub(super) struct Ended {
    pub(super) log: sync_log::Model,
    /// Its data sources, in their order, with their names.
    pub(super) sources: Vec<(Named, SourceProgress)>,
}

impl<'a> Follower<'a> {
    pub(super) fn new(session: &'a Session, connector: &'a connector::Model, progress: Progress) -> Self {
        Self { session, connector, progress, leaves_picture: false, names: HashMap::new() }
    }

    /// Leaves the bars on the screen at the end.
    pub(super) fn leaving_a_picture(self) -> Self {
        Self { leaves_picture: true, ..self }
    }

    /// Waits for the end. Ctrl-C asks the sync to stop; a second one stops waiting.
    pub(super) async fn until_the_end(
        mut self,
        started: &sync_log::Model,
        mut on_event: impl FnMut(&SyncEvent) -> anyhow::Result<()>,
    ) -> anyhow::Result<Ended> {
        let filter = EventFilter::of_sync(started.workspace_id.clone(), started.id.clone());
        let log = self.session.services().events();
        let events = log.subscribe(filter, Some(log.beginning_of(&started.id).await?));
        let mut events = std::pin::pin!(events);
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut interrupts = Interrupts::new();
        let mut is_cancelling = false;
        loop {
            tokio::select! {
                event = events.next() => {
                    let Some(event) = event else { break };
                    let Some(event) = event?.event() else { continue };
                    on_event(&event)?;
                    self.take(&event).await?;
                    if event.ends_sync() {
                        break;
                    }
                }
                _ = look.tick() => {
                    if !self.session.app.runs_syncs() {
                        self.look(started).await?;
                    }
                }
                () = interrupts.next() => {
                    if is_cancelling {
                        return Err(left(&self.connector.slug));
                    }
                    is_cancelling = true;
                    self.progress.say("cancelling; press Ctrl-C again to leave at once");
                    syncs::cancel(self.session.services(), &self.session.viewer, &started.id).await?;
                }
            }
        }
        self.look(started).await?;
        self.progress.end(self.leaves_picture);
        let log = syncs::get(self.session.services(), &self.session.viewer, &started.id).await?;
        let mut sources = Vec::new();
        for progress in self.stored(started).await? {
            sources.push((self.named(&progress.data_source_id).await?, progress));
        }
        Ok(Ended { log, sources })
    }

    async fn take(&mut self, event: &SyncEvent) -> anyhow::Result<()> {
        let named = match &event.data_source_id {
            Some(id) => Some(self.named(id).await?),
            None => None,
        };
        if let (Some(named), Some(progress)) = (&named, &event.progress) {
            self.progress.show(&named.slug, progress);
        }
        self.progress.tell(named.as_ref(), event);
        Ok(())
    }

    async fn look(&mut self, started: &sync_log::Model) -> anyhow::Result<()> {
        for progress in self.stored(started).await? {
            let named = self.named(&progress.data_source_id).await?;
            self.progress.show(&named.slug, &progress);
        }
        Ok(())
    }

    async fn stored(&self, started: &sync_log::Model) -> anyhow::Result<Vec<SourceProgress>> {
        let ids = [started.id.clone()];
        let mut found = batch::progress(self.session.services(), &started.workspace_id, &ids).await?;
        Ok(found.remove(&started.id).unwrap_or_default())
    }

    /// The names of a data source; a sync may discover new ones.
    async fn named(&mut self, id: &DataSourceId) -> anyhow::Result<Named> {
        if !self.names.contains_key(id) {
            let sources = connectors::sources_of(self.session, self.connector).await?;
            let named = |source: data_source::Model| (source.id, Named { name: source.name, slug: source.slug });
            self.names = sources.into_iter().map(named).collect();
        }
        // One that was removed meanwhile has no name any more.
        let unnamed = || Named { name: id.to_string(), slug: id.to_string() };
        Ok(self.names.get(id).cloned().unwrap_or_else(unnamed))
    }
}

fn left(slug: &str) -> anyhow::Error {
    Failed::new("left before the sync ended")
        .hint(format!("dataweaver sync {slug} goes on from its last checkpoint"))
        .into()
}

impl Ended {
    /// How long it ran, in seconds.
    pub(super) fn seconds(&self) -> f64 {
        let span = self.log.completed_at.zip(self.log.started_at).map(|(end, start)| end - start);
        span.map_or(0.0, |span| span.num_milliseconds().max(0) as f64 / 1000.0)
    }

    /// Rows that went to tables of rejected rows.
    fn rejected(&self) -> u64 {
        self.sources.iter().map(|(_, progress)| progress.rejected).sum()
    }

    pub(super) fn json(&self) -> Value {
        let mut shape = shapes::sync_log(&self.log);
        shape["recordsRejected"] = json!(self.rejected());
        let sources = self.sources.iter().map(|(named, progress)| {
            let mut shape = json!(progress);
            shape["name"] = json!(named.name);
            shape
        });
        shape["sources"] = Value::Array(sources.collect());
        shape
    }

    /// The last words, as a table and a sentence.
    pub(super) fn summary(&self, output: &mut Output) -> anyhow::Result<()> {
        let rejected = self.rejected();
        let heads: &[&str] =
            if rejected > 0 { &["source", "status", "rows", "rejected"] } else { &["source", "status", "rows"] };
        let mut columns = Columns::new(heads).right(2).right(3);
        for (named, progress) in &self.sources {
            let cells =
                [named.slug.clone(), progress.status.to_string(), count(progress.rows), count(progress.rejected)];
            columns.row(cells.into_iter().take(heads.len()));
        }
        if !self.sources.is_empty() {
            output.table(&columns)?;
        }
        let unsigned = |number: i64| count(u64::try_from(number).unwrap_or_default());
        let log = &self.log;
        let mut changes = Vec::new();
        for (number, word) in
            [(log.records_added, "added"), (log.records_updated, "updated"), (log.records_deleted, "deleted")]
        {
            if number > 0 {
                changes.push(format!("{} {word}", unsigned(number)));
            }
        }
        if rejected > 0 {
            changes.push(format!("{} rejected", count(rejected)));
        }
        let changes = if changes.is_empty() { "nothing changed".to_owned() } else { changes.join(", ") };
        let read = rows(u64::try_from(log.records_processed).unwrap_or_default());
        output.line(format!("{}: {read} read, {changes}, in {:.1} s", log.status, self.seconds()))
    }

    /// Everything but SUCCEEDED is a failure of the verb.
    pub(super) fn into_result(self, connector: &connector::Model) -> anyhow::Result<()> {
        let words = match self.log.status {
            SyncStatus::Succeeded => return Ok(()),
            SyncStatus::Cancelled => format!("the sync of {} was cancelled", connector.name),
            SyncStatus::Partial => format!("the sync of {} succeeded in part", connector.name),
            _ => format!("the sync of {} failed", connector.name),
        };
        let of_sources: Vec<String> = self
            .sources
            .iter()
            .filter_map(|(named, progress)| Some(format!("{}: {}", named.slug, progress.error_message.as_ref()?)))
            .collect();
        let reasons = if of_sources.is_empty() { self.log.error_message.into_iter().collect() } else { of_sources };
        Err(Failed::new(words).because(reasons).into())
    }
}
