//! Keys that ask for a part of what belongs to something: one statement for all that ask for the same part.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;

use super::{
    AnswersOf, ConnectorsOf, EventsCount, EventsOf, ExtractsOf, ExtractsOfEach, RunsOf, SourcesOf, SyncsCount, SyncsOf,
    Workspace,
};
use crate::entity::ids::{ConversationId, DataSourceId};
use crate::entity::{answer, connector, data_extract, data_source, sync_log, workflow_run};
use crate::events::SyncEvent;
use crate::graphql::sources::ExtractPages;
use crate::graphql::together::{Load, LoadError};
use crate::services::asks::Answer;
use crate::services::page::Page;
use crate::services::{batch, connectors};

impl Load<ConnectorsOf> for Workspace {
    type Value = Page<Arc<connector::Model>>;

    async fn load(&self, keys: &[ConnectorsOf]) -> Result<HashMap<ConnectorsOf, Self::Value>, LoadError> {
        let mut pages = HashMap::new();
        for key in keys {
            let ConnectorsOf(filter, window) = key;
            let page = connectors::windowed(&self.services, &self.id, filter, window).await?;
            pages.insert(key.clone(), page.map(Arc::new));
        }
        Ok(pages)
    }
}

impl Load<SourcesOf> for Workspace {
    type Value = Page<Arc<data_source::Brief>>;

    async fn load(&self, keys: &[SourcesOf]) -> Result<HashMap<SourcesOf, Self::Value>, LoadError> {
        let mut pages = HashMap::new();
        for (page, ids) in grouped(keys, |SourcesOf(id, page)| (page.clone(), id.clone())) {
            let found = batch::sources_of(&self.services, &self.id, &ids, &page).await?;
            pages.extend(found.into_iter().map(|(id, rows)| (SourcesOf(id, page.clone()), rows.map(Arc::new))));
        }
        Ok(pages)
    }
}

impl Load<SyncsOf> for Workspace {
    type Value = Page<Arc<sync_log::Model>>;

    async fn load(&self, keys: &[SyncsOf]) -> Result<HashMap<SyncsOf, Self::Value>, LoadError> {
        let mut pages = HashMap::new();
        let groups = grouped(keys, |SyncsOf(id, status, page)| ((status.clone(), page.clone()), id.clone()));
        for ((status, page), ids) in groups {
            let found = batch::syncs_of(&self.services, &self.id, &ids, status.as_deref(), &page).await?;
            pages.extend(
                found.into_iter().map(|(id, rows)| (SyncsOf(id, status.clone(), page.clone()), rows.map(Arc::new))),
            );
        }
        Ok(pages)
    }
}

impl Load<SyncsCount> for Workspace {
    type Value = u64;

    async fn load(&self, keys: &[SyncsCount]) -> Result<HashMap<SyncsCount, u64>, LoadError> {
        let mut counts = HashMap::new();
        for (status, ids) in grouped(keys, |SyncsCount(id, status)| (status.clone(), id.clone())) {
            let found = batch::syncs_count(&self.services, &self.id, &ids, status.as_deref()).await?;
            counts.extend(found.into_iter().map(|(id, count)| (SyncsCount(id, status.clone()), count)));
        }
        Ok(counts)
    }
}

impl Load<ExtractsOf> for Workspace {
    type Value = Page<Arc<data_extract::Model>>;

    async fn load(&self, keys: &[ExtractsOf]) -> Result<HashMap<ExtractsOf, Self::Value>, LoadError> {
        let mut pages = HashMap::new();
        for (page, ids) in grouped(keys, |ExtractsOf(id, page)| (page.clone(), id.clone())) {
            let found = batch::extracts_of(&self.services, &self.id, &ids, &page).await?;
            pages.extend(found.into_iter().map(|(id, rows)| (ExtractsOf(id, page.clone()), rows.map(Arc::new))));
        }
        Ok(pages)
    }
}

impl Load<ExtractsOfEach> for Workspace {
    type Value = Arc<ExtractPages>;

