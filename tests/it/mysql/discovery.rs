//! What is found.

use std::fmt::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use dataweaver::sdk::{CatalogSource, types};
use futures::future::join_all;
use serde_json::json;
use sqlx::{AssertSqlSafe, Executor};

use super::Source;
use crate::postgres::reading::open;

#[tokio::test]
async fn tables_views_keys_comments_and_cursors_are_found() {
    let Some(source) = Source::with(
        "CREATE TABLE customers (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(50) NOT NULL COMMENT 'as on the invoice', created_at DATETIME,
            updated_at TIMESTAMP NOT NULL DEFAULT NOW(), modified_at DATETIME) COMMENT 'who buys';
        INSERT INTO customers (name) VALUES ('a'), ('b');
        CREATE TABLE `order lines` (line INT, order_id INT, note TEXT, PRIMARY KEY (order_id, line));
        CREATE TABLE codes (code CHAR(3) NOT NULL, alt INT, UNIQUE (alt), UNIQUE (code)) ENGINE = MyISAM;
        CREATE TABLE versioned (id INT) WITH SYSTEM VERSIONING;
        CREATE SEQUENCE numbers;
        CREATE VIEW names AS SELECT id, name, CAST(id AS DECIMAL(5,1)) AS half FROM customers;
        CREATE TABLE gone (id INT); CREATE VIEW broken AS SELECT * FROM gone; DROP TABLE gone",
    )
    .await
    else {
        return;
    };
    source.run("ANALYZE TABLE customers").await;
    let catalog = source.connector.discover().await.unwrap();
    let mut text = String::new();
    for found in &catalog.sources {
        let fields: Vec<String> = found
            .schema
            .fields()
            .iter()
            .map(|field| {
                let not_null = if field.is_nullable() { "" } else { "!" };
                format!("{} {}{not_null}", field.name(), types::type_name(field.data_type()))
            })
            .collect();
        let (kind, name, key, cursor) = (&found.source_type, &found.sql_name, &found.primary_key, &found.cursor_field);
        writeln!(
            text,
            "{kind} {name} {key:?} {cursor:?} {:?} {:?}: {}",
            found.estimated_rows,
            found.description,
            fields.join(", ")
        )
        .unwrap();
        assert_eq!(found.source_path, source.path(&found.name));
    }
    insta::assert_snapshot!(text, @r#"
    view broken [] None None None: 
    table codes ["code"] None Some(0) None: code text!, alt integer
    table customers ["id"] Some("updated_at") Some(2) Some("who buys"): id integer!, name text!, created_at timestamp, updated_at timestamp with time zone, modified_at timestamp
    view names [] None None None: id integer!, name text!, half decimal(5,1)!
    table order lines ["order_id", "line"] None Some(0) None: line integer!, order_id integer!, note text
    table versioned [] None Some(0) None: id integer
    "#);
    let customers = catalog.sources.iter().find(|found| found.name == "customers").unwrap();
    assert_eq!(customers.schema.field(1).metadata().get(types::DESCRIPTION).unwrap(), "as on the invoice");
    let again = source.connector.discover().await.unwrap();
    let told = |catalog: &dataweaver::sdk::Catalog| -> Vec<_> {
        catalog
            .sources
            .iter()
            .map(|found| (found.source_path.clone(), found.schema.clone(), found.details.clone()))
            .collect()
    };
    assert_eq!(told(&catalog), told(&again));

    let reachable = source.connector.check().await.unwrap();
    assert!(reachable.message.starts_with("MariaDB "), "{}", reachable.message);
    assert!(reachable.message.ends_with(", 6 tables to read"), "{}", reachable.message);
}

#[tokio::test]
async fn without_a_database_in_the_url_all_but_the_systems_are_found() {
    let Some(source) = Source::with("CREATE TABLE t (id INT)").await else { return };
    let url = source.url().replace(&format!("/{}", source.name()), "");
    let connector = open(&url, json!({})).unwrap();
    let catalog = connector.discover().await.unwrap();
    let found = catalog.sources.iter().find(|found| found.source_path == source.path("t")).expect("ours is among them");
    assert_eq!(found.sql_name, format!("{}_t", source.name()));
    let is_system = |path: &str| {
        ["mysql.", "information_schema.", "sys.", "performance_schema."].iter().any(|system| path.starts_with(system))
    };
    assert!(!catalog.sources.iter().any(|found| is_system(&found.source_path)));
    let only = open(&url, json!({ "schemas": [source.name()], "tables": ["t"] })).unwrap();
    assert_eq!(only.discover().await.unwrap().sources.len(), 1);
}

