//! A nested query costs as many SQL statements for many rows as for few.
//!
//! The operations are executed here and not over HTTP, since tokio takes the turn from a task that has been given 128
//! answers: over HTTP the objects behind the 128th ask for what belongs to them a turn later, with a statement of their own.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use async_graphql::{Request, Variables};
use dataweaver::config::GraphqlSettings;
use dataweaver::graphql::{Api, Asked, RequestId};
use dataweaver::services::Viewer;
use serde_json::{Value, json};
use tokio::task;
use tracing::span::{Attributes, Id};
use tracing::subscriber::{DefaultGuard, set_default};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::{Layer, Registry};

use crate::harness::TestApp;
use crate::servers;

/// What hangs on connectors of which the ids are known. Each place asks for rows of a kind of its own, so that nothing
/// depends on what happens to be read together.
const OUTWARDS: &str = "query($ids: [ID!]!, $first: Int) {
    nodes(ids: $ids) { ... on Connector { id
        latestSync { status errorDetails sources { status } }
        syncLogs(first: 5) { totalCount nodes { events(first: 3) { totalCount nodes { kind } } } }
        dataSources(first: $first) { totalCount nodes {
            name tableName checkpoint schemaHistory { version } extracts { totalCount nodes { id } } } } } } }";
const OUTWARDS_PLACES: usize = 13;

/// The same and back again: three places ask for connectors, two for data sources, one for sync logs.
const BY_ID: &str = "query($ids: [ID!]!, $first: Int) {
    nodes(ids: $ids) { ... on Connector { id
        latestSync { status errorDetails connector { name } sources { dataSource { name } } }
        syncLogs(first: 5) { totalCount nodes { connector { slug } events(first: 3) { totalCount nodes { kind } } } }
        dataSources(first: $first) { totalCount nodes {
            name tableName checkpoint connector { id } schemaHistory { version }
            extracts { totalCount nodes { dataSource { id } syncLog { id } } } } } } } }";
const BY_ID_PLACES: usize = OUTWARDS_PLACES + 3 + 2 + 1;

/// From the list of connectors on, and back again: the list and its count, data sources and their count, extracts, sync logs
/// and their sources, two places with data sources, three with connectors.
const FROM_THE_LIST: &str = "query($connectors: Int, $first: Int) {
    connectors(first: $connectors) { totalCount nodes { id
        dataSources(first: $first) { totalCount nodes { name
            extracts(first: 2) { nodes { dataSource { connector { slug } }
                syncLog { errorDetails connector { id } sources { dataSource { connector { id } } } } } } } } } } }";
const FROM_THE_LIST_PLACES: usize = 7 + 2 + 3;

/// Counts the statements that SeaORM runs on this thread for a request, and not those of tasks that ran some before.
#[derive(Clone, Default)]
struct Statements(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    /// The engine, the scheduler, the follower: whoever runs statements by itself.
    others: HashSet<task::Id>,
    /// So many since it was last set to 0; `None` until then.
    count: Option<usize>,
}

impl<S: tracing::Subscriber> Layer<S> for Statements {
    fn on_new_span(&self, span: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        let metadata = span.metadata();
        let is_statement = matches!(metadata.name(), "execute" | "query_one" | "query_all" | "stream");
        if metadata.target().starts_with("sea_orm::driver") && is_statement {
            self.0.lock().unwrap().see(task::try_id());
        }
    }
}

impl Seen {
    /// A statement, run by a task or by the test itself.
    fn see(&mut self, task: Option<task::Id>) {
        match &mut self.count {
            None => self.others.extend(task),
            Some(count) => *count += usize::from(task.is_none_or(|task| !self.others.contains(&task))),
        }
    }
}

impl Statements {
    fn counted() -> (Self, DefaultGuard) {
        let statements = Self::default();
        let guard = set_default(Registry::default().with(statements.clone()));
        (statements, guard)
    }

    fn begin(&self) {
        self.0.lock().unwrap().count = Some(0);
    }

    fn count(&self) -> usize {
        self.0.lock().unwrap().count.expect("it was begun with")
    }
}

// On one thread, so that all that the app does is seen by the counter.
#[tokio::test(flavor = "current_thread")]
async fn a_nested_query_costs_one_statement_an_edge_for_any_number_of_rows() {
    let (statements, _guard) = Statements::counted();
    costs_one_statement_an_edge(TestApp::new().await, statements).await;
}

#[tokio::test(flavor = "current_thread")]
async fn the_same_with_our_own_tables_in_postgresql() {
    let Some(database) = servers::postgres() else { return };
    let (statements, _guard) = Statements::counted();
    costs_one_statement_an_edge(TestApp::on(database.url()).await, statements).await;
}

async fn costs_one_statement_an_edge(app: TestApp, statements: Statements) {
    let mut ids = Vec::new();
    for number in 0..30 {
        let tables = "CREATE TABLE a (id INTEGER PRIMARY KEY); INSERT INTO a VALUES (1); CREATE TABLE b (x TEXT);";
        let id = app.sqlite_connector(&format!("shop {number}"), tables).await;
        let end = app.sync_and_wait(&id).await;
        assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
        ids.push(id);
    }
    let api = Api::new(app.services().clone(), GraphqlSettings::default());
    for connectors in [3, 30] {
        let by_id = json!({ "ids": ids[..connectors], "first": 2 });
        let from_the_list = json!({ "connectors": connectors, "first": 2 });
        let outwards = fewest(&api, &statements, OUTWARDS, &by_id, connectors).await;
        let by_id = fewest(&api, &statements, BY_ID, &by_id, connectors).await;
        let from_the_list = fewest(&api, &statements, FROM_THE_LIST, &from_the_list, connectors).await;
        println!(
            "{connectors} connectors: {outwards} statements outwards, {by_id} by id, {from_the_list} from the list"
        );
        assert_eq!(outwards, OUTWARDS_PLACES, "outwards, for {connectors} connectors");
        // What two places ask for may be read together, and what one place asks for is never read apart.
        assert!((OUTWARDS_PLACES..=BY_ID_PLACES).contains(&by_id), "by id, for {connectors} connectors: {by_id}");
        assert!(from_the_list <= FROM_THE_LIST_PLACES, "from the list, for {connectors} connectors: {from_the_list}");
    }
    drop(api);
    app.stop().await;
}

/// The fewest statements of some tries: a task of the app's own may have begun meanwhile.
async fn fewest(api: &Api, statements: &Statements, query: &str, variables: &Value, connectors: usize) -> usize {
    let mut fewest = usize::MAX;
    for _ in 0..4 {
        statements.begin();
        let data = ask(api, query, variables).await;
        fewest = fewest.min(statements.count());
        let nodes = data["nodes"].as_array().or_else(|| data["connectors"]["nodes"].as_array()).unwrap();
        assert_eq!(nodes.len(), connectors);
        assert_eq!(nodes[0]["dataSources"]["nodes"].as_array().unwrap().len(), 2, "{:#}", nodes[0]);
    }
    fewest
}

/// The data of an operation, which is given as many answers in a turn as there are.
async fn ask(api: &Api, query: &str, variables: &Value) -> Value {
    let request = Request::new(query).variables(Variables::from_json(variables.clone()));
    let asked = Asked::new(request, Viewer::command_line(), RequestId("statements".into()));
    let answer = task::unconstrained(api.answer(asked)).await;
    let mut answer: Value = serde_json::from_slice(&answer.body).unwrap();
    assert!(answer.get("errors").is_none(), "{query}\nfailed with {:#}", answer["errors"]);
    answer["data"].take()
}
