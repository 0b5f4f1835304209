//! A nested query costs one SQL statement an edge at most, however many rows it has.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use tracing::span::{Attributes, Id};
use tracing::subscriber::{DefaultGuard, set_default};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::{Layer, Registry};

use crate::harness::TestApp;
use crate::servers;

const NESTED: &str = "query($ids: [ID!]!, $first: Int) {
    nodes(ids: $ids) { ... on Connector { id
        latestSync { status connector { name } sources { dataSource { name } } }
        syncLogs(first: 5) { totalCount nodes { connector { slug } events(first: 3) { totalCount nodes { kind } } } }
        dataSources(first: $first) { totalCount nodes {
            name tableName checkpoint connector { id } schemaHistory { version }
            extracts { totalCount nodes { dataSource { id } syncLog { id } } } } } } } }";

/// Edges of that query, counts and names of tables included: each is one statement at most.
const EDGES: usize = 20;

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
    let few = fewest(&app, &statements, &ids[..3]).await;
    let many = fewest(&app, &statements, &ids).await;
    assert!(few >= 8, "the counter sees the statements: {few}");
    // How many loads of one kind fall together is a matter of milliseconds; that rows do not count is not.
    assert!(
        few.max(many) <= EDGES,
        "{few} statements for 3 connectors, {many} for 30, and the query has {EDGES} edges"
    );
    app.stop().await;
}

/// The fewest statements of several tries: what the engine and the follower do meanwhile is counted, too.
async fn fewest(app: &TestApp, statements: &Statements, ids: &[String]) -> usize {
    let mut fewest = usize::MAX;
    for _ in 0..8 {
        let before = statements.0.load(Ordering::SeqCst);
        let data = app.gql(NESTED, json!({ "ids": ids, "first": 2 })).await;
        fewest = fewest.min(statements.0.load(Ordering::SeqCst) - before);
        let nodes = data["nodes"].as_array().unwrap();
        assert_eq!(nodes.len(), ids.len());
        assert_eq!(nodes[0]["dataSources"]["nodes"].as_array().unwrap().len(), 2, "{:#}", nodes[0]);
    }
    fewest
}