/// Makes tables `t0`, `t1` and so on, over four connections at once, for so long; a thousand at least, five thousand at
/// most. Tells how many.
async fn made_within(source: &Source, time: Duration) -> usize {
    const AT_ONCE: usize = 50;
    let (started, next) = (Instant::now(), AtomicUsize::new(0));
    let maker = || async {
        let (mut connection, mut made) = (source.connection().await, 0);
        loop {
            let first = next.fetch_add(AT_ONCE, Ordering::Relaxed);
            if first >= 5000 || (first >= 1000 && started.elapsed() > time) {
                return made;
            }
            let mut tables = String::new();
            for number in first..first + AT_ONCE {
                let columns = "id INT PRIMARY KEY, name VARCHAR(20), updated_at DATETIME";
                write!(tables, "CREATE TABLE t{number} ({columns}) ENGINE = MyISAM;").unwrap();
            }
            connection.execute(AssertSqlSafe(tables)).await.unwrap();
            made += AT_ONCE;
        }
    };
    join_all((0..4).map(|_| maker())).await.into_iter().sum()
}

#[tokio::test]
async fn a_large_catalogue_is_quick() {
    let Some(source) = Source::with("").await else { return };
    // MariaDB writes three files for each, so that how many there can be depends on the disk.
    let made = made_within(&source, Duration::from_secs(2)).await;
    let started = Instant::now();
    let catalog = source.connector.discover().await.unwrap();
    let took = started.elapsed();
    assert_eq!(catalog.sources.len(), made);
    let is_whole =
        |found: &CatalogSource| found.primary_key == ["id"] && found.cursor_field.as_deref() == Some("updated_at");
    assert!(catalog.sources.iter().all(is_whole));
    eprintln!("{made} tables in {took:?}");
    assert!(took.as_secs() < 10, "{made} tables in {took:?}");
}

#[tokio::test]
async fn flags_are_not_proposed_as_cursors() {
    let Some(source) = Source::with(
        "CREATE TABLE a (id INT PRIMARY KEY, modified TINYINT(1), is_updated INT, updated INT, row_updated_at DATETIME);
        CREATE TABLE b (id INT PRIMARY KEY, updated BOOL, has_modified INT)",
    )
    .await
    else {
        return;
    };
    let catalog = source.connector.discover().await.unwrap();
    let cursors: Vec<_> = catalog.sources.iter().map(|source| source.cursor_field.as_deref()).collect();
    assert_eq!(cursors, [Some("updated"), None]);
}

#[tokio::test]
async fn only_the_columns_that_may_be_read_are_found_and_read() {
    let Some(source) =
        Source::with("CREATE TABLE t (seen INT, hidden INT, written INT); INSERT INTO t VALUES (1, 2, 3); CREATE TABLE inbox (id INT)").await
    else {
        return;
    };
    let user = format!("g{}", &source.name()[source.name().len() - 12..]);
    let grants = ["%", "localhost"].map(|host| {
        format!(
            "CREATE USER '{user}'@'{host}'; GRANT SELECT (seen), INSERT (written) ON {0}.t TO '{user}'@'{host}'; GRANT INSERT ON {0}.inbox TO '{user}'@'{host}'",
            source.name()
        )
    });
    source.run(&grants.join("; ")).await;
    let connector = open(&source.url().replace("root@", &format!("{user}@")), json!({})).unwrap();
    let catalog = connector.discover().await;
    let read = crate::postgres::reading::collect(&*connector, source.full("t")).await;
    source.run(&format!("DROP USER '{user}'@'%'; DROP USER '{user}'@'localhost'")).await;
    let sources = catalog.unwrap().sources;
    assert_eq!(sources.iter().map(|found| found.name.as_str()).collect::<Vec<_>>(), ["t"]);
    let read = read.unwrap();
    assert_eq!((read.lines(), read.schema()), (vec!["1".to_owned()], sources[0].schema.clone()));
}
