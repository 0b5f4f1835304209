//! One stream: its slices, their pages, and where it stands.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_stream::try_stream;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt, future};

use super::super::cursor::{Cursor, CursorSpec};
use super::super::failure::Failure;
use super::super::http::Parts;
use super::super::manifest::Node;
use super::super::partition::Router;
use super::super::slice::{Halfway, Slice};
use super::super::template::Scope;
use super::super::value::{Map, Value};
use super::Builder;
use super::jobs::Jobs;
use super::journal::Journal;
use super::pages::{PageRead, PageRules};
use super::retriever::Retriever;
use super::schema::Schema;
use super::{delegate, migrate};

/// A stream, built for one read: it knows from where to go on.
#[derive(Debug)]
pub(in super::super) struct Stream {
    name: String,
    primary_key: Value,
    reading: Reading,
    router: Router,
    spec: Option<CursorSpec>,
    cursor: Mutex<Cursor>,
    /// Where the slices are noted, for a read that can be gone on with.
    journal: Option<Mutex<Journal>>,
    schema: Schema,
    scope: Scope,
}

/// How the records of a slice come.
#[derive(Debug)]
enum Reading {
    Pages(Box<Retriever>),
    /// The API makes them first.
    Jobs(Box<Jobs>),
}

impl Stream {
    /// # Errors
    /// Where the manifest cannot be built, or the state is none of this stream's.
    pub(in super::super) fn build(node: &Node, builder: &Builder<'_>, state: &Value) -> Result<Self, Failure> {
        let (node, state) = delegate::chosen(node, state, builder)?;
        let state = migrate::migrated(node, &state, &builder.scope)?;
        let name = node.text("name").unwrap_or_default();
        let transport = builder.transport.of_stream(&name);
        let builder = &Builder { transport: &transport, ..builder.clone() };
        let retriever = node.required("retriever")?;
        let spec = builder.cursor_of(node)?;
        let router = Router::build(retriever.get("partition_router"), builder, &state)?;
        let cursor = Cursor::new(spec.as_ref(), router.followed(), &state, &builder.scope)?;
        let transforms_first = spec.as_ref().is_some_and(CursorSpec::is_client_side);
        Ok(Self {
            name,
            primary_key: node.get("primary_key").map(Node::value).unwrap_or_default(),
            reading: match retriever.component() {
                "AsyncRetriever" => {
                    let jobs = Jobs::build(retriever, node.list("transformations"), transforms_first, builder)?;
                    Reading::Jobs(Box::new(jobs))
                }
                _ => {
                    let pages = Retriever::build(retriever, node.list("transformations"), transforms_first, builder)?;
                    // Where a read goes on from a state, the API is asked for the first page too.
                    let lazily = router.gives_first_pages() && !state.is_truthy();
                    Reading::Pages(Box::new(pages.taking_given_pages(lazily)))
                }
            },
            router,
            spec,
            cursor: Mutex::new(cursor),
            journal: None,
            schema: Schema::build(node, builder)?,
            scope: builder.scope.clone(),
        })
    }

    /// The same that notes its slices, and reads those only that the journal does not know as read. What cannot be known again
    /// is not noted.
    pub(in super::super) fn noting(self, journal: Journal) -> Self {
        if !self.router.is_steady() {
            return self;
        }
        let (highest, seconds) = journal.over_all();
        self.cursor().take_over_all(highest, seconds);
        Self { journal: Some(Mutex::new(journal)), ..self }
    }

    pub(in super::super) fn name(&self) -> &str {
        &self.name
    }

    /// A name, a list of names, or a list of paths.
    pub(in super::super) fn primary_key(&self) -> &Value {
        &self.primary_key
    }

    pub(in super::super) fn cursor_field(&self) -> Option<&str> {
        self.spec.as_ref().map(CursorSpec::field)
    }

    fn cursor(&self) -> MutexGuard<'_, Cursor> {
        self.cursor.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locked after the cursor, where both are.
    fn journal(&self) -> Option<MutexGuard<'_, Journal>> {
        let journal = self.journal.as_ref()?;
        Some(journal.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The JSON schema of the records; asks the API where the manifest says so.
    pub(in super::super) async fn json_schema(&self) -> Result<Value, Failure> {
        self.schema.load(&self.scope).await
    }

    /// What is left to read, slice by slice. The turn of each has come when it is given.
    pub(in super::super) fn slices(&self) -> BoxStream<'_, Result<Slice, Failure>> {
        self.slices_ahead().and_then(move |slice| future::ready(self.begin(&slice).map(|()| slice))).boxed()
    }