    async fn load(&self, keys: &[ExtractsOfEach]) -> Result<HashMap<ExtractsOfEach, Self::Value>, LoadError> {
        let mut all = HashMap::new();
        for (window, lists) in grouped(keys, |ExtractsOfEach(ids, window)| (window.clone(), Arc::clone(ids))) {
            let ids: HashSet<&DataSourceId> = lists.iter().flat_map(|ids| ids.iter()).collect();
            let ids: Vec<_> = ids.into_iter().cloned().collect();
            let found = batch::extracts_of(&self.services, &self.id, &ids, &window).await?;
            let found: ExtractPages = found.into_iter().map(|(id, rows)| (id, rows.map(Arc::new))).collect();
            for ids in lists {
                let pages = ids.iter().filter_map(|id| Some((id.clone(), found.get(id)?.clone()))).collect();
                all.insert(ExtractsOfEach(ids, window.clone()), Arc::new(pages));
            }
        }
        Ok(all)
    }
}

impl Load<AnswersOf> for Workspace {
    type Value = Page<Arc<Answer>>;

    async fn load(&self, keys: &[AnswersOf]) -> Result<HashMap<AnswersOf, Self::Value>, LoadError> {
        let mut pages = HashMap::new();
        for (page, ids) in grouped(keys, |AnswersOf(id, page)| (page.clone(), id.clone())) {
            let found = batch::answers_of(&self.services, &self.id, &ids, &page).await?;
            let answers = |(id, rows): (ConversationId, Page<answer::Model>)| {
                (AnswersOf(id, page.clone()), rows.map(|row| Arc::new(Answer::from(row))))
            };
            pages.extend(found.into_iter().map(answers));
        }
        Ok(pages)
    }
}

impl Load<RunsOf> for Workspace {
    type Value = Page<Arc<workflow_run::Model>>;

    async fn load(&self, keys: &[RunsOf]) -> Result<HashMap<RunsOf, Self::Value>, LoadError> {
        let mut pages = HashMap::new();
        for (page, ids) in grouped(keys, |RunsOf(id, page)| (page.clone(), id.clone())) {
            let found = batch::runs_of(&self.services, &self.id, &ids, &page).await?;
            pages.extend(found.into_iter().map(|(id, rows)| (RunsOf(id, page.clone()), rows.map(Arc::new))));
        }
        Ok(pages)
    }
}

impl Load<EventsOf> for Workspace {
    type Value = Page<SyncEvent>;

    async fn load(&self, keys: &[EventsOf]) -> Result<HashMap<EventsOf, Self::Value>, LoadError> {
        let mut pages = HashMap::new();
        let groups = grouped(keys, |EventsOf(id, kinds, page)| ((kinds.clone(), page.clone()), id.clone()));
        for ((kinds, page), ids) in groups {
            let found = batch::events_of(&self.services, &self.id, &ids, kinds.as_deref(), &page).await?;
            pages.extend(found.into_iter().map(|(id, rows)| (EventsOf(id, kinds.clone(), page.clone()), rows)));
        }
        Ok(pages)
    }
}

impl Load<EventsCount> for Workspace {
    type Value = u64;

    async fn load(&self, keys: &[EventsCount]) -> Result<HashMap<EventsCount, u64>, LoadError> {
        let mut counts = HashMap::new();
        for (kinds, ids) in grouped(keys, |EventsCount(id, kinds)| (kinds.clone(), id.clone())) {
            let found = batch::events_count(&self.services, &self.id, &ids, kinds.as_deref()).await?;
            counts.extend(found.into_iter().map(|(id, count)| (EventsCount(id, kinds.clone()), count)));
        }
        Ok(counts)
    }
}

/// The ids of keys that ask for the same part: a query asks it once for each place in which it stands.
fn grouped<K, P: Hash + Eq, I>(keys: &[K], split: impl Fn(&K) -> (P, I)) -> HashMap<P, Vec<I>> {
    let mut groups: HashMap<P, Vec<I>> = HashMap::new();
    for key in keys {
        let (part, id) = split(key);
        groups.entry(part).or_default().push(id);
    }
    groups
}
