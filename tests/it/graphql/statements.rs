//! A nested query costs as many SQL statements for many rows as for few.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use tracing::span::{Attributes, Id};
use tracing::subscriber::{DefaultGuard, set_default};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::{Layer, Registry};

use crate::harness::TestApp;
use crate::servers;

/// Everything that hangs on connectors of which the ids are known.
const BY_ID: &str = "query($ids: [ID!]!, $first: Int) {
    nodes(ids: $ids) { ... on Connector { id
        latestSync { status errorDetails connector { name } sources { dataSource { name } } }
        syncLogs(first: 5) { totalCount nodes { connector { slug } events(first: 3) { totalCount nodes { kind } } } }
        dataSources(first: $first) { totalCount nodes {
            name tableName checkpoint connector { id } schemaHistory { version }
            extracts { totalCount nodes { dataSource { id } syncLog { id } } } } } } } }";

/// The same from the list of connectors on, and back again.
const FROM_THE_LIST: &str = "query($connectors: Int, $first: Int) {
    connectors(first: $connectors) { totalCount nodes { id
        dataSources(first: $first) { totalCount nodes { name
            extracts(first: 2) { nodes { dataSource { connector { slug } }
                syncLog { errorDetails connector { id } sources { dataSource { connector { id } } } } } } } } } } }";

/// How many loads of one kind fall together is a matter of milliseconds, that a row costs nothing more is not: on a busy
/// machine there are some more loads, and with a statement for each of the 27 further connectors there would be 27.
const TOGETHER: usize = 13;

/// Counts the statements that SeaORM runs on this thread.
#[derive(Clone, Default)]
struct Statements(Arc<AtomicUsize>);

impl<S: tracing::Subscriber> Layer<S> for Statements {
    fn on_new_span(&self, span: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        let metadata = span.metadata();
        let is_statement = matches!(metadata.name(), "execute" | "query_one" | "query_all" | "stream");
        if metadata.target().starts_with("sea_orm::driver") && is_statement {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
}

impl Statements {
    fn counted() -> (Self, DefaultGuard) {
        let statements = Self::default();
        let guard = set_default(Registry::default().with(statements.clone()));
        (statements, guard)
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
    let first = |connectors: usize| json!({ "connectors": connectors, "first": 2 });
    let few = fewest(&app, &statements, FROM_THE_LIST, first(3), 3).await;
    let many = fewest(&app, &statements, FROM_THE_LIST, first(30), 30).await;
    assert_flat("from the list", few, many);
    let few = fewest(&app, &statements, BY_ID, json!({ "ids": ids[..3], "first": 2 }), 3).await;
    let many = fewest(&app, &statements, BY_ID, json!({ "ids": ids, "first": 2 }), 30).await;
    assert_flat("by id", few, many);
    app.stop().await;
}

fn assert_flat(query: &str, few: usize, many: usize) {
    println!("{query}: {few} statements for 3 connectors, {many} for 30");
    assert!(few >= 6, "{query}: the counter sees the statements: {few}");
    assert!(many <= few + TOGETHER, "{query}: {few} statements for 3 connectors, {many} for 30");
}

/// The fewest statements of several tries: what the engine and the follower do meanwhile is counted, too.
async fn fewest(app: &TestApp, statements: &Statements, query: &str, variables: Value, connectors: usize) -> usize {
    let mut fewest = usize::MAX;
    for _ in 0..8 {
        let before = statements.0.load(Ordering::SeqCst);
        let data = app.gql(query, variables.clone()).await;
        fewest = fewest.min(statements.0.load(Ordering::SeqCst) - before);
        let nodes = data["nodes"].as_array().or_else(|| data["connectors"]["nodes"].as_array()).unwrap();
        assert_eq!(nodes.len(), connectors);
        assert_eq!(nodes[0]["dataSources"]["nodes"].as_array().unwrap().len(), 2, "{:#}", nodes[0]);
    }
    fewest
}