    /// The same ahead of their turns: who takes them must [`begin`](Self::begin) each.
    pub(super) fn slices_ahead(&self) -> BoxStream<'_, Result<Slice, Failure>> {
        let slices = try_stream! {
            let mut partitions = self.router.partitions();
            while let Some(partition) = partitions.next().await {
                let (partition, extra) = partition?;
                for (window, halfway) in self.windows(&partition)? {
                    yield Slice { partition: partition.clone(), window, extra: extra.clone(), job: None, halfway };
                }
            }
        }
        .boxed();
        match &self.reading {
            Reading::Pages(_) => slices,
            Reading::Jobs(jobs) => jobs.done(slices, &self.scope),
        }
    }

    fn windows(&self, partition: &Map) -> Result<Vec<(Map, Option<Halfway>)>, Failure> {
        let mut cursor = self.cursor();
        let windows = cursor.windows(partition, || self.router.parents_state(), &self.scope)?;
        let Some(mut journal) = self.journal() else {
            return Ok(windows.into_iter().map(|window| (window, None)).collect());
        };
        let mut met = journal.meet(partition, windows);
        if let Some(behind) = met.behind {
            cursor.take_over(partition, behind)?;
        }
        let windows = std::mem::take(&mut met.windows).into_iter();
        Ok(windows
            .map(|window| {
                let halfway = met.halfway(&window);
                (window, halfway)
            })
            .collect())
    }

    /// The turn of a slice has come: those before it were read.
    pub(super) fn begin(&self, slice: &Slice) -> Result<(), Failure> {
        let mut cursor = self.cursor();
        cursor.begin(slice);
        match slice.halfway.as_ref().and_then(|halfway| halfway.latest.as_ref()) {
            Some(latest) => cursor.go_on(slice, latest),
            None => Ok(()),
        }
    }

    /// Whether several slices may be asked for at once: there are several, and nothing hangs on which is asked for first.
    pub(super) fn takes_slices_at_once(&self) -> bool {
        let Reading::Pages(retriever) = &self.reading else { return false };
        let has_several = !self.router.is_single() || self.spec.as_ref().is_some_and(CursorSpec::has_steps);
        let is_feed = self.spec.as_ref().is_some_and(CursorSpec::is_data_feed);
        has_several && !is_feed && !retriever.uses_up_tokens()
    }

    /// The records of a slice, page by page.
    pub(in super::super) fn pages<'a>(&'a self, slice: &'a Slice) -> BoxStream<'a, Result<PageRead, Failure>> {
        try_stream! {
            let schema = self.schema.load(&self.scope).await?;
            let parts = |slice: &Slice| self.parts(slice);
            let wanted = |record: &Value, slice: &Slice| self.cursor().wants(record, slice, &self.scope);
            let is_feed = self.spec.as_ref().is_some_and(CursorSpec::is_data_feed);
            let filters = !is_feed && self.spec.as_ref().is_some_and(CursorSpec::is_client_side);
            let from = slice.halfway.as_ref().map(|halfway| halfway.next.clone());
            let cursor = self.spec.as_ref();
            let has_key = self.primary_key.is_truthy();
            let rules = PageRules { parts: &parts, wanted: &wanted, filters, is_feed, has_key, schema, cursor, from };
            let mut pages = match &self.reading {
                Reading::Pages(retriever) => retriever.pages(slice, &self.scope, rules),
                Reading::Jobs(jobs) => {
                    jobs.pages(slice, &self.scope, rules).map_ok(|records| PageRead { records, next: None, bytes: 0 }).boxed()
                }
            };
            while let Some(page) = pages.next().await {
                yield page?;
            }
        }
        .boxed()
    }

    /// What partition and window add to a request.
    fn parts(&self, slice: &Slice) -> Result<Parts, Failure> {
        let mut parts = self.router.parts(slice, &self.scope)?;
        if let Some(spec) = &self.spec {
            parts.overlay(spec.parts(slice, &self.scope)?);
        }
        Ok(parts)
    }

    /// Notes a record that was read.
    pub(in super::super) fn observe(&self, record: &Value, slice: &Slice) {
        if self.spec.is_some() {
            self.cursor().observe(record, slice);
        }
    }

    /// Notes that a page of a slice was read, and what comes next.
    pub(in super::super) fn turn(&self, slice: &Slice, next: Option<Value>) {
        let latest = next.as_ref().and_then(|_| self.cursor().latest(slice));
        if let Some(mut journal) = self.journal() {
            journal.turn(slice, next, latest);
        }
    }

    /// Notes that a slice was read to its end. Returns whether the state is worth telling.
    pub(in super::super) fn close(&self, slice: &Slice) -> Result<bool, Failure> {
        let mut cursor = self.cursor();
        if let Some(mut journal) = self.journal() {
            journal.close(slice, cursor.latest(slice));
        }
        cursor.close(slice)
    }

    /// The journal, where something was read since the last time and a checkpoint is worth its while.
    pub(in super::super) fn checkpoint(&self) -> Option<serde_json::Value> {
        let (over_all, followed) = {
            let cursor = self.cursor();
            (cursor.over_all(), cursor.followed())
        };
        self.journal()?.due(over_all, followed)
    }

    /// Notes that a slice was not read to its end, though others are.
    pub(in super::super) fn abandon(&self, slice: &Slice) {
        self.cursor().abandon(slice);
    }

    /// Notes that everything was read.
    pub(in super::super) fn finish(&self) {
        let parents = self.router.parents_state();
        self.cursor().finish(parents);
    }

    /// Where the stream stands, in the reference's shape.
    pub(in super::super) fn state(&self) -> Value {
        self.cursor().state()
    }
}
